"""Parts that figures share: an exposure axis, bands of posterior curves, intervals, brackets, rugs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from bayes_sora.errors import shortened
from bayes_sora.figures.style import BLACK, GREY, SMALL_FONT, Look
from bayes_sora.types import FloatArray, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from bayes_sora.types import ExposureUnit

BAND_QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
TICK_STEPS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
MARGIN = 1.04
ROUNDING = 1e-9
LONGEST_LABEL = 44


def exposure_axis(
    axes: Axes, limits: tuple[float, float], *, unit: ExposureUnit, scale: str, n_ticks: int = 9, vertical: bool = False
) -> None:
    """Make an axis a log axis of exposure with plain numbers.

    Parameters
    ----------
    axes : Axes
    limits : tuple of float
        Ends of the axis in `unit`.
    unit : ExposureUnit
    scale : str
        What the exposure is, such as ``"average trough"``.
    n_ticks : int
        Largest number of ticks.
    vertical : bool
        Whether it is the y axis.
    """
    axis: Axis = axes.yaxis if vertical else axes.xaxis
    (axes.set_yscale if vertical else axes.set_xscale)("log")
    (axes.set_ylim if vertical else axes.set_xlim)(limits)
    (axes.set_ylabel if vertical else axes.set_xlabel)(exposure_label(unit=unit, scale=scale))
    plain_log_ticks(axis, limits, n_ticks=n_ticks)


def exposure_label(*, unit: ExposureUnit, scale: str) -> str:
    """Return the label of an exposure axis, such as "Average trough (mg/L)"."""
    return f"{scale[0].upper()}{scale[1:]} ({unit.name})"


def plain_log_ticks(axis: Axis, limits: tuple[float, float], *, n_ticks: int = 9) -> None:
    """Put plain numbers on a log axis."""
    ticks = log_ticks(*limits, n_ticks=n_ticks)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([f"{tick:.6g}" for tick in ticks]))
    axis.set_minor_locator(NullLocator())


def log_ticks(low: float, high: float, *, n_ticks: int = 9) -> list[float]:
    """Return round numbers within [low, high]: the densest choice of at most `n_ticks`.

    >>> log_ticks(0.5, 10.0)
    [0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0]
    >>> log_ticks(2.0, 2.6, n_ticks=5)
    [2.0, 2.2, 2.4, 2.6]
    """
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    best: list[float] = []
    for steps in TICK_STEPS:
        # Divided rather than multiplied by powers of ten below one, so that 0.7 is 0.7.
        marks = [step * 10.0**power if power >= 0 else step / 10.0**-power for power in decades for step in steps]
        inside = [mark for mark in marks if low * (1 - 1e-9) <= mark <= high * (1 + 1e-9)]
        if len(best) < len(inside) <= n_ticks:
            best = inside
    if len(best) >= 3:
        return best
    even = MaxNLocator(n_ticks - 1, steps=[1, 2, 5, 10]).tick_values(low, high)
    within = [float(round(tick, 12)) for tick in even if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    # The locator may give one tick more than asked for where both ends of the axis are round.
    return within[:: -(-len(within) // n_ticks)]


def exposure_limits(span: Span, observed: Span, *, unit: ExposureUnit) -> tuple[float, float]:
    """Return axis limits, in `unit`, that hold the optimisation range and the observed troughs."""
    low, high = min(span.low, observed.low), max(span.high, observed.high)
    return low / unit.mg_l / MARGIN, high / unit.mg_l * MARGIN


def draw_band(axes: Axes, x: FloatArray, rows: FloatArray, look: Look, *, label: str) -> FloatArray:
    """Draw the posterior median of a curve with its 50 % and 95 % band; return the five quantiles at each x.

    Parameters
    ----------
    axes : Axes
    x : FloatArray, shape (n,)
    rows : FloatArray, shape (n_draws, n)
    look : Look
    label : str
        Of the median, for the legend.
    """
    low, low50, middle, high50, high = quantiles = np.quantile(rows, BAND_QUANTILES, axis=0)
    axes.fill_between(x, low, high, color=look.colour, alpha=0.18, linewidth=0, label="95 % interval")
    axes.fill_between(x, low50, high50, color=look.colour, alpha=0.28, linewidth=0, label="50 % interval")
    axes.plot(x, middle, color=look.colour, linestyle=look.line, label=label)
    return np.asarray(quantiles, dtype=float)


def draw_interval(
    axes: Axes,
    y: float,
    *,
    outer: tuple[float | None, float | None],
    inner: tuple[float | None, float | None] = (None, None),
    middle: float | None,
    look: Look,
    filled: bool = True,
) -> None:
    """Draw a horizontal interval: thin 95 %, thick 50 %, the median as a marker, hollow unless `filled`."""
    for (low, high), width in ((outer, 1.4), (inner, 4.0)):
        if low is not None and high is not None:
            axes.plot([low, high], [y, y], color=look.colour, linewidth=width, solid_capstyle="butt", zorder=2)
    if middle is not None:
        face = look.colour if filled else "white"
        axes.plot([middle], [y], look.marker, color=look.colour, markerfacecolor=face, markersize=6, zorder=3)


def mark_edges(
    axes: Axes, y: float, *, ends: tuple[float | None, float | None], span: tuple[float, float], colour: str
) -> None:
    """Draw an arrowhead where an interval ends at an edge of the range: the limit may lie beyond it."""
    low, high = ends
    if low is not None and low <= span[0] * (1.0 + ROUNDING):
        axes.plot([span[0]], [y], "<", color=colour, markersize=5, clip_on=False, zorder=2)
    if high is not None and high >= span[1] * (1.0 - ROUNDING):
        axes.plot([span[1]], [y], ">", color=colour, markersize=5, clip_on=False, zorder=2)


def draw_bracket(axes: Axes, y: float, *, lower: float | None, upper: float | None, colour: str = BLACK) -> None:
    """Draw a published window as a bracket; an end that is open or beyond the axes is an arrow at their edge."""
    left, right = axes.get_xlim()
    start, end = np.clip([left if lower is None else lower, right if upper is None else upper], left, right)
    axes.plot([start, end], [y, y], color=colour, linewidth=1.2, zorder=2)
    for stop, given, arrow in ((start, lower, "<"), (end, upper, ">")):
        marker, size = ("|", 9) if stop == given else (arrow, 5)
        axes.plot([stop], [y], marker, color=colour, markersize=size, clip_on=False, zorder=3)


def draw_rug(axes: Axes, y: float, values: FloatArray, *, height: float = 0.3) -> None:
    """Draw each value as a short vertical stroke around `y`."""
    axes.vlines(values, y - height, y + height, color=GREY, linewidth=0.9)


def row_axis(axes: Axes, labels: Sequence[str]) -> None:
    """Give the y axis one named row each, the first on top."""
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), [shortened(label, limit=LONGEST_LABEL) for label in labels])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def write_row(axes: Axes, y: float, text: str, *, x: float = 0.0, weight: str = "normal") -> None:
    """Write small text in a row, `x` as a share of the width of the axes."""
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=SMALL_FONT, weight=weight)
