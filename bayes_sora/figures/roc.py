"""The paper's ROC analysis of the same patients, and its cut-offs beside the Bayesian youden limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.digits import significant
from bayes_sora.figures.axes import draw_interval, exposure_axis, exposure_limits, row_axis, write_row
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import ENDPOINT_LOOKS, GREY, SMALL_FONT, WINDOW_LOOKS, Look, new_figure, styled
from bayes_sora.figures.words import INTERVALS, in_unit, number_text, quantity_text, span_text, what_exposure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.classical.roc import BinaryEndpoint, Roc
    from bayes_sora.fitting import Fit
    from bayes_sora.window import Quantity, Window

CUTOFF_LOOK = Look(GREY, "-", "X")


class _Row(NamedTuple):
    label: str
    numbers: str
    draw: Callable[[Axes, int], None]


@styled
def draw_roc(fit: Fit) -> Figure:
    """Draw the ROC curves, and each cut-off with its bootstrap interval beside the youden limit of the posterior."""
    figure = new_figure(height=3.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.25))
    _draw_curves(left, fit)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2)
    rows = list(_rows(fit))
    limits = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=fit.curves.unit)
    exposure_axis(right, limits, unit=fit.curves.unit, scale="trough")
    row_axis(right, [""] * len(rows))
    for place, row in enumerate(rows):
        write_row(right, place - 0.3, f"{row.label}\n{row.numbers}", x=0.02)
        row.draw(right, place)
    right.set_title("Cut-offs (✖) and youden limits (■)" if _has_youden(fit) else "Cut-offs (✖)", fontsize=SMALL_FONT)
    return figure


def _draw_curves(axes: Axes, fit: Fit) -> None:
    axes.plot([0.0, 1.0], [0.0, 1.0], color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)), zorder=0)
    for endpoint, roc in fit.classical.roc.items():
        look = ENDPOINT_LOOKS[endpoint]
        if not roc.defined:
            axes.plot([], [], " ", label=f"{endpoint}: not defined, {roc.reason}")
            continue
        axes.plot(
            roc.false_positive_rate,
            roc.sensitivity_curve,
            color=look.colour,
            linestyle=look.line,
            marker=look.marker,
            markevery=[],
            label=f"{endpoint}, AUC {auc_text(roc)}",
        )
        if roc.sensitivity is not None and roc.specificity is not None:
            axes.plot(1.0 - roc.specificity, roc.sensitivity, look.marker, color=look.colour, markersize=7, zorder=3)
    axes.set_aspect("equal")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("Sensitivity")
    axes.set_title("ROC of one measured trough", fontsize=SMALL_FONT)


def auc_text(roc: Roc) -> str:
    """Return area and 95 % interval, such as "0.72 [0.54, 0.90]", with "[–]" where the interval is not defined."""
    low, high = roc.auc_ci95
    interval = "–" if low is None or high is None else f"{low:.2f}, {high:.2f}"
    return f"{number_text(roc.auc)} [{interval}]"


def _has_youden(fit: Fit) -> bool:
    return "youden" in fit.windows


def _rows(fit: Fit) -> Iterator[_Row]:
    unit = fit.curves.unit.name
    for endpoint, roc in fit.classical.roc.items():
        numbers = f"{cutoff_text(fit, roc)} {unit}, one measured trough" if roc.defined else "not defined"
        yield _Row(f"{endpoint}, ROC cut-off (95 % bootstrap interval)", numbers, _cutoff_drawer(fit, roc))
        if _has_youden(fit) and endpoint in fit.model_file.endpoints:
            youden, side = fit.windows["youden"], "upper" if endpoint == "toxicity" else "lower"
            limit = youden.upper if endpoint == "toxicity" else youden.lower
            numbers = f"{quantity_text(youden, limit)} {unit}, {fit.curves.scale}"
            yield _Row(f"{endpoint}, youden {side} limit (95 % interval)", numbers, _limit_drawer(youden, limit))


def _cutoff_drawer(fit: Fit, roc: Roc) -> Callable[[Axes, int], None]:
    def draw(axes: Axes, y: int) -> None:
        low, high = (None if end is None else in_unit(fit, end) for end in roc.cutoff_ci95)
        middle = None if roc.cutoff_mg_l is None else in_unit(fit, roc.cutoff_mg_l)
        draw_interval(axes, y + 0.12, outer=(low, high), middle=middle, look=CUTOFF_LOOK)

    return draw


def _limit_drawer(youden: Window, quantity: Quantity) -> Callable[[Axes, int], None]:
    def draw(axes: Axes, y: int) -> None:
        draw_interval(
            axes,
            y + 0.12,
            outer=(quantity.q025, quantity.q975),
            inner=(quantity.q25, quantity.q75),
            middle=quantity.q50,
            look=WINDOW_LOOKS["youden"],
            filled=youden.identified,
        )

    return draw


def cutoff_text(fit: Fit, roc: Roc) -> str:
    """Return a cut-off with its bootstrap interval in the unit of the model file, such as "2.95 (1.70 to 4.12)"."""
    if roc.cutoff_mg_l is None:
        return "undefined"
    low, high = ("–" if end is None else significant(in_unit(fit, end)) for end in roc.cutoff_ci95)
    return f"{significant(in_unit(fit, roc.cutoff_mg_l))} ({low} to {high})"


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    found = " ".join(_endpoint_sentence(fit, endpoint, roc) for endpoint, roc in fit.classical.roc.items())
    return (
        "Left: receiver operating characteristic of one measured trough, a higher trough predicting the event, "
        f"with the Youden point. {found} Cut-offs are chosen and judged on the same patients, which flatters them. "
        "Right: the cut-off, with its 95 % bootstrap interval, is on the scale of one measured trough; the youden "
        f"limit of the posterior (median, thick 50 % and thin 95 % interval; {_filling(fit)}) "
        f"is on that of the {fit.curves.scale}. "
        f"Both depend on these patients' troughs. {INTERVALS} {what_exposure(fit)}"
    )


def _filling(fit: Fit) -> str:
    youden = fit.windows.get("youden")
    if youden is None:
        return "not available in this model"
    return "filled, as the window is identified" if youden.identified else "hollow, as the window is not identified"


def _endpoint_sentence(fit: Fit, endpoint: BinaryEndpoint, roc: Roc) -> str:
    counts = f"{endpoint.capitalize()}, {roc.n_events} of {roc.n} patients"
    if not roc.defined:
        return f"{counts}: not defined, {roc.reason}."
    return (
        f"{counts}: AUC {number_text(roc.auc)} (95 % interval {span_text(roc.auc_ci95)}), cut-off "
        f"{cutoff_text(fit, roc)} {fit.curves.unit.name}, sensitivity {number_text(roc.sensitivity)}, specificity "
        f"{number_text(roc.specificity)}."
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    areas = ", ".join(
        f"{endpoint} {auc_text(roc)}" if roc.defined else f"{endpoint} not defined"
        for endpoint, roc in fit.classical.roc.items()
    )
    return f"Left, ROC curves with areas: {areas}; right, ROC cut-offs beside the youden limits on an exposure axis."


SPEC = FigureSpec(
    key="roc",
    title="ROC curves and cut-offs",
    draw=draw_roc,
    possible=lambda fit: any(roc.defined for roc in fit.classical.roc.values()),
    caption=caption,
    alt=alt,
    shows_window=True,
)
