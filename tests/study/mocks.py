"""Analyses that need no engine: deterministic, in microseconds, at module level so that workers can import them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.study.methods import estimand_of
from bayes_sora.study.plan import Cell, Method
from bayes_sora.study.rows import LIMITS, Failure, LimitEstimate, WindowEstimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.study.plan import Replicate
    from bayes_sora.study.rows import Analysis

JOINT = Method(name="joint", kind="bayes", model="sorafenib_joint.v1")
ROC = Method(name="roc", kind="roc")
MODERATE = Cell(scenario="moderate", n=10)


def mock_analyse(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Give windows around the median trough; every seventh replicate fails."""
    return [_mock(method, one, cohort) for one, cohort in zip(replicates, cohorts, strict=True)]


def _mock(method: Method, replicate: Replicate, cohort: Cohort) -> Analysis:
    if replicate.index % 7 == 6:
        return Failure(reason="every seventh fails")
    estimand = estimand_of(method)
    median = float(np.median(cohort.trough_mg_l))
    noise = np.random.default_rng(replicate.seed).uniform(0.9, 1.1)
    ends = dict(zip(LIMITS, (0.6 * median * noise, 1.3 * median, 0.7 * median, median), strict=True))
    limits = {name: LimitEstimate(q50=value, share_defined=1.0) for name, value in ends.items()}
    return tuple(
        WindowEstimate(
            window=kind,
            scale=estimand.scale,
            engine="mock",
            p_exists=0.9,
            identified=replicate.index % 2 == 0,
            limits=MappingProxyType(limits),
            seconds=0.001,
        )
        for kind in estimand.windows
    )
