r"""Are these numbers uniform? A simultaneous band for their ECDF, and the p-value that belongs to it.

As Säilynoja, Bürkner and Vehtari (2022): at K − 1 even points z the count of values up to z is binomial, its pointwise
two-sided tail probability is :math:`2 \min\{P(X \le c), P(X \ge c)\}`, and the statistic is the smallest of these over
the points. Its distribution is computed, not simulated: given that n values fall into K even cells, their counts are
independent Poisson variables conditioned on their sum, so that the probability that the ECDF stays between any bounds
is a chain of K convolutions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binom, poisson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.types import FloatArray, IntArray

CELLS = 100
"""K: ranks among 99 draws have 100 values."""
BISECTIONS = 60
ROUNDING = 1e-12
"""Smaller p-values cannot be told from rounding, and are given as this."""


class Band(NamedTuple):
    """Simultaneous bounds of an ECDF of uniform values.

    Attributes
    ----------
    points : FloatArray, shape (n_points,)
        Where it is evaluated, in (0, 1).
    lower, upper : FloatArray, shape (n_points,)
        Of the share of values up to each point.
    """

    points: FloatArray
    lower: FloatArray
    upper: FloatArray


def uniformity_p_value(values: FloatArray, *, cells: int = CELLS) -> float:
    """Return the p-value of the hypothesis that `values` are independent and uniform on (0, 1).

    It is at most 1 − level exactly where the ECDF leaves the :func:`uniform_band` of that level.

    Parameters
    ----------
    values : FloatArray, shape (n,)
        In (0, 1).
    cells : int
        Evenly spaced cells, at the inner ends of which the ECDF is looked at.
    """
    if not values.size:
        return 1.0
    tails = _tails(values.size, cells)
    smallest = float(tails[np.arange(cells - 1), _counts(values, cells)].min())
    return _p_value(smallest, tails)


def uniform_band(n: int, *, level: float, cells: int = CELLS) -> Band:
    """Return the band in which the whole ECDF of `n` uniform values lies with probability `level`, or just above it.

    Parameters
    ----------
    n : int
    level : float
        Such as 0.99.
    cells : int
        As in :func:`uniformity_p_value`.
    """
    points = np.arange(1, cells) / cells
    if not n:
        return Band(points, np.zeros(cells - 1), np.ones(cells - 1))
    lower, upper = _bounds(_pointwise_level(n, cells, level), _tails(n, cells))
    return Band(points, lower / n, upper / n)


def ecdf(values: FloatArray, *, cells: int = CELLS) -> FloatArray:
    """Return the share of values up to each inner end of the cells, shape (cells − 1,)."""
    return _counts(values, cells) / max(values.size, 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number by Holm's step-down procedure, in the order given."""
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    factors = np.arange(len(p_values), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(np.asarray(p_values)[order] * factors), 1.0)
    return [float(p) for p in adjusted]


def _counts(values: FloatArray, cells: int) -> IntArray:
    return np.searchsorted(np.sort(values), np.arange(1, cells) / cells, side="right")


@lru_cache(maxsize=64)
def _tails(n: int, cells: int) -> FloatArray:
    """Pointwise two-sided tail probability of every count at every point, shape (n_points, n + 1)."""
    points, counts = (np.arange(1, cells) / cells)[:, None], np.arange(n + 1)
    below = binom.cdf(counts, n, points)
    above = binom.sf(counts - 1, n, points)
    return np.asarray(np.minimum(2.0 * np.minimum(below, above), 1.0))


@lru_cache(maxsize=64)
def _pointwise_level(n: int, cells: int, level: float) -> float:
    """Largest pointwise tail probability whose band is left with probability 1 − level at most."""
    tails = _tails(n, cells)
    low, high = 0.0, 1.0 - level
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _p_value(middle, tails) <= 1.0 - level else (low, middle)
    return low


def _p_value(smallest: float, tails: FloatArray) -> float:
    """P(the smallest pointwise tail probability of uniform values is at most `smallest`)."""
    return max(ROUNDING, 1.0 - _coverage(*_bounds(smallest, tails), n=tails.shape[1] - 1))


def _bounds(pointwise: float, tails: FloatArray) -> tuple[IntArray, IntArray]:
    """First and last count at each point whose tail probability is above `pointwise`; 0 and −1 when none is."""
    inside = tails > pointwise
    first, last = inside.argmax(axis=1), tails.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
    some = inside.any(axis=1)
    return np.where(some, first, 0), np.where(some, last, -1)


def _coverage(lower: IntArray, upper: IntArray, *, n: int) -> float:
    """P(lower ≤ count ≤ upper at every point) for `n` uniform values."""
    if (upper < lower).any():
        return 0.0
    cells = lower.size + 1
    rate = n / cells
    # A cell holds more than this with a probability below 1e-25.
    widest = min(n, int(rate + 12.0 * np.sqrt(rate)) + 30)
    step = poisson.pmf(np.arange(widest + 1), rate)
    reached, start = np.ones(1), 0
    for first, last in zip([*lower, n], [*upper, n], strict=True):
        after = np.convolve(reached, step)
        window = np.zeros(last - first + 1)
        # `after` begins at the count `start`: take over what lies between the bounds.
        low, high = max(first, start), min(last, start + after.size - 1)
        if low <= high:
            window[low - first : high - first + 1] = after[low - start : high - start + 1]
        reached, start = window, first
    return float(reached[0] / poisson.pmf(n, n))
