"""Curve level of the prior: toxicity, response and median survival over exposure before any patient is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.classical.survival import kaplan_meier
from bayes_sora.digits import short
from bayes_sora.figures.axes import draw_band, exposure_axis, exposure_limits, plain_log_ticks
from bayes_sora.figures.rates import rates_by_tertile
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, ENDPOINT_LOOKS, SMALL_FONT, Look, new_figure, styled
from bayes_sora.fitting.prior.pattern import BinaryEndpoint
from bayes_sora.fitting.prior.plain import can_be_replicated
from bayes_sora.fitting.prior.words import interval_text, value_text
from bayes_sora.numerics.ranks import tertiles
from bayes_sora.numerics.thinning import thin
from bayes_sora.types import Endpoint
from bayes_sora.window.optimum import draw_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.curves import Curves
    from bayes_sora.fitting import Fit, PriorPredictive

TITLE = "What the priors believe about the curves"
MOST_DRAWS, GRID_STEP = 1_000, 4
SHORTEST, LONGEST = 0.2, 500.0
OBSERVED = "observed by trough tertile, 95 % interval"


@styled
def draw_prior_curves(prior: PriorPredictive) -> Figure:
    """Draw prior bands of the curves of the model, with what an observed cohort shows by tertile of its troughs."""
    endpoints = prior.model.endpoints
    figure = new_figure(height=2.9, laid_out=False)
    panels = figure.subplots(1, len(endpoints), squeeze=False)[0]
    figure.subplots_adjust(left=0.055, right=0.985, top=0.91, bottom=0.27, wspace=0.2)
    few = _thinned(prior.curves)
    for axes, endpoint in zip(panels, endpoints, strict=True):
        _draw_curve(axes, few, endpoint)
        if prior.cohort is not None:
            _draw_observed(axes, prior, endpoint)
        limits = exposure_limits(prior.curves.span, prior.curves.observed_span, unit=prior.curves.unit)
        ticks = 4 if len(endpoints) > 1 else 8
        exposure_axis(axes, limits, unit=prior.curves.unit, scale=prior.curves.scale, n_ticks=ticks)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), columnspacing=1.2)
    return figure


def _thinned(curves: Curves) -> Curves:
    """Return few enough draws on few enough exposures for a picture."""
    few = thin(curves.draws, most=MOST_DRAWS)
    return replace(curves, draws=few.isel(exposure=slice(None, None, GRID_STEP)))


def _draw_curve(axes: Axes, curves: Curves, endpoint: Endpoint) -> None:
    drawn = curves.median_survival() if endpoint == "survival" else curves.probability(endpoint)
    look = Look(ENDPOINT_LOOKS[endpoint].colour, (0, (5.0, 1.5)), "o")
    quantiles = draw_band(axes, curves.exposure_mg_l / curves.unit.mg_l, draw_rows(drawn), look, label="prior median")
    if endpoint == "survival":
        axes.set_yscale("log")
        limits = (max(SHORTEST, float(quantiles[0].min()) / 1.5), min(LONGEST, float(quantiles[-1].max()) * 1.5))
        axes.set_ylim(limits)
        plain_log_ticks(axes.yaxis, limits, n_ticks=8)
        axes.set_title("Median survival (months)", fontsize=SMALL_FONT)
        return
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    axes.set_title(f"Probability of {endpoint}", fontsize=SMALL_FONT)


def _draw_observed(axes: Axes, prior: PriorPredictive, endpoint: Endpoint) -> None:
    assert prior.cohort is not None
    size = prior.curves.unit.mg_l
    points = _observed_survival(prior.cohort) if endpoint == "survival" else _observed_rates(prior.cohort, endpoint)
    if endpoint == "survival" and points:
        bottom, top = axes.get_ylim()
        axes.set_ylim(max(SHORTEST, min(bottom, *(low / 1.3 for _, _, low, _ in points))), top)
    for index, (trough, middle, low, high) in enumerate(points):
        axes.errorbar(
            trough / size,
            middle,
            yerr=[[middle - low], [high - middle]],
            fmt="D",
            color=BLACK,
            markerfacecolor="white",
            markersize=5.0,
            capsize=2.5,
            linewidth=1.1,
            label=OBSERVED if index == 0 else None,
        )


def _observed_rates(cohort: Cohort, endpoint: BinaryEndpoint) -> list[tuple[float, float, float, float]]:
    """Return median trough (mg/L), rate and interval of each tertile."""
    outcome = getattr(cohort, endpoint)
    known = ~np.isnan(outcome)
    rates = rates_by_tertile(cohort.trough_mg_l[known], outcome[known])
    return [(rate.median_trough, rate.rate, *rate.ci95) for rate in rates]


def _observed_survival(cohort: Cohort) -> list[tuple[float, float, float, float]]:
    """Return median trough (mg/L), Kaplan–Meier median and interval of each tertile whose median is reached."""
    assert cohort.os_months is not None
    assert cohort.death is not None
    trough = cohort.trough_mg_l
    tertile = tertiles(trough)
    points = []
    for index in np.unique(tertile):
        inside = tertile == index
        curve = kaplan_meier(cohort.os_months[inside], cohort.death[inside])
        middle, (low, high) = curve.median_months, curve.median_ci95
        if middle is not None:
            ends = (middle if low is None else low, LONGEST if high is None else high)
            points.append((float(np.median(trough[inside])), middle, *ends))
    return points


def prior_curves_caption(prior: PriorPredictive) -> str:
    """Say what the figure shows, with its numbers."""
    unit, size = prior.curves.unit.name, prior.curves.unit.mg_l
    at = f"{short(prior.model.drug.reference_mg_l / size)} {unit}"
    beliefs = "; ".join(
        f"{number.label} {value_text(number, number.summary['q50'])} ({interval_text(number)})"
        for number in prior.at_reference
    )
    doubling = "; ".join(
        f"{number.label} {value_text(number, number.summary['q50'])} ({interval_text(number)})"
        for number in prior.per_doubling
    )
    observed = (
        ""
        if prior.cohort is None
        else f" Markers: the {prior.cohort.n_patients} observed patients by tertile of the measured trough, rates with "
        "exact binomial (Clopper–Pearson) and Kaplan–Meier medians with their 95 % intervals, open upwards where the "
        "upper end was not reached; a median that was not reached is not drawn."
    )
    return (
        f"Curves under {prior.design.draws:,} draws of the priors: median with 50 % and 95 % equal-tailed pointwise "
        f"bands over the {prior.curves.scale}. At {at}, median and 95 % interval: {beliefs}. When exposure doubles "
        f"across it: {doubling}.{observed}"
    )


def prior_curves_alt(prior: PriorPredictive) -> str:
    """Describe the picture for those who cannot see it."""
    names = {"toxicity": "the probability of toxicity", "response": "the probability of response"}
    drawn = [names.get(endpoint, "median survival") for endpoint in prior.model.endpoints]
    seen = " with observed values by tertile" if prior.cohort is not None else ""
    return f"Prior bands over exposure{seen}: {', '.join(drawn)}."


SPEC = FigureSpec(
    key="prior_curves",
    title=TITLE,
    draw=lambda fit: draw_prior_curves(_of(fit)),
    possible=lambda fit: "prior" in fit.posterior.children and can_be_replicated(fit.model_file),
    caption=lambda fit: prior_curves_caption(_of(fit)),
    alt=lambda fit: prior_curves_alt(_of(fit)),
)


def _of(fit: Fit) -> PriorPredictive:
    return fit.prior_predictive
