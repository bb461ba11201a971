"""The tasks of a study: each names, and so determines, the rows it gives.

A task is one block of one cell. Its name is a hash of everything its rows depend on, so that any order, any machine
and any number of workers give the same rows, and a chunk can be told to belong to a plan by its name alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError
from bayes_sora.study.block import BLOCK
from bayes_sora.study.plan import TRUTHS

if TYPE_CHECKING:
    from bayes_sora.study.plan import Cell, Plan

HASH_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Task:
    """One block of one cell.

    Attributes
    ----------
    name : str
        Names its chunk: scenario, size and first replicate for people, then a hash of all that its rows depend on.
    cell : Cell
    first, count : int
        Replicates `first` … `first` + `count` − 1.
    """

    name: str
    cell: Cell
    first: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The part of a study that one job of an array computes: every `of`-th task.

    Attributes
    ----------
    number : int
        1 … `of`.
    of : int
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            msg = f"expected a shard from 1/{self.of} to {self.of}/{self.of}, got {self.number}/{self.of}"
            raise UsageError(msg)

    def part_of(self, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
        """Return the tasks of this shard."""
        return tasks[self.number - 1 :: self.of]


def make_tasks(plan: Plan, *, version: str) -> tuple[Task, ...]:
    """Return the tasks of `plan` in the order of its cells and replicates.

    Parameters
    ----------
    plan : Plan
    version : str
        Version of the package that computes, or computed, them.
    """
    return tuple(
        _task(plan, cell, first, min(BLOCK, plan.replicates - first), version=version)
        for cell in plan.cells
        for first in range(0, plan.replicates, BLOCK)
    )


def _task(plan: Plan, cell: Cell, first: int, count: int, *, version: str) -> Task:
    depends_on = {
        "version": version,
        "seed": plan.seed,
        "cell": asdict(cell),
        "first": first,
        "count": count,
        "methods": [[method.name, method.kind, method.engine, plan.models.get(method.name)] for method in plan.methods],
        "truths": asdict(plan.truths) if cell.scenario == TRUTHS and plan.truths is not None else None,
    }
    digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]
    return Task(name=f"{cell.scenario}-{cell.n}-{first:06d}-{digest}", cell=cell, first=first, count=count)
