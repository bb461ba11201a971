"""Run a study: every task once, on any executor, into a folder that survives whatever ends the run."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from bayes_sora.errors import UsageError
from bayes_sora.processes import processors
from bayes_sora.study import methods as study_methods
from bayes_sora.study.block import analyse_block, failed_rows
from bayes_sora.study.chunks import write_chunk
from bayes_sora.study.dispatch import check_workers, dispatch
from bayes_sora.study.pools import GivenPool, dask_pool, process_pool
from bayes_sora.study.status import StudyStatus, count_failed, status_of
from bayes_sora.study.store import Store, open_store
from bayes_sora.study.tasks import Shard, Task

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from bayes_sora.study.methods import Analyse
    from bayes_sora.study.plan import Method, Plan, TruthPrior
    from bayes_sora.study.pools import Pool

WHOLE = Shard()
LOOK_SECONDS = 1.0
KILLED = "the analysis ended its worker process, again in a fresh one"


@dataclass(frozen=True, kw_only=True)
class StudyProgress:
    """How far a run is; of a shard, its own part.

    Attributes
    ----------
    done, total : int
        Replicates.
    failed : int
        Analyses without an answer among those of this run.
    seconds_left : float or None
        At the pace of this run so far; None before its first task is done.
    """

    done: int
    total: int
    failed: int
    seconds_left: float | None


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What a worker needs to know besides the task."""

    methods: tuple[Method, ...]
    seed: int
    truths: TruthPrior | None
    analyse: Analyse


