"""How much the data said: prior against posterior of every limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from bayes_sora.digits import short
from bayes_sora.figures.axes import exposure_label, plain_log_ticks
from bayes_sora.figures.shares import LogHistogram, log_histogram
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import GREY, SMALL_FONT, WINDOW_LOOKS, new_figure, styled
from bayes_sora.figures.words import what_exposure
from bayes_sora.types import FloatArray, Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.window import Window, WindowDraws
    from bayes_sora.window.draws import Limit

N_BINS = 36
LOWEST_TOP = 0.03
LIMITS: tuple[Limit, ...] = ("lower", "upper")


@styled
def draw_prior_posterior(fit: Fit) -> Figure:
    """Draw prior and posterior of the lower and upper limit of every window, the shares at the edges as bars."""
    windows = list(fit.windows.values())
    figure = new_figure(height=0.7 + 1.65 * len(windows))
    grid = figure.subplots(len(windows), 2, squeeze=False)
    for row, window in zip(grid, windows, strict=True):
        for axes, limit in zip(row, LIMITS, strict=True):
            _draw_limit(axes, fit, window, limit)
    for axes in grid[-1]:
        axes.set_xlabel(exposure_label(unit=fit.curves.unit, scale=fit.curves.scale))
    figure.supylabel("Share of the draws, by bin", fontsize="medium")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw_limit(axes: Axes, fit: Fit, window: Window, limit: Limit) -> None:
    span, size = fit.curves.span, fit.curves.unit.mg_l
    bins, look = span.log_grid(N_BINS + 1), WINDOW_LOOKS[window.kind]
    after = log_histogram(_defined(window.posterior, limit), bins)
    before = None if window.prior is None else log_histogram(_defined(window.prior, limit), bins)
    axes.stairs(after.inside, bins / size, fill=True, color=look.colour, alpha=0.35, label="posterior")
    _draw_edges(axes, after, bins / size, colour=look.colour, place=1)
    if before is not None:
        axes.stairs(before.inside, bins / size, color=GREY, linewidth=1.1, linestyle=(0, (3.0, 1.5)), label="prior")
        _draw_edges(axes, before, bins / size, colour=GREY, place=2)
    _finish(axes, Span(span.low / size, span.high / size), tallest=_tallest(after, before))
    lines = (f"{window.kind}, {limit} limit: {_share_text(window, limit)}", edge_text(window, limit))
    axes.set_title("\n".join(lines), fontsize=SMALL_FONT)


def _finish(axes: Axes, span: Span, *, tallest: float) -> None:
    axes.set_xscale("log")
    step = (span.high / span.low) ** (1.0 / N_BINS)
    axes.set_xlim(span.low / step**4, span.high * step**4)
    plain_log_ticks(axes.xaxis, (span.low, span.high), n_ticks=7)
    axes.set_ylim(0.0, 1.1 * tallest)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.locator_params(axis="y", nbins=3)


def _tallest(after: LogHistogram, before: LogHistogram | None) -> float:
    """Height of the highest bin; bars at the edges may be cut, the title gives their shares."""
    return max(LOWEST_TOP, *(float(one.inside.max()) for one in (after, before or after)))


def _draw_edges(axes: Axes, found: LogHistogram, bins: FloatArray, *, colour: str, place: int) -> None:
    """Draw the shares at the edges as bars beyond the range, as wide as a bin."""
    step = bins[1] / bins[0]
    for share, at, outward in ((found.at_low, bins[0], 1.0 / step), (found.at_high, bins[-1], step)):
        ends = sorted((at * outward ** (place + 0.2), at * outward ** (place + 1.0)))
        axes.fill_between(ends, share, color=colour, linewidth=0)


def _defined(window: WindowDraws, limit: Limit) -> FloatArray:
    values = window.draws[limit].to_numpy().ravel()
    return np.asarray(values[~np.isnan(values)], dtype=float)


def _share_text(window: Window, limit: Limit) -> str:
    share = window.quantities[limit].data_share
    return "data's share unknown" if share is None else f"data's share {100 * share:.0f} %"


def edge_text(window: Window, limit: Limit) -> str:
    """Return the shares of the defined draws at the edges, such as "≤ 0.5: 9 %, ≥ 10: 0 % (prior 25 %, 3 %)"."""
    unit, span = window.posterior.unit, window.posterior.span
    after = _edge_shares(window.posterior, limit)
    if after is None:
        return "undefined in every draw"
    before = None if window.prior is None else _edge_shares(window.prior, limit)
    text = f"≤ {short(span.low / unit.mg_l)}: {after[0]}, ≥ {short(span.high / unit.mg_l)}: {after[1]}"
    return text if before is None else f"{text} (prior {before[0]}, {before[1]})"


def _edge_shares(window: WindowDraws, limit: Limit) -> tuple[str, str] | None:
    defined = window.draws[limit].notnull()
    n = int(defined.sum())
    if n == 0:
        return None
    low, high = int(window.at_low_edge(limit).sum()), int(window.at_high_edge(limit).sum())
    return f"{100 * low / n:.0f} %", f"{100 * high / n:.0f} %"


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    shares = "; ".join(
        f"{kind} {limit} {_share_text(window, limit)}" for kind, window in fit.windows.items() for limit in LIMITS
    )
    return (
        "Prior (broken outline) and posterior (filled) of each limit over the draws in which it is defined, on a log "
        "scale of exposure. Bars beyond the ends of the range are the shares of draws that count there, cut at the top "
        "of the panel and written above it. The data's share is how much narrower the data made the 95 % interval of "
        "the curve that decides the limit, at the limit, as 1 − (posterior / prior width)²: "
        f"{shares}. {what_exposure(fit)}"
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
