"""The tasks of a study: each names, and so determines, the rows it gives.

A task is one block of one cell. A finished block is what a run that is killed leaves to the next one, hence the first
block of a cell is small and the others take seconds. The name of a task is a hash of everything its rows depend on, so
that any order, any machine and any number of workers give the same rows, and a chunk can be told to belong to a plan by
its name alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError
from bayes_sora.study.plan import TRUTHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.study.plan import Cell, Plan

HASH_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """How the replicates of a cell are cut into blocks; part of a study, since the names of its chunks depend on it.

    Attributes
    ----------
    first : int
        Replicates of the first block, at most `size`.
    size : int
        Every other block ends at a multiple of it.
    """

    first: int
    size: int

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.size:
            msg = f"expected blocks of 1 ≤ first ≤ size replicates, got {self.first} and {self.size}"
            raise ValueError(msg)

    def cut(self, replicates: int) -> Iterator[tuple[int, int]]:
        """Yield first replicate and count of each block."""
        ends = sorted({0, self.first, *range(self.size, replicates, self.size), replicates})
        for start, end in pairwise(end for end in ends if end <= replicates):
            yield start, end - start


FAST_BLOCKS = Blocks(first=5, size=25)
"""The fast engine analyses 25 cohorts at once, and takes as long for fewer."""
NUTS_BLOCKS = Blocks(first=5, size=5)
EARLIER_BLOCKS = Blocks(first=100, size=100)
"""Of study folders that do not record theirs: they were begun when every block had 100 replicates."""


def blocks_for(plan: Plan) -> Blocks:
    """Return the blocks in which a new study of `plan` is carried out."""
    return NUTS_BLOCKS if any(method.engine == "nuts" for method in plan.methods) else FAST_BLOCKS


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


def make_tasks(plan: Plan, *, version: str, blocks: Blocks) -> tuple[Task, ...]:
    """Return the tasks of `plan` in the order of its cells and replicates.

    Parameters
    ----------
    plan : Plan
    version : str
        Version of the package that computes, or computed, them.
    blocks : Blocks
        Those of the study folder.
    """
    return tuple(
        _task(plan, cell, first, count, version=version)
        for cell in plan.cells
        for first, count in blocks.cut(plan.replicates)
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
