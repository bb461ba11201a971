"""How far a study is, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.study.store import read_store
from bayes_sora.study.table import FAILED

if TYPE_CHECKING:
    import os

    import pandas as pd

    from bayes_sora.study.plan import Cell
    from bayes_sora.study.store import Store
CELL = ("scenario", "n", "troughs", "follow_up_months")
COUNTED = (*CELL, "replicate", "method", "status")


@dataclass(frozen=True, kw_only=True)
class CellStatus:
    """One cell.

    Attributes
    ----------
    cell : Cell
    done, total : int
        Replicates finished, and planned.
    failed : int
        Analyses among them that gave no answer; one a replicate and method.
    """

    cell: Cell
    done: int
    total: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class StudyStatus:
    """A study, as far as it is.

    Attributes
    ----------
    name : str
        Of the plan.
    cells : tuple of CellStatus
    tasks_done, tasks : int
        Blocks finished, and in all.
    methods : int
        Methods that analyse each replicate.
    """

    name: str
    cells: tuple[CellStatus, ...]
    tasks_done: int
    tasks: int
    methods: int = 1

    @property
    def complete(self) -> bool:
        """Whether every task is done."""
        return self.tasks_done == self.tasks

    @property
    def failed(self) -> int:
        """Analyses that gave no answer."""
        return sum(cell.failed for cell in self.cells)

    @property
    def analyses(self) -> int:
        """Analyses done, one a replicate and method."""
        return self.methods * sum(cell.done for cell in self.cells)

    @property
    def mostly_failed(self) -> bool:
        """Whether more than half of the analyses done gave no answer: the rest is not what the study is about."""
        return 2 * self.failed > self.analyses

    def as_dict(self) -> dict[str, object]:
        """Return everything as plain JSON values."""
        return {
            "name": self.name,
            "complete": self.complete,
            "tasks": {"done": self.tasks_done, "total": self.tasks},
            "failed": self.failed,
            "cells": [
                {**vars(one.cell), "done": one.done, "total": one.total, "failed": one.failed} for one in self.cells
            ],
        }


def study_status(folder: str | os.PathLike[str]) -> StudyStatus:
    """Return how far the study in `folder` is; a damaged chunk counts as not done.

    Raises
    ------
    InputError
        When `folder` is no study folder.
    """
    return status_of(read_store(folder))


def status_of(store: Store) -> StudyStatus:
    """Return how far a study is."""
    if store.is_merged:
        return _of_merged(store, store.merged_rows(columns=COUNTED))
    done = dict.fromkeys(store.plan.cells, 0)
    failed = dict.fromkeys(store.plan.cells, 0)
    tasks_done = 0
    for task, table in store.tables(columns=COUNTED):
        done[task.cell] += task.count
        failed[task.cell] += count_failed(table)
        tasks_done += 1
    return _status(store, done, failed, tasks_done)


def count_failed(table: pd.DataFrame) -> int:
    """Return how many analyses in a table of rows gave no answer."""
    failed = table[table["status"] == FAILED]
    return len(failed[[*CELL, "replicate", "method"]].drop_duplicates()) if len(failed) else 0


def _of_merged(store: Store, rows: pd.DataFrame) -> StudyStatus:
    failed = {}
    for cell in store.plan.cells:
        own = rows[(rows["scenario"] == cell.scenario) & (rows["n"] == cell.n) & (rows["troughs"] == cell.troughs)]
        end = own["follow_up_months"]
        failed[cell] = count_failed(own[end.isna() if cell.follow_up_months is None else end == cell.follow_up_months])
    return _status(store, dict.fromkeys(store.plan.cells, store.plan.replicates), failed, len(store.tasks))


def _status(store: Store, done: dict[Cell, int], failed: dict[Cell, int], tasks_done: int) -> StudyStatus:
    return StudyStatus(
        name=store.plan.name,
        cells=tuple(
            CellStatus(cell=cell, done=done[cell], total=store.plan.replicates, failed=failed[cell])
            for cell in store.plan.cells
        ),
        tasks_done=tasks_done,
        tasks=len(store.tasks),
        methods=len(store.plan.methods),
    )
