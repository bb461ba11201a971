"""Intervals on which conditions hold, against closed forms and a dense grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_sora.types import Span
from bayes_sora.window.intervals import (
    GRID_EDGE,
    between,
    containing,
    count,
    find_intervals,
    pick,
    upward_crossings,
    widest,
)

GRID = Span(0.5, 10.0).log_grid(17)


def one_row(*margins):
    """Find the intervals of a single draw."""
    return find_intervals(np.array(margins, dtype=float)[:, None, :], GRID)


def test_linear_margins_are_exact():
    """Two straight margins on the log scale end the interval exactly at their zeros, each named."""
    x = np.log(GRID)
    found = one_row(3.0 * (x - np.log(1.3)), 2.0 * (np.log(4.1) - x))
    assert found.low == pytest.approx([1.3], rel=1e-12)
    assert found.high == pytest.approx([4.1], rel=1e-12)
    assert (found.low_set_by.tolist(), found.high_set_by.tolist()) == ([0], [1])


def test_window_within_one_cell():
    """A window narrower than a cell of the grid is found, although no grid point lies in it."""
    low, high = between(GRID, np.array([5, 5]), np.array([0.4, 0.6]))
    x = np.log(GRID)
    found = one_row(x - np.log(low), np.log(high) - x)
    assert found.low == pytest.approx([low], rel=1e-12)
    assert found.high == pytest.approx([high], rel=1e-12)


def test_conditions_that_exclude_each_other():
    """Zeros in the wrong order leave no interval, also within one cell."""
    low, high = between(GRID, np.array([5, 5]), np.array([0.6, 0.4]))
    x = np.log(GRID)
    assert one_row(x - np.log(low), np.log(high) - x).row.size == 0


def test_edges_are_the_ends_of_the_grid():
    """Where nothing ends the interval the grid does: exactly its ends, set by no condition."""
    found = one_row(np.ones(17))
    assert (found.low[0], found.high[0]) == (0.5, 10.0)
    assert (found.low_set_by[0], found.high_set_by[0]) == (GRID_EDGE, GRID_EDGE)


def test_not_a_number_does_not_hold():
    """A NaN margin counts as not holding and disturbs no other interval."""
    margin = np.ones(17)
    margin[8] = np.nan
    found = one_row(margin)
    assert found.low.tolist() == [GRID[0], GRID[9]]
    assert found.high.tolist() == [GRID[7], GRID[16]]


def test_infinite_margins_stay_paired():
    """From −inf to +inf the zero is somewhere in the cell, and every beginning keeps its end."""
    found = one_row(np.where(np.arange(17) < 8, -np.inf, np.inf))
    assert GRID[7] <= found.low[0] <= GRID[8]
    assert found.high[0] == 10.0


def test_widest_on_the_log_scale():
    """Of 0.6–1.2 (2-fold) and 5–9 (4 wide but 1.8-fold) the first is the widest."""
    x = np.log(GRID)
    outside = np.minimum(np.maximum(np.log(1.2) - x, x - np.log(5.0)), np.minimum(x - np.log(0.6), np.log(9.0) - x))
    found = one_row(outside)
    assert count(found, n_rows=1).tolist() == [2]
    assert pick(found.high, widest(found, n_rows=1))[0] < 2.0


def test_rows_without_interval():
    """Rows keep their own intervals; a row without one is picked as NaN."""
    margins = np.stack([-np.ones(17), np.ones(17), -np.ones(17)])[None]
    found = find_intervals(margins, GRID)
    chosen = widest(found, n_rows=3)
    assert chosen.tolist() == [-1, 0, -1]
    assert np.isnan(pick(found.low, chosen)).tolist() == [True, False, True]
    assert containing(found, np.full(3, 2.0)).tolist() == [-1, 0, -1]
    assert containing(find_intervals(-np.ones((1, 2, 17)), GRID), np.full(2, 2.0)).tolist() == [-1, -1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-5, 5).filter(lambda v: abs(v) > 1e-6), min_size=17, max_size=17), min_size=1, max_size=3
    )
)
def test_intervals_are_where_all_margins_hold(margins):
    """At 2,000 points between the grid points, inside an interval is exactly where every interpolated margin is ≥ 0."""
    found = one_row(*margins)
    points = np.exp(np.linspace(np.log(0.5), np.log(10.0), 2001))
    holds = np.all([np.interp(np.log(points), np.log(GRID), margin) >= 0 for margin in margins], axis=0)
    inside = np.any((found.low[:, None] <= points) & (points <= found.high[:, None]), axis=0)
    near_an_end = np.min(np.abs(np.log(points)[:, None] - np.log([*found.low, *found.high, 1e9])), axis=1) < 1e-9
    assert np.array_equal(holds[~near_an_end], inside[~near_an_end])
    assert np.all(found.low <= found.high)
    assert np.all(found.high[:-1] <= found.low[1:])


def test_upward_crossings_only():
    """A crossing downwards does not count; one upwards is interpolated."""
    crosses, fraction = upward_crossings(np.array([-1.0, 3.0, -1.0, -1.0, 0.0]))
    assert crosses.tolist() == [True, False, False, True]
    assert fraction[crosses].tolist() == [0.25, 1.0]
