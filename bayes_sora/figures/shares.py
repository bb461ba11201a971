"""Shares of draws that figures plot: inside a window, at the edges, over a log axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from bayes_sora.window import WindowDraws


def share_inside(window: WindowDraws, exposure_mg_l: FloatArray) -> FloatArray:
    r"""Return the share of all draws whose window exists and holds each exposure, shape of `exposure_mg_l`.

    .. math:: P(\text{lower} ≤ c ≤ \text{upper} \mid \text{data})
    """
    exists = window.draws["exists"].to_numpy().ravel()
    lower, upper = (np.sort(window.draws[name].to_numpy().ravel()[exists]) for name in ("lower", "upper"))
    begun = np.searchsorted(lower, exposure_mg_l, side="right")
    ended = np.searchsorted(upper, exposure_mg_l, side="left")
    return np.asarray((begun - ended) / exists.size, dtype=float)


class LogHistogram(NamedTuple):
    """Shares of the draws of a limit.

    Attributes
    ----------
    at_low, at_high : float
        Shares at the edges of the range.
    inside : FloatArray, shape (n_bins,)
        Shares in bins even in log exposure, edges left out.
    """

    at_low: float
    inside: FloatArray
    at_high: float


def log_histogram(values_mg_l: FloatArray, bins_mg_l: FloatArray) -> LogHistogram:
    """Return how values spread over bins whose first and last ends are the edges of the range; empty gives zeros."""
    low, high = bins_mg_l[0], bins_mg_l[-1]
    n = max(values_mg_l.size, 1)
    at_low, at_high = values_mg_l <= low, values_mg_l >= high
    inside, _ = np.histogram(values_mg_l[~(at_low | at_high)], bins=bins_mg_l)
    return LogHistogram(float(at_low.sum() / n), inside / n, float(at_high.sum() / n))
