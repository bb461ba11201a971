"""Where conditions hold along a grid: the intervals on which every margin is at least zero.

Plain arrays. A margin is a curve of one draw, zero at the condition's threshold and positive where the condition holds,
linear in log exposure between grid points. Linear margins are therefore solved exactly, also when two conditions
change within one cell of the grid.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayes_sora.types import BoolArray, FloatArray, IntArray

GRID_EDGE = -1


class Intervals(NamedTuple):
    """Maximal intervals on which every condition holds, ordered by row, then by exposure.

    Attributes
    ----------
    row : IntArray, shape (n_intervals,)
        The draw an interval belongs to; a draw has none, one or several.
    low, high : FloatArray, shape (n_intervals,)
        Ends, in the grid's unit; at an edge exactly the grid's end.
    low_set_by, high_set_by : IntArray, shape (n_intervals,)
        Index of the condition that ends the interval there, −1 where the grid ends first.
    """

    row: IntArray
    low: FloatArray
    high: FloatArray
    low_set_by: IntArray
    high_set_by: IntArray


def find_intervals(margins: FloatArray, grid: FloatArray) -> Intervals:
    """Find the intervals on which all margins are ≥ 0.

    Parameters
    ----------
    margins : FloatArray, shape (n_conditions, n_rows, n_grid)
        NaN counts as not holding.
    grid : FloatArray, shape (n_grid,)
        Rising exposures.
    """
    margins = np.where(np.isnan(margins), -np.inf, margins)
    left, right = margins[..., :-1], margins[..., 1:]
    enters, leaves = _cell_entry(left, right), _cell_exit(left, right)
    entry, exit_ = enters.max(axis=0), leaves.min(axis=0)
    occupied = entry <= exit_
    node_holds = (margins >= 0.0).all(axis=0)
    # An interval goes on through a grid point where all conditions hold, and only there.
    begins, ends = occupied & ~node_holds[:, :-1], occupied & ~node_holds[:, 1:]
    begins[:, 0], ends[:, -1] = occupied[:, 0], occupied[:, -1]
    row, first = np.nonzero(begins)
    _, last = np.nonzero(ends)
    return Intervals(
        row=row,
        low=between(grid, first, entry[row, first]),
        high=between(grid, last, exit_[row, last]),
        low_set_by=np.where((first == 0) & node_holds[row, 0], GRID_EDGE, enters.argmax(axis=0)[row, first]),
        high_set_by=np.where(
            (last == grid.size - 2) & node_holds[row, -1], GRID_EDGE, leaves.argmin(axis=0)[row, last]
        ),
    )


def widest(intervals: Intervals, *, n_rows: int) -> IntArray:
    """Return the index of each row's widest interval on the log scale (the lowest on ties), −1 where it has none."""
    width = np.log(intervals.high / intervals.low)
    order = np.lexsort((-width, intervals.row))
    rows, first = np.unique(intervals.row[order], return_index=True)
    chosen = np.full(n_rows, -1)
    chosen[rows] = order[first]
    return chosen


def containing(intervals: Intervals, point: FloatArray) -> IntArray:
    """Return the index of the interval of each row that holds `point`, −1 where there is none; shape of `point`."""
    at = point[intervals.row]
    # An end computed on the log scale may miss a grid point by a rounding error.
    inside = (intervals.low * (1.0 - 1e-12) <= at) & (at <= intervals.high * (1.0 + 1e-12))
    chosen = np.full(point.size, -1)
    chosen[intervals.row[inside]] = np.nonzero(inside)[0]
    return chosen


def count(intervals: Intervals, *, n_rows: int) -> IntArray:
    """Return the number of intervals of each row."""
    return np.bincount(intervals.row, minlength=n_rows)


def pick(values: FloatArray | IntArray, chosen: IntArray) -> FloatArray:
    """Return `values` of the chosen intervals, NaN where none was chosen."""
    return np.where(chosen >= 0, np.append(values, np.nan)[chosen], np.nan)


def between(grid: FloatArray, cell: IntArray, fraction: FloatArray) -> FloatArray:
    """Return the exposure a fraction of the way through a cell on the log scale; whole fractions hit grid points."""
    inner = grid[cell] * (grid[cell + 1] / grid[cell]) ** fraction
    return np.where(fraction == 1.0, grid[cell + 1], inner)


def upward_crossings(curve: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Return in which cells a curve rises through zero, and at which fraction of the cell.

    Parameters
    ----------
    curve : FloatArray, shape (..., n_grid)

    Returns
    -------
    crosses : BoolArray, shape (..., n_grid − 1)
        True where the curve is below zero at the left grid point and not at the right one.
    fraction : FloatArray, shape (..., n_grid − 1)
        Meaningful where `crosses`.
    """
    left, right = curve[..., :-1], curve[..., 1:]
    return (left < 0.0) & (right >= 0.0), _zero(left, right)


def _cell_entry(left: FloatArray, right: FloatArray) -> FloatArray:
    """Fraction of the cell from which on a condition holds, 2 where it does nowhere in it."""
    return np.where(left >= 0.0, 0.0, np.where(right >= 0.0, _zero(left, right), 2.0))


def _cell_exit(left: FloatArray, right: FloatArray) -> FloatArray:
    """Fraction of the cell up to which a condition holds, −1 where it does nowhere in it."""
    return np.where(right >= 0.0, 1.0, np.where(left >= 0.0, _zero(left, right), -1.0))


def _zero(left: FloatArray, right: FloatArray) -> FloatArray:
    """Fraction of the cell at which the line from `left` to `right` is zero; meaningful where their signs differ."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        fraction = np.clip(left / (left - right), 0.0, 1.0)
    # ∞/∞: from an infinite left end the line falls at once, and its zero lies at the right.
    return np.where(np.isnan(fraction), 1.0, fraction)
