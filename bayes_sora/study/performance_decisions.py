"""Performance of dosing towards a window, in months of true mean utility (science.md §8).

A window is acted on either when the method *declares* it (the rule calls it identified; a method without a rule
declares whatever it finds) or whenever it may be *used* (more likely than not to exist, limits in order). Who does
not act leaves doses alone: benefit 0.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.simulation.decision import LEAST_POTENTIAL_MONTHS
from bayes_sora.study.mcse import Estimate, estimate_mean, estimate_share, share_of
from bayes_sora.study.performance_measure import WindowMeasure, column
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

HARMLESS_MONTHS = 1e-9
"""A benefit above minus this much is no harm: rounding."""


def _potential(rows: pd.DataFrame) -> FloatArray:
    return column(rows, "best_months") - column(rows, "untouched_months")


def benefit(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    """Return V(w) − V(none) in months where `acting` (``"declared"`` or ``"window_used"``) says so, else 0."""
    gained = column(rows, "window_value_months") - column(rows, "untouched_months")
    return np.where(column(rows, acting) == 1.0, gained, np.where(np.isnan(gained), np.nan, 0.0))


def _benefit_acted(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    return np.where(column(rows, acting) == 1.0, benefit(rows, acting=acting), np.nan)


def _harm(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    gained = benefit(rows, acting=acting)
    return share_of(gained < -HARMLESS_MONTHS, np.isfinite(gained))


def _harm_acted(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    return np.where(column(rows, acting) == 1.0, _harm(rows, acting=acting), np.nan)


def _value(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    return column(rows, "untouched_months") + benefit(rows, acting=acting)


def _regret(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    return _potential(rows) - benefit(rows, acting=acting)


def _gain(rows: pd.DataFrame, *, acting: str) -> FloatArray:
    potential = _potential(rows)
    enough = potential >= LEAST_POTENTIAL_MONTHS
    share = np.full(len(rows), np.nan)
    return np.asarray(np.divide(benefit(rows, acting=acting), potential, out=share, where=enough))


Kind = tuple[str, str, str, str, "Callable[[FloatArray], Estimate]", "Callable[..., FloatArray]"]
_KINDS: tuple[Kind, ...] = (
    ("value", "mean utility", "months", "Mean of V(w), V(none) without a window.", estimate_mean, _value),
    ("benefit", "benefit", "months", "Mean of V(w) − V(none), 0 without a window.", estimate_mean, benefit),
    ("harm", "P(harm)", "share", "Share of replicates with V(w) < V(none).", estimate_share, _harm),
    ("regret", "regret", "months", "Mean of U(c*) − V(w).", estimate_mean, _regret),
    (
        "gain",
        "gain",
        "share of what was to be had",
        f"Mean benefit / (U(c*) − V(none)), only where that is at least {LEAST_POTENTIAL_MONTHS:g} months.",
        estimate_mean,
        _gain,
    ),
    (
        "benefit_acted",
        "benefit of a window",
        "months",
        "Mean of V(w) − V(none) over the replicates with a window.",
        estimate_mean,
        _benefit_acted,
    ),
    (
        "harm_acted",
        "P(a window harms)",
        "share",
        "Share with V(w) < V(none) over the replicates with a window.",
        estimate_share,
        _harm_acted,
    ),
)
ACTING = {"declared": "declared", "used": "window_used"}
"""Ending of a measure's name → column that says whether the window is acted on."""

MEASURES: tuple[WindowMeasure, ...] = tuple(
    WindowMeasure(
        name=f"{name}_{ending}",
        label=f"{label}, window {ending}",
        unit=unit,
        meaning=meaning,
        estimate=estimate,
        values=partial(values, acting=acting),
    )
    for ending, acting in ACTING.items()
    for name, label, unit, meaning, estimate, values in _KINDS
)
