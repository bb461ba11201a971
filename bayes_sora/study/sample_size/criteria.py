"""What a cohort must achieve to be large enough: one frozen value a criterion, each scoring rows of a study.

A score is one number a simulated cohort; the criterion is met at n patients when the mean score over cohorts of n
reaches the target. An analysis that failed achieves nothing: it scores 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

import numpy as np

from bayes_sora.errors import UsageError
from bayes_sora.study.table import OK
from bayes_sora.window.identified import STARTING_RULE

if TYPE_CHECKING:
    import pandas as pd

    from bayes_sora.questions import WindowKind
    from bayes_sora.study.plan import Target
    from bayes_sora.study.rows import LimitName
    from bayes_sora.types import BoolArray, FloatArray

Scale = Literal["probability", "months"]
TAIL = 0.025
"""Mass on either side of a 95 % interval."""
WINDOW_LIMITS: dict[WindowKind, tuple[LimitName, ...]] = {
    "limits": ("lower", "upper"),
    "youden": ("lower", "upper"),
    "utility": ("lower", "upper", "optimum"),
}


class Criterion(Protocol):
    """What is asked of a size.

    Attributes
    ----------
    scale : {"probability", "months"}
        Of the mean score and of the target.
    """

    scale: ClassVar[Scale]

    @property
    def window(self) -> WindowKind:
        """The window it is about."""

    @property
    def target(self) -> float:
        """What the mean score must reach, a probability or months."""

    @property
    def words(self) -> str:
        """The mean score in words, such as ``"P(the limits window is identified)"``."""

    def scores(self, rows: pd.DataFrame) -> FloatArray:
        """Return one score a row; rows are of this window, one a cohort."""


@dataclass(frozen=True, kw_only=True)
class NarrowLimit:
    r"""P(the 95 % interval of a limit is narrower than a target), ``q975 / q025 < max_fold``.

    An interval counts only when it is one: the limit defined in at least 90 % of the draws, as the identified rule asks
    of a window, and neither end at an edge of the range, where the interval is open and its width not known.

    Attributes
    ----------
    window : {"limits", "youden", "utility"}
    limit : {"lower", "upper", "optimum"}
        The optimum only of utility.
    max_fold : float
        Above 1.
    probability : float
        Asked of the criterion, in (0, 1).
    """

    scale: ClassVar[Scale] = "probability"

    window: WindowKind
    limit: LimitName
    max_fold: float
    probability: float

    def __post_init__(self) -> None:
        _check_probability(self.probability)
        if self.limit not in WINDOW_LIMITS[self.window]:
            known = ", ".join(WINDOW_LIMITS[self.window])
            msg = f"the {self.window} window has no {self.limit!r} to ask about. Choose one of {known}"
            raise UsageError(msg)
        if not (math.isfinite(self.max_fold) and self.max_fold > 1.0):
            msg = f"the largest fold of an interval must be a number above 1, got {self.max_fold}"
            raise UsageError(msg)

    @property
    def target(self) -> float:
        """The probability asked for."""
        return self.probability

    @property
    def words(self) -> str:
        """The criterion in words."""
        limit = self.limit if self.limit == "optimum" else f"{self.limit} limit"
        return f"P(95 % interval of the {self.window} window's {limit} narrower than {self.max_fold:g}-fold)"

    def scores(self, rows: pd.DataFrame) -> FloatArray:
        """Return 1 where the interval is narrow enough, else 0."""
        column = {
            name: rows[f"{self.limit}_{name}"].to_numpy(dtype=float)
            for name in ("q025", "q975", "share_defined", "p_low_edge", "p_high_edge")
        }
        # Written so that NaN, where a method has no interval, is a failure, and NaN at the edges is no edge.
        narrow = column["q975"] < self.max_fold * column["q025"]
        defined = column["share_defined"] >= STARTING_RULE.min_p_exists
        at_edge = (column["p_low_edge"] >= TAIL) | (column["p_high_edge"] >= TAIL)
        return np.asarray(narrow & defined & ~at_edge & _analysed(rows), dtype=float)


@dataclass(frozen=True, kw_only=True)
class Identified:
    """P(identified): the verdict of the rule on a window.

    Attributes
    ----------
    window : {"limits", "youden", "utility"}
    probability : float
        Asked of the criterion, in (0, 1).
    """

    scale: ClassVar[Scale] = "probability"

    window: WindowKind
    probability: float

    def __post_init__(self) -> None:
        _check_probability(self.probability)

    @property
    def target(self) -> float:
        """The probability asked for."""
        return self.probability

    @property
    def words(self) -> str:
        """The criterion in words."""
        return f"P(the {self.window} window is identified)"

    def scores(self, rows: pd.DataFrame) -> FloatArray:
        """Return 1 where the window is identified, else 0."""
        return np.asarray(rows["identified"].to_numpy(dtype=bool) & _analysed(rows), dtype=float)


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """Mean benefit V(w) − V(none) of dosing to the window declared; 0 where none is declared and doses stay.

    Attributes
    ----------
    window : {"limits", "youden", "utility"}
    months : float
        Asked of the mean, above 0.
    """

    scale: ClassVar[Scale] = "months"

    window: WindowKind
    months: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.months) and self.months > 0.0):
            msg = f"the mean benefit asked for must be a number of months above 0, got {self.months}"
            raise UsageError(msg)

    @property
    def target(self) -> float:
        """The months asked for."""
        return self.months

    @property
    def words(self) -> str:
        """The criterion in words."""
        return f"the mean benefit of dosing to the declared {self.window} window"

    def scores(self, rows: pd.DataFrame) -> FloatArray:
        """Return the benefit in months."""
        benefit = (rows["window_value_months"] - rows["untouched_months"]).to_numpy(dtype=float)
        acted = rows["declared"].to_numpy(dtype=bool) & rows["window_used"].to_numpy(dtype=bool) & _analysed(rows)
        return np.where(acted, benefit, 0.0)


def criterion_of(target: Target) -> Criterion:
    """Return the criterion that a target of a plan asks for.

    Raises
    ------
    UsageError
        When a number it needs is missing or out of its range.
    """
    numbers = {"max_fold": target.max_fold, "probability": target.probability, "months": target.months}
    value = {name: math.nan if number is None else number for name, number in numbers.items()}
    if target.measure == "narrow_limit":
        return NarrowLimit(
            window=target.window,
            limit=target.limit or "width",
            max_fold=value["max_fold"],
            probability=value["probability"],
        )
    if target.measure == "identified":
        return Identified(window=target.window, probability=value["probability"])
    return Benefit(window=target.window, months=value["months"])


def _analysed(rows: pd.DataFrame) -> BoolArray:
    return np.asarray(rows["status"] == OK, dtype=bool)


def _check_probability(probability: float) -> None:
    if not 0.0 < probability < 1.0:
        msg = f"the probability asked for must lie between 0 and 1, both excluded, got {probability}. Give 80 % as 0.8"
        raise UsageError(msg)
