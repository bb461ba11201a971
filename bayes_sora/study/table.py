"""The table of a study: its columns, in order and with types, the same for every method.

One row is one window of one analysis of one cohort, beside the truth on the row's own scale and what acting on the
window is worth. A failed analysis has its rows too, with NaN where there is no number.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from bayes_sora.study.rows import LIMITS, LimitEstimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.study.rows import LimitName

Row = dict[str, object]

OK, FAILED = "ok", "failed"
TIMING = "seconds"
"""The only column in which two runs of the same plan differ."""

LIMIT_FIELDS = tuple(field.name for field in fields(LimitEstimate))

_CELL = {"scenario": "str", "n": "int64", "troughs": "int64", "follow_up_months": "float64"}
_REPLICATE = {"replicate": "int64", "seed": "int64"}
_ANALYSIS = {
    "method": "str",
    "window": "str",
    "scale": "str",
    "engine": "str",
    "fallback": "bool",
    "status": "str",
    "failure": "str",
    "p_exists": "float64",
    "p_rising": "float64",
    "prior_tail": "float64",
    "identified": "bool",
    "k_hat": "float64",
}
_LIMITS = {f"{name}_{field}": "float64" for name in LIMITS for field in LIMIT_FIELDS}
_TRUTH = {"true_exists": "bool"} | {f"true_{name}": "float64" for name in LIMITS}
_DECISION = {
    "window_used": "bool",
    "declared": "bool",
    "window_value_months": "float64",
    "untouched_months": "float64",
    "best_months": "float64",
}
TYPES: Mapping[str, str] = MappingProxyType(
    _CELL | _REPLICATE | _ANALYSIS | _LIMITS | _TRUTH | _DECISION | {TIMING: "float64"}
)
"""Every column with its type (``"str"`` is text, never missing); follow_up_months is NaN where the scenario's holds."""

COLUMNS: tuple[str, ...] = tuple(TYPES)
_PANDAS_TYPES = {name: object if kind == "str" else kind for name, kind in TYPES.items()}


def limit_columns(name: LimitName, estimate: LimitEstimate) -> dict[str, float]:
    """Return an estimate as columns, such as ``lower_q50``."""
    return {f"{name}_{field}": value for field, value in asdict(estimate).items()}


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows as a table with :data:`COLUMNS` in order and their types.

    Raises
    ------
    KeyError
        When a row lacks a column.
    """
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(values, dtype=_PANDAS_TYPES[name]) for name, values in columns.items()})
