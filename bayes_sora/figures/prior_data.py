"""Data level of the prior: cohorts drawn before any patient is seen, and where an observed one lies among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_sora.figures.axes import plain_log_ticks
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, PALE, SMALL_FONT, VERMILLION, new_figure, styled
from bayes_sora.fitting.prior.plain import can_be_replicated
from bayes_sora.fitting.prior.words import conflict_sentence, interval_text, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit, PriorPredictive
    from bayes_sora.fitting.prior import PriorNumber
    from bayes_sora.types import FloatArray

TITLE = "What the priors expect of a cohort"
COLUMNS, ROW_HEIGHT, LEGEND_HEIGHT = 4, 1.62, 0.36
MOST_BARS = 40
BINS = 32
DRAWN = "#5a7fa3"
LOG_SCALES = frozenset({"exposure", "fold", "months"})
CONFLICT_LINE = (0, (4.0, 1.2))


@styled
def draw_prior_data(prior: PriorPredictive) -> Figure:
    """Draw the prior predictive distribution of every statistic of a cohort, the observed one as a line."""
    rows = -(-len(prior.statistics) // COLUMNS)
    height = ROW_HEIGHT * rows + LEGEND_HEIGHT
    figure = new_figure(height=height, laid_out=False)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    figure.subplots_adjust(
        left=0.02,
        right=0.965,
        top=1.0 - 0.36 / height,
        bottom=(LEGEND_HEIGHT + 0.42) / height,
        wspace=0.14,
        hspace=0.8 / (ROW_HEIGHT - 0.8),
    )
    for axes, number in zip(panels, prior.statistics, strict=False):
        _draw(axes, number, prior)
    for axes in panels[len(prior.statistics) :]:
        axes.set_axis_off()
    handles = _handles(prior)
    figure.legend(handles=handles, loc="lower center", ncols=len(handles))
    return figure


def _draw(axes: Axes, number: PriorNumber, prior: PriorPredictive) -> None:
    edges = _edges(number, prior.design.n_patients)
    shares = np.histogram(np.clip(number.defined, edges[0], edges[-1]), bins=edges)[0]
    summary = number.summary
    if summary["q025"] is not None and summary["q975"] is not None:
        axes.axvspan(summary["q025"], summary["q975"], color=PALE, alpha=0.6, linewidth=0, zorder=0)
    axes.stairs(shares, edges, fill=True, color=DRAWN, alpha=0.75)
    if number.observed is not None:
        style = {"color": VERMILLION, "linestyle": CONFLICT_LINE} if number.conflict else {"color": BLACK}
        axes.axvline(number.observed, linewidth=2.0, **style)
    _set_axis(axes, number, edges)
    axes.set_ylim(0.0, 1.08 * max(1, int(shares.max(initial=0))))
    axes.set_yticks([])
    axes.set_xlabel(_label(number, prior), fontsize=SMALL_FONT, labelpad=2.0)
    axes.set_title(_title(number), fontsize=SMALL_FONT, weight="bold" if number.conflict else "normal")
    axes.tick_params(labelsize=SMALL_FONT)


def _title(number: PriorNumber) -> str:
    around = interval_text(number).removesuffix(" months")
    if number.observed is None:
        return around
    return f"{around}\nobserved {value_text(number, number.observed).removesuffix(' months')}"


def _label(number: PriorNumber, prior: PriorPredictive) -> str:
    units = {"exposure": f"({prior.curves.unit.name})", "months": "(months)", "share": "(%)"}
    return f"{number.label} {units[number.scale]}" if number.scale in units else number.label


def _edges(number: PriorNumber, n: int) -> FloatArray:
    """Return bin edges: around each possible count of a small cohort, else even on the scale of the statistic."""
    if number.scale == "share" and n <= MOST_BARS:
        return (np.arange(n + 2) - 0.5) / n
    if number.scale not in LOG_SCALES:
        return np.linspace(0.0, 1.0, BINS + 1)
    shown = number.defined if number.observed is None else np.append(number.defined, number.observed)
    if not shown.size:
        return np.geomspace(0.1, 10.0, BINS + 1)
    low, high = np.quantile(number.defined, (0.002, 0.998)) if number.defined.size else (shown.min(), shown.max())
    if number.observed is not None:
        low, high = min(low, number.observed / 1.1), max(high, number.observed * 1.1)
    return np.geomspace(low / 1.02, high * 1.02, BINS + 1)


def _set_axis(axes: Axes, number: PriorNumber, edges: FloatArray) -> None:
    if number.scale in LOG_SCALES:
        axes.set_xscale("log")
        axes.set_xlim(edges[0], edges[-1])
        plain_log_ticks(axes.xaxis, (float(edges[0]), float(edges[-1])), n_ticks=5)
        return
    axes.set_xlim(min(edges[0], -0.02), max(edges[-1], 1.02))
    percent = number.scale == "share"
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "50", "100"] if percent else ["0", "0.5", "1"])


def _handles(prior: PriorPredictive) -> list[Patch | Line2D]:
    handles: list[Patch | Line2D] = [
        Patch(color=DRAWN, alpha=0.75, label="cohorts drawn from the priors"),
        Patch(color=PALE, alpha=0.6, label="central 95 %"),
    ]
    if prior.cohort is not None:
        handles.append(Line2D([], [], color=BLACK, linewidth=2.0, label="observed"))
    if prior.conflicts:
        label = "observed, in the outer 1 %"
        handles.append(Line2D([], [], color=VERMILLION, linewidth=2.0, linestyle=CONFLICT_LINE, label=label))
    return handles


def prior_data_caption(prior: PriorPredictive) -> str:
    """Say what the figure shows, with its numbers."""
    design = prior.design
    troughs = f", {design.n_troughs} troughs" if design.n_troughs != design.n_patients else ""
    numbers = "; ".join(f"{number.label} {interval_text(number)}" for number in prior.statistics)
    compared = "" if prior.cohort is None else f" {conflict_sentence(prior)}"
    survival = (
        " Survival is drawn uncensored; an observed cohort is counted by Kaplan–Meier."
        if any(number.scale == "months" for number in prior.statistics)
        else ""
    )
    return (
        f"Cohorts of {design.n_patients} patients{troughs}, {design.cohorts:,} of them, each from one draw of the "
        f"priors of {prior.model.name}: central 95 % of every statistic. {numbers}. The spread is the ratio of the "
        f"95th to the 5th percentile of the troughs ({prior.curves.unit.name}), a patient's own averaged geometrically;"
        f" an AUC is that of the trough against the outcome.{survival}{compared}"
    )


def prior_data_alt(prior: PriorPredictive) -> str:
    """Describe the picture for those who cannot see it."""
    names = ", ".join(number.label for number in prior.statistics)
    seen = " with the observed value as a line" if prior.cohort is not None else ""
    return f"Histograms over cohorts drawn from the priors{seen}: {names}."


SPEC = FigureSpec(
    key="prior_data",
    title=TITLE,
    draw=lambda fit: draw_prior_data(_of(fit)),
    possible=lambda fit: "prior" in fit.posterior.children and can_be_replicated(fit.model_file),
    caption=lambda fit: prior_data_caption(_of(fit)),
    alt=lambda fit: prior_data_alt(_of(fit)),
)


def _of(fit: Fit) -> PriorPredictive:
    return fit.prior_predictive
