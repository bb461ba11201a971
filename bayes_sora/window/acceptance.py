r"""Published windows of a model without survival: no utility scores them, so they are held against the conditions.

.. math:: \frac{1}{\log(u/l)} \int_{\log l}^{\log u} P(e^x \text{ acceptable} \mid \text{data})\,dx, \qquad
          P(p_R(l) < π_R \mid \text{data}), \qquad P(p_T(u) > π_T \mid \text{data})

the probability that an exposure of the window [l, u] is acceptable, and that each end lies on the wrong side of its
limit: the lower one where benefit is too rare, the upper one where harm is too common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.window.margins import acceptable_probability, limits_margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from bayes_sora.curves import Curves
    from bayes_sora.modelfile.spec import PublishedWindow
    from bayes_sora.questions import Limits
    from bayes_sora.types import FloatArray

NODES_IN_WINDOW = 257


@dataclass(frozen=True, kw_only=True)
class PublishedAcceptance:
    """How a published window meets the conditions of the limits window.

    Attributes
    ----------
    name : str
    lower, upper : float or None
        In the unit of the model file; None for an open end.
    p_acceptable : float or None
        P(an exposure of the window is acceptable), over the part within the range, evenly in log exposure; None where
        that is empty.
    p_lower_too_low, p_upper_too_high : float or None
        P(the end lies on the wrong side of its limit); None for an end that is open or outside the range, or whose
        endpoint the model lacks.
    """

    name: str
    lower: float | None
    upper: float | None
    p_acceptable: float | None
    p_lower_too_low: float | None
    p_upper_too_high: float | None

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the probabilities as in window.json, beside the keys that a utility would fill."""
        return {**vars(self), "p_optimum_inside": None, "expected_regret_months": None}


def published_acceptance(
    curves: Curves, windows: Sequence[PublishedWindow], settings: Limits
) -> tuple[PublishedAcceptance, ...]:
    """Return how each published window meets the conditions.

    Parameters
    ----------
    curves : Curves
    windows : sequence of PublishedWindow
        In mg/L; an open end is the edge of the range.
    settings : Limits

    Raises
    ------
    UsageError
        When the model has none of the endpoints that the conditions are about.
    """
    acceptable = acceptable_probability(curves, settings).to_numpy()
    margins = limits_margins(curves, settings)
    harm = [margin for endpoint, margin in margins.items() if endpoint == "toxicity"]
    benefit = [margin for endpoint, margin in margins.items() if endpoint != "toxicity"]
    return tuple(
        PublishedAcceptance(
            name=window.name,
            lower=None if window.lower_mg_l is None else window.lower_mg_l / curves.unit.mg_l,
            upper=None if window.upper_mg_l is None else window.upper_mg_l / curves.unit.mg_l,
            p_acceptable=_mean_within(acceptable, window, curves),
            p_lower_too_low=_p_unmet(benefit, window.lower_mg_l, curves),
            p_upper_too_high=_p_unmet(harm, window.upper_mg_l, curves),
        )
        for window in windows
    )


def _mean_within(acceptable: FloatArray, window: PublishedWindow, curves: Curves) -> float | None:
    low = max(curves.span.low, window.lower_mg_l or 0.0)
    high = min(curves.span.high, np.inf if window.upper_mg_l is None else window.upper_mg_l)
    if low >= high:
        return None
    nodes = np.linspace(np.log(low), np.log(high), NODES_IN_WINDOW)
    values = np.interp(nodes, np.log(curves.exposure_mg_l), acceptable)
    return float(np.trapezoid(values, nodes) / (nodes[-1] - nodes[0]))


def _p_unmet(margins: list[xr.DataArray], end_mg_l: float | None, curves: Curves) -> float | None:
    """Return P(any of these conditions fails at an end); None where it cannot be known."""
    if not margins or end_mg_l is None or not curves.span.low <= end_mg_l <= curves.span.high:
        return None
    position = np.interp(np.log(end_mg_l), np.log(curves.exposure_mg_l), np.arange(curves.exposure_mg_l.size))
    cell = min(int(position), curves.exposure_mg_l.size - 2)
    share = float(position - cell)
    at_end = [(1.0 - share) * one.isel(exposure=cell) + share * one.isel(exposure=cell + 1) for one in margins]
    unmet = np.any([one.to_numpy() < 0.0 for one in at_end], axis=0)
    return float(unmet.mean())
