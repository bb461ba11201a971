"""The posterior of one limit in numbers, each naming what it is conditional on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from bayes_sora.types import FloatArray
from bayes_sora.window.evidence import DECIDING, LimitName, central_width, heights, share_of_data

if TYPE_CHECKING:
    from bayes_sora.window.draws import WindowDraws

QuantityName = Literal["lower", "upper", "width", "optimum"]

QUANTILES = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}
MIN_DRAWS = 400
"""A conditional summary of fewer draws than this is printed as "too few draws" (science.md §5)."""


@dataclass(frozen=True, kw_only=True)
class PriorQuantity:
    """The same quantity before the data; None where it is undefined."""

    mean: float | None = None
    sd: float | None = None
    q025: float | None = None
    q50: float | None = None
    q975: float | None = None


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """Summary of a limit, the width or the optimum, in the unit of the model file; None where undefined.

    Attributes
    ----------
    given : str
        What every number below is conditional on: ``"window exists"``, ``"limit defined"`` or ``"all draws"``.
    mean, sd : float or None
        Posterior mean and standard deviation.
    q025, q25, q50, q75, q975 : float or None
        Equal-tailed quantiles. Values at an edge of the range count at the edge.
    share_defined : float
        Share of all draws in which the quantity is defined.
    p_at_low_edge, p_at_high_edge : float or None
        P(limit at that end of the range); None for the width.
    p_outside_data : float or None
        P(limit outside the observed troughs); None for the width.
    data_share : float or None
        The data's share, from 0 to 1, in what is known of the curve that decides the limit, at the limit's median: 1 −
        (posterior / prior width)² of the curve's central 95 % interval there (:mod:`bayes_sora.window.evidence`). The
        range of the search does not enter. None for the width.
    prior : PriorQuantity
        The same before the data.
    """

    given: str
    mean: float | None
    sd: float | None
    q025: float | None
    q25: float | None
    q50: float | None
    q75: float | None
    q975: float | None
    share_defined: float
    p_at_low_edge: float | None
    p_at_high_edge: float | None
    p_outside_data: float | None
    data_share: float | None
    prior: PriorQuantity

    def as_dict(self) -> dict[str, object]:
        """Return the quantity as in window.json: plain numbers, None where undefined."""
        return asdict(self)


def summarise_quantity(posterior: WindowDraws, name: QuantityName, *, prior: WindowDraws | None = None) -> Quantity:
    """Summarise one quantity of a window.

    The width is upper − lower, in the unit of the model file.

    Parameters
    ----------
    posterior : WindowDraws
    name : {"lower", "upper", "width", "optimum"}
    prior : WindowDraws, optional
        The same window of prior draws; without it prior numbers and the data's share are None.
    """
    values = _defined_values(posterior, name)
    return Quantity(
        given=given(posterior, name),
        **_moments(values / posterior.unit.mg_l),
        share_defined=values.size / posterior.draws["exists"].size,
        **_shares(values, posterior, name),
        data_share=None if prior is None or name == "width" else _data_share(posterior, prior, name),
        prior=PriorQuantity() if prior is None else _prior_quantity(prior, name),
    )


def given(window: WindowDraws, name: QuantityName) -> str:
    """Say what a summary is conditional on: the draws in which the quantity is defined."""
    if window.kind == "utility":
        return "all draws"
    if window.kind == "youden" and name in ("lower", "upper"):
        return "limit defined"
    return "window exists"


def is_defined(window: WindowDraws, name: QuantityName) -> xr.DataArray:
    """Say in which draws the quantity is defined, over (chain, draw)."""
    if window.kind == "youden" and name in ("lower", "upper"):
        return window.draws[name].notnull()
    return window.draws["exists"]


def _values(window: WindowDraws, name: QuantityName) -> xr.DataArray:
    """Return the quantity of every draw in mg/L, NaN where undefined."""
    return window.draws["upper"] - window.draws["lower"] if name == "width" else window.draws[name]


def _defined_values(window: WindowDraws, name: QuantityName) -> FloatArray:
    return np.asarray(_values(window, name).to_numpy()[is_defined(window, name).to_numpy()], dtype=float)


def _moments(values: FloatArray) -> dict[str, float | None]:
    if values.size < 2:
        return dict.fromkeys(("mean", "sd", *QUANTILES))
    quantiles = np.quantile(values, list(QUANTILES.values())).tolist()
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)),
        **dict(zip(QUANTILES, quantiles, strict=True)),
    }


def _prior_quantity(prior: WindowDraws, name: QuantityName) -> PriorQuantity:
    numbers = _moments(_defined_values(prior, name) / prior.unit.mg_l)
    return PriorQuantity(**{key: numbers[key] for key in ("mean", "sd", "q025", "q50", "q975")})


def _shares(values: FloatArray, window: WindowDraws, name: QuantityName) -> dict[str, float | None]:
    """Shares of the defined draws at the edges and outside the data."""
    names = ("p_at_low_edge", "p_at_high_edge", "p_outside_data")
    if name == "width" or values.size == 0:
        return dict.fromkeys(names)
    observed = window.observed_span
    events = (
        values <= window.span.low,
        values >= window.span.high,
        (values < observed.low) | (values > observed.high),
    )
    return {key: float(event.mean()) for key, event in zip(names, events, strict=True)}


def _data_share(posterior: WindowDraws, prior: WindowDraws, name: LimitName) -> float | None:
    """Compare the curve that decides a limit, at the limit's median, before and after the data."""
    if f"{DECIDING}{name}" not in posterior.draws:
        return None
    places = _log_limits(posterior, name) - _moving_origin(posterior)
    defined = places[np.isfinite(places)]
    if defined.size < 2:
        return None
    median = float(np.median(defined))
    before, after = (central_width(_heights(window, name, median)) for window in (prior, posterior))
    return share_of_data(before, after)


def _heights(window: WindowDraws, name: LimitName, place: float) -> FloatArray:
    curve = window.draws[f"{DECIDING}{name}"].transpose("chain", "draw", "exposure")
    rows = curve.to_numpy().reshape(-1, curve.sizes["exposure"])
    return heights(rows, np.log(curve["exposure"].to_numpy()), place + _moving_origin(window))


def _moving_origin(window: WindowDraws) -> FloatArray:
    """Return what log limits are measured from: limits of youden follow the median trough of each draw."""
    if window.kind == "youden":
        return np.asarray(window.draws["exposure_log_median"].to_numpy().ravel(), dtype=float)
    return np.zeros(window.draws["exists"].size)


def _log_limits(window: WindowDraws, name: QuantityName) -> FloatArray:
    """Return the log of every draw's limit, NaN where it is undefined."""
    defined = is_defined(window, name).to_numpy().ravel()
    return np.where(defined, np.log(np.where(defined, _values(window, name).to_numpy().ravel(), 1.0)), np.nan)
