"""Cohorts whose chance of being large enough is a known function of their size."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from bayes_sora.study.plan import Method
from bayes_sora.study.rows import Failure, LimitEstimate, WindowEstimate
from bayes_sora.study.sample_size import Benefit, NarrowLimit, SizeQuestion
from bayes_sora.study.sample_size.search import Scores, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.study.plan import Replicate
    from bayes_sora.study.rows import Analysis
    from bayes_sora.study.sample_size import SizeAnswer
    from bayes_sora.study.sample_size.search import Task

MIDDLE, SPREAD = 200.0, 0.4
METHOD = Method(name="size", kind="bayes", model="sorafenib_observed.v1")
NARROW = NarrowLimit(window="limits", limit="upper", max_fold=2.0, probability=0.8)
BENEFIT = Benefit(window="limits", months=0.5)


def p_narrow(n: float, *, middle: float = MIDDLE, spread: float = SPREAD) -> float:
    """Return Φ((log n − log middle) / spread)."""
    return float(ndtr((math.log(n) - math.log(middle)) / spread))


def true_size(target: float, *, middle: float = MIDDLE, spread: float = SPREAD) -> float:
    """Return where :func:`p_narrow` reaches `target`."""
    return middle * math.exp(spread * float(ndtri(target)))


def ask(**changes: object) -> SizeQuestion:
    """Return the question that tests ask, with some of its fields changed."""
    asked: dict[str, object] = {"criterion": NARROW, "truth": "moderate", "method": METHOD} | changes
    return SizeQuestion(**asked)


def drawn(task: Task, probability: Callable[[float], float], *, seed: int, months: float = 1.0) -> Scores:
    """Return the scores of a task whose cohorts achieve `months`, or 1, with `probability` of their size."""
    rng = np.random.default_rng((seed, task.n, task.first))
    return Scores(months * (rng.uniform(size=task.replicates) < probability(task.n)), 0)


def search_known(question: SizeQuestion, probability: Callable[[float], float], *, months: float = 1.0) -> SizeAnswer:
    """Search where the chance of a cohort is known, without simulating one."""

    def carry_out(tasks: Sequence[Task]) -> Iterator[Scores]:
        return (drawn(task, probability, seed=question.seed, months=months) for task in tasks)

    return search(question, carry_out)


def analyse_known(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Give an upper limit that is known within 1.5-fold with chance :func:`p_narrow`, else within 3-fold.

    The window exists less often than not, so that nothing has to be valued; one cohort in 40 fails.
    """
    del method
    return [_analysis(one, cohort) for one, cohort in zip(replicates, cohorts, strict=True)]


def analyse_slopes(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Give a narrow interval with a chance that rises with the true slope of toxicity as well as with n."""
    del method
    return [
        _window(ndtr((math.log(cohort.n_patients / 20.0) + 2.0 * (one.truth.toxicity.slope - 0.9)) / 0.4), one)
        for one, cohort in zip(replicates, cohorts, strict=True)
    ]


def _analysis(replicate: Replicate, cohort: Cohort) -> Analysis:
    if replicate.index % 40 == 39:
        return Failure(reason="every fortieth fails")
    return _window(p_narrow(cohort.n_patients), replicate)


def _window(probability: float, replicate: Replicate) -> tuple[WindowEstimate, ...]:
    narrow = np.random.default_rng(replicate.seed).uniform() < probability
    half = math.sqrt(1.5 if narrow else 3.0)
    upper = LimitEstimate(q025=3.0 / half, q50=3.0, q975=3.0 * half, share_defined=1.0, p_low_edge=0.0, p_high_edge=0.0)
    limits = MappingProxyType({"upper": upper})
    return (WindowEstimate(window="limits", scale="y", engine="mock", p_exists=0.1, identified=narrow, limits=limits),)


def analyse_failing(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Fail for every cohort."""
    del method, cohorts
    return [Failure(reason="the engine is out of order") for _ in replicates]


def analyse_tenth_failing(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Give what :func:`analyse_known` gives, but fail for every tenth cohort."""
    known = analyse_known(method, replicates, cohorts)
    return [
        Failure(reason="every tenth fails") if one.index % 10 == 9 else found
        for one, found in zip(replicates, known, strict=True)
    ]
