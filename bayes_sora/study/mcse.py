r"""Estimates over replicates with their Monte Carlo standard errors (Morris, White and Crowther 2019, table 6).

Each function takes the values of one measure, one a replicate, and returns an :class:`Estimate`: the measure, the
standard error that comes from having simulated n replicates and no more, and a 95 % Monte Carlo interval.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from bayes_sora.types import BoolArray, FloatArray

NAN = math.nan
Z95 = float(stats.norm.ppf(0.975))


class Estimate(NamedTuple):
    """A performance measure as the simulation gives it.

    Attributes
    ----------
    value : float
        NaN when no replicate has the measure.
    mcse : float
        Monte Carlo standard error, in the unit of `value`; NaN when it cannot be known (one replicate, a minimum).
    low, high : float
        95 % Monte Carlo interval: exact for a proportion, ± 1.96 MCSE else.
    n_used : int
        Replicates behind it.
    """

    value: float
    mcse: float
    low: float
    high: float
    n_used: int


NOTHING = Estimate(NAN, NAN, NAN, NAN, 0)


def estimate_mean(values: FloatArray) -> Estimate:
    r"""Return the mean :math:`\bar x` with MCSE :math:`s/\sqrt n`."""
    n = values.size
    if n == 0:
        return NOTHING
    return _normal(float(values.mean()), _spread(values) / math.sqrt(n), n)


def estimate_share(events: FloatArray) -> Estimate:
    r"""Return the share p of ones among 0/1 values, with MCSE :math:`\sqrt{p(1-p)/n}` and the exact interval."""
    n = events.size
    if n == 0:
        return NOTHING
    share = float(events.mean())
    low, high = exact_interval(int(events.sum()), n)
    return Estimate(share, math.sqrt(share * (1.0 - share) / n), low, high, n)


def exact_interval(events: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    r"""Return the Clopper–Pearson interval of a proportion; it has a length also at 0 of n and n of n.

    Parameters
    ----------
    events, n : int
        Of n trials, n > 0, that many were ones.
    level : float
        In (0, 1). Its upper end is an upper bound of level (1 + level)/2.

    Examples
    --------
    >>> low, high = exact_interval(0, 1000)
    >>> low, round(high, 5)
    (0.0, 0.00368)
    """
    tail = 0.5 * (1.0 - level)
    low = 0.0 if events == 0 else float(stats.beta.ppf(tail, events, n - events + 1))
    high = 1.0 if events == n else float(stats.beta.ppf(1.0 - tail, events + 1, n - events))
    return low, high


def estimate_spread(values: FloatArray) -> Estimate:
    r"""Return the standard deviation s (of estimates: the empirical SE), with MCSE :math:`s/\sqrt{2(n-1)}`."""
    n = values.size
    if n == 0:
        return NOTHING
    spread = _spread(values)
    return _normal(spread, spread / math.sqrt(2.0 * (n - 1)) if n > 1 else NAN, n)


def estimate_root_mean_square(errors: FloatArray) -> Estimate:
    r"""Return the root mean square error; its MCSE is that of the mean square by the delta method.

    .. math:: \mathrm{MSE} = \frac1n \sum e_i^2, \qquad
       \mathrm{MCSE}(\mathrm{RMSE}) = \frac{1}{2\,\mathrm{RMSE}}\sqrt{\frac{\sum (e_i^2 - \mathrm{MSE})^2}{n(n-1)}}
    """
    if errors.size == 0:
        return NOTHING
    square = estimate_mean(errors**2)
    root = math.sqrt(square.value)
    return _normal(root, square.mcse / (2.0 * root) if root > 0.0 else square.mcse, errors.size)


def estimate_quantile(values: FloatArray, probability: float = 0.5) -> Estimate:
    r"""Return a sample quantile with an MCSE from order statistics (Woodruff 1952).

    The interval of the *probability*, :math:`p ± 1.96\sqrt{p(1-p)/n}`, is read through the empirical quantile
    function; no density is estimated:

    .. math:: \mathrm{MCSE} = \sqrt{p(1-p)/n}\;\frac{Q(p_2) - Q(p_1)}{p_2 - p_1}

    Parameters
    ----------
    values : FloatArray, shape (n,)
    probability : float
        p, in (0, 1); the median by default.
    """
    n = values.size
    if n == 0:
        return NOTHING
    step = math.sqrt(probability * (1.0 - probability) / n)
    ends = np.clip([probability - Z95 * step, probability + Z95 * step], 0.0, 1.0)
    low, middle, high = (float(x) for x in np.quantile(values, [ends[0], probability, ends[1]]))
    mcse = step * (high - low) / float(ends[1] - ends[0]) if n > 1 else NAN
    return Estimate(middle, mcse, low if n > 1 else NAN, high if n > 1 else NAN, n)


def estimate_median_ratio(log_ratios: FloatArray) -> Estimate:
    r"""Return :math:`\exp(\mathrm{median}(r_i))`, a ratio, from log ratios; the MCSE by the delta method."""
    median = estimate_quantile(log_ratios)
    ratio = math.exp(median.value)
    return Estimate(ratio, ratio * median.mcse, math.exp(median.low), math.exp(median.high), median.n_used)


def estimate_minimum(values: FloatArray) -> Estimate:
    """Return the smallest value; a minimum over replicates has no standard error."""
    return NOTHING if values.size == 0 else Estimate(float(values.min()), NAN, NAN, NAN, values.size)


def share_of(events: BoolArray, defined: BoolArray) -> FloatArray:
    """Return 0/1 values for :func:`estimate_share`, NaN where the event is not defined."""
    return np.where(defined, events.astype(float), NAN)


def _normal(value: float, mcse: float, n: int) -> Estimate:
    return Estimate(value, mcse, value - Z95 * mcse, value + Z95 * mcse, n)


def _spread(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else NAN
