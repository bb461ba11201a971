"""The answer to a sample-size question: what was simulated at each size, the curve through it, and where it crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.figures.axes import plain_log_ticks
from bayes_sora.figures.style import BLACK, BLUE, GREY, PALE, SMALL_FONT, VERMILLION, new_figure, styled
from bayes_sora.study.sample_size.words import interval_text, level_text, setting_text, target_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.study.sample_size import SizeAnswer

MARGIN, LONE_MARGIN = 1.08, 2.0
ROOM = 0.06


@styled
def draw_sample_size(answer: SizeAnswer) -> Figure:
    """Draw the criterion against the number of patients, with the target and where the curve reaches it."""
    figure = new_figure(height=3.9)
    axes = figure.subplots()
    margin = MARGIN if len(answer.curve) > 1 else LONE_MARGIN
    limits = (answer.curve[0].n / margin, answer.curve[-1].n * margin)
    axes.set_xscale("log")
    axes.set_xlim(limits)
    _set_levels(axes, answer)
    _draw_crossing(axes, answer)
    _draw_curve(axes, answer)
    _draw_points(axes, answer)
    plain_log_ticks(axes.xaxis, limits)
    axes.set_xlabel("Patients")
    axes.set_ylabel("Probability" if answer.question.criterion.scale == "probability" else "Months")
    figure.suptitle(_title(answer), x=0.01, ha="left")
    axes.set_title(f"{_capital(answer.question.criterion.words)}\n{setting_text(answer.question)}", fontsize=SMALL_FONT)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=2)
    return figure


def caption(answer: SizeAnswer) -> str:
    """Say what the figure shows, with its numbers."""
    return (
        f"{answer.sentence()} Points: share or mean over the cohorts simulated at that size, {answer.replicates:,} in "
        "all, with 95 % Monte Carlo intervals; a larger point has more cohorts, and the ring is the answer. Line and "
        "band: the rising curve through them, with its 95 % Monte Carlo band. Grey stripe: 95 % Monte Carlo interval "
        "of the number of patients at which the curve reaches the target. Sizes beyond the points were not simulated, "
        "and nothing is said of them."
    )


def alt(answer: SizeAnswer) -> str:
    """Describe the picture for those who cannot see it."""
    criterion = answer.question.criterion
    points = ", ".join(f"{level_text(point, criterion)} at {point.n} patients" for point in answer.curve)
    return f"{criterion.words} against the number of patients: {points}; the target is {target_text(criterion)}."


def _title(answer: SizeAnswer) -> str:
    size = f"{answer.at.n} patients"
    if answer.status == "already_reached":
        size += " or fewer"
    elif answer.status == "not_reached":
        size = f"Not reached at {size}"
    criterion = answer.question.criterion
    return f"{size}: {level_text(answer.at, criterion)}, target {target_text(criterion)}"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _set_levels(axes: Axes, answer: SizeAnswer) -> None:
    if answer.question.criterion.scale == "probability":
        axes.set_ylim(-0.03, 1.03)
        return
    goal = answer.question.criterion.target
    low = min(0.0, goal, *(point.low for point in answer.curve))
    high = max(goal, *(point.high for point in answer.curve))
    axes.set_ylim(low - ROOM * (high - low), high + ROOM * (high - low))
    axes.axhline(0.0, color=PALE, linewidth=0.8, zorder=0)


def _draw_crossing(axes: Axes, answer: SizeAnswer) -> None:
    left, right = axes.get_xlim()
    low, high = answer.interval
    if low is not None or high is not None:
        label = f"reached, 95 % Monte Carlo interval {interval_text(answer)}"
        axes.axvspan(
            left if low is None else low, right if high is None else high, color=PALE, linewidth=0, label=label
        )
    goal = answer.question.criterion.target
    label = f"target, {target_text(answer.question.criterion)}"
    axes.axhline(goal, color=VERMILLION, linestyle=(0, (5.0, 2.0)), linewidth=1.2, label=label, zorder=1)
    if answer.crossing is not None:
        axes.plot([answer.crossing] * 2, [axes.get_ylim()[0], goal], color=GREY, linewidth=0.9, zorder=1)


def _draw_curve(axes: Axes, answer: SizeAnswer) -> None:
    if len(answer.fitted) == 1:
        return
    n, level, low, high = np.array([(one.n, one.level, one.low, one.high) for one in answer.fitted]).T
    axes.fill_between(n, low, high, color=BLUE, alpha=0.22, linewidth=0, label="95 % Monte Carlo band")
    axes.plot(n, level, color=BLUE, label="rising curve through the sizes simulated")


def _draw_points(axes: Axes, answer: SizeAnswer) -> None:
    n, level, low, high, cohorts = np.array(
        [(one.n, one.estimate, one.low, one.high, one.replicates) for one in answer.curve]
    ).T
    axes.vlines(n, low, high, color=BLACK, linewidth=1.0, zorder=3)
    sizes = 10.0 + 24.0 * cohorts / cohorts.max()
    sizes_text = f"{n.size} sizes" if n.size > 1 else "one size"
    label = f"{answer.replicates:,} cohorts at {sizes_text}, 95 % Monte Carlo intervals"
    axes.scatter(n, level, s=sizes, color=BLACK, clip_on=False, zorder=4, label=label)
    if answer.n is not None:
        ring = answer.at
        axes.scatter([ring.n], [ring.estimate], s=110.0, facecolors="none", edgecolors=BLACK, clip_on=False, zorder=4)
