"""Analyses that need no engine: deterministic, in microseconds, at module level so that workers can import them."""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.study.methods import estimand_of
from bayes_sora.study.plan import Cell, Method
from bayes_sora.study.plan_file import parse_plan
from bayes_sora.study.rows import LIMITS, Failure, LimitEstimate, WindowEstimate
from bayes_sora.study.store import read_rows
from bayes_sora.study.table import TIMING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.study.plan import Plan, Replicate
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


def light_analyse(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Give windows too doubtful to be used, so that nothing has to be valued: some microseconds each."""
    sure = mock_analyse(method, replicates, cohorts)
    return [
        one
        if isinstance(one, Failure)
        else tuple(replace(window, p_exists=0.25, seconds=time.time()) for window in one)
        for one in sure
    ]


def small_plan(**changes: object) -> Plan:
    """Return a plan of 8 tasks that :func:`light_analyse` carries out in a second."""
    content = {
        "schema": 1,
        "name": "small",
        "title": "small",
        "scenarios": ["null", "moderate"],
        "sizes": [10, 11],
        "replicates": 105,
        "seed": 7,
        "methods": [{"name": "roc", "kind": "roc"}],
    }
    return parse_plan(content | changes)


def without_timing(folder: Path) -> bytes:
    """Return the rows of a study as bytes, all columns but the timing."""
    rows = read_rows(folder).drop(columns=TIMING)
    return rows.to_csv(index=False).encode()  # floats as repr gives them: no two differ in print and not in bits
