"""Performance of a window as a whole: does it exist, is it identified or declared, and did the analysis work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.simulation.windows import DEFAULT_SPAN
from bayes_sora.study.mcse import estimate_mean, estimate_share, share_of
from bayes_sora.study.performance_limits import TOUCH
from bayes_sora.study.performance_measure import WindowMeasure, column
from bayes_sora.study.table import OK
from bayes_sora.types import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

LIKELY = 0.5
HIGH_K_HAT = 0.7


def nothing_to_find(rows: pd.DataFrame) -> BoolArray:
    """Say where the truth has no such window, or one whose limits are both the edges of the released range."""
    lower, upper = column(rows, "true_lower"), column(rows, "true_upper")
    whole = (lower <= DEFAULT_SPAN.low * (1.0 + TOUCH)) & (upper >= DEFAULT_SPAN.high * (1.0 - TOUCH))
    return np.asarray((column(rows, "true_exists") == 0.0) | whole)


def _false(rows: pd.DataFrame, *, name: str) -> FloatArray:
    return np.where(nothing_to_find(rows), column(rows, name), np.nan)


def _exists_likely(rows: pd.DataFrame) -> FloatArray:
    p_exists = column(rows, "p_exists")
    return share_of(p_exists >= LIKELY, np.isfinite(p_exists))


def _k_hat_high(rows: pd.DataFrame) -> FloatArray:
    k_hat = column(rows, "k_hat")
    return share_of(k_hat > HIGH_K_HAT, np.isfinite(k_hat))


def _failed(rows: pd.DataFrame) -> FloatArray:
    return np.asarray(rows["status"] != OK, dtype=float)


MEASURES: tuple[WindowMeasure, ...] = (
    WindowMeasure(
        name="failed",
        label="failed analyses",
        unit="share",
        meaning="Share of analyses that gave no answer.",
        estimate=estimate_share,
        values=_failed,
        of_failures=True,
    ),
    WindowMeasure(
        name="fallback",
        label="handed over to NUTS",
        unit="share",
        meaning="Share of analyses that the method's own engine handed over.",
        estimate=estimate_share,
        values=partial(column, name="fallback"),
    ),
    WindowMeasure(
        name="k_hat_high",
        label="Pareto k > 0.7",
        unit="share",
        meaning="Share of analyses whose importance weights have Pareto k above 0.7.",
        estimate=estimate_share,
        values=_k_hat_high,
    ),
    WindowMeasure(
        name="p_exists",
        label="mean P(window exists)",
        unit="share",
        meaning="Mean over replicates of P(a window exists | data).",
        estimate=estimate_mean,
        values=partial(column, name="p_exists"),
    ),
    WindowMeasure(
        name="exists_likely",
        label="P(exists) ≥ 0.5",
        unit="share",
        meaning="Share of analyses that find a window more likely than not.",
        estimate=estimate_share,
        values=_exists_likely,
    ),
    WindowMeasure(
        name="identified",
        label="window identified",
        unit="share",
        meaning="Share of analyses whose window the rule calls identified.",
        estimate=estimate_share,
        values=partial(column, name="identified"),
    ),
    WindowMeasure(
        name="declared",
        label="window declared",
        unit="share",
        meaning="Share of analyses that declare a window: identified, or for a method without a rule, found.",
        estimate=estimate_share,
        values=partial(column, name="declared"),
    ),
    WindowMeasure(
        name="false_identified",
        label="false window identified",
        unit="share",
        meaning="As identified, only where the truth has no such window or only the whole range.",
        estimate=estimate_share,
        values=partial(_false, name="identified"),
    ),
    WindowMeasure(
        name="false_declared",
        label="false window declared",
        unit="share",
        meaning="As declared, only where the truth has no such window or only the whole range.",
        estimate=estimate_share,
        values=partial(_false, name="declared"),
    ),
)
