"""Single values that lie far from the rest: a slip of the decimal point, or a code such as 999 for a missing one."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.types import BoolArray, FloatArray

FALSE_ALARM = 0.01
"""How often a normal sample of any size has a value beyond the bound on one side, were its spread known."""
SMALL_SAMPLE = 2.0
"""Over n, by how much the bound is widened for the spread that is estimated from n values."""
QUARTILE = 0.6744897501960817
LEAST_SPREAD = 0.3
"""Spread of logs below which none is believed: the quartiles of doses, half of which are equal, are one number."""
FEWEST = 8


class Rule(NamedTuple):
    """How far a value must lie above (or below) the median, and beyond every other value, as factors."""

    factor: float
    gap: float


AMOUNTS, TIMES = Rule(factor=6.0, gap=1.5), Rule(factor=8.0, gap=2.0)


def far_amounts(values: FloatArray) -> BoolArray:
    r"""Return which of some concentrations, doses or other positive amounts lie far from the rest, on either side.

    With :math:`u = \log v`, :math:`s` half the distance between the quartiles over 0.674 and n values,

    .. math:: |u_i - \operatorname{median}(u)| > Φ^{-1}\bigl(0.99^{1/n}\bigr) \, (1 + 2/n) \, s,

    and a factor of 6 from the median, and of 1.5 from the nearest value that is not far.

    Parameters
    ----------
    values : FloatArray, shape (n,)
        NaN where unknown, otherwise positive.

    Returns
    -------
    BoolArray, shape (n,)
        False everywhere when fewer than 8 values are known.
    """
    return _of_known(values, _far_amounts)


def far_times(values: FloatArray) -> BoolArray:
    """Return which of some times to an event lie far above the rest; as :func:`far_amounts`, on the cube root.

    The cube root of a Weibull time is close to normal (Wilson and Hilferty 1931), while its log has a long tail towards
    zero: an early death is no slip. The spread is that above the median, the factors are 8 and 2.
    """
    return _of_known(values, _far_times)


def _of_known(values: FloatArray, judge: Callable[[FloatArray], BoolArray]) -> BoolArray:
    known = np.isfinite(values) & (values > 0)
    far = np.zeros(values.shape, dtype=bool)
    if np.count_nonzero(known) >= FEWEST:
        far[known] = judge(values[known])
    return far


def _far_amounts(values: FloatArray) -> BoolArray:
    low, middle, high = np.quantile(np.log(values), (0.25, 0.5, 0.75))
    distance = _bound(values.size) * max((high - low) / 2.0 / QUARTILE, LEAST_SPREAD)
    above, below = np.log(values) - middle > distance, middle - np.log(values) > distance
    return _apart(values, above, AMOUNTS) | _apart(1.0 / np.maximum(values, np.finfo(float).tiny), below, AMOUNTS)


def _far_times(values: FloatArray) -> BoolArray:
    middle, high = np.quantile(np.cbrt(values), (0.5, 0.75))
    distance = _bound(values.size) * max((high - middle) / QUARTILE, middle * np.expm1(LEAST_SPREAD / 3.0))
    return _apart(values, np.cbrt(values) - middle > distance, TIMES)


def _bound(n: int) -> float:
    """Return the standard score that the largest of n normal values exceeds once in a hundred samples."""
    return NormalDist().inv_cdf((1.0 - FALSE_ALARM) ** (1.0 / n)) * (1.0 + SMALL_SAMPLE / n)


def _apart(values: FloatArray, far: BoolArray, rule: Rule) -> BoolArray:
    """Keep what is far above only where it is many times the median, and a gap lies between it and all others."""
    far = far & (values > rule.factor * np.median(values))
    others = values[~far]
    alone = far.any() and values[far].min() > rule.gap * others.max()
    return far if alone else np.zeros_like(far)
