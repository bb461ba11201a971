"""From a model file and a cohort to a ``pymc.Model``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.special import logsumexp

from bayes_sora.inference.blocks import OUTCOME_BLOCKS, latent_exposure, observed_exposure
from bayes_sora.inference.data import check_compatible, outcome_arrays, trough_statistics
from bayes_sora.inference.parameters import declare_parameters
from bayes_sora.numerics.quadrature import uniform_nodes

if TYPE_CHECKING:
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile

SAMPLING_NODES = 11
# A patient known only to lie below the limit of quantification has no measured trough to centre the nodes on.
SAMPLING_NODES_CENSORED = 21


def build_model(model: ModelFile, cohort: Cohort, *, n_nodes: int | None = None) -> pm.Model:
    r"""Build the joint model, each patient's average exposure integrated out.

    .. math:: p(θ) \prod_i p(y_i \mid θ) \sum_q w_q\, p(\text{censored}_i, T_i, R_i, t_i \mid m_i + s_i z_q, θ)

    The sum is a quadrature around the conditional mean of the average log trough given the measured ones, so that
    the sampler sees the parameters only: no funnel, and the number of dimensions does not grow with the cohort.

    Parameters
    ----------
    model : ModelFile
    cohort : Cohort
    n_nodes : int, optional
        Quadrature nodes a patient; default 11, or 21 when troughs lie outside the limits of quantification. A model
        that takes troughs as measured needs none.

    Returns
    -------
    pymc.Model
        Parameters named as in the model file; the data under ``pm.Data``; the likelihood as the potential ``patients``.

    Raises
    ------
    InputError
        When the cohort lacks an endpoint of the model.
    """
    check_compatible(cohort, model)
    statistics = trough_statistics(cohort)
    default = SAMPLING_NODES_CENSORED if statistics.censored_patient.size else SAMPLING_NODES
    nodes, weights = uniform_nodes(default if n_nodes is None else n_nodes)
    with pm.Model(coords={"patient_id": list(cohort.patient_id)}, check_bounds=False) as built:
        parameters = declare_parameters(model)
        if model.exposure.form == "latent":
            log_exposure, marginal, at_nodes = latent_exposure(parameters, statistics, nodes)
            log_weights = np.log(weights)
        else:
            log_exposure, marginal = observed_exposure(parameters, statistics)
            at_nodes, log_weights = pt.zeros_like(log_exposure), np.zeros(1)
        x = log_exposure - np.log(model.drug.reference_mg_l)
        for endpoint in model.endpoints:
            block = model.outcomes[endpoint]
            at_nodes = at_nodes + OUTCOME_BLOCKS[endpoint](x, parameters, block, outcome_arrays(cohort, endpoint))
        pm.Potential("patients", marginal + logsumexp(at_nodes + log_weights, axis=1), dims="patient_id")
    return built
