"""The answer in one picture: which exposures are acceptable, how surely, and where others put the window."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.figures.answer_rows import answer_rows
from bayes_sora.figures.axes import (
    exposure_axis,
    exposure_limits,
    row_axis,
)
from bayes_sora.figures.shares import share_inside
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, BLUE, GREY, SMALL_FONT, new_figure, styled
from bayes_sora.figures.words import INTERVALS, exposure_text, in_unit, quantity_text, what_exposure
from bayes_sora.fitting.answer import leading_window, probability_text, question
from bayes_sora.questions import Limits
from bayes_sora.window import acceptable_probability, interval_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray
    from bayes_sora.window import Window

SUBTITLE_WIDTH = 84
GUIDES = (0.5, 0.8, 0.95)


@styled
def draw_answer(fit: Fit) -> Figure:
    """Draw P(exposure acceptable | data) over exposure, with credible sets, optimum, published windows and troughs."""
    window = leading_window(fit)
    rows = answer_rows(fit, window)
    figure = new_figure(height=2.9 + 0.25 * len(rows))
    figure.suptitle(verdict(fit), x=0.012, ha="left")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.0, 0.25 * len(rows)))
    limits = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=fit.curves.unit)
    exposure_axis(below, limits, unit=fit.curves.unit, scale=fit.curves.scale)
    _draw_probability(above, fit, window)
    row_axis(below, [row.label for row in rows])
    for place, row in enumerate(rows):
        row.draw(below, place)
    return figure


def verdict(fit: Fit) -> str:
    """Return the title: the window, or that none is identified, or that the fit is not to be trusted."""
    window = leading_window(fit)
    if not fit.trusted:
        return "NOT TO BE TRUSTED: the draws of this fit must be refused"
    if not window.identified:
        return "No window identified"
    scale, unit = window.posterior.scale, window.posterior.unit.name
    lower, upper = (exposure_text(fit, limit.q50) for limit in (window.lower, window.upper) if limit.q50 is not None)
    return f"{scale[0].upper()}{scale[1:]} window {lower}–{upper} {unit}"


def _probability(fit: Fit, window: Window) -> FloatArray:
    """P(each exposure of the grid is acceptable), for other windows P(it lies inside)."""
    if isinstance(window.settings, Limits):
        return acceptable_probability(fit.curves, window.settings).to_numpy()
    return share_inside(window.posterior, fit.curves.exposure_mg_l)


def _draw_probability(axes: Axes, fit: Fit, window: Window) -> None:
    exposure = fit.curves.exposure_mg_l / fit.curves.unit.mg_l
    probability = _probability(fit, window)
    axes.fill_between(exposure, probability, color=BLUE, alpha=0.22, linewidth=0)
    axes.plot(exposure, probability, color=BLUE)
    for level in GUIDES:
        axes.axhline(level, color=GREY, linewidth=0.6, linestyle=(0, (4.0, 3.0)), zorder=0)
    axes.set_ylim(0.0, 1.02)
    axes.set_yticks([0.0, 0.2, 0.5, 0.8, 0.95], ["0", "0.2", "0.5", "0.8", "0.95"])
    axes.set_ylabel(f"P({_adjective(window)} | data)")
    axes.tick_params(axis="x", labelbottom=False)
    axes.set_title(fill(_subtitle(fit, window), SUBTITLE_WIDTH), fontsize=SMALL_FONT, color=BLACK)


def _subtitle(fit: Fit, window: Window) -> str:
    """Say what was asked, how sure a window is and, of an identified one, the intervals of its limits."""
    asked = question(window.settings, fit.curves)
    text = f"{asked[0].upper()}{asked[1:]}; a window exists with probability {probability_text(window.p_exists)}"
    if not window.identified:
        return text
    lower, upper = (interval_text(window, limit) for limit in (window.lower, window.upper))
    # A no-break space, so that a line never ends on the number.
    return f"{text}; 95\N{NO-BREAK SPACE}% intervals {lower} and {upper} {window.posterior.unit.name}"


def _adjective(window: Window) -> str:
    return {"limits": "acceptable", "utility": "nearly optimal", "youden": "inside"}[window.kind]


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    window = leading_window(fit)
    exposure = fit.curves.exposure_mg_l
    probability = _probability(fit, window)
    at = int(np.argmax(probability))
    best = fit.windows["utility"].optimum if "utility" in fit.windows else None
    optimum = (
        ""
        if best is None
        else f" The exposure of best utility is {quantity_text(fit.windows['utility'], best)} {fit.curves.unit.name}"
        " (marker, thick 50 % and thin 95 % interval; hollow where the utility window is not identified)."
    )
    return (
        f"The curve is the posterior probability that a constant exposure is "
        f"{_adjective(window)}; it is largest, {probability_text(float(probability[at]))}, at "
        f"{exposure_text(fit, in_unit(fit, float(exposure[at])))} {fit.curves.unit.name}. The curve is pointwise: "
        f"it judges each exposure by itself.{_sets_text(fit, window)}{optimum} Brackets are "
        f"published windows, strokes the patients' measured troughs. {INTERVALS} {what_exposure(fit)}"
    )


def _sets_text(fit: Fit, window: Window) -> str:
    """Say by level what is acceptable one by one, how probably all of it is, and what is acceptable as a whole."""
    if window.sets is None:
        return ""
    sentences = []
    for level, intervals in window.sets.credible.items():
        p_all = window.sets.p_all[level]
        whole = "" if p_all is None else f" (all of it at once with probability {probability_text(p_all)})"
        each, together = (_intervals_text(fit, found) for found in (intervals, window.sets.simultaneous[level]))
        sure = f"Acceptable with probability at least {level:g}"
        sentences.append(f" {sure}: each exposure of {each}{whole}, and as a whole {together}.")
    return "".join(sentences)


def _intervals_text(fit: Fit, intervals: list[tuple[float, float]]) -> str:
    if not intervals:
        return "no exposure"
    parts = [f"{exposure_text(fit, low)} to {exposure_text(fit, high)}" for low, high in intervals]
    return f"{' and '.join(parts)} {fit.curves.unit.name}"


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    return f"Curve of the probability that each exposure is acceptable, above bars and brackets. {verdict(fit)}."


SPEC = FigureSpec(
    key="answer",
    title="The answer",
    draw=draw_answer,
    possible=lambda fit: bool(fit.windows),
    caption=caption,
    alt=alt,
    shows_window=True,
)
