"""What a reader must know before using a sample size."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bayes_sora.study.sample_size.design import Stop
    from bayes_sora.study.sample_size.question import SizeQuestion
    from bayes_sora.study.sample_size.tally import Tally

MANY_STANDARD_ERRORS = 4.0
"""A fall between two sizes that chance alone does not make, however many pairs are compared."""
MANY_FAILURES = 0.01


def notes_of(question: SizeQuestion, tallies: Sequence[Tally], *, stopped: Stop) -> tuple[str, ...]:
    """Return the warnings of a finished search, as sentences."""
    return (*_spent(question, stopped), *_failed(tallies), *_falling(tallies))


def _spent(question: SizeQuestion, stopped: Stop) -> Iterator[str]:
    effort = question.effort
    asked = f"a Monte Carlo interval within {effort.tolerance:g}-fold"
    if stopped == "replicates":
        yield f"The budget of {effort.replicates} cohorts was spent before {asked} was reached."
    elif stopped == "seconds":
        yield f"The limit of {effort.seconds:g} s came before {asked}; another machine may answer otherwise."


def _failed(tallies: Sequence[Tally]) -> Iterator[str]:
    failures, replicates = (sum(counts) for counts in zip(*((t.failures, t.replicates) for t in tallies), strict=True))
    if failures > MANY_FAILURES * replicates:
        yield f"{failures} of {replicates} analyses failed and count as not achieving it."


def _falling(tallies: Sequence[Tally]) -> Iterator[str]:
    worst = max(combinations(tallies, 2), key=lambda pair: _fall(*pair), default=None)
    if worst is not None and _fall(*worst) > MANY_STANDARD_ERRORS:
        small, large = worst
        yield (
            f"The criterion falls with more patients, from {small.estimate:.3g} at {small.n} to {large.estimate:.3g} "
            f"at {large.n}: the rising curve and the size are then not to be used."
        )


def _fall(small: Tally, large: Tally) -> float:
    """Return the fall from one size to a larger one in standard errors."""
    error = math.hypot(small.mcse, large.mcse)
    return (small.estimate - large.estimate) / error if error > 0.0 else 0.0
