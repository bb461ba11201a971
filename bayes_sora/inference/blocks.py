r"""The blocks of the joint model as PyTensor expressions.

Each outcome block is one function with the same signature: the centred log exposure x of every patient at every
quadrature node in, the log-likelihood of every patient at every node out. They are the twins of the formulas in
:mod:`bayes_sora.numerics`; a test ties the two.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from bayes_sora.inference.data import evaluable
from bayes_sora.modelfile.effect import EMAX_FORMS
from bayes_sora.numerics.exposure import LOG_2_PI
from bayes_sora.numerics.weibull import LOG_LOG_2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.inference.parameters import Parameters
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.exposure import TroughStatistics
    from bayes_sora.types import Endpoint, FloatArray


class OutcomeLogLikelihood(Protocol):
    """The contract of an outcome block."""

    def __call__(
        self, x: TensorVariable, parameters: Parameters, block: OutcomeBlock, data: tuple[FloatArray, ...]
    ) -> TensorVariable:
        """Return the log-likelihood, shape of x, of observed arrays of shape (n_patients,)."""


def effect(x: TensorVariable, parameters: Parameters, block: OutcomeBlock) -> TensorVariable:
    """Return the exposure effect of a block; twin of :func:`bayes_sora.modelfile.effect.exposure_effect`."""
    if block.form in EMAX_FORMS:
        at = _emax(x, parameters, block)
        return at - _emax(0.0, parameters, block) if block.endpoint == "survival" else at
    value = pt.zeros_like(x)
    for name in reversed(block.coefficients):
        value = (value + parameters[name]) * x
    return value


def _emax(x: TensorVariable | float, parameters: Parameters, block: OutcomeBlock) -> TensorVariable:
    emax, ec50, *hill = (parameters[name] for name in block.coefficients)
    distance = x + np.log(block.reference_mg_l) - pt.log(ec50)
    return emax * pt.sigmoid(hill[0] * distance if hill else distance)


def binary_log_likelihood(
    x: TensorVariable, parameters: Parameters, block: OutcomeBlock, data: tuple[FloatArray, ...]
) -> TensorVariable:
    """Logistic toxicity or response; a patient who is not evaluable contributes 0."""
    (outcome,) = data
    known = pm.Data(f"{block.endpoint}_evaluable", evaluable(outcome))[:, None]
    sign = pm.Data(f"{block.endpoint}_sign", np.where(outcome == 1.0, 1.0, -1.0))[:, None]
    logit_p = parameters[f"{block.endpoint}_intercept"] + effect(x, parameters, block)
    return -known * pt.softplus(-sign * logit_p)


def survival_log_likelihood(
    x: TensorVariable, parameters: Parameters, block: OutcomeBlock, data: tuple[FloatArray, ...]
) -> TensorVariable:
    """Weibull survival by its median, log survival written analytically."""
    os_months, death = data
    log_time = pm.Data("survival_log_months", np.log(os_months))[:, None]
    died = pm.Data("survival_death", death)[:, None]
    median, shape = parameters["survival_median"], parameters["survival_shape"]
    log_hazard = LOG_LOG_2 + shape * (log_time - pt.log(median)) + effect(x, parameters, block)
    return died * (pt.log(shape) - log_time + log_hazard) - pt.exp(log_hazard)


OUTCOME_BLOCKS: Mapping[Endpoint, OutcomeLogLikelihood] = MappingProxyType(
    {
        "toxicity": binary_log_likelihood,
        "response": binary_log_likelihood,
        "survival": survival_log_likelihood,
    }
)


def latent_exposure(
    parameters: Parameters, statistics: TroughStatistics, nodes: FloatArray
) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
    r"""Exposure measured with error, its average integrated out around the conditional mean.

    Returns
    -------
    log_exposure : shape (n_patients, n_nodes)
        :math:`m_i + s_i z_q`.
    marginal : shape (n_patients,)
        Log density of the measured log troughs with :math:`\log C_i` integrated out.
    censored : shape (n_patients, n_nodes)
        Log probability of the troughs outside the limits of quantification at every node.
    """
    mu, between, within = (parameters[f"exposure_{name}"] for name in ("log_median", "sd_between", "sd_within"))
    n = pm.Data("trough_count", statistics.n)
    mean_log = pm.Data("trough_mean_log", statistics.mean_log)
    squares = pm.Data("trough_sum_squares", statistics.sum_squares)
    total = n * between**2 + within**2
    centre = mu + n * between**2 / total * (mean_log - mu)
    spread = between * within / pt.sqrt(total)
    log_exposure = centre[:, None] + spread[:, None] * nodes[None, :]
    marginal = -0.5 * (
        n * LOG_2_PI
        + pt.switch(n > 0, 2.0 * (n - 1.0) * pt.log(within) + pt.log(total), 0.0)
        + squares / within**2
        + n * (mean_log - mu) ** 2 / total
    )
    return log_exposure, marginal, _censored(log_exposure, within, statistics)


def _censored(log_exposure: TensorVariable, within: TensorVariable, statistics: TroughStatistics) -> TensorVariable:
    if not statistics.censored_patient.size:
        return pt.zeros_like(log_exposure)
    who = statistics.censored_patient
    limit, sign = statistics.censored_log_limit[:, None], statistics.censored_sign[:, None]
    term = pm.logcdf(pm.Normal.dist(), sign * (limit - log_exposure[who]) / within)
    return pt.inc_subtensor(pt.zeros_like(log_exposure)[who], term)


def observed_exposure(parameters: Parameters, statistics: TroughStatistics) -> tuple[TensorVariable, TensorVariable]:
    """Exposure as measured: log exposure of shape (n_patients, 1) and its normal density of shape (n_patients,)."""
    log_trough = pm.Data("trough_mean_log", statistics.mean_log)
    density = pm.logp(pm.Normal.dist(parameters["exposure_log_median"], parameters["exposure_sd"]), log_trough)
    return log_trough[:, None], density
