"""The answer: a size with its Monte Carlo error, or that there is none within reach, and the curve behind it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayes_sora.study.sample_size.curve import INTERVAL, draw_curve, own_scale, quantile
from bayes_sora.study.sample_size.notes import notes_of
from bayes_sora.study.sample_size.question import SizeQuestion
from bayes_sora.study.sample_size.words import answer_sentence, question_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.study.sample_size.criteria import Criterion
    from bayes_sora.study.sample_size.curve import CurveDraws
    from bayes_sora.study.sample_size.design import Stop
    from bayes_sora.study.sample_size.tally import Tally

Status = Literal["reached", "already_reached", "not_reached"]
SCHEMA = 1
MATTERING_SHARE = 0.05
"""Where more of the analyses of a size failed, failures are the first thing said, and the exit code is 5."""


@dataclass(frozen=True, kw_only=True)
class SizePoint:
    """What was simulated at one size.

    Attributes
    ----------
    n : int
        Patients a cohort.
    estimate, mcse : float
        Mean score, a probability or months, and its Monte Carlo standard error.
    low, high : float
        95 % Monte Carlo interval, of this size's cohorts alone.
    replicates, failures : int
        Cohorts, and analyses among them that failed and count as not achieving it.
    """

    n: int
    estimate: float
    mcse: float
    low: float
    high: float
    replicates: int
    failures: int


@dataclass(frozen=True, kw_only=True)
class FittedPoint:
    """The rising curve through all sizes at one `n`: its median, and a 95 % Monte Carlo band from `low` to `high`."""

    n: int
    level: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class SizeAnswer:
    """What a search found.

    Attributes
    ----------
    question : SizeQuestion
    status : {"reached", "already_reached", "not_reached"}
        Whether a size within the range reaches the target; the smallest one does; none does.
    n : int or None
        The smallest size simulated at which the target is reached; None when there is none.
    crossing : float or None
        Where the curve reaches the target, patients, between two simulated sizes; None outside the range.
    interval : (float or None, float or None)
        95 % Monte Carlo interval of that; an end is None when it lies at or below the smallest size simulated, or
        beyond the largest.
    p_reached : float
        Monte Carlo probability that the target is reached at `n`, or at the largest size simulated where there is none.
    curve : tuple of SizePoint
        Rising in n; never empty.
    fitted : tuple of FittedPoint
        At the sizes of the lattice between the smallest and the largest simulated, never beyond.
    stopped : {"precise", "already_reached", "not_reached", "replicates", "seconds"}
        Why the search ended.
    notes : tuple of str
        What a reader must know before using the answer.
    seconds : float
        How long the search took; the only part that differs between two runs.
    """

    question: SizeQuestion
    status: Status
    n: int | None
    crossing: float | None
    interval: tuple[float | None, float | None]
    p_reached: float
    curve: tuple[SizePoint, ...]
    fitted: tuple[FittedPoint, ...]
    stopped: Stop
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if (self.n is None) != (self.status == "not_reached"):
            msg = f"an answer of status {self.status!r} cannot name the size {self.n}"
            raise ValueError(msg)
        if (self.crossing is None) != (self.status != "reached"):
            msg = f"an answer of status {self.status!r} cannot have the crossing {self.crossing}"
            raise ValueError(msg)
        if self.n is not None and self.n not in {point.n for point in self.curve}:
            msg = f"the size {self.n} was not simulated"
            raise ValueError(msg)

    @property
    def at(self) -> SizePoint:
        """What was simulated at `n`, or at the largest size where the target is not reached."""
        return next(point for point in reversed(self.curve) if self.n in {None, point.n})

    @property
    def replicates(self) -> int:
        """Cohorts simulated, at all sizes together."""
        return sum(point.replicates for point in self.curve)

    @property
    def failures(self) -> int:
        """Analyses among them that failed."""
        return sum(point.failures for point in self.curve)

    @property
    def failures_matter(self) -> bool:
        """Whether more than 5 % of the analyses of any size failed: what they would have found is not known."""
        return any(point.failures > MATTERING_SHARE * point.replicates for point in self.curve)

    def sentence(self) -> str:
        """Return the answer in one sentence, after one on failures where these matter."""
        return answer_sentence(self)

    def as_dict(self) -> dict[str, object]:
        """Return the answer as plain JSON values, None where undefined."""
        return {
            "schema": SCHEMA,
            "question": question_document(self.question),
            "status": self.status,
            "n": self.n,
            "crossing": self.crossing,
            "interval": list(self.interval),
            "estimate": self.at.estimate,
            "mcse": self.at.mcse,
            "p_reached": self.p_reached,
            "replicates": self.replicates,
            "failures": self.failures,
            "stopped": self.stopped,
            "sentence": self.sentence(),
            "notes": list(self.notes),
            "curve": [asdict(point) for point in self.curve],
            "fitted": [asdict(point) for point in self.fitted],
            "seed": self.question.seed,
            "seconds": self.seconds,
        }


def conclude(question: SizeQuestion, tallies: Sequence[Tally], *, stopped: Stop, seconds: float) -> SizeAnswer:
    """Return the answer that `tallies`, one a simulated size and rising, give."""
    draws = draw_curve(tallies, question.criterion, lattice=question.lattice, seed=question.seed)
    middle = quantile(draws.crossing, 0.5)
    outside: dict[float, Status] = {0.0: "already_reached", math.inf: "not_reached"}
    status = outside.get(middle, "reached")
    n = None if status == "not_reached" else next(tally.n for tally in tallies if tally.n >= middle)
    return SizeAnswer(
        question=question,
        status=status,
        n=n,
        crossing=middle if status == "reached" else None,
        interval=(_inside(quantile(draws.crossing, INTERVAL[0])), _inside(quantile(draws.crossing, INTERVAL[1]))),
        p_reached=float((draws.crossing <= (tallies[-1].n if n is None else n)).mean()),
        curve=tuple(_point(tally, question.criterion) for tally in tallies),
        fitted=_fitted(draws, question.criterion),
        stopped=stopped,
        notes=notes_of(question, tallies, stopped=stopped),
        seconds=seconds,
    )


def _inside(crossing: float) -> float | None:
    return crossing if 0.0 < crossing < math.inf else None


def _point(tally: Tally, criterion: Criterion) -> SizePoint:
    low, high = tally.interval(binary=criterion.scale == "probability")
    return SizePoint(
        n=tally.n,
        estimate=tally.estimate,
        mcse=tally.mcse,
        low=low,
        high=high,
        replicates=tally.replicates,
        failures=tally.failures,
    )


def _fitted(draws: CurveDraws, criterion: Criterion) -> tuple[FittedPoint, ...]:
    low, level, high = own_scale(np.quantile(draws.rising, (INTERVAL[0], 0.5, INTERVAL[1]), axis=0), criterion)
    return tuple(
        FittedPoint(n=int(n), level=float(level[i]), low=float(low[i]), high=float(high[i]))
        for i, n in enumerate(draws.n)
    )
