"""Toxicity and response against exposure: posterior curve, what was observed, and the trough's own scale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.classical.roc import BinaryEndpoint
from bayes_sora.curves import measured_scale_probability
from bayes_sora.digits import short
from bayes_sora.figures.axes import draw_band, exposure_axis, exposure_limits
from bayes_sora.figures.rates import ObservedRate, rates_by_tertile
from bayes_sora.figures.replicates import observed_outcome
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, ENDPOINT_LOOKS, GREY, SMALL_FONT, new_figure, styled
from bayes_sora.figures.words import INTERVALS, endpoint_label, number_text, span_text, what_exposure
from bayes_sora.questions import Limits
from bayes_sora.window.optimum import draw_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray

MEASURED_POINTS = 33
GOLDEN = 0.618_033_988_749_895


@styled
def draw_exposure_response(fit: Fit, endpoint: BinaryEndpoint) -> Figure:
    """Draw the posterior curve of an endpoint over exposure, with observed rates by tertile and the troughs."""
    figure = new_figure(height=4.7)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(4.0, 0.9))
    limits = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=fit.curves.unit)
    _draw_curve(above, fit, endpoint)
    _draw_outcomes(above, fit, endpoint)
    _draw_rates(above, rates_by_tertile(*_evaluable(fit, endpoint)))
    _draw_threshold(above, fit, endpoint)
    above.set_ylim(-0.11, 1.11)
    above.set_yticks(np.linspace(0.0, 1.0, 6))
    above.set_ylabel("Probability")
    above.set_title(_heading(fit, endpoint))
    above.tick_params(axis="x", labelbottom=False)
    exposure_axis(below, limits, unit=fit.curves.unit, scale=fit.curves.scale)
    _draw_troughs(below, fit)
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2)
    return figure


def _heading(fit: Fit, endpoint: BinaryEndpoint) -> str:
    label = endpoint_label(fit, endpoint)
    return f"{label[0].upper()}{label[1:]}"


def _evaluable(fit: Fit, endpoint: BinaryEndpoint) -> tuple[FloatArray, FloatArray]:
    """Measured troughs (unit of the model file) and outcomes of the evaluable patients."""
    outcome = observed_outcome(fit, endpoint)
    known = ~np.isnan(outcome)
    return fit.cohort.trough_mg_l[known] / fit.curves.unit.mg_l, outcome[known]


def _draw_curve(axes: Axes, fit: Fit, endpoint: BinaryEndpoint) -> None:
    look, size = ENDPOINT_LOOKS[endpoint], fit.curves.unit.mg_l
    exposure = fit.curves.exposure_mg_l / size
    label = f"posterior median, {fit.curves.scale}"
    draw_band(axes, exposure, draw_rows(fit.curves.probability(endpoint)), look, label=label)
    if fit.curves.scale == "average trough":
        trough, probability = measured_scale_curve(fit, endpoint)
        style = (0, (1.5, 1.5))
        axes.plot(
            trough / size, probability, color=BLACK, linewidth=1.0, linestyle=style, label="one measured trough, p*"
        )
    _draw_cutoff(axes, fit, endpoint)


def measured_scale_curve(fit: Fit, endpoint: BinaryEndpoint) -> tuple[FloatArray, FloatArray]:
    """Return troughs y (mg/L) and the posterior median of p*(y) = E[p(C) | y]."""
    span = fit.curves.span
    trough = span.log_grid(MEASURED_POINTS)
    # A thin curve needs no more draws than a reader can see.
    few = fit.parameters.isel(draw=slice(None, None, max(1, fit.parameters.sizes["draw"] // 250)))
    draws = measured_scale_probability(few, fit.model_file, endpoint, trough_mg_l=trough)
    return trough, draws.median(("chain", "draw")).to_numpy()


def _draw_cutoff(axes: Axes, fit: Fit, endpoint: BinaryEndpoint) -> None:
    roc = fit.classical.roc.get(endpoint)
    if roc is None or roc.cutoff_mg_l is None:
        return
    cutoff = roc.cutoff_mg_l / fit.curves.unit.mg_l
    axes.axvline(
        cutoff, color=GREY, linewidth=1.0, linestyle=(0, (5.0, 2.0, 1.0, 2.0)), label=f"ROC cut-off {short(cutoff)}"
    )


def _draw_outcomes(axes: Axes, fit: Fit, endpoint: BinaryEndpoint) -> None:
    """Draw each patient's 0 or 1, moved apart by a fixed pattern, the same in every drawing."""
    trough, outcome = _evaluable(fit, endpoint)
    jitter = (np.arange(trough.size) * GOLDEN % 1.0 - 0.5) * 0.07
    place = np.where(outcome == 1.0, 1.055, -0.055) + jitter
    axes.plot(trough, place, "o", color=GREY, markersize=3.2, alpha=0.7, markeredgewidth=0, label="one patient")


