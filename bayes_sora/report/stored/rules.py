"""What the values of an array may be, in words and as a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.report.stored.faults import DAMAGED, fault

if TYPE_CHECKING:
    from collections.abc import Callable

    Values = np.ndarray[Any, Any]

# Wide enough for every cohort that was ever read, narrow enough that no formula overflows.
LEAST, MOST = 1e-9, 1e9
MOST_DRAWN = 1e12
"""Of a draw of a parameter; beyond, quantiles that are searched for are no numbers any more."""
LONGEST_ID = 200


@dataclass(frozen=True)
class Rule:
    """A condition on every value of an array.

    Attributes
    ----------
    words : str
        What a value must be.
    holds : callable
        Called as holds(values): whether all of them are.
    """

    words: str
    holds: Callable[[Values], bool]

    def check(self, path: str, values: Values) -> None:
        """Raise R003 when a value breaks the rule."""
        if not self.holds(values):
            raise fault(DAMAGED, f"{path} has a value that is not {self.words}")


def _where_known(test: Callable[[Values], Values]) -> Callable[[Values], bool]:
    return lambda values: bool(np.all(np.isnan(values) | test(values)))


def _where_finite(test: Callable[[Values], Values]) -> Callable[[Values], bool]:
    return lambda values: bool(np.all(~np.isfinite(values) | test(values)))


def _everywhere(test: Callable[[Values], Values]) -> Callable[[Values], bool]:
    return lambda values: bool(np.all(test(values)))


def _between(low: float, high: float) -> Callable[[Values], Values]:
    return lambda values: (values >= low) & (values <= high)


def _drawn_above_0(values: Values) -> Values:
    return np.asarray((values > 0.0) & (values <= MOST_DRAWN))


def _visible(longest: int) -> Callable[[Values], bool]:
    return lambda values: all(len(text) <= longest and (text.isprintable()) for text in values.ravel().tolist())


ANYTHING = Rule("anything", lambda _values: True)
PRIOR_DRAW = Rule(f"from {-MOST_DRAWN:g} to {MOST_DRAWN:g}", _everywhere(_between(-MOST_DRAWN, MOST_DRAWN)))
POSITIVE_PRIOR_DRAW = Rule(f"above 0 and at most {MOST_DRAWN:g}", _everywhere(_drawn_above_0))
# Draws that are not finite are written, and the verdict on the fit says so.
DRAW = Rule(f"{PRIOR_DRAW.words}, or not finite", _where_finite(_between(-MOST_DRAWN, MOST_DRAWN)))
POSITIVE_DRAW = Rule(f"{POSITIVE_PRIOR_DRAW.words}, or not finite", _where_finite(_drawn_above_0))
MEASURED = Rule(f"from {LEAST:g} to {MOST:g}", _everywhere(_between(LEAST, MOST)))
MEASURED_OR_MISSING = Rule(f"from {LEAST:g} to {MOST:g} or missing", _where_known(_between(LEAST, MOST)))
NOT_NEGATIVE = Rule(f"from 0 to {MOST:g}", _everywhere(_between(0.0, MOST)))
NOT_NEGATIVE_OR_MISSING = Rule(f"from 0 to {MOST:g} or missing", _where_known(_between(0.0, MOST)))
SHARE = Rule("from 0 to 1", _everywhere(_between(0.0, 1.0)))
DAY_OR_MISSING = Rule(f"from {-MOST:g} to {MOST:g} or missing", _where_known(_between(-MOST, MOST)))
NUMBER_OR_MISSING = Rule("a number or missing", _where_known(np.isfinite))
FLAG = Rule("0 or 1", _everywhere(lambda values: np.isin(values, (0, 1))))
FLAG_OR_MISSING = Rule("0, 1 or missing", _where_known(lambda values: np.isin(values, (0, 1))))
GRADE_OR_MISSING = Rule("a grade from 0 to 5 or missing", _where_known(lambda values: np.isin(values, range(6))))
CENSORING = Rule("−1, 0 or 1", _everywhere(lambda values: np.isin(values, (-1, 0, 1))))
LABEL = Rule(f"a visible text of at most {LONGEST_ID} characters", _visible(LONGEST_ID))
IDS = Rule(
    f"an id of its own: a visible text of 1 to {LONGEST_ID} characters",
    lambda values: LABEL.holds(values) and all(values.tolist()) and len(set(values.tolist())) == values.size,
)


def equal_to(expected: Values) -> Rule:
    """Return the rule that an array is `expected`, NaN included."""
    numeric = expected.dtype.kind in "fiub"

    def same(values: Values) -> bool:
        comparable = (values.dtype.kind in "fiub") == numeric and values.shape == expected.shape
        return comparable and bool(np.array_equal(values, expected, equal_nan=numeric))

    return Rule("as it is elsewhere in the folder", same)


def rising_below(end: int) -> Rule:
    """Return the rule that an array holds rising whole numbers from 0 and below `end`."""
    return Rule(
        f"a rising whole number below {end}",
        lambda values: bool(np.all(np.diff(values.astype(np.int64)) > 0) and values[0] >= 0 and values[-1] < end),
    )


def index_below(end: int) -> Rule:
    """Return the rule that an array holds indices in order that leave out none of 0 to `end` − 1."""

    def holds(values: Values) -> bool:
        steps = np.diff(values.astype(np.int64))
        ends = values.size > 0 and values[0] == 0 and values[-1] == end - 1
        return bool(ends and np.isin(steps, (0, 1)).all())

    return Rule("the index of a patient, in order", holds)


def counting(size: int) -> Rule:
    """Return the rule that an array is 0, 1, 2 … up to `size`."""
    return equal_to(np.arange(size))
