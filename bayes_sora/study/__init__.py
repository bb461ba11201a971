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
    from bayes_sora.study.status import StudyStatus, study_status
    from bayes_sora.study.store import read_plan, read_rows
    from bayes_sora.study.tasks import Shard

_HOMES = {
    "Cell": "plan",
    "Failure": "rows",
    "LimitEstimate": "rows",
    "Method": "plan",
    "Plan": "plan",
    "Replicate": "plan",
    "Shard": "tasks",
    "StudyProgress": "run",
    "StudyStatus": "status",
    "Target": "plan",
    "TruthPrior": "plan",
    "WindowEstimate": "rows",
    "analyse_block": "block",
    "lint_plan": "plan_file",
    "list_plans": "plan_file",
    "load_plan": "plan_file",
    "parse_plan": "plan_file",
    "read_plan": "store",
    "read_rows": "store",
    "run_study": "run",
    "study_status": "status",
}

__all__ = [
    "Cell",
    "Failure",
    "LimitEstimate",
    "Method",
    "Plan",
    "Replicate",
    "Shard",
    "StudyProgress",
    "StudyStatus",
    "Target",
    "TruthPrior",
    "WindowEstimate",
    "analyse_block",
    "lint_plan",
    "list_plans",
    "load_plan",
    "parse_plan",
    "read_plan",
    "read_rows",
    "run_study",
    "study_status",
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
