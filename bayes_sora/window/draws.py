"""One window a draw: the posterior of each limit (science.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from bayes_sora.curves import LOG_PRIOR, Curves
from bayes_sora.questions import Limits, Settings, Utility, WindowKind, Youden
from bayes_sora.types import BoolArray, ExposureUnit, FloatArray, Span
from bayes_sora.window.applicability import check_applicable, logit_endpoints, notes
from bayes_sora.window.evidence import YOUDEN_ENDPOINTS, deciding_curves, with_deciding
from bayes_sora.window.intervals import count, find_intervals, pick, widest
from bayes_sora.window.margins import limits_margins
from bayes_sora.window.optimum import draw_rows, near_optimal, utility_curve
from bayes_sora.window.prevalence import prevalence_crossing

if TYPE_CHECKING:
    from collections.abc import Mapping

Limit = Literal["lower", "upper", "optimum"]
Values = FloatArray | BoolArray


@dataclass(frozen=True, kw_only=True)
class WindowDraws:
    """The window of every draw.

    Attributes
    ----------
    settings : Limits, Youden or Utility
        What was asked.
    draws : xarray.Dataset
        Over ``(chain, draw)``. Always ``lower``, ``upper`` (mg/L, NaN where undefined; exactly an end of `span` where
        the range ends before the window does) and ``exists``. For limits ``lower_by_response``, ``upper_by_toxicity``
        (where the model has the endpoint) and ``disconnected``, all False where no window exists; for utility
        ``optimum`` (mg/L) and ``disconnected``; for youden ``exposure_log_median`` (μ, log mg/L). Where the curves have
        them, ``log_prior_toxicity`` and ``log_prior_response`` of what is asked about. Over (chain, draw, exposure) the
        curve that decides each limit, ``deciding_lower`` … (:mod:`bayes_sora.window.evidence`).
    span, observed_span : Span
        Optimisation range and range of the observed troughs, mg/L.
    unit : ExposureUnit
        The unit to print in.
    scale : str
        The exposure the window is about, ``"average trough"`` or ``"measured trough"``.
    notes : tuple of str
        What the window leaves out because the model lacks an endpoint.
    """

    settings: Settings
    draws: xr.Dataset
    span: Span
    observed_span: Span
    unit: ExposureUnit
    scale: str
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> WindowKind:
        """``"limits"``, ``"youden"`` or ``"utility"``."""
        return self.settings.kind

    def at_low_edge(self, limit: Limit) -> xr.DataArray:
        """Say in which draws `limit` counts at the low end of the range; False where it is undefined."""
        return self.draws[limit] <= self.span.low

    def at_high_edge(self, limit: Limit) -> xr.DataArray:
        """Say in which draws `limit` counts at the high end of the range; False where it is undefined."""
        return self.draws[limit] >= self.span.high


def window_draws(curves: Curves, settings: Settings) -> WindowDraws:
    """Find the window of every draw of `curves`.

    Crossings are exact to linear interpolation in log exposure (of the logit of a probability, of the log cumulative
    hazard, of the utility), the optimum to a parabola through the best grid point and its neighbours.

    Parameters
    ----------
    curves : Curves
        Posterior or prior draws; the ends of its grid are the optimisation range.
    settings : Limits, Youden or Utility

    Raises
    ------
    UsageError
        When the model lacks an endpoint without which the window has no meaning.
    """
    check_applicable(settings, curves)
    match settings:
        case Limits():
            found = _limits(curves, settings)
        case Youden():
            found = _youden(curves)
        case Utility():
            found = _utility(curves, settings)
    return WindowDraws(
        settings=settings,
        draws=_labelled(found, curves).assign(_evidence(curves, settings)),
        span=curves.span,
        observed_span=curves.observed_span,
        unit=curves.unit,
        scale=curves.scale,
        notes=notes(settings, curves),
    )


def _evidence(curves: Curves, settings: Settings) -> dict[str, xr.DataArray]:
    """Return what limits rest on: the curves that decide them, and the priors of their draws."""
    of = (f"{LOG_PRIOR}_{endpoint}" for endpoint in logit_endpoints(settings, curves))
    log_priors = {name: curves.draws[name] for name in of if name in curves.draws}
    return with_deciding(deciding_curves(curves, settings)) | log_priors


def _limits(curves: Curves, settings: Limits) -> dict[str, Values]:
    """Find the widest interval on which every condition holds."""
    margins = limits_margins(curves, settings)
    names = list(margins)
    stacked = np.stack([draw_rows(margin) for margin in margins.values()])
    n_rows = stacked.shape[1]
    intervals = find_intervals(stacked, curves.exposure_mg_l)
    chosen = widest(intervals, n_rows=n_rows)
    found: dict[str, Values] = {
        "lower": pick(intervals.low, chosen),
        "upper": pick(intervals.high, chosen),
        "exists": chosen >= 0,
        "disconnected": count(intervals, n_rows=n_rows) > 1,
    }
    if "response" in names:
        found["lower_by_response"] = pick(intervals.low_set_by, chosen) == names.index("response")
    if "toxicity" in names:
        found["upper_by_toxicity"] = pick(intervals.high_set_by, chosen) == names.index("toxicity")
    return found


def _youden(curves: Curves) -> dict[str, Values]:
    """Find where response (lower) and toxicity (upper) rise through their prevalence."""
    mu = curves.draws["exposure_log_median"].to_numpy().ravel()
    sd = curves.draws["exposure_log_sd"].to_numpy().ravel()
    found: dict[str, Values] = {"exposure_log_median": mu}
    for limit, endpoint in YOUDEN_ENDPOINTS:
        found[limit] = np.full(mu.size, np.nan)
        if curves.has(endpoint):
            found[limit] = prevalence_crossing(
                draw_rows(curves.draws[f"logit_{endpoint}"]),
                curves.draws[f"prevalence_{endpoint}"].to_numpy().ravel(),
                grid=curves.exposure_mg_l,
                mu=mu,
                sd=sd,
            )
    found["exists"] = found["lower"] < found["upper"]
    return found


def _utility(curves: Curves, settings: Utility) -> dict[str, Values]:
    """Find the interval around the optimum on which the utility is within the tolerance of its maximum."""
    utility = draw_rows(utility_curve(curves, settings))
    found = near_optimal(utility, curves.exposure_mg_l, tolerance=settings.tolerance_months)
    return {
        "lower": found.lower,
        "upper": found.upper,
        "exists": np.isfinite(found.lower),
        "optimum": found.optimum,
        "disconnected": found.disconnected,
    }


def _labelled(found: Mapping[str, Values], curves: Curves) -> xr.Dataset:
    shape = (curves.draws.sizes["chain"], curves.draws.sizes["draw"])
    coordinates = {name: curves.draws[name] for name in ("chain", "draw") if name in curves.draws.coords}
    return xr.Dataset(
        {name: (("chain", "draw"), values.reshape(shape)) for name, values in found.items()}, coords=coordinates
    )
