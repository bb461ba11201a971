r"""The blocks of the joint model as PyTensor expressions over (patient, node).

Outcomes are those of :mod:`bayes_sora.modelfile.outcomes`, written once for every array library. The exposure blocks
are the twins of the formulas in :mod:`bayes_sora.numerics.exposure`; a test ties the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.special import logsumexp
from pytensor.tensor.variable import TensorVariable

from bayes_sora.modelfile.dated import given_troughs
from bayes_sora.modelfile.terms.term import FRAILTY, patient_parameters
from bayes_sora.numerics.exposure import LOG_2_PI
from bayes_sora.numerics.limits import centre_on_limits, moved_log_weights, unmeasured_limits
from bayes_sora.numerics.ops import Ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.inference.nodes import NodeGrid
    from bayes_sora.inference.parameters import Parameters
    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.numerics.exposure import TroughStatistics
    from bayes_sora.types import FloatArray


def _stack(arrays: Sequence[TensorVariable]) -> TensorVariable:
    return pt.stack(list(arrays), axis=-1)


def _log_sum_exp(array: TensorVariable, axis: int) -> TensorVariable:
    return logsumexp(array, axis=axis, keepdims=True)


PYTENSOR = Ops(
    exp=pt.exp,
    log=pt.log,
    expm1=pt.expm1,
    expit=pt.sigmoid,
    softplus=pt.softplus,
    where=pt.switch,
    stack=_stack,
    log_cdf=lambda z: pm.logcdf(pm.Normal.dist(), z),
    log_sum_exp=_log_sum_exp,
)


def by_patient(parameters: Parameters, model: ModelFile, cohort: Cohort, grid: NodeGrid) -> Parameters:
    """Return the parameters with what the terms of the model file add: scalars, or over (patient, node)."""
    terms = model.patient_terms
    if not terms:
        return parameters
    known = model.patient_columns(cohort)
    columns: dict[str, object] = {FRAILTY: grid.frailty[None, :]}
    if known:
        data = pm.Data("patient_columns", np.column_stack(list(known.values())))
        columns |= {name: data[:, place][:, None] for place, name in enumerate(known)}
    return patient_parameters(model.derived(PYTENSOR, parameters), terms, columns)


def outcome_data(block: OutcomeBlock, cohort: Cohort) -> dict[str, TensorVariable]:
    """Return what an endpoint is conditioned on, each of shape (n_patients, 1), as data of the model."""
    arrays = block.outcome.arrays(cohort, block)
    return {name: pm.Data(f"{block.endpoint}_{name}", array)[:, None] for name, array in arrays.items()}


def latent_exposure(
    parameters: Parameters, statistics: TroughStatistics, nodes: FloatArray
) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
    r"""Exposure measured with error, its average integrated out around the conditional mean.

    Returns
    -------
    log_exposure : shape (n_patients, n_nodes)
        :math:`m_i + s_i z_q`.
    marginal : shape (n_patients, 1)
        Log density of the measured log troughs with :math:`\log C_i` integrated out.
    censored : shape (n_patients, n_nodes)
        Log probability of the troughs outside the limits of quantification at every node; of a patient of whom nothing
        else is known, with what placing the nodes by these limits changes of their weights.
    """
    mu, between, within = (parameters[f"exposure_{name}"] for name in ("log_median", "sd_between", "sd_within"))
    n = pm.Data("trough_count", statistics.n)[:, None]
    mean_log = pm.Data("trough_mean_log", statistics.mean_log)[:, None]
    squares = pm.Data("trough_sum_squares", statistics.sum_squares)[:, None]
    total = n * between**2 + within**2
    centre = mu + n * between**2 / total * (mean_log - mu)
    spread = between * within / pt.sqrt(total)
    limits = unmeasured_limits(statistics)
    moved = 0.0
    if limits is not None:
        known = {name: pm.Data(f"unmeasured_{name}", column)[:, None] for name, column in limits.items()}
        centre, spread = centre_on_limits(PYTENSOR, centre, spread, known, sd_within=within)
        moved = moved_log_weights(PYTENSOR, nodes[None, :], centre, spread, known, mu=mu, sd_between=between)
    log_exposure = centre + spread * nodes[None, :]
    marginal = -0.5 * (
        n * LOG_2_PI
        + pt.switch(n > 0, 2.0 * (n - 1.0) * pt.log(within) + pt.log(total), 0.0)
        + squares / within**2
        + n * (mean_log - mu) ** 2 / total
    )
    return log_exposure, marginal, _censored(log_exposure, within, statistics) + moved


def dated_exposure(
    parameters: Parameters, slots: Mapping[str, FloatArray], model: ModelFile, nodes: FloatArray
) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
    """Return what :func:`latent_exposure` does, of troughs whose days matter; all of them are measured."""
    data = {name: pm.Data(f"trough_{name}", column)[:, None] for name, column in slots.items()}
    given = given_troughs(PYTENSOR, parameters, model.exposure, data)
    log_exposure = given.centre + given.spread * nodes[None, :]
    return log_exposure, given.marginal, pt.zeros_like(log_exposure)


def _censored(log_exposure: TensorVariable, within: TensorVariable, statistics: TroughStatistics) -> TensorVariable:
    if not statistics.censored_patient.size:
        return pt.zeros_like(log_exposure)
    who = pm.Data("censored_patient", statistics.censored_patient)
    limit = pm.Data("censored_log_limit", statistics.censored_log_limit)[:, None]
    sign = pm.Data("censored_sign", statistics.censored_sign.astype(float))[:, None]
    term = pm.logcdf(pm.Normal.dist(), sign * (limit - log_exposure[who]) / within)
    return pt.inc_subtensor(pt.zeros_like(log_exposure)[who], term)


def observed_exposure(parameters: Parameters, statistics: TroughStatistics) -> tuple[TensorVariable, TensorVariable]:
    """Exposure as measured: log exposure and its normal density, both of shape (n_patients, 1)."""
    log_trough = pm.Data("trough_mean_log", statistics.mean_log)[:, None]
    density = pm.logp(pm.Normal.dist(parameters["exposure_log_median"], parameters["exposure_sd"]), log_trough)
    return log_trough, density
