"""How the best exposure and its limits move with the months of life that one toxicity is said to be worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from bayes_sora.figures.axes import exposure_axis, exposure_label, exposure_limits
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, BLUE, GREY, SMALL_FONT, new_figure, styled
from bayes_sora.figures.words import INTERVALS, exposure_text, quantity_text, what_exposure
from bayes_sora.questions import Utility
from bayes_sora.window import utility_weight_sensitivity

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray
    from bayes_sora.window import Quantity
    from bayes_sora.window.summary import QuantityName

LARGEST_WEIGHT = 12.0
GRID_STEP = 8
MOST_DRAWS = 4000
PANELS: dict[QuantityName, str] = {"lower": "Lower limit", "optimum": "Best exposure", "upper": "Upper limit"}


@styled
def draw_sensitivity(fit: Fit) -> Figure:
    """Draw lower limit, optimum and upper limit of the utility window against the toxicity weight."""
    found = weight_sensitivity(fit)
    window = fit.windows["utility"]
    figure = new_figure(height=3.5)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
        _draw_band(axes, found, name, size=fit.curves.unit.mg_l)
        _draw_chosen(axes, _settings(fit).toxicity_cost_months, window.quantities[name], filled=window.identified)
        axes.set_title(title, fontsize=SMALL_FONT + 1)
    limits = exposure_limits(fit.curves.span, fit.curves.span, unit=fit.curves.unit)
    exposure_axis(panels[0], limits, unit=fit.curves.unit, scale=fit.curves.scale, vertical=True)
    _finish(panels, fit)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def weight_sensitivity(fit: Fit) -> xr.Dataset:
    """Return optimum, lower and upper (mg/L) over the weight: every month from 0 to 12, and the chosen one.

    The exposures of the fit are thinned: limits are interpolated between them, so that the figure shows no difference.
    """
    draws = fit.curves.draws
    step = max(1, draws.sizes["chain"] * draws.sizes["draw"] // MOST_DRAWS)
    few = replace(fit.curves, draws=draws.isel(exposure=slice(None, None, GRID_STEP), draw=slice(None, None, step)))
    settings = _settings(fit)
    chosen = settings.toxicity_cost_months
    weights = np.unique([*np.arange(0.0, max(LARGEST_WEIGHT, chosen) + 1.0), chosen])
    return utility_weight_sensitivity(few, settings, weights_months=weights.tolist())


def _settings(fit: Fit) -> Utility:
    return cast("Utility", fit.windows["utility"].settings)


def _draw_band(axes: Axes, found: xr.Dataset, name: QuantityName, *, size: float) -> None:
    weight = found["toxicity_cost_months"].to_numpy()
    low, middle, high = (found[name] / size).transpose("quantile", ...).to_numpy()
    axes.fill_between(weight, low, high, color=BLUE, alpha=0.22, linewidth=0, label="95 % interval")
    axes.plot(weight, middle, color=BLUE, label="posterior median")


def _draw_chosen(axes: Axes, weight: float, quantity: Quantity, *, filled: bool) -> None:
    axes.axvline(
        weight, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)), zorder=0, label=f"chosen, {weight:g} months"
    )
    if quantity.q025 is None or quantity.q50 is None or quantity.q975 is None:
        return
    axes.plot([weight, weight], [quantity.q025, quantity.q975], color=BLACK, linewidth=1.4, solid_capstyle="butt")
    axes.plot(
        [weight],
        [quantity.q50],
        "D",
        color=BLACK,
        markerfacecolor=BLACK if filled else "white",
        markersize=5.5,
        zorder=3,
        label=f"utility window as reported{'' if filled else ', not identified'}",
    )


def _finish(panels: FloatArray, fit: Fit) -> None:
    first: Axes = panels[0]
    first.set_ylabel(exposure_label(unit=fit.curves.unit, scale=fit.curves.scale))
    for axes in panels:
        axes.set_xlim(0.0, max(LARGEST_WEIGHT, _settings(fit).toxicity_cost_months))
        axes.locator_params(axis="x", nbins=5, integer=True)
    panels[1].set_xlabel("What one toxicity costs, w (months of survival)")


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    settings, window = _settings(fit), fit.windows["utility"]
    found = weight_sensitivity(fit)["optimum"].sel(quantile=0.5) / fit.curves.unit.mg_l
    least, most = (exposure_text(fit, float(found[end])) for end in (0, -1))
    largest = float(found["toxicity_cost_months"][-1])
    assert window.optimum is not None
    unit = fit.curves.unit.name
    return (
        f"Utility is the mean survival within {settings.tau_months:g} months less w months for each toxicity. Median "
        "and pointwise 95 % equal-tailed band of the exposure of best utility, and of the limits between which the "
        f"utility is within {settings.tolerance_months:g} months of the best, against w. At w = "
        f"{settings.toxicity_cost_months:g} months (broken line, marker and interval) the best exposure is "
        f"{quantity_text(window, window.optimum)} "
        f"{unit}, the lower limit {quantity_text(window, window.lower)}, the upper limit "
        f"{quantity_text(window, window.upper)} {unit}; the window is {'' if window.identified else 'not '}identified. "
        f"The median of the best exposure is {least} {unit} at w = 0 and {most} {unit} at w = {largest:g} months. "
        f"{INTERVALS} {what_exposure(fit)}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    window = fit.windows["utility"]
    assert window.optimum is not None
    return (
        "Three panels with lower limit, best exposure and upper limit of the utility window against the weight of "
        f"toxicity; at the chosen weight the best exposure is {quantity_text(window, window.optimum)} "
        f"{fit.curves.unit.name}."
    )


SPEC = FigureSpec(
    key="sensitivity",
    title="Sensitivity to the weight of toxicity",
    draw=draw_sensitivity,
    possible=lambda fit: "utility" in fit.windows and "toxicity" in fit.model_file.endpoints,
    caption=caption,
    alt=alt,
    shows_window=True,
)
