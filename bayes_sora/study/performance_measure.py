"""What a performance measure is: one value a row of the table, and how the values of a cell are brought together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.study.mcse import Estimate
from bayes_sora.study.rows import LimitName
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What measures share.

    Attributes
    ----------
    name : str
        As in the column ``measure`` of a summary.
    label, unit : str
        For axes and tables; the unit is ``"share"`` for proportions and ``""`` for pure numbers.
    meaning : str
        One sentence.
    estimate : callable
        The finite values of a cell → Estimate.
    """

    name: str
    label: str
    unit: str
    meaning: str
    estimate: Callable[[FloatArray], Estimate]


@dataclass(frozen=True, kw_only=True)
class LimitMeasure(Measure):
    """A measure of one limit.

    Attributes
    ----------
    values : callable
        Rows, name of the limit → one value a row, NaN where the row has none.
    """

    values: Callable[[pd.DataFrame, LimitName], FloatArray]


@dataclass(frozen=True, kw_only=True)
class WindowMeasure(Measure):
    """A measure of a window as a whole.

    Attributes
    ----------
    values : callable
        Rows → one value a row, NaN where the row has none.
    of_failures : bool
        Whether failed analyses have a value too.
    """

    values: Callable[[pd.DataFrame], FloatArray]
    of_failures: bool = False


def column(rows: pd.DataFrame, name: str) -> FloatArray:
    """Return a column as floats, flags as 0 and 1, missing as NaN."""
    return np.asarray(rows[name].to_numpy(dtype=float, na_value=np.nan))
