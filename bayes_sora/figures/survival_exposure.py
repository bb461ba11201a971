"""Survival against exposure: the median and the restricted mean, and where the median is beyond what was followed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.digits import short
from bayes_sora.figures.axes import BAND_QUANTILES, draw_band, draw_rug, exposure_axis, exposure_limits
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import ENDPOINT_LOOKS, GREY, PALE, SMALL_FONT, new_figure, styled
from bayes_sora.figures.words import INTERVALS, what_exposure
from bayes_sora.numerics.thinning import thin
from bayes_sora.window.optimum import draw_rows

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.curves import Curves
    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray

RUG_SHARE = 0.018
MAX_DRAWS, EXPOSURE_STEP = 1000, 4
HEADROOM = 1.05


@styled
def draw_survival_exposure(fit: Fit) -> Figure:
    """Draw median survival and restricted mean survival over exposure, with 50 % and 95 % bands."""
    figure = new_figure(height=3.4)
    left, right = figure.subplots(1, 2)
    _draw_median(left, fit)
    _draw_restricted_mean(right, fit)
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def _draw_median(axes: Axes, fit: Fit) -> None:
    quantiles = _draw_curve(axes, fit, shown_curves(fit).median_survival())
    longest = longest_follow_up(fit)
    top = median_axis_top(quantiles, longest)
    if top > longest:
        # Over the curves, so that what was never observed looks paler than what was.
        axes.axhspan(longest, top, color="white", alpha=0.55, linewidth=0, zorder=3)
        axes.axhspan(longest, top, facecolor=PALE, alpha=0.45, hatch="///", edgecolor="white", linewidth=0, zorder=3)
        axes.axhline(longest, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)), zorder=4)
        axes.text(
            0.02,
            longest + 0.015 * top,
            f"beyond the longest follow-up, {short(longest)} months",
            transform=axes.get_yaxis_transform(),
            fontsize=SMALL_FONT - 1,
            va="bottom",
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
        )
    _finish(axes, fit, top=top)
    axes.set_ylabel("Median overall survival (months)")
    axes.set_title("Median survival", fontsize=SMALL_FONT)


def median_axis_top(quantiles: FloatArray, longest: float) -> float:
    """Return the top of the axis: all of the 95 % band, unless that leaves the data far below.

    Parameters
    ----------
    quantiles : FloatArray, shape (5, n)
        The five quantiles of :func:`draw_band`, months.
    longest : float
        Longest follow-up, months.
    """
    return min(HEADROOM * float(quantiles[-1].max()), max(1.5 * longest, HEADROOM * float(quantiles[2].max())))


def _draw_restricted_mean(axes: Axes, fit: Fit) -> None:
    tau = fit.model_file.questions.utility.tau_months
    _draw_curve(axes, fit, shown_curves(fit).restricted_mean_survival(tau))
    axes.axhline(tau, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)), zorder=0)
    _finish(axes, fit, top=HEADROOM * tau)
    axes.set_ylabel("Restricted mean survival (months)")
    axes.set_title(f"Restricted mean survival up to {tau:g} months", fontsize=SMALL_FONT)


def _draw_curve(axes: Axes, fit: Fit, draws: xr.DataArray) -> FloatArray:
    exposure = shown_curves(fit).exposure_mg_l / fit.curves.unit.mg_l
    return draw_band(axes, exposure, draw_rows(draws), ENDPOINT_LOOKS["survival"], label="posterior median")


def _finish(axes: Axes, fit: Fit, *, top: float) -> None:
    unit = fit.curves.unit
    limits = exposure_limits(fit.curves.span, fit.curves.observed_span, unit=unit)
    exposure_axis(axes, limits, unit=unit, scale=fit.curves.scale, n_ticks=6)
    axes.set_ylim(0.0, top)
    draw_rug(axes, RUG_SHARE * top, fit.cohort.trough_mg_l / unit.mg_l, height=RUG_SHARE * top)
    axes.plot([], [], "|", color=GREY, markersize=7, label="measured trough")


def shown_curves(fit: Fit) -> Curves:
    """Return the curves at as many draws and exposures as a reader can see; RMST is dear."""
    draws = thin(fit.curves.draws, most=MAX_DRAWS).isel(exposure=slice(None, None, EXPOSURE_STEP))
    return replace(fit.curves, draws=draws)


def longest_follow_up(fit: Fit) -> float:
    """Return the longest follow-up of the cohort in months."""
    assert fit.cohort.os_months is not None
    return float(fit.cohort.os_months.max())


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    longest, tau = longest_follow_up(fit), fit.model_file.questions.utility.tau_months
    median = np.quantile(draw_rows(shown_curves(fit).median_survival()), BAND_QUANTILES, axis=0)
    top = median_axis_top(median, longest)
    beyond = (
        f" The hatched part lies beyond the longest follow-up of {short(longest)} months: there the curve is the "
        "Weibull form's, not the data's."
        if top > longest
        else ""
    )
    cut = " The band of the median leaves the axis." if median[-1].max() > top else ""
    early = f" τ is beyond the longest follow-up ({short(longest)} months)." if tau > longest else ""
    return (
        f"Left: median overall survival against exposure; right: restricted mean survival up to τ = {tau:g} months, "
        "the survival part of the utility. Posterior median with 50 % and 95 % equal-tailed pointwise bands. "
        f"{_at_reference(fit)}{beyond}{cut}{early} Strokes are the patients' measured troughs. {INTERVALS} "
        f"{what_exposure(fit)}"
    )


def _at_reference(fit: Fit) -> str:
    """Return the two quantities at the exposure of the grid next to the reference."""
    unit, reference = fit.curves.unit, fit.model_file.drug.reference_mg_l
    grid = shown_curves(fit).exposure_mg_l
    place = int(np.argmin(np.abs(np.log(grid / reference))))
    tau = fit.model_file.questions.utility.tau_months
    texts = []
    for draws in (shown_curves(fit).median_survival(), shown_curves(fit).restricted_mean_survival(tau)):
        low, middle, high = np.quantile(draw_rows(draws)[:, place], (0.025, 0.5, 0.975))
        texts.append(f"{middle:.1f} months ({low:.1f} to {high:.1f})")
    at = f"{short(grid[place] / unit.mg_l)} {unit.name}"
    return f"At {at} the median is {texts[0]} and the restricted mean {texts[1]}."


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    return f"Curves of median and of restricted mean survival over exposure with bands. {_at_reference(fit)}"


SPEC = FigureSpec(
    key="survival_exposure",
    title="Survival against exposure",
    draw=draw_survival_exposure,
    possible=lambda fit: "survival" in fit.model_file.endpoints,
    caption=caption,
    alt=alt,
)
