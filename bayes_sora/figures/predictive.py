"""Predictive checks: whether the fitted model could have produced these data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_sora.figures.axes import exposure_axis
from bayes_sora.figures.replicates import CountCheck, check_count, check_grades, check_survival, check_troughs
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, SMALL_FONT, Look, new_figure, styled
from bayes_sora.figures.survival import MONTHS_LABEL, draw_kaplan_meier, month_axis, month_grid
from bayes_sora.figures.words import endpoint_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.classical.roc import BinaryEndpoint
    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray

BINARY: tuple[BinaryEndpoint, ...] = ("toxicity", "response")
TROUGH_POINTS = 121
MAX_BARS = 40
OBSERVED = Look(BLACK, "-", "|")
REPLICATED = "#5a7fa3"


@styled
def draw_predictive(fit: Fit) -> Figure:
    """Draw replicated counts, troughs and survival beside the observed ones, as far as the model has them."""
    panels = _panels(fit)
    n_rows = -(-len(panels) // 2)
    figure = new_figure(height=0.4 + 2.55 * n_rows)
    grid = figure.subplots(n_rows, min(2, len(panels)), squeeze=False)
    for axes, draw in zip(grid.flat, panels, strict=False):
        draw(axes, fit)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    _draw_legend(figure, survival="survival" in fit.model_file.endpoints)
    return figure


def _panels(fit: Fit) -> list[Callable[[Axes, Fit], None]]:
    panels: list[Callable[[Axes, Fit], None]] = [
        partial(_draw_count, endpoint=endpoint) for endpoint in _countable(fit)
    ]
    panels.append(_draw_troughs)
    if "survival" in fit.model_file.endpoints:
        panels.append(_draw_survival)
    return panels


def _countable(fit: Fit) -> list[BinaryEndpoint]:
    """Return the 0/1 endpoints of the model with at least one evaluable patient."""
    return [endpoint for endpoint in BINARY if endpoint in fit.model_file.endpoints and check_count(fit, endpoint).n]


def _draw_count(axes: Axes, fit: Fit, *, endpoint: BinaryEndpoint) -> None:
    check = check_count(fit, endpoint)
    low = min(int(check.replicated.min()), check.observed)
    high = max(int(check.replicated.max()), check.observed)
    step = -(-(high - low + 1) // MAX_BARS)
    # Bars are centred on whole numbers, so that the observed line stands on its bar.
    edges = np.arange(low, high + step + 1, step) - 0.5
    shares = np.histogram(check.replicated, bins=edges)[0] / check.replicated.size
    axes.stairs(shares, edges, fill=True, color=REPLICATED, alpha=0.45)
    axes.axvline(check.observed, color=BLACK, linewidth=2.0)
    axes.set_ylim(0.0, 1.08 * float(shares.max()))
    axes.set_xlabel(f"Patients with the event, of {check.n} evaluable")
    axes.set_ylabel("Share of replicates")
    axes.locator_params(axis="x", integer=True, nbins=7)
    axes.set_title(
        f"{endpoint.capitalize()}: observed {check.observed}, replicated {_interval_text(check)}", fontsize=SMALL_FONT
    )


def _interval_text(check: CountCheck) -> str:
    low, high = check.interval95
    return f"{low:.0f} to {high:.0f}"


def trough_grid(fit: Fit) -> FloatArray:
    """Return the exposures at which the trough distribution is checked, in mg/L, beyond all measured ones."""
    troughs = fit.cohort.troughs.value_mg_l
    return np.geomspace(troughs.min() / 2.0, troughs.max() * 2.0, TROUGH_POINTS)


def _draw_troughs(axes: Axes, fit: Fit) -> None:
    unit = fit.curves.unit
    check = check_troughs(fit, trough_grid(fit))
    at = check.at / unit.mg_l
    _draw_band(axes, at, check.lower, check.middle, check.upper)
    measured = np.sort(fit.cohort.troughs.value_mg_l) / unit.mg_l
    steps = np.concatenate([[at[0]], measured, [at[-1]]])
    shares = np.concatenate([[0.0], np.arange(1, measured.size + 1) / measured.size, [1.0]])
    axes.step(steps, shares, where="post", color=BLACK, linewidth=1.4)
    exposure_axis(axes, (at[0], at[-1]), unit=unit, scale="one measured trough", n_ticks=7)
    axes.set_ylim(0.0, 1.03)
    axes.set_ylabel("Share at or below")
    axes.set_title(f"Troughs: {measured.size} measured", fontsize=SMALL_FONT)


def _draw_survival(axes: Axes, fit: Fit) -> None:
    months = month_grid(fit)
    check, observed = check_survival(fit, months)
    _draw_band(axes, months, check.lower, check.middle, check.upper)
    draw_kaplan_meier(axes, observed, OBSERVED, linewidth=1.4)
    for band in (observed.lower95, observed.upper95):
        axes.step(observed.time_months, band, where="post", color=BLACK, linewidth=0.8, linestyle=(0, (2.0, 1.5)))
    month_axis(axes, float(months[-1]), n_ticks=7)
    axes.set_ylim(0.0, 1.03)
    axes.set_xlabel(MONTHS_LABEL)
    axes.set_ylabel("Overall survival")
    axes.set_title(f"Survival: {observed.n_deaths} of {observed.n} died", fontsize=SMALL_FONT)


def _draw_band(axes: Axes, x: FloatArray, low: FloatArray, middle: FloatArray, high: FloatArray) -> None:
    axes.fill_between(x, low, high, color=REPLICATED, alpha=0.3, linewidth=0)
    axes.plot(x, middle, color=REPLICATED, linewidth=1.2, linestyle=(0, (5.0, 1.5)))


def _draw_legend(figure: Figure, *, survival: bool) -> None:
    handles = [
        Line2D([], [], color=BLACK, linewidth=1.8, label="observed"),
        Patch(facecolor=REPLICATED, alpha=0.4, label="replicated: counts, or 95 % band"),
        Line2D([], [], color=REPLICATED, linewidth=1.2, linestyle=(0, (5.0, 1.5)), label="replicated median"),
    ]
    if survival:
        band = Line2D([], [], color=BLACK, linewidth=0.8, linestyle=(0, (2.0, 1.5)), label="95 % band of observed")
        handles.insert(1, band)
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.2)


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    counts = " ".join([*(_count_sentence(fit, endpoint) for endpoint in _countable(fit)), *_grade_sentence(fit)])
    n_censored = fit.cohort.troughs.n_censored
    limits = (
        f" {n_censored} of the measured ones lie beyond a limit of quantification and count at it."
        if n_censored
        else ""
    )
    survival = (
        " Survival: the share alive in each replicate, from uncensored times and with all patients as denominator, "
        "against the Kaplan–Meier curve with its pointwise 95 % band; strokes are censored patients."
        if "survival" in fit.model_file.endpoints
        else ""
    )
    return (
        "Posterior predictive checks: data of the same patients drawn again from posterior draws, beside what was "
        f"observed. {counts} Troughs: cumulative distribution of the measured troughs.{limits}{survival} Bands are "
        "pointwise 95 % equal-tailed intervals over the replicates, each as large as the cohort. A check uses the data "
        "twice: it can show a bad fit, and cannot prove a good one."
    )


def _count_sentence(fit: Fit, endpoint: BinaryEndpoint) -> str:
    check = check_count(fit, endpoint)
    label = endpoint_label(fit, endpoint)
    return (
        f"{label[0].upper()}{label[1:]}: {check.observed} of {check.n} evaluable patients, replicated "
        f"{_interval_text(check)} (95 % equal-tailed); {100 * check.p_more:.0f} % of replicates have more events, ties "
        "counted half."
    )


def _grade_sentence(fit: Fit) -> list[str]:
    """Say how many reached each grade: where one slope for all grades is wrong, some of these counts do not fit."""
    checks = check_grades(fit)
    if not checks:
        return []
    each = (f"≥ {grade} in {check.observed} ({_interval_text(check)})" for grade, check in checks.items())
    return [f"Worst grade, observed (replicated, 95 %): {', '.join(each)}."]


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    counts = "; ".join(
        f"{endpoint} observed {check.observed}, replicated {_interval_text(check)}"
        for endpoint in _countable(fit)
        for check in [check_count(fit, endpoint)]
    )
    others = "troughs and survival" if "survival" in fit.model_file.endpoints else "troughs"
    return f"Replicated data beside observed data, {others} as bands with the observed curve. {counts}".rstrip() + "."


SPEC = FigureSpec(
    key="predictive",
    title="Predictive checks",
    draw=draw_predictive,
    possible=lambda fit: "posterior_predictive" in fit.posterior.children,
    caption=caption,
    alt=alt,
)
