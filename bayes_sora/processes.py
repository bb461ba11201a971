"""Worker processes that clean up after themselves, whatever happens to the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bayes_sora.interrupts import held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

ORPHANED = 1
"""Exit status of a worker whose parent is gone."""


def processors() -> int:
    """Return how many processors this process may use."""
    count = os.process_cpu_count if hasattr(os, "process_cpu_count") else os.cpu_count
    return count() or 1


def memory_bytes() -> int | None:
    """Return how much memory this process may use: of the machine, its container and its own limit the least.

    None where none of them can be asked for.
    """
    limits = [*_machine_memory(), *_container_memory(), *_own_limit()]
    return min(limits, default=None)


def _machine_memory() -> list[int]:
    try:
        return [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, OSError, ValueError):  # Windows, or a name that the system lacks
        return []


def _container_memory() -> list[int]:
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return []
    return [int(limit)] if limit.isdecimal() else []  # "max" is no limit


def _own_limit() -> list[int]:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return []
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return [] if soft == resource.RLIM_INFINITY else [soft]


def open_pool(
    workers: int, *, prepare: Callable[[], object] | None = None, tasks_per_worker: int | None = None
) -> ProcessPoolExecutor:
    """Return a pool of spawned processes.

    Spawned, not forked: threads of numba, JAX and BLAS do not survive a fork. An interrupt from the keyboard, which a
    terminal sends to all processes, is for the parent to answer: it never reaches a worker, not even while it starts.
    A parent that was killed takes its workers with it. :func:`end_pool` ends the pool.

    Parameters
    ----------
    workers : int
    prepare : callable, optional
        Called once in each worker before its first task; a module-level function.
    tasks_per_worker : int, optional
        After so many tasks a worker is replaced by a fresh one.
    """
    context = _Deaf()
    pool = ProcessPoolExecutor(
        workers,
        mp_context=context,
        initializer=_start_worker,
        initargs=(prepare,),
        max_tasks_per_child=tasks_per_worker,
    )
    _started[pool] = context.started
    return pool


def end_pool(pool: Executor) -> None:
    """End the processes of a pool of :func:`open_pool`, in the middle of what they are doing, and wait for their end.

    Any other executor is told to take nothing more.
    """
    pool.shutdown(wait=False, cancel_futures=True)
    workers = [worker for worker in _started.get(pool, ()) if worker.is_alive()]
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.join()


class _DeafProcess(SpawnProcess):
    """A process that no interrupt from the keyboard reaches, from its first moment on."""

    def start(self) -> None:
        """Start the process; an interrupt of the parent waits until it has got all it needs to run."""
        with held(), _deaf_children():
            super().start()


class _Deaf(SpawnContext):
    """Starts deaf processes for one pool and remembers them."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: ANN401, N802 - the name of the standard library
        process = _DeafProcess(*args, **kwargs)
        self.started.append(process)
        return process


_started: WeakKeyDictionary[Executor, list[SpawnProcess]] = WeakKeyDictionary()


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Block SIGINT in this thread, and so in every process that it starts meanwhile: the mask is inherited."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which unblocks the signal when it starts a process of its own
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(prepare: Callable[[], object] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, name="leave-with-parent", daemon=True).start()
    if prepare is not None:
        prepare()


def _leave_with_parent() -> None:
    """Wait for the end of the parent: a worker that waits for work would else wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(ORPHANED)
