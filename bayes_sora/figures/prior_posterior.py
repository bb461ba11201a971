"""How much the data said: prior against posterior of every limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.figures.axes import exposure_limits, plain_log_ticks
from bayes_sora.figures.shares import LogHistogram, log_histogram
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import GREY, SMALL_FONT, WINDOW_LOOKS, new_figure, styled
from bayes_sora.figures.words import what_exposure
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.window import Window, WindowDraws
    from bayes_sora.window.draws import Limit

N_BINS = 36
LIMITS: tuple[Limit, ...] = ("lower", "upper")


@styled
def draw_prior_posterior(fit: Fit) -> Figure:
    """Draw prior and posterior of the lower and upper limit of every window, the shares at the edges as bars."""
    windows = list(fit.windows.values())
    figure = new_figure(height=0.5 + 1.35 * len(windows))
    grid = figure.subplots(len(windows), 2, sharex=True, squeeze=False)
    for row, window in zip(grid, windows, strict=True):
        for axes, limit in zip(row, LIMITS, strict=True):
            _draw_limit(axes, fit, window, limit)
    for axes in grid[-1]:
        axes.set_xlabel(f"{fit.curves.scale[0].upper()}{fit.curves.scale[1:]} ({fit.curves.unit.name})")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw_limit(axes: Axes, fit: Fit, window: Window, limit: Limit) -> None:
    span, size = fit.curves.span, fit.curves.unit.mg_l
    bins = np.geomspace(span.low, span.high, N_BINS + 1)
    look = WINDOW_LOOKS[window.kind]
    found = log_histogram(_defined(window.posterior, limit), bins)
    axes.stairs(found.inside, bins / size, fill=True, color=look.colour, alpha=0.35, label="posterior")
    _draw_edges(axes, found, bins / size, colour=look.colour, shift=0.0)
    if window.prior is not None:
        before = log_histogram(_defined(window.prior, limit), bins)
        axes.stairs(before.inside, bins / size, color=GREY, linewidth=1.1, linestyle=(0, (3.0, 1.5)), label="prior")
        _draw_edges(axes, before, bins / size, colour=GREY, shift=1.0)
    low, high = exposure_limits(span, fit.curves.observed_span, unit=fit.curves.unit)
    axes.set_xscale("log")
    axes.set_xlim(low / 1.12, high * 1.12)
    plain_log_ticks(axes.xaxis, (low, high), n_ticks=6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_title(f"{window.kind}, {limit} limit: {_share_text(window, limit)}", fontsize=SMALL_FONT)


def _draw_edges(axes: Axes, found: LogHistogram, bins: FloatArray, *, colour: str, shift: float) -> None:
    """Draw the shares at the edges beyond the range, a fifth of their height so that they do not dwarf the rest."""
    step = (bins[1] / bins[0]) ** 0.9
    for share, at, outward in ((found.at_low, bins[0], 1 / step), (found.at_high, bins[-1], step)):
        if share > 0.005:
            x = at * outward ** (0.8 + shift)
            axes.plot([x, x], [0.0, share / 5.0], color=colour, linewidth=3.0, solid_capstyle="butt", clip_on=False)


def _defined(window: WindowDraws, limit: Limit) -> FloatArray:
    values = window.draws[limit].to_numpy().ravel()
    return np.asarray(values[~np.isnan(values)], dtype=float)


def _share_text(window: Window, limit: Limit) -> str:
    share = window.quantities[limit].data_share
    return "data's share unknown" if share is None else f"data's share {100 * max(share, 0.0):.0f} %"


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    shares = "; ".join(
        f"{kind} {limit} {_share_text(window, limit)}" for kind, window in fit.windows.items() for limit in LIMITS
    )
    return (
        "Prior (broken outline) and posterior (filled) of each limit over the draws in which it is defined, on a log "
        "scale of exposure. Bars beyond the ends of the range are the shares of draws that count there, drawn at a "
        "fifth of their height. The data's share is 1 − posterior variance / prior variance of the log limit (for "
        f"youden, of its distance from the median trough): {shares}. {what_exposure(fit)}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    return f"Prior and posterior distributions of the limits of {', '.join(fit.windows)}, two panels a window."


SPEC = FigureSpec(
    key="prior_posterior",
    title="Prior against posterior of the limits",
    draw=draw_prior_posterior,
    possible=lambda fit: bool(fit.windows),
    caption=caption,
    alt=alt,
    shows_window=True,
)
