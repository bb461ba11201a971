r"""How sure it is that a whole set of exposures is acceptable: a joint statement, where a credible set is pointwise.

A credible set holds every exposure that is acceptable with probability ≥ γ, each taken by itself. That all of it is
acceptable is less probable, often far less, since the draws disagree about where the acceptable exposures end. Of the
draws' own acceptable pieces :math:`[l_k, h_k]` the probability of a whole interval is exact,

.. math:: P([a, b] \text{ acceptable}) = \sum_k w_k\, 1(l_k ≤ a,\; b ≤ h_k),

and a simultaneous set is the widest interval, on the log scale, for which it is ≥ γ.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.curves import Curves
from bayes_sora.questions import Limits
from bayes_sora.types import ExposureUnit, FloatArray, IntArray
from bayes_sora.window.applicability import check_applicable
from bayes_sora.window.intervals import find_intervals
from bayes_sora.window.margins import limits_margins, sets_above
from bayes_sora.window.optimum import draw_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

Interval = tuple[float, float]
IntervalsByLevel = dict[float, list[Interval]]

ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class AcceptableSets:
    """Sets of acceptable exposures by level γ; intervals in mg/L, or after :meth:`in_unit` in another unit.

    Attributes
    ----------
    credible : mapping of level to intervals
        Pointwise: the exposures each of which is acceptable with probability ≥ γ.
    p_all : mapping of level to float or None
        P(all of the credible set is acceptable), None where it is empty.
    simultaneous : mapping of level to intervals
        The widest interval that is acceptable as a whole with probability ≥ γ; [] where there is none.
    """

    credible: IntervalsByLevel
    p_all: dict[float, float | None]
    simultaneous: IntervalsByLevel

    def in_unit(self, unit: ExposureUnit) -> AcceptableSets:
        """Return the sets, given in mg/L, in `unit`."""

        def converted(sets: IntervalsByLevel) -> IntervalsByLevel:
            return {
                level: [(low / unit.mg_l, high / unit.mg_l) for low, high in intervals]
                for level, intervals in sets.items()
            }

        return replace(self, credible=converted(self.credible), simultaneous=converted(self.simultaneous))


def acceptable_sets(probability: xr.DataArray, pieces: AcceptablePieces, levels: Sequence[float]) -> AcceptableSets:
    """Return credible and simultaneous sets in mg/L.

    Parameters
    ----------
    probability : xarray.DataArray
        P(acceptable) over ``exposure`` (mg/L).
    pieces : AcceptablePieces
        Of the draws that it is the mean of.
    levels : sequence of float
        γ, each in (0, 1).
    """
    credible = sets_above(probability, levels)
    grid = np.asarray(probability["exposure"].to_numpy(), dtype=float)
    return AcceptableSets(
        credible=credible,
        p_all={level: probability_of_all(pieces, intervals, grid) for level, intervals in credible.items()},
        simultaneous={level: simultaneous_set(pieces, level) for level in levels},
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class AcceptablePieces:
    """The acceptable exposures of every draw, as intervals.

    Attributes
    ----------
    draw : IntArray, shape (n_pieces,)
        Which draw a piece belongs to; a draw has none, one or several.
    low, high : FloatArray, shape (n_pieces,)
        Its ends, mg/L.
    weight : FloatArray, shape (n_draws,)
        Of the draws, adding up to one.
    """

    draw: IntArray
    low: FloatArray
    high: FloatArray
    weight: FloatArray


def acceptable_pieces(curves: Curves, settings: Limits) -> AcceptablePieces:
    """Return where every condition holds in each draw, all draws weighing the same.

    Raises
    ------
    UsageError
        When the model has none of the endpoints that the conditions are about.
    """
    check_applicable(settings, curves)
    margins = np.stack([draw_rows(margin) for margin in limits_margins(curves, settings).values()])
    found, n_draws = find_intervals(margins, curves.exposure_mg_l), margins.shape[1]
    return AcceptablePieces(
        draw=found.row, low=found.low, high=found.high, weight=np.full(n_draws, 1.0 / n_draws, dtype=float)
    )


def mix_pieces(parts: Sequence[AcceptablePieces], weights: Sequence[float]) -> AcceptablePieces:
    """Return the pieces of a mixture: the draws of all parts, those of each sharing its weight."""
    first_draw = np.cumsum([0, *(part.weight.size for part in parts)])
    return AcceptablePieces(
        draw=np.concatenate([part.draw + first for part, first in zip(parts, first_draw[:-1], strict=True)]),
        low=np.concatenate([part.low for part in parts]),
        high=np.concatenate([part.high for part in parts]),
        weight=np.concatenate([share * part.weight for part, share in zip(parts, weights, strict=True)]),
    )


def probability_of_all(pieces: AcceptablePieces, intervals: Sequence[Interval], grid: FloatArray) -> float | None:
    """Return P(every exposure of the intervals is acceptable), None where there is no interval.

    Of an interval its points on `grid` count, the exposures at which it was found: its ends are interpolated, and may
    lie a part of a cell beside the last exposure that a draw accepts.
    """
    if not intervals:
        return None
    all_hold = np.ones(pieces.weight.size, dtype=bool)
    for low, high in intervals:
        points = grid[(grid >= low) & (grid <= high)]
        first, last = (points[0], points[-1]) if points.size else (low, high)
        covers = (pieces.low <= first * (1.0 + ROUNDING)) & (pieces.high >= last * (1.0 - ROUNDING))
        all_hold &= np.isin(np.arange(all_hold.size), pieces.draw[covers])
    return min(1.0, math.fsum(pieces.weight[all_hold].tolist()))


def simultaneous_set(pieces: AcceptablePieces, level: float) -> list[Interval]:
    """Return the widest interval (log scale) that is acceptable as a whole with probability ≥ `level`, in mg/L; or [].

    The pieces are taken in the order of their low ends. For a set that starts at one of these, the high end is the
    largest h that pieces of weight `level` reach, among those that have begun; it only ever rises.
    """
    order = np.argsort(pieces.low, kind="stable")
    columns = (pieces.low[order], pieces.high[order], pieces.weight[pieces.draw[order]])
    needed = level - ROUNDING * pieces.weight.size
    reaching: list[Interval] = []  # (high end, weight), the smallest first
    total, best, widest = 0.0, [], -np.inf
    for low, high, weight in np.column_stack(columns).tolist():
        heapq.heappush(reaching, (high, weight))
        total += weight
        while total - reaching[0][1] >= needed:
            total -= heapq.heappop(reaching)[1]
        end = reaching[0][0]
        if total >= needed and end >= low and np.log(end / low) > widest:
            best, widest = [(low, end)], float(np.log(end / low))
    return best
