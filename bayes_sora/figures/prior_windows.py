"""Window level of the prior: where the limits lie, and whether a window exists, before any patient is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.figures.axes import MARGIN, draw_interval, exposure_axis, mark_edges, row_axis, write_row
from bayes_sora.figures.style import GREY, WINDOW_LOOKS, new_figure, styled
from bayes_sora.fitting.prior.limits import PriorLimit, prior_limits
from bayes_sora.fitting.prior.words import share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import PriorPredictive

TITLE = "Where the priors put the windows"


@styled
def draw_prior_windows(prior: PriorPredictive) -> Figure:
    """Draw one row a limit with its interval over the prior draws, and the numbers beside it."""
    limits = list(prior_limits(prior))
    figure = new_figure(height=1.15 + 0.27 * len(limits))
    axes, text = figure.subplots(1, 2, sharey=True, width_ratios=(2.5, 2.2))
    unit, span = prior.curves.unit, prior.curves.span
    ends = (span.low / unit.mg_l, span.high / unit.mg_l)
    exposure_axis(axes, (ends[0] / MARGIN, ends[1] * MARGIN), unit=unit, scale=prior.curves.scale, n_ticks=7)
    row_axis(axes, [limit.label for limit in limits])
    for edge in ends:
        axes.axvline(edge, color=GREY, linewidth=0.6, linestyle=(0, (4.0, 3.0)), zorder=0)
    for place, limit in enumerate(limits):
        _draw_row(axes, place, limit, ends=ends)
    _write_numbers(text, limits, unit=unit.name)
    return figure


def _draw_row(axes: Axes, place: int, limit: PriorLimit, *, ends: tuple[float, float]) -> None:
    quantity, look = limit.quantity, WINDOW_LOOKS[limit.kind]
    outer = (quantity.q025, quantity.q975)
    mark_edges(axes, place, ends=outer, span=ends, colour=look.colour)
    draw_interval(
        axes, place, outer=outer, inner=(quantity.q25, quantity.q75), middle=quantity.q50, look=look, filled=False
    )


def _write_numbers(text: Axes, limits: list[PriorLimit], *, unit: str) -> None:
    text.axis("off")
    write_row(text, -0.95, f"median (95 % interval),\n{unit}", weight="bold")
    write_row(text, -0.95, "window\nexists", x=0.63, weight="bold")
    write_row(text, -0.95, "limit at\nan edge", x=0.84, weight="bold")
    for place, limit in enumerate(limits):
        write_row(text, place, limit.text)
        if limit.name == "lower":
            write_row(text, place, share_text(float(limit.window.draws["exists"].mean())), x=0.63)
        write_row(text, place, "–" if limit.at_edge is None else share_text(limit.at_edge), x=0.84)


def prior_windows_caption(prior: PriorPredictive) -> str:
    """Say what the figure shows, with its numbers."""
    exists = ", ".join(
        f"{kind} in {share_text(float(window.draws['exists'].mean()))}" for kind, window in prior.windows.items()
    )
    return (
        f"Windows of {prior.design.draws:,} draws of the priors: median, 50 % (thick) and 95 % (thin) interval of each "
        f"limit over the draws in which it is defined, {prior.curves.unit.name}. A window exists: {exists}. Broken "
        "lines are the ends of the range, at which limits beyond it count (arrowheads). No patient has said any of "
        "this: a posterior that looks the same has learnt nothing."
    )


def prior_windows_alt(prior: PriorPredictive) -> str:
    """Describe the picture for those who cannot see it."""
    rows = "; ".join(f"{limit.label} {limit.text}" for limit in prior_limits(prior))
    return f"Intervals of the limits over the prior draws, {prior.curves.unit.name}: {rows}."
