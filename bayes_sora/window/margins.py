"""How far each condition of the limits is met, and where all of them are: the credible set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.curves import Curves
from bayes_sora.numerics.logistic import logit
from bayes_sora.questions import Limits
from bayes_sora.types import Endpoint
from bayes_sora.window.applicability import check_applicable
from bayes_sora.window.intervals import find_intervals

if TYPE_CHECKING:
    from collections.abc import Sequence


def limits_margins(curves: Curves, settings: Limits) -> dict[Endpoint, xr.DataArray]:
    r"""Return the margin of each condition over (chain, draw, exposure), ≥ 0 where it is met.

    .. math:: \operatorname{logit} π_T - \operatorname{logit} p_T(c), \quad
              \operatorname{logit} p_R(c) - \operatorname{logit} π_R, \quad
              \log(-\log π_S) - \log H(t^* \mid c)

    Each is linear in log exposure wherever its model block is, so that interpolation is exact there. Endpoints that
    the model lacks set no condition.
    """
    margins: dict[Endpoint, xr.DataArray] = {}
    if curves.has("toxicity"):
        margins["toxicity"] = float(logit(settings.max_toxicity)) - curves.draws["logit_toxicity"]
    if curves.has("response"):
        margins["response"] = curves.draws["logit_response"] - float(logit(settings.min_response))
    if settings.min_survival is not None:
        largest_log_hazard = float(np.log(-np.log(settings.min_survival)))
        margins["survival"] = largest_log_hazard - curves.log_cumulative_hazard(settings.survival_months)
    return margins


def acceptable_probability(curves: Curves, settings: Limits) -> xr.DataArray:
    r"""Return :math:`P(p_T(c) ≤ π_T, p_R(c) ≥ π_R[, S(t^*|c) ≥ π_S] \mid \text{data})` over ``exposure`` (mg/L).

    Raises
    ------
    UsageError
        When the model has none of the endpoints that the conditions are about.
    """
    check_applicable(settings, curves)
    acceptable = xr.ones_like(curves.draws["exposure"], dtype=bool)
    for margin in limits_margins(curves, settings).values():
        acceptable = acceptable & (margin >= 0.0)
    return acceptable.mean(("chain", "draw")).rename("p_acceptable")


def credible_set(curves: Curves, settings: Limits, levels: Sequence[float]) -> dict[float, list[tuple[float, float]]]:
    """Return, for each level γ, the exposures acceptable with probability ≥ γ as intervals in mg/L.

    The probability is interpolated linearly in log exposure. A set may be empty or have several intervals.
    """
    return sets_above(acceptable_probability(curves, settings), levels)


def sets_above(probability: xr.DataArray, levels: Sequence[float]) -> dict[float, list[tuple[float, float]]]:
    """Return, for each level, where a probability over ``exposure`` (mg/L) is at least that, as intervals in mg/L."""
    grid = np.asarray(probability["exposure"].to_numpy(), dtype=float)
    sets: dict[float, list[tuple[float, float]]] = {}
    for level in levels:
        margin = (probability.to_numpy() - level)[None, None, :]
        found = find_intervals(margin, grid)
        sets[level] = list(zip(found.low.tolist(), found.high.tolist(), strict=True))
    return sets
