"""The limits of windows in numbers, all of them in one pass; twin of :func:`bayes_sora.window.summarise_quantity`.

A study describes ten quantities of every posterior, ten thousand times: NumPy is called once for all ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.study.rows import LIMITS, NAN, LimitEstimate, LimitName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.questions import WindowKind
    from bayes_sora.study.engine.windows import FoundWindow
    from bayes_sora.types import FloatArray, Span

QUANTILES = MappingProxyType(
    {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
)
LEAST_DRAWS = 2
"""Fewer describe nothing."""

Estimates = dict["WindowKind", dict["LimitName", LimitEstimate]]


Key = tuple["WindowKind", "LimitName"]


NO_SHARES: Mapping[Key, float] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Quantities:
    """The limits of every window in every draw.

    Attributes
    ----------
    keys : tuple of (WindowKind, LimitName)
        What each row is.
    values : FloatArray, shape (n_rows, n_draws)
        mg/L, NaN where undefined.
    logs : FloatArray, shape (n_rows, n_draws)
        Their logs; a width of nothing counts as the smallest of numbers.
    """

    keys: tuple[tuple[WindowKind, LimitName], ...]
    values: FloatArray
    logs: FloatArray


def quantities_of(found: Mapping[WindowKind, FoundWindow]) -> Quantities:
    """Return every quantity of the windows found."""
    keys: list[tuple[WindowKind, LimitName]] = []
    rows: list[FloatArray] = []
    for kind, window in found.items():
        # Each limit of youden is defined on its own; the others, and every width, where the window exists.
        there = True if kind == "youden" else window.exists
        named = (window.lower, window.upper, window.upper - window.lower, window.optimum)
        for name, values in zip(LIMITS, named, strict=True):
            if values is not None:
                keys.append((kind, name))
                rows.append(np.where(window.exists if name == "width" else there, values, np.nan))
    stacked = np.stack(rows)
    logs = np.log(np.maximum(stacked, np.finfo(float).tiny))
    return Quantities(keys=tuple(keys), values=stacked, logs=logs)


def limit_estimates(
    quantities: Quantities, *, span: Span, observed: Span, ess: float, data_shares: Mapping[Key, float] = NO_SHARES
) -> Estimates:
    """Describe every quantity.

    Parameters
    ----------
    quantities : Quantities
    span, observed : Span
        Optimisation range and range of the observed troughs, mg/L.
    ess : float
        Effective number of all draws.
    data_shares : mapping of (WindowKind, LimitName) to float
        The data's share in the curve that decides a limit; where there is none, it is unknown.
    """
    values = quantities.values
    n_defined = (~np.isnan(values)).sum(axis=1)
    mean_log, variance_log = _moments(quantities.logs)
    events = (values <= span.low, values >= span.high, (values < observed.low) | (values > observed.high))
    columns = {
        **dict(zip(QUANTILES, _quantiles(values).T, strict=True)),
        "mean_log": mean_log,
        "sd_log": np.sqrt(variance_log),
        **dict(zip(("p_low_edge", "p_high_edge", "p_outside"), _shares(events, quantities, n_defined), strict=True)),
        "data_share": [data_shares.get(key, NAN) for key in quantities.keys],
    }
    share = n_defined / values.shape[1]
    found: Estimates = {kind: {} for kind, _ in quantities.keys}
    for row, (kind, name) in enumerate(quantities.keys):
        described = {} if n_defined[row] < LEAST_DRAWS else {key: float(column[row]) for key, column in columns.items()}
        found[kind][name] = LimitEstimate(**described, share_defined=float(share[row]), ess=ess * float(share[row]))
    return found


def _shares(events: tuple[np.ndarray, ...], quantities: Quantities, n_defined: np.ndarray) -> list[FloatArray]:
    """Shares of the defined draws in which each event holds; a width is at no edge."""
    of_limit = np.array([name != "width" for _, name in quantities.keys])
    return [np.where(of_limit, event.sum(axis=1) / np.maximum(n_defined, 1), np.nan) for event in events]


def _moments(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of each row without its NaN; NaN where too few are left."""
    there = ~np.isnan(rows)
    n = there.sum(axis=1)
    mean = np.where(there, rows, 0.0).sum(axis=1) / np.maximum(n, 1)
    squares = np.where(there, rows - mean[:, None], 0.0) ** 2
    variance = squares.sum(axis=1) / np.maximum(n - 1, 1)
    return np.where(n > 0, mean, np.nan), np.where(n > 1, variance, np.nan)


def _quantiles(rows: FloatArray) -> FloatArray:
    """Quantiles of each row without its NaN, interpolated as NumPy does; shape (n_rows, n_quantiles)."""
    ordered = np.sort(rows, axis=1)
    # NaN is sorted to the end, behind the n defined values.
    n = (~np.isnan(rows)).sum(axis=1, keepdims=True)
    place = np.array(list(QUANTILES.values())) * np.maximum(n - 1, 0)
    below = place.astype(int)
    low, high = (np.take_along_axis(ordered, np.minimum(below + k, np.maximum(n - 1, 0)), axis=1) for k in (0, 1))
    quantiles: FloatArray = low + (place - below) * (high - low)
    return quantiles
