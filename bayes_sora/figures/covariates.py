"""A forest of what each covariate does to the limits of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, NullLocator

from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLUE, GREY, ORANGE, SMALL_FONT, new_figure, styled
from bayes_sora.figures.words import INTERVALS, what_exposure
from bayes_sora.fitting.covariate_effects import LimitRatio, covariates_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit

# Limit: place beside the row's middle, colour, marker, words.
LOOKS = {"lower": (-0.14, BLUE, "o", "lower limit"), "upper": (0.14, ORANGE, "s", "upper limit")}
TICKS = (0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
LEAST_REACH, LARGEST_REACH = 1.6, 5.0


@styled
def draw_covariates(fit: Fit) -> Figure:
    """Draw the ratio of each limit, median and 95 % interval, one row a contrast."""
    ratios = fit.covariate_effects
    rows = list(dict.fromkeys(contrast_text(one) for one in ratios))
    figure = new_figure(height=1.5 + 0.45 * len(rows))
    axes = figure.subplots()
    for one in ratios:
        _draw_ratio(axes, one, rows.index(contrast_text(one)))
    axes.axvline(1.0, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)), zorder=0)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    _ratio_axis(axes, ratios)
    axes.set_xlabel("Ratio of the limit (log scale)")
    axes.set_title(f"{ratios[0].kind} window", fontsize=SMALL_FONT)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=2)
    return figure


def _draw_ratio(axes: Axes, one: LimitRatio, row: int) -> None:
    shift, colour, marker, words = LOOKS[one.limit]
    y = row + shift
    if one.q025 is None or one.q50 is None or one.q975 is None:
        axes.text(1.02, y, f"{words} undefined", fontsize=SMALL_FONT, color=colour, va="center")
        return
    axes.plot([one.q025, one.q975], [y, y], color=colour, linewidth=1.8, solid_capstyle="butt")
    axes.plot([one.q50], [y], marker, color=colour, markersize=5, label=words)


def _ratio_axis(axes: Axes, ratios: tuple[LimitRatio, ...]) -> None:
    ends = [end for one in ratios for end in (one.q025, one.q975) if end is not None]
    reach = float(np.exp(np.abs(np.log(ends)).max())) if ends else LEAST_REACH
    reach = min(max(1.08 * reach, LEAST_REACH), LARGEST_REACH)
    axes.set_xscale("log")
    axes.set_xlim(1.0 / reach, reach)
    axes.set_xticks([tick for tick in TICKS if 1.0 / reach <= tick <= reach])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def contrast_text(one: LimitRatio) -> str:
    """Return what is compared, such as "age: 74 against 50"."""
    low, high = (value if isinstance(value, str) else f"{value:.3g}" for value in (one.low, one.high))
    return f"{one.covariate}: {high} against {low}"


def ratio_text(one: LimitRatio) -> str:
    """Return median and 95 % interval, or that there is none."""
    if one.q50 is None:
        return f"{one.limit} limit undefined"
    return f"{one.limit} limit {one.q50:.2f} ({one.q025:.2f} to {one.q975:.2f})"


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    numbers: dict[str, list[str]] = {}
    for one in fit.covariate_effects:
        numbers.setdefault(contrast_text(one), []).append(ratio_text(one))
    each = "; ".join(f"{contrast}, {', '.join(words)}" for contrast, words in numbers.items())
    return (
        f"By how much the limits of the {fit.covariate_effects[0].kind} window differ between patients who differ in "
        "one covariate, from its 10th to its 90th percentile in the cohort or from the first level to another, the "
        f"other covariates at their averages: {each}. A limit at the edge of the range counts at the edge. {INTERVALS} "
        f"{what_exposure(fit)}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    return (
        "A forest of ratios of the lower and the upper limit on a log scale, one row for each of "
        f"{len(fit.covariate_effects) // 2} contrasts of covariates, with a line at 1."
    )


SPEC = FigureSpec(
    key="covariates",
    title="What covariates do to the window",
    draw=draw_covariates,
    possible=lambda fit: covariates_of(fit.model_file) is not None and bool(fit.windows),
    caption=caption,
    alt=alt,
    shows_window=True,
)
