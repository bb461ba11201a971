"""The axis of months: ticks that a clinician counts in, never too many, at any horizon."""

from __future__ import annotations

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bayes_sora.figures.survival import month_axis, month_step, shown_follow_up


@given(st.floats(0.02, 1e7), st.integers(4, 12))
def test_ticks_are_few_but_enough(longest, n_ticks):
    """From 0 to the end of the axis there are at most so many ticks and at least two."""
    step = month_step(longest, n_ticks=n_ticks)
    shown = np.arange(0.0, 1.02 * longest, step)
    assert 2 <= shown.size <= n_ticks


@given(st.floats(12.0, 1e7))
def test_steps_beyond_a_year_are_whole_years(longest):
    """Beyond nine months of step every tick is a whole number of half years."""
    step = month_step(longest, n_ticks=9)
    assert step < 6 or step % 6 == 0


@pytest.mark.parametrize("longest", [0.03, 0.4, 3.0, 26.0, 60.0, 131.0, 400.0, 1500.0, 9999.0, 123_456.0])
@pytest.mark.parametrize(("width", "n_ticks"), [(2.1, 5), (6.3, 9)])
def test_labels_do_not_touch(longest, width, n_ticks):
    """On a panel as wide as one of three, and on one of full width, no label of a tick overlaps the next."""
    with mpl.rc_context({"font.size": 8.0}):
        figure = Figure(figsize=(width, 1.5))
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.3, 0.85, 0.6))
        month_axis(axes, longest, n_ticks=n_ticks)
        canvas.draw()
        low, high = axes.get_xlim()
        labels = [one for one in axes.get_xticklabels() if low <= one.get_position()[0] <= high]
        boxes = [one.get_window_extent() for one in labels]
    assert len(boxes) >= 2
    assert all(left.x1 + 6.0 < right.x0 for left, right in pairwise(boxes))


def test_one_wild_follow_up_does_not_set_the_axis():
    """A follow-up of 9999 months is left beyond the axis; without one the longest follow-up ends it."""
    months = np.array([3.0, 8.0, 12.0, 17.0, 40.0])
    assert shown_follow_up(months) == 40.0
    assert shown_follow_up(np.append(months, 9999.0)) == 40.0
    assert shown_follow_up(np.array([7.0])) == 7.0
