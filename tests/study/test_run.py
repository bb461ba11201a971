"""The runner: the same numbers by any executor, and a study that goes on whatever happens to workers."""

from __future__ import annotations

import multiprocessing
import operator
import os
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bayes_sora.errors import UsageError
from bayes_sora.study import pools
from bayes_sora.study import run as run_module
from bayes_sora.study.dispatch import check_workers, dispatch
from bayes_sora.study.pools import process_pool
from bayes_sora.study.run import run_study
from bayes_sora.study.status import study_status
from bayes_sora.study.store import read_rows
from bayes_sora.study.tasks import Shard
from tests.study.mocks import light_analyse, small_plan, without_timing

PLAN = small_plan()
ROOT = Path(__file__).parents[2]


def run(folder, plan=PLAN, **options):
    """Run a plan in a thread of this process."""
    with ThreadPoolExecutor(1) as executor:
        return run_study(plan, folder, executor=executor, analyse=options.pop("analyse", light_analyse), **options)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Run the small plan with one worker, and return its rows without the timing."""
    folder = tmp_path_factory.mktemp("reference")
    assert run(folder).complete
    return without_timing(folder)


def test_two_threads_give_the_same_rows(reference, tmp_path):
    """Two tasks at once, in whatever order they end, give the rows of one worker."""
    with ThreadPoolExecutor(2) as executor:
        assert run_study(PLAN, tmp_path, executor=executor, analyse=light_analyse).complete
    assert without_timing(tmp_path) == reference


PROCESSES = """
import sys
from bayes_sora.study import run_study
from tests.study.mocks import light_analyse, small_plan
if __name__ == "__main__":
    assert run_study(small_plan(), sys.argv[1], workers=2, analyse=light_analyse).complete
"""


def test_two_processes_give_the_same_rows(reference, tmp_path):
    """Spawned workers give the rows of one thread."""
    script = tmp_path / "script.py"
    script.write_text(PROCESSES)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(script), str(tmp_path / "study")], check=True, env=environment, timeout=120)
    assert without_timing(tmp_path / "study") == reference


@pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_dask_cluster_gives_the_same_rows(reference, tmp_path):
    """A LocalCluster with two threads gives the rows of one worker."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        assert run_study(PLAN, tmp_path, scheduler=cluster.scheduler_address, analyse=light_analyse).complete
    assert without_timing(tmp_path) == reference


def test_two_shards_in_one_folder_are_the_study(reference, tmp_path):
    """The first shard leaves the study incomplete, the second completes and merges it."""
    first = run(tmp_path, shard=Shard(number=1, of=2))
    assert (first.complete, first.tasks_done) == (False, 12)
    assert not (tmp_path / "rows.parquet").exists()
    assert run(tmp_path, shard=Shard(number=2, of=2)).complete
    assert without_timing(tmp_path) == reference


def test_two_shards_in_two_folders_are_merged_by_a_run(reference, tmp_path):
    """Chunks copied into one folder are the study: nothing is left to compute."""
    for number in (1, 2):
        run(tmp_path / str(number), shard=Shard(number=number, of=2))
    for path in (tmp_path / "2" / "chunks").iterdir():
        (tmp_path / "1" / "chunks" / path.name).write_bytes(path.read_bytes())
    assert run(tmp_path / "1", analyse=_never).complete
    assert without_timing(tmp_path / "1") == reference


def _never(_method, _replicates, _cohorts):
    raise AssertionError


@pytest.mark.parametrize(("number", "of"), [(0, 2), (3, 2), (1, 0)])
def test_a_shard_that_is_none(number, of):
    """Shards are counted from 1."""
    with pytest.raises(UsageError, match="expected a shard from 1/"):
        Shard(number=number, of=of)


def test_a_second_run_computes_nothing(reference, tmp_path):
    """A finished study is left as it is."""
    run(tmp_path)
    assert run(tmp_path, analyse=_never).complete
    assert without_timing(tmp_path) == reference


def test_two_runners_on_one_folder(reference, tmp_path):
    """Two runs at once, each unaware of the other, end with one sound study and no half-written file."""
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(run, tmp_path) for _ in range(2)]
        assert any(one.result().complete for one in runs)
    assert study_status(tmp_path).complete
    assert without_timing(tmp_path) == reference
    assert len(list((tmp_path / "chunks").iterdir())) == 24


def test_progress_counts_replicates_and_failures(tmp_path):
    """It begins at what is there, ends at the whole, and counts failed analyses."""
    run(tmp_path, shard=Shard(number=1, of=8))
    heard = []
    run(tmp_path, progress=heard.append)
    assert (heard[0].done, heard[0].total, heard[0].seconds_left) == (55, 420, None)
    assert (heard[-1].done, heard[-1].total, heard[-1].seconds_left) == (420, 420, 0.0)
    assert heard[-1].failed == (read_rows(tmp_path).status == "failed").sum() - 8
    assert [one.done for one in heard] == sorted(one.done for one in heard)


def _buggy(method, replicates, cohorts):
    if replicates[0].cell.n == 11:
        msg = "a bug"
        raise ZeroDivisionError(msg)
    return light_analyse(method, replicates, cohorts)


def test_a_bug_ends_the_study_and_keeps_what_is_done(reference, tmp_path):
    """An unknown exception is shown as what it is; a run without the bug goes on from there."""
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run(tmp_path, analyse=_buggy)
    assert run(tmp_path).complete
    assert without_timing(tmp_path) == reference


