"""Simulation studies: plan, run, summarise, and the sample size that settles a window.

Nothing is imported before it is asked for: a worker that reads ``bayes_sora.study.pools`` must not load NumPy first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_sora.study.block import analyse_block
    from bayes_sora.study.plan import Cell, Method, Plan, Replicate, Target, TruthPrior
    from bayes_sora.study.plan_file import lint_plan, list_plans, load_plan, parse_plan
    from bayes_sora.study.rows import Failure, LimitEstimate, WindowEstimate
    from bayes_sora.study.run import StudyProgress, run_study
    from bayes_sora.study.sample_size import (
        Benefit,
        Effort,
        Identified,
        NarrowLimit,
        SizeAnswer,
        SizeQuestion,
        find_sample_size,
    )
    from bayes_sora.study.status import StudyStatus, study_status
    from bayes_sora.study.store import read_plan, read_rows
    from bayes_sora.study.summary import summarise
    from bayes_sora.study.summary_shipped import shipped_study
    from bayes_sora.study.tasks import Shard
    from bayes_sora.study.truths_file import load_truths

_HOMES = {
    "Benefit": "sample_size",
    "Cell": "plan",
    "Effort": "sample_size",
    "Failure": "rows",
    "Identified": "sample_size",
    "LimitEstimate": "rows",
    "Method": "plan",
    "NarrowLimit": "sample_size",
    "Plan": "plan",
    "Replicate": "plan",
    "Shard": "tasks",
    "SizeAnswer": "sample_size",
    "SizeQuestion": "sample_size",
    "StudyProgress": "run",
    "StudyStatus": "status",
    "Target": "plan",
    "TruthPrior": "plan",
    "WindowEstimate": "rows",
    "analyse_block": "block",
    "find_sample_size": "sample_size",
    "lint_plan": "plan_file",
    "list_plans": "plan_file",
    "load_plan": "plan_file",
    "load_truths": "truths_file",
    "parse_plan": "plan_file",
    "read_plan": "store",
    "read_rows": "store",
    "run_study": "run",
    "shipped_study": "summary_shipped",
    "study_status": "status",
    "summarise": "summary",
}

__all__ = [
    "Benefit",
    "Cell",
    "Effort",
    "Failure",
    "Identified",
    "LimitEstimate",
    "Method",
    "NarrowLimit",
    "Plan",
    "Replicate",
    "Shard",
    "SizeAnswer",
    "SizeQuestion",
    "StudyProgress",
    "StudyStatus",
    "Target",
    "TruthPrior",
    "WindowEstimate",
    "analyse_block",
    "find_sample_size",
    "lint_plan",
    "list_plans",
    "load_plan",
    "load_truths",
    "parse_plan",
    "read_plan",
    "read_rows",
    "run_study",
    "shipped_study",
    "study_status",
    "summarise",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
