"""Survival by exposure group: Kaplan–Meier with the model's curves over it and the numbers at risk under it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from bayes_sora.digits import short
from bayes_sora.figures.axes import row_axis
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, GREY, SMALL_FONT, group_look, new_figure, styled
from bayes_sora.figures.words import INTERVALS, number_text, span_text, what_exposure
from bayes_sora.fitting.group_survival import group_survival
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.classical import GroupedSurvival, KaplanMeier, SurvivalGroup
    from bayes_sora.figures.style import Look
    from bayes_sora.fitting import Fit

N_TIMES = 61
MONTH_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600)
WILD_FOLLOW_UP = 12.0
"""Follow-up beyond so many medians is not shown: a single slip would press everybody else against time zero."""
MAX_TICKS = 9
MONTHS_LABEL = "Time from time zero (months)"


@styled
def draw_survival(fit: Fit) -> Figure:
    """Draw Kaplan–Meier by exposure group, the numbers at risk, and each group's model survival over its own curve."""
    found, months = _grouped(fit), month_grid(fit)
    shown = [(index, group) for index, group in enumerate(found.groups) if group.n]
    table_height = 0.2 * (len(found.groups) + 1)
    figure = new_figure(height=5.6 + 2 * table_height)
    grid = figure.add_gridspec(3, len(shown), height_ratios=(2.7, table_height, 1.5))
    curves = figure.add_subplot(grid[0, :])
    _draw_groups(curves, found, fit, longest=float(months[-1]))
    _draw_at_risk(figure.add_subplot(grid[1, :], sharex=curves), found, fit)
    draws = group_survival(fit, found, months)
    for column, (index, group) in enumerate(shown):
        axes = figure.add_subplot(grid[2, column])
        _draw_model(axes, months, draws[index], group.curve, group_look(index))
        axes.set_title(group_name(group, fit), fontsize=SMALL_FONT)
        axes.set_xlabel("Months")
        axes.set_ylabel("Overall survival" if column == 0 else "")
        axes.tick_params(axis="y", labelleft=column == 0)
    _draw_legend(figure, curves)
    return figure


def _grouped(fit: Fit) -> GroupedSurvival:
    found = fit.classical.survival
    assert found is not None
    return found


def group_name(group: SurvivalGroup, fit: Fit) -> str:
    """Return a group with its unit, such as "1.40–3.45 mg/L"."""
    return "all patients" if group.label == "all" else f"{group.label} {fit.curves.unit.name}"


def month_grid(fit: Fit) -> FloatArray:
    """Return even times from 0 to the longest follow-up that is shown, in months."""
    assert fit.cohort.os_months is not None
    return np.linspace(0.0, shown_follow_up(fit.cohort.os_months), N_TIMES)


def shown_follow_up(os_months: FloatArray) -> float:
    """Return the longest follow-up, in months, but for one that is more than twelve times the median."""
    return float(os_months[os_months <= WILD_FOLLOW_UP * np.median(os_months)].max())


def _draw_groups(axes: Axes, found: GroupedSurvival, fit: Fit, *, longest: float) -> None:
    for index, group in enumerate(found.groups):
        if group.n:
            label = f"{group_name(group, fit)}: {group.deaths} of {group.n} died, median {_median_text(group)}"
            draw_kaplan_meier(axes, group.curve, group_look(index), label=label)
    axes.set_ylim(0.0, 1.03)
    axes.set_ylabel("Overall survival")
    axes.set_xlabel(MONTHS_LABEL)
    axes.set_title(_logrank_text(found), fontsize=SMALL_FONT)
    month_axis(axes, longest)


def _draw_model(axes: Axes, months: FloatArray, draws: FloatArray, curve: KaplanMeier, look: Look) -> None:
    low, high = np.quantile(draws, (0.025, 0.975), axis=0)
    axes.fill_between(months, low, high, color=GREY, alpha=0.3, linewidth=0)
    axes.plot(months, draws.mean(axis=0), color=GREY, linewidth=1.6)
    draw_kaplan_meier(axes, curve, look, linewidth=1.3)
    axes.set_ylim(0.0, 1.03)
    month_axis(axes, float(months[-1]), n_ticks=5)


def draw_kaplan_meier(
    axes: Axes, curve: KaplanMeier, look: Look, *, label: str = "_nolegend_", linewidth: float = 2.0
) -> None:
    """Draw a Kaplan–Meier curve as steps, with a stroke at every time at which somebody was censored."""
    axes.step(
        curve.time_months,
        curve.survival,
        where="post",
        color=look.colour,
        linestyle=look.line,
        linewidth=linewidth,
        label=label,
    )
    gone = curve.censored > 0
    axes.plot(
        curve.time_months[gone],
        curve.survival[gone],
        "|",
        color=look.colour,
        markersize=4.0 * linewidth,
        markeredgewidth=0.9,
    )