class _Mortal(Executor):
    """An executor in this thread that breaks, as a process pool does, when a task kills its worker."""

    def __init__(self, deadly):
        self._deadly, self._broken = deadly, False

    def submit(self, call, task):
        if self._broken:
            raise BrokenExecutor
        future = Future()
        if self._deadly(task):
            self._broken = True
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(call(task))
        return future


class _MortalPool:
    lost = (BrokenExecutor,)
    most_tasks = float("inf")

    def __init__(self, deadly):
        self._deadly, self.opened = deadly, 0

    def open(self):
        self.opened += 1
        return _Mortal(self._deadly)

    def in_flight(self):
        return 3

    def close(self, executor, *, now):
        pass


@pytest.fixture
def mortal(monkeypatch):
    """Let runs use a pool that dies of some tasks."""

    def use(deadly):
        pool = _MortalPool(deadly)

        @contextmanager
        def opened(_workers):
            yield pool

        monkeypatch.setattr(run_module, "process_pool", opened)
        return pool

    return use


def test_a_worker_that_dies_once_costs_nothing(reference, tmp_path, mortal):
    """The task runs again in a fresh pool, with the same rows."""
    deaths = iter([True])
    mortal(lambda task: task != "0" and task.first == 100 and task.cell.n == 11 and next(deaths, False))
    notes = []
    assert run_study(PLAN, tmp_path, workers=1, analyse=light_analyse, note=notes.append).complete
    assert without_timing(tmp_path) == reference
    assert "tried again, each alone" in notes[0]


def test_a_replicate_that_kills_its_worker_is_counted_as_failed(tmp_path, mortal):
    """It is tried again in a fresh process, then counted; all others have their rows."""

    def deadly(task):
        return task != "0" and task.cell.n == 11 and task.first <= 4 < task.first + task.count

    pool, plan = mortal(deadly), small_plan(replicates=9)
    notes = []
    assert run_study(plan, tmp_path, workers=1, analyse=light_analyse, note=notes.append).complete
    rows = read_rows(tmp_path)
    killed = rows[rows.failure.str.contains("ended its worker process")]
    assert set(zip(killed.scenario, killed.n, killed.replicate, strict=True)) == {
        ("null", 11, 4),
        ("moderate", 11, 4),
    }
    run(tmp_path / "sound", plan)
    sound = read_rows(tmp_path / "sound")
    both = [one.drop(index=killed.index).drop(columns="seconds").to_csv() for one in (rows, sound)]
    assert both[0] == both[1]
    assert any("replicate 4 of moderate, n = 11" in note for note in notes)
    assert pool.opened > 5


def test_workers_that_cannot_start_fail_nothing(tmp_path, mortal):
    """Where even an empty task kills the worker, the study stops instead of counting everything as failed."""
    mortal(lambda _task: True)
    with pytest.raises(UsageError, match="end before they do anything"):
        run_study(PLAN, tmp_path, workers=1, analyse=light_analyse)
    assert study_status(tmp_path).tasks_done == 0


def test_a_killed_process_loses_its_job_only():
    """In real spawned processes a job that kills its worker is given back, and the others are done by fresh ones."""
    jobs = [partial(int, "1"), partial(os._exit, 1), partial(int, "2"), partial(int, "3")]
    with process_pool(1) as pool:
        answers = [answer for _, answer in dispatch(pool, operator.call, jobs, alone=True)]
        check_workers(pool)
    assert answers == [1, None, 2, 3]


def test_workers_have_one_thread_each(monkeypatch):
    """Libraries read it from the environment that workers inherit; afterwards the parent's is as it was."""
    monkeypatch.setenv("XLA_FLAGS", "--own")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with process_pool(1) as pool:
        ((_, inherited),) = dispatch(pool, os.getenv, ["OMP_NUM_THREADS"])
        assert inherited == "1"
        assert os.environ["XLA_FLAGS"] == "--own --xla_cpu_multi_thread_eigen=false"
    assert os.environ["XLA_FLAGS"] == "--own"
    assert "OMP_NUM_THREADS" not in os.environ


def test_workers_are_replaced_after_their_share(monkeypatch):
    """After so many tasks a fresh pool goes on."""
    monkeypatch.setattr(pools, "TASKS_PER_WORKER", 2)
    with process_pool(1) as pool:
        processes = [process for _, process in dispatch(pool, operator.call, [os.getpid] * 4)]
    assert len(set(processes)) == 2


def test_an_abandoned_pool_ends_its_processes():
    """Whoever stops listening, as an interrupt does, leaves no process behind, however long its job would take."""
    with process_pool(1) as pool:
        answers = dispatch(pool, operator.call, [os.getpid, partial(time.sleep, 600.0)])
        assert next(answers)[1] in {process.pid for process in multiprocessing.active_children()}
        answers.close()
    deadline = time.monotonic() + 20.0
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not multiprocessing.active_children()


def test_exclusive_options(tmp_path):
    """Workers and a scheduler cannot both do the work, and there must be a worker."""
    with pytest.raises(UsageError, match="exclude each other"):
        run_study(PLAN, tmp_path, workers=1, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="at least one worker"):
        run_study(PLAN, tmp_path, workers=-1)


def test_a_cluster_needs_dask(tmp_path, monkeypatch):
    """Without dask.distributed the remedy is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'bayes-sora\[cluster\]'"):
        run_study(PLAN, tmp_path, scheduler="tcp://127.0.0.1:1")
