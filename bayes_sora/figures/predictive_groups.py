"""Predictive checks by group: numbers that no parameter is fitted to, and survival by third of exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_sora.classical import kaplan_meier
from bayes_sora.figures.axes import row_axis
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, SMALL_FONT, VERMILLION, Look, new_figure, styled
from bayes_sora.figures.survival import MONTHS_LABEL, draw_kaplan_meier, month_axis
from bayes_sora.fitting.predictive_checks import (
    EXTREME,
    LEAST_IN_A_THIRD,
    THIRDS,
    PredictiveCheck,
    censored_replicates,
    exposure_thirds,
    p_text,
    replicated_patients,
)
from bayes_sora.numerics.predictive import survival_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray, IntArray

REPLICATED = "#5a7fa3"
MOST_DRAWS, MONTH_POINTS = 400, 25
BAND = (0.025, 0.5, 0.975)
OBSERVED = Look(BLACK, "-", "|")


@styled
def draw_predictive_groups(fit: Fit) -> Figure:
    """Draw each count as a share of its patients, observed beside replicated, and survival by third of exposure."""
    counts = counted(fit)
    thirds = _thirds_with_survival(fit)
    above = 0.55 + 0.27 * len(counts)
    figure = new_figure(height=0.5 + above + (2.5 if thirds else 0.0))
    rows = figure.add_gridspec(2 if thirds else 1, 1, height_ratios=(above, 2.5) if thirds else None)
    _draw_counts(figure.add_subplot(rows[0]), counts)
    if thirds:
        columns = rows[1].subgridspec(1, len(thirds))
        for place, third in enumerate(thirds):
            _draw_survival(figure.add_subplot(columns[place]), fit, third, first=place == 0)
    handles = [
        Line2D([], [], color=BLACK, marker="D", linestyle="-", markersize=4.5, label="observed"),
        Line2D([], [], color=VERMILLION, marker="D", linestyle="", markersize=4.5, label=f"observed, p < {EXTREME:g}"),
        Patch(facecolor=REPLICATED, alpha=0.4, label="replicated: 95 % interval or band"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def counted(fit: Fit) -> tuple[PredictiveCheck, ...]:
    """Return the checks that count patients."""
    return tuple(one for one in fit.predictive_checks if one.number == "patients")


def _draw_counts(axes: Axes, counts: tuple[PredictiveCheck, ...]) -> None:
    row_axis(axes, [_label(one) for one in counts])
    for place, one in enumerate(counts):
        low, middle, high = (value / one.n for value in (one.q025, one.q50, one.q975))
        axes.plot([low, high], [place, place], color=REPLICATED, alpha=0.45, linewidth=7.0, solid_capstyle="butt")
        axes.plot([middle, middle], [place - 0.22, place + 0.22], color=REPLICATED, linewidth=1.4)
        axes.plot([one.observed / one.n], [place], "D", color=VERMILLION if one.extreme else BLACK, markersize=4.5)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("Share of the patients in the group")


def _label(one: PredictiveCheck) -> str:
    """Return a check on one short line: a third without its range, which the table has."""
    third = next((third for third in THIRDS if third in one.group), None)
    name = one.check.removesuffix(" by exposure").capitalize()
    return f"{name}, {third} (n = {one.n})" if third else f"{name} (n = {one.n})"


def _thirds_with_survival(fit: Fit) -> list[int]:
    if fit.cohort.os_months is None or "os_months" not in replicated_patients(fit.posterior, fit.model_file):
        return []
    sizes = np.bincount(exposure_thirds(fit.cohort), minlength=3)
    return [third for third, size in enumerate(sizes.tolist()) if size >= LEAST_IN_A_THIRD]


def _draw_survival(axes: Axes, fit: Fit, third: int, *, first: bool) -> None:
    cohort = fit.cohort
    inside = exposure_thirds(cohort) == third
    assert cohort.os_months is not None
    assert cohort.death is not None
    entry = None if cohort.entry_months is None else cohort.entry_months[inside]
    observed = kaplan_meier(cohort.os_months[inside], cohort.death[inside], entry=entry)
    months = np.linspace(0.0, float(np.quantile(cohort.os_months, 0.9)), MONTH_POINTS)
    low, middle, high = replicated_survival(fit, inside, months)
    axes.fill_between(months, low, high, color=REPLICATED, alpha=0.3, linewidth=0)
    axes.plot(months, middle, color=REPLICATED, linewidth=1.2, linestyle=(0, (5.0, 1.5)))
    draw_kaplan_meier(axes, observed, OBSERVED, linewidth=1.4)
    month_axis(axes, float(months[-1]), n_ticks=4)
    axes.set_ylim(0.0, 1.03)
    axes.set_xlabel(MONTHS_LABEL)
    axes.set_title(f"{THIRDS[third].capitalize()}: {observed.n_deaths} of {observed.n} died", fontsize=SMALL_FONT)
    if first:
        axes.set_ylabel("Overall survival")


def replicated_survival(fit: Fit, inside: IntArray, months: FloatArray) -> FloatArray:
    """Return the 2.5 %, 50 % and 97.5 % quantiles of replicated Kaplan–Meier estimates, shape (3, n_months)."""
    drawn = replicated_patients(fit.posterior, fit.model_file)["os_months"]
    few = drawn[:: max(1, len(drawn) // MOST_DRAWS)]
    time, death = censored_replicates(few, fit.cohort, seed=fit.provenance.seed)
    entry = None if fit.cohort.entry_months is None else fit.cohort.entry_months[inside]
    curves = [survival_at(month, time[:, inside], death[:, inside], entry=entry) for month in months.tolist()]
    return np.quantile(np.stack(curves, axis=1), BAND, axis=0)


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    extreme = [one for one in fit.predictive_checks if one.extreme]
    said = (
        "No check has a p below " + f"{EXTREME:g}."
        if not extreme
        else "Extreme: " + "; ".join(f"{one.check}, {one.group} (p {p_text(one.p)})" for one in extreme) + "."
    )
    return (
        "Predictive checks by group: toxicity and response by third of the measured trough, both together, responders "
        "who die within 3 months, and Kaplan–Meier survival by third, with "
        "follow-up of the replicates cut short as in the data. Intervals and bands are pointwise 95 % equal-tailed, "
        f"over data of the same patients drawn again from the posterior. {said}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    n_outside = sum(not one.q025 <= one.observed <= one.q975 for one in fit.predictive_checks)
    return (
        f"Observed numbers as diamonds beside 95 % intervals of replicated ones: {n_outside} of "
        f"{len(fit.predictive_checks)} lie outside. Below, survival by third of exposure with replicated bands."
    )


SPEC = FigureSpec(
    key="predictive_groups",
    title="Predictive checks by group",
    draw=draw_predictive_groups,
    possible=lambda fit: bool(counted(fit)),
    caption=caption,
    alt=alt,
)