def _draw_rates(axes: Axes, rates: tuple[ObservedRate, ...]) -> None:
    for index, rate in enumerate(rates):
        low, high = rate.ci95
        axes.errorbar(
            rate.median_trough,
            rate.rate,
            yerr=[[rate.rate - low], [high - rate.rate]],
            fmt="D",
            color=BLACK,
            markerfacecolor="white",
            markersize=5.5,
            capsize=3,
            linewidth=1.1,
            label="observed by trough tertile, exact 95 % interval" if index == 0 else None,
        )
        axes.annotate(
            f"{rate.events}/{rate.n}",
            (rate.median_trough, rate.rate),
            (7, 6),
            textcoords="offset points",
            fontsize=SMALL_FONT,
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.8},
        )


def _draw_threshold(axes: Axes, fit: Fit, endpoint: BinaryEndpoint) -> None:
    limits = fit.windows["limits"].settings
    assert isinstance(limits, Limits)
    threshold = limits.max_toxicity if endpoint == "toxicity" else limits.min_response
    word = "largest acceptable" if endpoint == "toxicity" else "smallest acceptable"
    axes.axhline(threshold, color=BLACK, linewidth=0.9, linestyle=(0, (8.0, 3.0)), label=f"{word}, {threshold:g}")


def _draw_troughs(axes: Axes, fit: Fit) -> None:
    troughs = fit.cohort.trough_mg_l / fit.curves.unit.mg_l
    ends = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=fit.curves.unit)
    axes.hist(troughs, bins=list(np.geomspace(*ends, 25)), color=GREY, alpha=0.6, edgecolor="white", linewidth=0.5)
    axes.set_ylabel("Patients")
    axes.locator_params(axis="y", nbins=3, integer=True)


def caption(fit: Fit, *, endpoint: BinaryEndpoint) -> str:
    """Say what the figure shows, with its numbers."""
    trough, outcome = _evaluable(fit, endpoint)
    rates = "; ".join(
        f"{rate.events} of {rate.n} ({100 * rate.rate:.0f} %, {100 * rate.ci95[0]:.0f} to {100 * rate.ci95[1]:.0f} %) "
        f"around {short(rate.median_trough)} {fit.curves.unit.name}"
        for rate in rates_by_tertile(trough, outcome)
    )
    roc = fit.classical.roc.get(endpoint)
    cutoff = (
        f" The ROC cut-off, on the scale of one measured trough, is {short(roc.cutoff_mg_l / fit.curves.unit.mg_l)} "
        f"{fit.curves.unit.name}, AUC {number_text(roc.auc)} (95 % interval {span_text(roc.auc_ci95)})."
        if roc is not None and roc.cutoff_mg_l is not None
        else ""
    )
    measured = (
        " The dotted curve p* is the same probability given one measured trough."
        if fit.curves.scale == "average trough"
        else ""
    )
    return (
        f"Probability of {endpoint_label(fit, endpoint)} against exposure: posterior median with 50 % and 95 % "
        f"equal-tailed pointwise bands.{measured} Observed by tertile of the measured trough, with exact binomial "
        f"(Clopper–Pearson) 95 % intervals: {rates}; dots are the {trough.size} evaluable patients, "
        f"{int(outcome.sum())} with the event, spread vertically to be seen.{cutoff} The histogram counts measured "
        f"troughs. {INTERVALS} {what_exposure(fit)}"
    )


def alt(fit: Fit, *, endpoint: BinaryEndpoint) -> str:
    """Describe the picture for those who cannot see it."""
    curve = np.median(draw_rows(fit.curves.probability(endpoint)), axis=0)
    span, size = fit.curves.span, fit.curves.unit.mg_l
    return (
        f"Curve of the probability of {endpoint_label(fit, endpoint)}: its posterior median goes from {curve[0]:.2f} "
        f"at {short(span.low / size)} to {curve[-1]:.2f} at {short(span.high / size)} {fit.curves.unit.name}."
    )


def _spec(endpoint: BinaryEndpoint) -> FigureSpec:
    return FigureSpec(
        key=endpoint,
        title=f"{endpoint.capitalize()} against exposure",
        draw=partial(draw_exposure_response, endpoint=endpoint),
        possible=lambda fit: endpoint in fit.model_file.endpoints,
        caption=partial(caption, endpoint=endpoint),
        alt=partial(alt, endpoint=endpoint),
    )


TOXICITY, RESPONSE = _spec("toxicity"), _spec("response")
