r"""Weibull survival written by its median at the reference exposure, proportional hazards.

.. math:: S(t \mid x) = \exp\{-\ln 2\,(t/m)^k \exp g(x)\}

with m the median in months at the reference exposure, k the shape and g the log hazard ratio, g(0) = 0. The
cumulative hazard is :math:`λ t^k` with :math:`λ = \ln 2 · m^{-k} \exp g`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc, gammaln

from bayes_sora.numerics.ops import LOG_LOG_2
from bayes_sora.types import FloatArray, Real


def log_cumulative_hazard(time: Real, *, median: Real, shape: Real, log_hazard_ratio: Real) -> FloatArray:
    """Return log H(t|x), finite for every time > 0; times in months. Arguments broadcast."""
    return np.asarray(LOG_LOG_2 + shape * (np.log(time) - np.log(median)) + log_hazard_ratio, dtype=float)


def log_survival(time: Real, *, median: Real, shape: Real, log_hazard_ratio: Real) -> FloatArray:
    """Return log S(t|x) = −H(t|x). Arguments broadcast."""
    return -np.exp(log_cumulative_hazard(time, median=median, shape=shape, log_hazard_ratio=log_hazard_ratio))


def log_likelihood(time: Real, death: Real, *, median: Real, shape: Real, log_hazard_ratio: Real) -> FloatArray:
    r"""Return :math:`d \log h(t) + \log S(t)`, the log density of a death or the log survival of a censored time.

    Parameters
    ----------
    time : array
        Follow-up in months, > 0.
    death : array
        1 died, 0 censored.
    median, shape, log_hazard_ratio : arrays
        m in months, k, and g(x). Everything broadcasts.
    """
    log_h = log_cumulative_hazard(time, median=median, shape=shape, log_hazard_ratio=log_hazard_ratio)
    return death * (np.log(shape) - np.log(time) + log_h) - np.exp(log_h)


def median_survival(*, median: Real, shape: Real, log_hazard_ratio: Real) -> FloatArray:
    r"""Return the median survival :math:`m \exp(-g/k)` in months at log hazard ratio g."""
    return np.asarray(median * np.exp(-log_hazard_ratio / shape), dtype=float)


def restricted_mean(horizon: float, *, median: Real, shape: Real, log_hazard_ratio: Real) -> FloatArray:
    r"""Return the restricted mean survival time :math:`\int_0^τ S(t \mid x)\,dt` in months.

    .. math:: \mathrm{RMST}_τ = \frac{λ^{-1/k}}{k}\,γ(1/k, λ τ^k)

    with γ the *unregularised* lower incomplete gamma function. Where :math:`λτ^k` is so small that nobody dies before
    the horizon the limit τ is returned.

    Parameters
    ----------
    horizon : float
        τ in months, > 0.
    median, shape, log_hazard_ratio : arrays
        m in months, k, and g(x). Arguments broadcast.
    """
    order = 1.0 / np.asarray(shape)
    log_z = log_cumulative_hazard(horizon, median=median, shape=shape, log_hazard_ratio=log_hazard_ratio)
    z = np.exp(np.clip(log_z, -700.0, 700.0))
    # λ^(−1/k) = τ·z^(−1/k); Γ(1 + 1/k) = Γ(1/k)/k; far below the horizon's hazard the ratio tends to τ.
    mean = horizon * np.exp(gammaln(1.0 + order) - order * np.clip(log_z, -700.0, 700.0)) * gammainc(order, z)
    return np.where(log_z < -30.0, horizon, mean)


def draw_survival_times(rng: np.random.Generator, *, median: Real, shape: Real, log_hazard_ratio: Real) -> FloatArray:
    """Draw uncensored survival times in months by inverting S; the shape is that of the arguments broadcast."""
    size = np.broadcast_shapes(np.shape(median), np.shape(shape), np.shape(log_hazard_ratio))
    exponential = rng.exponential(size=size)
    return median * np.exp((np.log(exponential) - LOG_LOG_2 - log_hazard_ratio) / shape)
