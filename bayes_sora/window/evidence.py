r"""What a limit rests on: how much the data narrowed the curve that decides it, and whether priors and data conflict.

A limit is where a curve of its draw is zero: the margin of the conditions for ``limits``, the logit of an endpoint
above that of its prevalence for ``youden``, the slope of the utility for ``utility``. The spread of that curve at one
exposure, before and after the data, does not depend on the range of the search, whereas the spread of a limit that is
cut off at an end of the range does.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from bayes_sora.curves import Curves
from bayes_sora.numerics.logistic import logit
from bayes_sora.questions import Limits, Settings, Youden
from bayes_sora.types import FloatArray
from bayes_sora.window.margins import limits_margins
from bayes_sora.window.optimum import utility_curve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.types import Endpoint

LimitName = Literal["lower", "upper", "optimum"]
CENTRAL = (0.025, 0.975)
YOUDEN_ENDPOINTS: tuple[tuple[LimitName, Endpoint], ...] = (("lower", "response"), ("upper", "toxicity"))
DECIDING = "deciding_"
"""What the names of deciding curves begin with."""


def deciding_curves(curves: Curves, settings: Settings) -> dict[LimitName, xr.DataArray]:
    r"""Return the curve that decides each limit over (chain, draw, exposure).

    * ``limits``, both limits: the smallest margin of the conditions, on the logit scale (log cumulative hazard of
      survival), zero at an end of the window.
    * ``youden``: :math:`\operatorname{logit} p(c) - \operatorname{logit} E_F[p]` of response (lower) and toxicity
      (upper), zero at the limit; only of endpoints that the model has.
    * ``utility``, limits and optimum: :math:`dU / d\log c`, months, zero at an optimum inside the range.
    """
    if isinstance(settings, Youden):
        return {
            limit: curves.draws[f"logit_{endpoint}"] - _apply_logit(curves.draws[f"prevalence_{endpoint}"])
            for limit, endpoint in YOUDEN_ENDPOINTS
            if curves.has(endpoint)
        }
    if isinstance(settings, Limits):
        first, *others = limits_margins(curves, settings).values()
        smallest = reduce(_smaller, others, first)
        return {"lower": smallest, "upper": smallest}
    utility = utility_curve(curves, settings)
    by_log = utility.assign_coords(exposure=np.log(curves.exposure_mg_l)).differentiate("exposure")
    slope = by_log.assign_coords(exposure=curves.exposure_mg_l)
    return {"lower": slope, "upper": slope, "optimum": slope}


def heights(deciding: FloatArray, log_grid: FloatArray, at: FloatArray | float) -> FloatArray:
    """Return the height of every draw's deciding curve at an exposure.

    Parameters
    ----------
    deciding : FloatArray, shape (n_draws, n_grid)
    log_grid : FloatArray, shape (n_grid,)
        Log exposures, rising and evenly spaced.
    at : FloatArray of shape (n_draws,), or float
        Log exposure, the same for all draws or one each; beyond the grid curves go on as straight lines.

    Returns
    -------
    FloatArray, shape (n_draws,)
    """
    step = log_grid[1] - log_grid[0]
    place = np.broadcast_to((np.asarray(at) - log_grid[0]) / step, deciding.shape[:1])
    cell = np.clip(np.floor(place).astype(int), 0, log_grid.size - 2)
    rows = np.arange(deciding.shape[0])
    left, right = deciding[rows, cell], deciding[rows, cell + 1]
    with np.errstate(invalid="ignore"):  # a probability of 0 or 1 has an infinite logit
        return np.asarray(left + (place - cell) * (right - left), dtype=float)


def central_width(values: FloatArray) -> float:
    """Return the width of the central 95 % interval; NaN of fewer than two finite values."""
    finite = values[np.isfinite(values)]
    if finite.size < 2:
        return float("nan")
    low, high = np.quantile(finite, CENTRAL)
    return float(high - low)


def share_of_data(width_before: float, width_after: float) -> float | None:
    r"""Return the data's share in what is known of a curve, :math:`1 - (w_{after} / w_{before})^2`, from 0 to 1.

    For normal distributions that is 1 − posterior/prior variance. Where the data left the curve as uncertain as it was,
    or more, the share is 0. None where either width is unknown or there was nothing to learn.
    """
    if not (np.isfinite(width_before) and np.isfinite(width_after)) or width_before <= 0.0:
        return None
    return float(max(0.0, 1.0 - (width_after / width_before) ** 2))


def prior_tail(log_prior_before: FloatArray, log_prior_after: FloatArray) -> float | None:
    r"""Return how far out in the prior of a block the data put its parameters together, as a probability.

    .. math:: P_{θ \sim p}\bigl(\log p(θ) \le E[\log p(θ) \mid y]\bigr)

    With priors N(0, 1) of two parameters and a posterior concentrated at distance d it is the tail of a χ² with two
    degrees of freedom beyond d². Each parameter alone may be well inside its prior where both together are not. Without
    data it is about 0.4; near 0, priors and data conflict.

    Parameters
    ----------
    log_prior_before, log_prior_after : FloatArray
        Log prior density of prior draws and of posterior draws; of any shape.
    """
    finite = log_prior_after[np.isfinite(log_prior_after)]
    if finite.size == 0 or log_prior_before.size == 0:
        return None
    return float((log_prior_before <= finite.mean()).mean())


def with_deciding(found: Mapping[LimitName, xr.DataArray]) -> dict[str, xr.DataArray]:
    """Return deciding curves under the names that the draws of a window have them by; half the bytes will do."""
    order = ("chain", "draw", "exposure")
    return {f"{DECIDING}{name}": curve.transpose(*order).astype(np.float32) for name, curve in found.items()}


def _smaller(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    found: xr.DataArray = xr.apply_ufunc(np.minimum, a, b)
    return found


def _apply_logit(probability: xr.DataArray) -> xr.DataArray:
    found: xr.DataArray = xr.apply_ufunc(logit, probability)
    return found
