"""Hand jobs to a pool and take the results as they come, whatever happens to workers."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

    from bayes_sora.study.pools import Pool


def dispatch[Job, Result](
    pool: Pool, call: Callable[[Job], Result], jobs: Iterable[Job], *, alone: bool = False
) -> Iterator[tuple[Job, Result | None]]:
    """Yield every job with the result of ``call(job)``, as they come; with None where its worker was lost.

    When a worker of a process pool dies, all jobs in flight are lost with it, and the rest goes to a fresh pool. Jobs
    are drawn from `jobs` when there is room for them.

    Parameters
    ----------
    pool : Pool
    call : callable
        Pickled by name.
    jobs : iterable
    alone : bool
        One job at a time, so that a lost one is to blame itself.

    Raises
    ------
    Exception
        What `call` raises; jobs in flight are abandoned.
    """
    waiting = _Waiting(jobs)
    while waiting:
        yield from _with_one_executor(pool, call, waiting, alone=alone)


def check_workers(pool: Pool) -> None:
    """Do nothing in a fresh worker.

    Raises
    ------
    UsageError
        When even that cannot be done.
    """
    for _, answer in dispatch(pool, int, ["0"]):
        if answer is None:
            msg = (
                "worker processes end before they do anything. Check the memory left; a script that runs a study needs "
                "`if __name__ == '__main__':` around it"
            )
            raise UsageError(msg)


class _Waiting[Job]:
    """Jobs that wait for their turn, drawn one at a time."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = iter(jobs)
        self._next: list[Job] = []

    def __bool__(self) -> bool:
        if not self._next:
            self._next.extend(job for job in [next(self._jobs, None)] if job is not None)
        return bool(self._next)

    def first(self) -> Job:
        """Return the next job, which stays the next one."""
        return self._next[0]

    def drop_first(self) -> None:
        """Let the next job be the one after."""
        self._next.clear()


def _with_one_executor[Job, Result](
    pool: Pool, call: Callable[[Job], Result], waiting: _Waiting[Job], *, alone: bool
) -> Iterator[tuple[Job, Result | None]]:
    """Work with one executor until it breaks, has had its share of jobs, or none is left."""
    executor = pool.open()
    pending: dict[Future[Result], Job] = {}
    submitted, broken = 0, False
    try:
        while True:
            at_once = 1 if alone else pool.in_flight()
            while not broken and submitted < pool.most_tasks and len(pending) < at_once and waiting:
                broken = not _submit(executor, call, waiting, pending)
                submitted += 1
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                job = pending.pop(future)
                try:
                    result = future.result()
                except pool.lost as error:
                    broken = broken or isinstance(error, BrokenExecutor)
                    yield job, None
                else:
                    yield job, result
    finally:
        pool.close(executor, now=bool(pending))


def _submit[Job, Result](
    executor: Executor, call: Callable[[Job], Result], waiting: _Waiting[Job], pending: dict[Future[Result], Job]
) -> bool:
    """Hand out the next job; a broken executor takes none, and the job stays the next one."""
    try:
        pending[executor.submit(call, waiting.first())] = waiting.first()
    except BrokenExecutor:
        return False
    waiting.drop_first()
    return True
