"""Every window side by side: limits with intervals, prior beside posterior, published windows, ROC cut-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib.lines import Line2D

from bayes_sora.digits import short
from bayes_sora.figures.axes import (
    draw_bracket,
    draw_interval,
    exposure_axis,
    exposure_limits,
    mark_edges,
    row_axis,
    write_row,
)
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, GREY, WINDOW_LOOKS, Look, new_figure, styled
from bayes_sora.figures.words import INTERVALS, published_text, quantity_text, what_exposure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.window import Quantity, Window

ROC_LOOK = Look(GREY, "-", "X")
PRIOR_LOOK = Look("#bdbdbd", "-", "|")


class _Row(NamedTuple):
    label: str
    draw: Callable[[Axes, int], None]
    numbers: str
    data_share: str = ""


@styled
def draw_windows(fit: Fit) -> Figure:
    """Draw one row a limit, then the published windows and the ROC cut-offs, with the numbers beside them."""
    rows = [*_limit_rows(fit), *_published_rows(fit), *_roc_rows(fit)]
    figure = new_figure(height=1.4 + 0.27 * len(rows))
    axes, text = figure.subplots(1, 2, sharey=True, width_ratios=(3.0, 1.75))
    limits = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=fit.curves.unit)
    exposure_axis(axes, limits, unit=fit.curves.unit, scale=fit.curves.scale, n_ticks=7)
    row_axis(axes, [row.label for row in rows])
    for edge in _edges(fit):
        axes.axvline(edge, color=GREY, linewidth=0.6, linestyle=(0, (4.0, 3.0)), zorder=0)
    for place, row in enumerate(rows):
        row.draw(axes, place)
    _write_numbers(text, rows, unit=fit.curves.unit.name)
    figure.legend(handles=interval_legend(), loc="outside lower center", ncols=4)
    return figure


def _edges(fit: Fit) -> tuple[float, float]:
    span, size = fit.curves.span, fit.curves.unit.mg_l
    return span.low / size, span.high / size


def _write_numbers(text: Axes, rows: list[_Row], *, unit: str) -> None:
    text.axis("off")
    write_row(text, -0.95, f"median (95 % interval),\n{unit}", weight="bold")
    write_row(text, -0.95, "data's\nshare", x=0.82, weight="bold")
    for place, row in enumerate(rows):
        write_row(text, place, row.numbers)
        write_row(text, place, row.data_share, x=0.82)


def interval_legend() -> list[Line2D]:
    """Explain what rows share, whatever their colour."""
    entries = (
        ("identified", "o", BLACK, BLACK),
        ("not identified", "o", BLACK, "white"),
        ("reaches the edge", ">", BLACK, BLACK),
        ("prior", "|", PRIOR_LOOK.colour, PRIOR_LOOK.colour),
    )
    return [
        Line2D([], [], marker=marker, color=colour, markerfacecolor=face, linewidth=1.4, label=label)
        for label, marker, colour, face in entries
    ]


def _limit_rows(fit: Fit) -> Iterator[_Row]:
    for kind, window in fit.windows.items():
        for name, quantity in window.quantities.items():
            if name == "width" or quantity.q50 is None:
                continue
            share = quantity.data_share
            yield _Row(
                label=f"{kind}: {'best' if name == 'optimum' else name}",
                draw=_drawer(window, quantity, edges=_edges(fit)),
                numbers=quantity_text(window, quantity),
                data_share="–" if share is None else f"{100 * share:.0f} %",
            )


def _drawer(window: Window, quantity: Quantity, *, edges: tuple[float, float]) -> Callable[[Axes, int], None]:
    look = WINDOW_LOOKS[window.kind]

    def draw(axes: Axes, y: int) -> None:
        prior, ends = quantity.prior, (quantity.q025, quantity.q975)
        draw_interval(axes, y + 0.24, outer=(prior.q025, prior.q975), middle=prior.q50, look=PRIOR_LOOK)
        mark_edges(axes, y - 0.06, ends=ends, span=edges, colour=look.colour)
        draw_interval(
            axes,
            y - 0.06,
            outer=ends,
            inner=(quantity.q25, quantity.q75),
            middle=quantity.q50,
            look=look,
            filled=window.identified,
        )

    return draw


def _published_rows(fit: Fit) -> Iterator[_Row]:
    size = fit.curves.unit.mg_l
    for one in fit.model_file.published:
        lower, upper = (None if end is None else end / size for end in (one.lower_mg_l, one.upper_mg_l))

        def draw(axes: Axes, y: int, lower: float | None = lower, upper: float | None = upper) -> None:
            draw_bracket(axes, y, lower=lower, upper=upper, colour=GREY)

        yield _Row(one.name, draw, numbers=published_text(lower, upper))


def _roc_rows(fit: Fit) -> Iterator[_Row]:
    size = fit.curves.unit.mg_l
    for endpoint, roc in fit.classical.roc.items():
        if not roc.defined or roc.cutoff_mg_l is None:
            continue
        low, high = (None if end is None else end / size for end in roc.cutoff_ci95)
        cutoff = roc.cutoff_mg_l / size

        def draw(
            axes: Axes, y: int, low: float | None = low, high: float | None = high, cutoff: float = cutoff
        ) -> None:
            draw_interval(axes, y, outer=(low, high), middle=cutoff, look=ROC_LOOK)

        interval = "" if low is None or high is None else f" ({short(low)} to {short(high)})"
        yield _Row(f"ROC cut-off, {endpoint}", draw, numbers=f"{short(cutoff)}{interval}")


def caption(fit: Fit) -> str:
    """Say what each row is, with its numbers."""
    unit = fit.curves.unit.name
    numbers = " ".join(
        f"{kind[0].upper()}{kind[1:]}: lower {quantity_text(window, window.lower)}, upper "
        f"{quantity_text(window, window.upper)} {unit}, {'' if window.identified else 'not '}identified."
        for kind, window in fit.windows.items()
    )
    return (
        "Posterior median, 50 % (thick) and 95 % (thin) interval of every limit over the draws in which it is defined; "
        "filled markers where the window is identified, hollow where not; the pale interval underneath is the prior's. "
        f"Broken lines are the ends of the range, at which limits beyond it count (arrowheads). {numbers} ROC cut-offs "
        f"with bootstrap intervals are on the scale of one measured trough. {INTERVALS} {what_exposure(fit)}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    found = ", ".join(
        f"{kind} {'identified' if one.identified else 'not identified'}" for kind, one in fit.windows.items()
    )
    return f"Intervals of the lower and upper limit of each window, beside published windows and ROC cut-offs: {found}."


SPEC = FigureSpec(
    key="windows",
    title="Windows by estimand",
    draw=draw_windows,
    possible=lambda fit: bool(fit.windows),
    caption=caption,
    alt=alt,
    shows_window=True,
)
