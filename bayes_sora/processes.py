"""Worker processes that clean up after themselves, whatever happens to the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

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

    Spawned, not forked: threads of numba, JAX and BLAS do not survive a fork. An interrupt from the keyboard is for the
    parent to answer; a parent that was killed takes its workers with it.

    Parameters
    ----------
    workers : int
    prepare : callable, optional
        Called once in each worker before its first task; a module-level function.
    tasks_per_worker : int, optional
        After so many tasks a worker is replaced by a fresh one.
    """
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(prepare,),
        max_tasks_per_child=tasks_per_worker,
    )


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
