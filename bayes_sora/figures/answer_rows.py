"""The rows under the answer: credible sets, the best utility, published windows, the patients' troughs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.figures.axes import draw_bracket, draw_interval, draw_rug, write_row
from bayes_sora.figures.style import BLUE, GREY, PALE, WINDOW_LOOKS
from bayes_sora.figures.words import published_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from bayes_sora.fitting import Fit
    from bayes_sora.window import Window

SHADES = {0.5: 0.35, 0.8: 0.6, 0.95: 0.95}


class Row(NamedTuple):
    """A named row and how to draw it at its place on an axis of exposure."""

    label: str
    draw: Callable[[Axes, int], None]


def answer_rows(fit: Fit, window: Window) -> list[Row]:
    """Return the rows under the curve of the leading window, the first on top."""
    return [*_credible_rows(window), *_optimum_row(fit), *_published_rows(fit), _trough_row(fit)]


def _credible_rows(window: Window) -> list[Row]:
    def row(level: float, intervals: list[tuple[float, float]]) -> Row:
        def draw(axes: Axes, y: int) -> None:
            for low, high in intervals:
                axes.barh(y, high - low, left=low, height=0.55, color=BLUE, alpha=SHADES.get(level, 0.6))
            if not intervals:
                write_row(axes, y, "no exposure", x=0.01)

        return Row(f"each acceptable, P ≥ {level:g}", draw)

    return [row(level, intervals) for level, intervals in (window.credible_sets or {}).items()]


def _optimum_row(fit: Fit) -> list[Row]:
    utility = fit.windows.get("utility")
    if utility is None or utility.optimum is None:
        return []
    best, filled = utility.optimum, utility.identified

    def draw(axes: Axes, y: int) -> None:
        draw_interval(
            axes,
            y,
            outer=(best.q025, best.q975),
            inner=(best.q25, best.q75),
            middle=best.q50,
            look=WINDOW_LOOKS["utility"],
            filled=filled,
        )

    return [Row("best utility (50 %, 95 %)", draw)]


def _published_rows(fit: Fit) -> list[Row]:
    unit = fit.curves.unit

    def row(name: str, lower: float | None, upper: float | None) -> Row:
        def draw(axes: Axes, y: int) -> None:
            draw_bracket(axes, y, lower=lower, upper=upper, colour=GREY)

        return Row(f"{name}: {published_text(lower, upper)}", draw)

    return [
        row(
            one.name,
            None if one.lower_mg_l is None else one.lower_mg_l / unit.mg_l,
            None if one.upper_mg_l is None else one.upper_mg_l / unit.mg_l,
        )
        for one in fit.model_file.published
    ]


def _trough_row(fit: Fit) -> Row:
    troughs = fit.cohort.trough_mg_l / fit.curves.unit.mg_l

    def draw(axes: Axes, y: int) -> None:
        axes.axhspan(y - 0.35, y + 0.35, color=PALE, alpha=0.5, linewidth=0)
        draw_rug(axes, y, troughs)

    return Row(f"measured troughs, n = {troughs.size}", draw)
