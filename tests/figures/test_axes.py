"""Parts of an exposure axis: ticks, ends, brackets, arrowheads, rows."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from bayes_sora.figures.axes import (
    draw_bracket,
    draw_interval,
    exposure_axis,
    exposure_limits,
    log_ticks,
    mark_edges,
    row_axis,
)
from bayes_sora.figures.style import WINDOW_LOOKS
from bayes_sora.types import MG_L, ExposureUnit, Span


@pytest.fixture
def axes():
    """Axes of exposure from 0.5 to 10 mg/L."""
    axes = Figure().subplots()
    exposure_axis(axes, (0.5, 10.0), unit=MG_L, scale="average trough")
    return axes


def markers(axes):
    """Return (marker, x) of every single point drawn."""
    return [(line.get_marker(), line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]


@given(low=st.floats(1e-3, 1e3), ratio=st.floats(1.05, 1e5), n_ticks=st.integers(4, 12))
@example(low=1.0, ratio=99999.99999999999, n_ticks=4)
def test_ticks_lie_within_the_axis(low, ratio, n_ticks):
    """Whatever the range, there are at least two ticks, rising, within it and not more than asked for."""
    high = low * ratio
    ticks = log_ticks(low, high, n_ticks=n_ticks)
    assert 2 <= len(ticks) <= n_ticks
    assert ticks == sorted(set(ticks))
    assert low * (1 - 1e-8) <= ticks[0]
    assert ticks[-1] <= high * (1 + 1e-8)


@pytest.mark.parametrize(
    ("low", "high", "n_ticks", "expected"),
    [
        (0.5, 10.0, 5, ["0.5", "1", "2", "5", "10"]),
        (15.0, 250.0, 9, ["15", "20", "30", "50", "70", "100", "150", "200"]),
        (0.0001, 1.0, 5, ["0.0001", "0.001", "0.01", "0.1", "1"]),
        (1000.0, 50000.0, 4, ["1000", "3000", "10000", "30000"]),
    ],
)
def test_tick_labels_are_plain_numbers(low, high, n_ticks, expected):
    """Ticks of a log axis are written without exponents."""
    axes = Figure().subplots()
    exposure_axis(axes, (low, high), unit=MG_L, scale="average trough", n_ticks=n_ticks)
    assert [label.get_text() for label in axes.get_xticklabels()] == expected


def test_axis_names_exposure_and_unit(axes):
    """The label says what is measured in what."""
    assert axes.get_xlabel() == "Average trough (mg/L)"
    assert axes.get_xscale() == "log"


def test_limits_hold_range_and_troughs_in_the_unit_of_the_file():
    """The axis reaches from the smaller to the larger of range and troughs, here in ng/mL."""
    low, high = exposure_limits(Span(0.05, 0.2), Span(0.06, 0.3), unit=ExposureUnit("ng/mL", 1e-3))
    assert 45.0 < low < 50.0
    assert 300.0 < high < 320.0


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        (1.4, 3.45, [("|", 1.4), ("|", 3.45)]),
        (3.75, None, [("|", 3.75), (">", 10.0)]),
        (None, 2.0, [("<", 0.5), ("|", 2.0)]),
        (0.1, 2.0, [("<", 0.5), ("|", 2.0)]),
        (20.0, 30.0, [("<", 10.0), (">", 10.0)]),
    ],
)
def test_brackets_never_leave_the_axes(axes, lower, upper, expected):
    """Closed ends are strokes at their place; open ends and those beyond the axes are arrows at its edge."""
    draw_bracket(axes, 0, lower=lower, upper=upper)
    assert markers(axes) == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((0.5, 3.0), [("<", 0.5)]), ((1.0, 10.0), [(">", 10.0)]), ((1.0, 3.0), []), ((None, None), [])],
)
def test_edges_are_marked_where_an_interval_reaches_them(axes, ends, expected):
    """An arrowhead says that a limit may lie beyond the range; an undefined limit has none."""
    mark_edges(axes, 0, ends=ends, span=(0.5, 10.0), colour="k")
    assert markers(axes) == expected


def test_undefined_interval_draws_nothing(axes):
    """A limit that no draw defines leaves its row empty."""
    draw_interval(axes, 0, outer=(None, None), middle=None, look=WINDOW_LOOKS["limits"])
    assert len(axes.lines) == 0


@pytest.mark.parametrize(("filled", "face"), [(True, WINDOW_LOOKS["limits"].colour), (False, "white")])
def test_hollow_markers_say_not_identified(axes, filled, face):
    """The marker of the median is filled or hollow."""
    draw_interval(axes, 0, outer=(1.0, 3.0), middle=2.0, look=WINDOW_LOOKS["limits"], filled=filled)
    assert axes.lines[-1].get_markerfacecolor() == face


def test_long_row_labels_are_cut(axes):
    """A published window with a name of a thousand letters leaves room for the axes."""
    row_axis(axes, ["first", "x" * 1000])
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "first"
    assert len(labels[1]) < 50
    assert axes.yaxis_inverted()
