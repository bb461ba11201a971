"""Every window side by side: limits with intervals, prior beside posterior, published windows, ROC cut-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.figures.axes import draw_bracket, draw_interval, exposure_axis, exposure_limits, row_axis
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import GREY, WINDOW_LOOKS, Look, new_figure, styled
from bayes_sora.figures.words import INTERVALS, published_text, quantity_text, what_exposure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.window import Quantity, Window

ROC_LOOK = Look(GREY, "-", "X")


class _Row(NamedTuple):
    label: str
    draw: Callable[[Axes, int], None]


@styled
def draw_windows(fit: Fit) -> Figure:
    """Draw one row a limit, then the published windows and the ROC cut-offs."""
    rows = [*_limit_rows(fit), *_published_rows(fit), *_roc_rows(fit)]
    figure = new_figure(height=1.0 + 0.27 * len(rows))
    axes = figure.subplots()
    limits = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=fit.curves.unit)
    exposure_axis(axes, limits, unit=fit.curves.unit, scale=fit.curves.scale)
    row_axis(axes, [row.label for row in rows])
    for edge in (fit.curves.span.low, fit.curves.span.high):
        axes.axvline(edge / fit.curves.unit.mg_l, color=GREY, linewidth=0.6, linestyle=(0, (4.0, 3.0)), zorder=0)
    for place, row in enumerate(rows):
        row.draw(axes, place)
    return figure


def _limit_rows(fit: Fit) -> Iterator[_Row]:
    for kind, window in fit.windows.items():
        for name, quantity in window.quantities.items():
            if name == "width" or quantity.q50 is None:
                continue
            yield _Row(f"{kind}: {'best' if name == 'optimum' else name}", _drawer(window, quantity))


def _drawer(window: Window, quantity: Quantity) -> Callable[[Axes, int], None]:
    def draw(axes: Axes, y: int) -> None:
        prior = quantity.prior
        if prior is not None:
            pale = Look("#bdbdbd", "-", "|")
            draw_interval(axes, y + 0.24, outer=(prior.q025, prior.q975), middle=prior.q50, look=pale)
        draw_interval(
            axes,
            y - 0.06,
            outer=(quantity.q025, quantity.q975),
            inner=(quantity.q25, quantity.q75),
            middle=quantity.q50,
            look=WINDOW_LOOKS[window.kind],
            filled=window.identified,
        )

    return draw


def _published_rows(fit: Fit) -> Iterator[_Row]:
    size = fit.curves.unit.mg_l
    for one in fit.model_file.published:
        lower, upper = (None if end is None else end / size for end in (one.lower_mg_l, one.upper_mg_l))

        def draw(axes: Axes, y: int, lower: float | None = lower, upper: float | None = upper) -> None:
            draw_bracket(axes, y, lower=lower, upper=upper, colour=GREY)

        yield _Row(f"{one.name}: {published_text(lower, upper)}", draw)


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

        yield _Row(f"ROC cut-off, {endpoint}", draw)


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
        f"Broken lines are the ends of the range, at which limits beyond it count. {numbers} ROC cut-offs with "
        f"bootstrap intervals are on the scale of one measured trough. {INTERVALS} {what_exposure(fit)}"
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