def run_study(
    plan: Plan,
    folder: str | os.PathLike[str],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    executor: Executor | None = None,
    shard: Shard = WHOLE,
    analyse: Analyse = study_methods.analyse,
    progress: Callable[[StudyProgress], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> StudyStatus:
    """Run `plan` into `folder`; what is there already is not computed again.

    Rows depend on the plan alone: any number of workers, a cluster, shards merged in one folder, and a run that was
    killed and resumed give the same ones, but for the column ``seconds``. Several runs may share a folder.

    Parameters
    ----------
    plan : Plan
    folder : path
        Made when it is not there; see :mod:`bayes_sora.study.store`.
    workers : int, optional
        Processes of this machine, one thread each; one a processor when not given.
    scheduler : str, optional
        Address of a Dask scheduler whose workers do the work instead.
    executor : concurrent.futures.Executor, optional
        Any executor that does the work instead; it is left open.
    shard : Shard
        The part of the tasks to compute; all of them by default.
    analyse : callable
        What analyses cohorts by a method: a module-level function.
    progress, note : callable, optional
        Told how far the run is, and what a reader of the study should know.

    Returns
    -------
    StudyStatus
        Of the whole study; the merged rows are written once it is complete.

    Raises
    ------
    UsageError
        When the folder holds another plan or cannot be written, the disk is full, or there are no workers.
    """
    say = note or _silent
    opened = _open_pool(workers, scheduler, executor)
    with disk_faults(folder):
        store = open_store(folder, plan)
        for name in store.drop_damaged():
            say(f"{name} was damaged: it is computed again")
    own, there = shard.part_of(store.tasks), _There(store)
    todo = [task for task in _in_turn(own) if task not in there]
    tally = _Tally(own, todo, progress or _silent)
    work = _Work(methods=plan.methods, seed=plan.seed, truths=plan.truths, analyse=analyse)
    if todo:
        with opened as pool:
            _Run(store=store, work=work, tally=tally, say=say).do(pool, _still_missing(todo, there, tally))
    with disk_faults(folder):
        return _finished(store)


def _finished(store: Store) -> StudyStatus:
    """Merge the rows of a study that is complete."""
    status = status_of(store)
    if status.complete and not store.is_merged:
        store.merge()
    return status


def run_task(task: Task, *, work: _Work) -> pd.DataFrame:
    """Return the rows of `task`: what a worker does."""
    return analyse_block(
        task.cell,
        task.first,
        task.count,
        methods=work.methods,
        seed=work.seed,
        truths=work.truths,
        analyse=work.analyse,
    )


def _open_pool(workers: int | None, scheduler: str | None, executor: Executor | None) -> AbstractContextManager[Pool]:
    if sum(option is not None for option in (workers, scheduler, executor)) > 1:
        msg = "workers, a scheduler and an executor exclude each other. Give one of them"
        raise UsageError(msg)
    if executor is not None:
        return nullcontext(GivenPool(executor))
    return dask_pool(scheduler) if scheduler is not None else process_pool(workers or processors())


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One run: where rows go, what workers are told, and who is told how far it is."""

    store: Store
    work: _Work
    tally: _Tally
    say: Callable[[str], None]

    def do(self, pool: Pool, tasks: Iterable[Task]) -> None:
        lost = []
        for task, table in dispatch(pool, self._call, tasks):
            if table is None:
                lost.append(task)
            else:
                self._keep(task, table)
        if lost:
            self.say(f"a worker process ended unexpectedly: tasks in flight ({len(lost)}) are tried again, each alone")
            check_workers(pool)
        for task, table in dispatch(pool, self._call, lost, alone=True):
            self._keep(task, self._one_by_one(pool, task) if table is None else table)

    @property
    def _call(self) -> Callable[[Task], pd.DataFrame]:
        return partial(run_task, work=self.work)

    def _keep(self, task: Task, table: pd.DataFrame) -> None:
        with disk_faults(self.store.folder):
            write_chunk(self.store.chunks, task.name, table)
        self.tally.count(task, failed=count_failed(table))

    def _one_by_one(self, pool: Pool, task: Task) -> pd.DataFrame:
        """Return the rows of a task that ended its worker; a replicate that does so twice is counted as failed."""
        singles = [replace(task, first=index, count=1) for index in range(task.first, task.first + task.count)]
        tables = {one.first: table for one, table in dispatch(pool, self._call, singles, alone=True)}
        again = [one for one in singles if tables[one.first] is None]
        tables |= {one.first: table for one, table in dispatch(pool, self._call, again, alone=True)}
        return pd.concat(
            [self._failed(one) if (table := tables[one.first]) is None else table for one in singles],
            ignore_index=True,
        )

    def _failed(self, single: Task) -> pd.DataFrame:
        cell, work = single.cell, self.work
        self.say(f"replicate {single.first} of {cell.scenario}, n = {cell.n}: {KILLED}. It is counted as failed")
        return failed_rows(cell, single.first, methods=work.methods, seed=work.seed, reason=KILLED, truths=work.truths)


def _in_turn(tasks: Sequence[Task]) -> list[Task]:
    """Return tasks with the first block of every cell first: a study that is half done tells of every cell.

    Each run starts at a place of its own, so that two runs on one folder meet as late as possible.
    """
    in_turn = sorted(tasks, key=lambda task: task.first)
    start = time.time_ns() % len(in_turn) if in_turn else 0
    return in_turn[start:] + in_turn[:start]


def _still_missing(tasks: Iterable[Task], there: _There, tally: _Tally) -> Iterator[Task]:
    """Yield tasks when they are about to be handed out, without those that another run has done meanwhile."""
    for task in tasks:
        if task in there:
            tally.count(task, failed=0)
        else:
            yield task


class _There:
    """The tasks whose chunk is in the folder, looked up again every second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: set[str] = set()
        self._looked = -LOOK_SECONDS

    def __contains__(self, task: Task) -> bool:
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._names, self._looked = set(self._store.chunk_paths()), now
        return task.name in self._names


class _Tally:
    """Counts replicates as they come and tells `progress`."""

    def __init__(self, own: Sequence[Task], todo: Sequence[Task], progress: Callable[[StudyProgress], None]) -> None:
        self._total = sum(task.count for task in own)
        self._left = sum(task.count for task in todo)
        self._begun, self._done, self._failed = time.monotonic(), 0, 0
        self._progress = progress
        self._tell()

    def count(self, task: Task, *, failed: int) -> None:
        self._done += task.count
        self._failed += failed
        self._tell()

    def _tell(self) -> None:
        left = self._left - self._done
        pace = (time.monotonic() - self._begun) / self._done if self._done else None
        self._progress(
            StudyProgress(
                done=self._total - left,
                total=self._total,
                failed=self._failed,
                seconds_left=None if pace is None else pace * left,
            )
        )


def _silent(_news: object) -> None:
    """Tell nobody."""


@contextmanager
def disk_faults(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Turn a failing disk into a UsageError that says that nothing is lost."""
    try:
        yield
    except OSError as error:
        msg = (
            f"the study folder {str(folder)!r} cannot be written: {error.strerror or error}. What is there is whole: "
            "make room, and run the same command again to go on"
        )
        raise UsageError(msg) from error