def month_axis(axes: Axes, longest: float, *, n_ticks: int = MAX_TICKS) -> None:
    """Make the x axis months from 0 to a little beyond `longest`, with ticks a clinician counts in."""
    axes.set_xlim(0.0, longest * 1.02)
    # Four digits and more need the room of fewer ticks.
    few = n_ticks if longest < 1000.0 else max(3, n_ticks - 2)
    axes.xaxis.set_major_locator(MultipleLocator(month_step(longest, n_ticks=few)))


def month_step(longest: float, *, n_ticks: int) -> float:
    """Return the smallest step, months or round years, that puts at most `n_ticks` ticks from 0 to `longest`.

    >>> month_step(60.0, n_ticks=9), month_step(60.0, n_ticks=5), month_step(10_000.0, n_ticks=5)
    (12, 24, 2400.0)
    """
    # Beyond fifty years the steps go on by decades: 1,200, 2,400, 6,000 months …
    decades = (step * 10.0**power for power in range(1, 300) for step in MONTH_STEPS[-3:])
    return next(step for step in chain(MONTH_STEPS, decades) if longest * 1.02 / step < n_ticks)


def _draw_at_risk(axes: Axes, found: GroupedSurvival, fit: Fit) -> None:
    """Write the numbers at risk under the ticks of the axis above."""
    row_axis(axes, [group_name(group, fit) for group in found.groups])
    # Room for half of the number under time zero.
    axes.tick_params(axis="both", length=0, labelbottom=False, pad=14)
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Patients at risk", fontsize=SMALL_FONT)
    low, high = axes.get_xlim()
    ticks = np.array([tick for tick in axes.get_xticks() if low <= tick <= high])
    for row, counts in enumerate(found.at_risk_at(ticks)):
        for tick, count in zip(ticks, counts, strict=True):
            axes.text(tick, row, str(count), ha="center", va="center", fontsize=SMALL_FONT)


def _draw_legend(figure: Figure, axes: Axes) -> None:
    axes.plot([], [], "|", color=BLACK, markersize=8, label="censored")
    handles, labels = axes.get_legend_handles_labels()
    handles += [Line2D([], [], color=GREY, linewidth=1.6), Patch(facecolor=GREY, alpha=0.3)]
    labels += ["model, posterior mean", "model, 95 % band"]
    figure.legend(handles, labels, loc="outside lower left", ncols=1 if len(labels) <= 3 else 2)


def _logrank_text(found: GroupedSurvival) -> str:
    if len(found.groups) == 1:
        return "All patients, no groups"
    if found.logrank_p is None:
        return "By measured trough; log-rank test not defined"
    p = "p < 0.001" if found.logrank_p < 0.001 else f"p = {found.logrank_p:.2g}"
    return f"By measured trough; log-rank {p} (comparator)"


def _median_text(group: SurvivalGroup) -> str:
    return "not reached" if group.median_months is None else f"{group.median_months:.1f} months"


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    found = _grouped(fit)
    described = "; ".join(_described(group, fit) for group in found.groups)
    return (
        f"Above: Kaplan–Meier overall survival by group of the measured trough; strokes are censored patients: "
        f"{described}. {_logrank_text(found)}. Below, the same curve of each group with the model's survival, "
        "averaged over the same patients at their own posterior exposures: posterior mean and pointwise 95 % "
        "equal-tailed band, which leaves out the chance of few patients. Groups made with the cut-offs of a paper are "
        "a comparator, not a finding; a cut-off derived from responders makes the groups partly circular, because a "
        f"responder has to survive until response is assessed.{_beyond_text(fit)} {INTERVALS} {what_exposure(fit)}"
    )


def _beyond_text(fit: Fit) -> str:
    """Say how many patients are followed for longer than the axis shows."""
    months = fit.cohort.os_months
    assert months is not None
    n = int(np.count_nonzero(months > shown_follow_up(months)))
    if not n:
        return ""
    beyond = f"{n} patient{'s are' if n > 1 else ' is'} followed for longer, up to {short(float(months.max()))} months"
    return f" The axis ends at {short(shown_follow_up(months))} months; {beyond}."


def _described(group: SurvivalGroup, fit: Fit) -> str:
    if not group.n:
        return f"{group_name(group, fit)}, no patients"
    ends = f"95 % interval {span_text(group.ci95, digits=1)}".replace("undefined", "not reached")
    median = "not reached" if group.median_months is None else f"{number_text(group.median_months, digits=1)} months"
    return f"{group_name(group, fit)}, {group.deaths} of {group.n} died, median {median} ({ends})"


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    described = "; ".join(f"{group_name(group, fit)}, median {_median_text(group)}" for group in _grouped(fit).groups)
    return f"Survival curves over months by trough group with a table of patients at risk: {described}."


SPEC = FigureSpec(
    key="survival",
    title="Survival by exposure group",
    draw=draw_survival,
    possible=lambda fit: "survival" in fit.model_file.endpoints and fit.classical.survival is not None,
    caption=caption,
    alt=alt,
)
