"""From a model file and a cohort to a ``pymc.Model``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.special import logsumexp

from bayes_sora.inference.blocks import (
    PYTENSOR,
    by_patient,
    dated_exposure,
    latent_exposure,
    observed_exposure,
    outcome_data,
)
from bayes_sora.inference.data import check_compatible, trough_log_dose, trough_statistics
from bayes_sora.inference.nodes import node_grid
from bayes_sora.inference.parameters import declare_parameters
from bayes_sora.modelfile.dated import slot_arrays
from bayes_sora.modelfile.terms.term import given_exposure

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
    the sampler sees the parameters only: no funnel, and the number of dimensions does not grow with the cohort. A
    patient of a study with a weight counts with that power of the likelihood.

    Parameters
    ----------
    model : ModelFile
        Bound to the cohort (:func:`bayes_sora.modelfile.bind_model`), if sites or studies matter.
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
    statistics = trough_statistics(cohort, model)
    default = SAMPLING_NODES_CENSORED if statistics.censored_patient.size else SAMPLING_NODES
    grid = node_grid(model, default if n_nodes is None else n_nodes)
    coords = {vector.dim: list(vector.labels) for vector in model.vectors} | {"patient_id": list(cohort.patient_id)}
    with pm.Model(coords=coords, check_bounds=False) as built:
        parameters = by_patient(declare_parameters(model), model, cohort, grid)
        if model.exposure.form == "latent":
            if model.exposure.dated:
                slots = slot_arrays(cohort, model.exposure, trough_log_dose(cohort, model))
                log_exposure, marginal, at_nodes = dated_exposure(parameters, slots, model, grid.exposure)
            else:
                log_exposure, marginal, at_nodes = latent_exposure(parameters, statistics, grid.exposure)
        else:
            log_exposure, marginal = observed_exposure(parameters, statistics)
            at_nodes = pt.zeros((cohort.n_patients, grid.log_weights.size))
        x = log_exposure - np.log(model.drug.reference_mg_l)
        of_patient = dict(given_exposure(parameters, model.patient_terms, log_exposure))
        blocks = [model.outcomes[endpoint] for endpoint in model.endpoints]
        data = {block.endpoint: outcome_data(block, cohort) for block in blocks}
        for block in blocks:
            named = data[block.endpoint]
            at_nodes = at_nodes + block.outcome.log_likelihood(PYTENSOR, x, of_patient, block, named)
        log_entry = model.log_entry(PYTENSOR, x, of_patient, data)
        log_weights = grid.log_weights
        if log_entry is not None:
            log_weights = grid.log_weights_among_entered(PYTENSOR, log_entry, axis=1)
        patients = marginal[:, 0] + logsumexp(at_nodes + log_weights, axis=1)
        weights = model.patient_weights(cohort)
        if weights is not None:
            patients = pm.Data("patient_weight", weights, dims="patient_id") * patients
        pm.Potential("patients", patients, dims="patient_id")
    return built
