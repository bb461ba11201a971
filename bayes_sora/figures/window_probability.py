"""Is this exposure inside the window? By estimand over exposure, and for one patient's measured trough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.digits import short
from bayes_sora.figures.axes import exposure_axis
from bayes_sora.figures.shares import share_inside
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLUE, ORANGE, PALE, SKY, SMALL_FONT, WINDOW_LOOKS, new_figure, styled
from bayes_sora.figures.words import what_exposure
from bayes_sora.fitting.answer import leading_window
from bayes_sora.window import window_chart

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit

CHART_POINTS = 61
# What the trough chart stacks, from the bottom: variable, words, colour, hatch.
LAYERS = (
    ("p_inside", "inside the window", BLUE, ""),
    ("p_below", "below it", SKY, "///"),
    ("p_above", "above it", ORANGE, "..."),
    ("p_no_window", "no window exists", PALE, ""),
)


@styled
def draw_window_probability(fit: Fit) -> Figure:
    """Draw P(exposure inside the window) by estimand, and the chart for one measured trough."""
    figure = new_figure(height=3.3)
    left, right = figure.subplots(1, 2)
    _draw_curves(left, fit)
    _draw_chart(right, fit)
    return figure


def _draw_curves(axes: Axes, fit: Fit) -> None:
    grid, unit = fit.curves.exposure_mg_l, fit.curves.unit
    for kind, window in fit.windows.items():
        look = WINDOW_LOOKS[window.kind]
        axes.plot(
            grid / unit.mg_l, share_inside(window.posterior, grid), color=look.colour, linestyle=look.line, label=kind
        )
    exposure_axis(axes, (grid[0] / unit.mg_l, grid[-1] / unit.mg_l), unit=unit, scale=fit.curves.scale, n_ticks=6)
    axes.set_ylim(0.0, 1.02)
    axes.set_ylabel("P(inside the window | data)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    axes.set_title("A constant exposure", fontsize=SMALL_FONT)


def chart(fit: Fit) -> xr.Dataset:
    """Return P(average trough below, inside, above the leading window | one measured trough) over the range."""
    span = fit.curves.span
    return window_chart(leading_window(fit).posterior, fit.curves, trough_mg_l=span.log_grid(CHART_POINTS))


def _draw_chart(axes: Axes, fit: Fit) -> None:
    found, unit = chart(fit), fit.curves.unit
    trough = found["trough"].to_numpy() / unit.mg_l
    bottom = np.zeros_like(trough)
    for name, words, colour, hatch in LAYERS:
        top = bottom + found[name].to_numpy()
        axes.fill_between(
            trough,
            bottom,
            top,
            facecolor=colour,
            alpha=0.75,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.3,
            label=words,
        )
        bottom = top
    exposure_axis(axes, (trough[0], trough[-1]), unit=unit, scale="one measured trough", n_ticks=6)
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("Probability of the average trough")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    axes.set_title(f"One patient's average trough, {leading_window(fit).kind} window", fontsize=SMALL_FONT)


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    found = chart(fit)
    best = int(np.argmax(found["p_inside"].to_numpy()))
    trough = float(found["trough"][best]) / fit.curves.unit.mg_l
    inside = float(found["p_inside"][best])
    return (
        "Left: the posterior probability that a constant exposure lies inside each window, pointwise; draws without a "
        f"window count as outside. Right: given one measured trough, the probability that the patient's average lies "
        f"inside, below or above the {leading_window(fit).kind} window; it is most surely inside, with probability "
        f"{inside:.2f}, after a trough of {short(trough)} {fit.curves.unit.name}. {what_exposure(fit)}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    return (
        "Left, curves of the probability of being inside each window over exposure; right, stacked areas of the "
        f"probability that the average trough is inside, below or above the {leading_window(fit).kind} window."
    )


SPEC = FigureSpec(
    key="window_probability",
    title="Probability of being inside the window",
    draw=draw_window_probability,
    possible=lambda fit: bool(fit.windows),
    caption=caption,
    alt=alt,
    shows_window=True,
)
