"""Where the tasks of a study run: processes of this machine, a Dask cluster, or any executor."""

from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor, Executor
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from bayes_sora.address_space import TO_STUDY, check_address_space
from bayes_sora.arguments import whole_number
from bayes_sora.errors import UsageError
from bayes_sora.files.budgets import WORKERS
from bayes_sora.processes import end_pool, open_pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TASKS_PER_WORKER = 1000
"""A process pool is replaced after so many tasks a worker, so that no leak of a library can grow for ever."""
CONNECT_SECONDS = 30
ONE_THREAD: Mapping[str, str] = MappingProxyType(
    {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        "NPROC": "1",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    }
)
"""Environment of a worker with one thread; read by libraries when they are loaded, hence set before it starts."""


class Pool(Protocol):
    """A source of executors.

    Attributes
    ----------
    lost : tuple of exception types
        What a future raises when the worker that ran it is gone.
    """

    @property
    def lost(self) -> tuple[type[Exception], ...]:
        """What a future raises when the worker that ran it is gone."""

    @property
    def most_tasks(self) -> float:
        """Tasks after which an executor is replaced by a fresh one."""

    def open(self) -> Executor:
        """Return an executor that takes tasks."""

    def in_flight(self) -> int:
        """Return how many tasks to submit at most before one is done: enough to keep every worker busy."""

    def close(self, executor: Executor, *, now: bool) -> None:
        """End an executor; with `now` without waiting for what it is doing."""


@dataclass(frozen=True)
class ProcessPool:
    """Spawned processes of this machine, one thread each.

    Attributes
    ----------
    workers : int
    """

    workers: int
    lost: tuple[type[Exception], ...] = (BrokenExecutor,)

    def __post_init__(self) -> None:
        if self.workers < 1:
            msg = f"at least one worker is needed, got {self.workers}"
            raise UsageError(msg)
        whole_number("workers", self.workers, least=1, most=WORKERS)

    @property
    def most_tasks(self) -> float:
        """A share of tasks a worker."""
        return TASKS_PER_WORKER * self.workers

    def open(self) -> Executor:
        """Return a fresh pool; its processes start with the first tasks."""
        return open_pool(self.workers)

    def in_flight(self) -> int:
        """One task a worker and one more to follow at once."""
        return self.workers + 1

    def close(self, executor: Executor, *, now: bool) -> None:
        """End the pool; with `now` its processes are ended in the middle of their task."""
        if now:
            end_pool(executor)
        else:
            executor.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class GivenPool:
    """An executor of the caller's, who ends it.

    Attributes
    ----------
    executor : concurrent.futures.Executor
    at_once : int
        Tasks to submit at most before one is done.
    """

    executor: Executor
    at_once: int = 4
    lost: tuple[type[Exception], ...] = ()
    most_tasks: float = float("inf")

    def open(self) -> Executor:
        """Return the executor."""
        return self.executor

    def in_flight(self) -> int:
        """Return the number given."""
        return self.at_once

    def close(self, executor: Executor, *, now: bool) -> None:
        """Leave the executor to its owner."""


@dataclass(frozen=True)
class DaskPool:
    """The workers of a Dask cluster.

    Attributes
    ----------
    client : distributed.Client
    lost : tuple of exception types
        Dask gives a task up after it has killed several workers.
    """

    client: Any
    lost: tuple[type[Exception], ...]
    most_tasks: float = float("inf")

    def open(self) -> Executor:
        """Return an executor on the cluster; every submission is run, also of what was run before."""
        executor: Executor = self.client.get_executor(pure=False)
        return executor

    def in_flight(self) -> int:
        """Two tasks a thread of the cluster as it is now: workers may come and go."""
        threads: dict[str, int] = self.client.nthreads()
        return 2 * max(1, sum(threads.values()))

    def close(self, executor: Executor, *, now: bool) -> None:
        """Cancel what is not done."""
        executor.shutdown(wait=not now)


@contextmanager
def dask_pool(address: str) -> Iterator[DaskPool]:
    """Connect to the Dask scheduler at `address`, such as ``"tcp://10.0.0.1:8786"``.

    Raises
    ------
    UsageError
        When Dask is not installed or nothing answers there.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and slow to import
        from distributed.scheduler import KilledWorker  # noqa: PLC0415
    except ImportError as error:
        msg = "a Dask cluster needs dask.distributed, which is not installed: pip install 'bayes-sora[cluster]'"
        raise UsageError(msg) from error
    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        msg = f"no Dask scheduler answers at {address!r}: {error}. Check that it runs and that the address is right"
        raise UsageError(msg) from error
    try:
        yield DaskPool(client=client, lost=(KilledWorker,))
    finally:
        client.close()


@contextmanager
def process_pool(workers: int) -> Iterator[ProcessPool]:
    """Hand out processes of this machine, which inherit an environment with one thread each.

    Raises
    ------
    UsageError
        When this process and so its workers may use too little address space.
    """
    check_address_space(TO_STUDY)
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    flags = " ".join(filter(None, (before["XLA_FLAGS"], ONE_THREAD["XLA_FLAGS"])))
    os.environ.update({**ONE_THREAD, "XLA_FLAGS": flags})
    try:
        yield ProcessPool(workers)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
