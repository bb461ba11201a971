"""Utility in months and where it is largest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from bayes_sora.curves import Curves
from bayes_sora.questions import Utility
from bayes_sora.types import BoolArray, FloatArray
from bayes_sora.window.applicability import check_applicable
from bayes_sora.window.intervals import containing, count, find_intervals, pick

if TYPE_CHECKING:
    from collections.abc import Sequence


def utility_curve(curves: Curves, settings: Utility) -> xr.DataArray:
    r"""Return :math:`U(c) = \mathrm{RMST}_τ(c) − w·p_T(c)` in months over (chain, draw, exposure).

    Without a toxicity block U is the restricted mean survival alone.

    Raises
    ------
    UsageError
        When the model has no survival.
    """
    check_applicable(settings, curves)
    months = curves.restricted_mean_survival(settings.tau_months)
    if curves.has("toxicity"):
        months = months - settings.toxicity_cost_months * curves.probability("toxicity")
    return months.rename("utility_months")


class NearOptimal(NamedTuple):
    """The optimum of each row and the interval around it on which the utility is nearly as large.

    Attributes
    ----------
    optimum, lower, upper : FloatArray, shape (n_rows,)
        Exposures in the grid's unit; where the grid ends first, exactly that end.
    maximum : FloatArray, shape (n_rows,)
        Utility at the optimum.
    disconnected : BoolArray, shape (n_rows,)
        Whether nearly optimal exposures lie also outside the interval.
    """

    optimum: FloatArray
    lower: FloatArray
    upper: FloatArray
    maximum: FloatArray
    disconnected: BoolArray


def near_optimal(utility: FloatArray, grid: FloatArray, *, tolerance: float) -> NearOptimal:
    r"""Return :math:`c^* = \arg\max U` and the component containing it of :math:`\{c: U(c) ≥ \max U − δ\}`.

    Parameters
    ----------
    utility : FloatArray, shape (n_rows, n_grid)
    grid : FloatArray, shape (n_grid,)
        Exposures, evenly spaced on the log scale.
    tolerance : float
        δ, in the unit of the utility.
    """
    optimum, maximum = _peak(utility, grid)
    best = utility.argmax(axis=-1)
    # A peak narrower than the grid must not lose its own grid point.
    threshold = np.minimum(maximum - tolerance, utility.max(axis=-1))
    intervals = find_intervals((utility - threshold[:, None])[None], grid)
    chosen = containing(intervals, grid[best])
    return NearOptimal(
        optimum=optimum,
        lower=np.minimum(pick(intervals.low, chosen), optimum),
        upper=np.maximum(pick(intervals.high, chosen), optimum),
        maximum=maximum,
        disconnected=count(intervals, n_rows=best.size) > 1,
    )


def utility_weight_sensitivity(
    curves: Curves,
    settings: Utility,
    *,
    weights_months: Sequence[float],
    quantiles: Sequence[float] = (0.025, 0.5, 0.975),
) -> xr.Dataset:
    """Return how the utility window moves with the months that one toxicity is worth.

    Parameters
    ----------
    curves : Curves
    settings : Utility
        Gives horizon and tolerance; its toxicity cost is replaced by each weight in turn.
    weights_months : sequence of float
        Values of w ≥ 0, months.
    quantiles : sequence of float
        Posterior quantiles to return.

    Returns
    -------
    xarray.Dataset
        ``optimum``, ``lower`` and ``upper`` in mg/L over (toxicity_cost_months, quantile).

    Raises
    ------
    UsageError
        When the model has no survival.
    """
    survival = utility_curve(curves, replace(settings, toxicity_cost_months=0.0))
    toxicity = curves.probability("toxicity") if curves.has("toxicity") else xr.zeros_like(survival)
    names = ("optimum", "lower", "upper")
    found = np.empty((len(names), len(weights_months), len(quantiles)))
    for at, weight in enumerate(weights_months):
        window = near_optimal(
            draw_rows(survival - weight * toxicity), curves.exposure_mg_l, tolerance=settings.tolerance_months
        )
        for which, name in enumerate(names):
            found[which, at] = np.quantile(getattr(window, name), quantiles)
    dims = ("toxicity_cost_months", "quantile")
    return xr.Dataset(
        {name: (dims, found[which]) for which, name in enumerate(names)},
        coords={"toxicity_cost_months": list(weights_months), "quantile": list(quantiles)},
    )


def draw_rows(curve: xr.DataArray) -> FloatArray:
    """Return a curve over (chain, draw, exposure) as plain rows, shape (n_chain·n_draw, n_exposure)."""
    array = curve.transpose("chain", "draw", "exposure").to_numpy()
    return array.reshape(-1, array.shape[-1])


def _peak(utility: FloatArray, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where each row is largest and how large, by a parabola in log exposure around the best grid point.

    At an end of the grid the optimum is that end; on ties it is the lowest exposure.
    """
    best = utility.argmax(axis=-1)
    inner = np.clip(best, 1, grid.size - 2)
    rows = np.arange(best.size)
    left, middle, right = (utility[rows, inner + step] for step in (-1, 0, 1))
    curvature = left - 2.0 * middle + right
    interior = (best == inner) & (curvature < 0.0)
    shift = 0.5 * (left - right) / np.where(interior, curvature, 1.0)
    step = np.log(grid[-1] / grid[0]) / (grid.size - 1)
    optimum = np.where(interior, grid[inner] * np.exp(shift * step), grid[best])
    maximum = np.where(interior, middle - 0.25 * (left - right) * shift, utility[rows, best])
    return optimum, maximum
