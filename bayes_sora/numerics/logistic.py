"""Bernoulli outcomes on the logit scale."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from bayes_sora.types import FloatArray, Real

__all__ = ["bernoulli_log_likelihood", "expit", "logit"]


def logit(p: Real) -> FloatArray:
    """Return log(p / (1 − p)) for p in [0, 1]."""
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-np.asarray(p))


def bernoulli_log_likelihood(outcome: Real, logit_p: Real) -> FloatArray:
    r"""Return :math:`\log p(\text{outcome})` for outcome 0/1 with :math:`\operatorname{logit} p` given.

    A NaN outcome is not evaluable and contributes 0. Arguments broadcast.
    """
    sign = np.where(outcome == 1.0, 1.0, -1.0)
    signed = sign * logit_p
    # log expit(s) = min(s, 0) − log(1 + exp(−|s|)): exact to rounding, and several times faster than logaddexp.
    log_p = np.minimum(signed, 0.0) - np.log(1.0 + np.exp(-np.abs(signed)))
    return np.asarray(np.where(np.isnan(outcome), 0.0, 1.0) * log_p, dtype=float)
