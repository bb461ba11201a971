"""Search for the smallest size that reaches the target, spending replicates where they matter."""

from __future__ import annotations

import time
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.errors import IncompleteError, UsageError
from bayes_sora.study import methods
from bayes_sora.study.block import analyse_block
from bayes_sora.study.sample_size.answer import SizeAnswer, conclude
from bayes_sora.study.sample_size.design import Round, Stop, next_round
from bayes_sora.study.sample_size.tally import Tally
from bayes_sora.study.table import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    import pandas as pd

    from bayes_sora.study.methods import Analyse
    from bayes_sora.study.sample_size.question import SizeQuestion
    from bayes_sora.types import FloatArray

    Progress = Callable[[str, int, int], None]


class Task(NamedTuple):
    """Cohorts `first` … `first` + `replicates` − 1 of size `n`."""

    n: int
    first: int
    replicates: int


class Scores(NamedTuple):
    """The scores of a task, one a cohort, how many of its analyses failed, and why the first of those did."""

    values: FloatArray
    failures: int
    reason: str = ""


MOST_FAILED = 0.5
"""Where a larger share of the analyses of one size failed there is no answer: the search ends."""


def find_sample_size(
    question: SizeQuestion,
    *,
    analyse: Analyse = methods.analyse,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> SizeAnswer:
    """Return the smallest number of patients for which the criterion of `question` reaches its target.

    Cohorts are simulated and analysed in tasks. Which ones depends on the question and on what was found, never on
    time or on the number of workers (unless a limit of time is set): the same question has the same answer.

    Parameters
    ----------
    question : SizeQuestion
    analyse : callable
        What analyses cohorts by a method; tests pass another.
    executor : Executor, optional
        Where tasks are carried out; here, one after the other, without one.
    progress : callable, optional
        Hears (what, done, in all).

    Returns
    -------
    SizeAnswer
        Also where no size reaches the target, or the smallest does: nothing is extrapolated.

    Raises
    ------
    UsageError
        When a worker ends unexpectedly.
    IncompleteError
        When more than half of the analyses of one size failed.
    """

    def carry_out(tasks: Sequence[Task]) -> Iterator[Scores]:
        if executor is None:
            yield from (score_task(task, question=question, analyse=analyse) for task in tasks)
            return
        futures = [executor.submit(score_task, task, question=question, analyse=analyse) for task in tasks]
        try:
            yield from (future.result() for future in futures)
        except BrokenExecutor as error:
            msg = "a worker ended unexpectedly, perhaps for its memory: try fewer --workers, or a smaller --n-max"
            raise UsageError(msg) from error
        finally:
            for future in futures:
                future.cancel()

    return search(question, carry_out, progress=progress)


def score_task(task: Task, *, question: SizeQuestion, analyse: Analyse) -> Scores:
    """Simulate and analyse the cohorts of `task` and score them."""
    rows = analyse_block(
        question.cell(task.n),
        task.first,
        task.replicates,
        methods=(question.method,),
        seed=question.seed,
        truths=question.truths,
        analyse=analyse,
        beside_truth=False,
    )
    return _scores(rows[rows["window"] == question.criterion.window], task, question)


def _scores(rows: pd.DataFrame, task: Task, question: SizeQuestion) -> Scores:
    if len(rows) != task.replicates:
        msg = f"{len(rows)} rows of the {question.criterion.window} window came from {task.replicates} cohorts"
        raise ValueError(msg)
    failed = rows[rows["status"] == FAILED]
    reason = str(failed["failure"].iloc[0]) if len(failed) else ""
    return Scores(question.criterion.scores(rows), len(failed), reason)


def search(
    question: SizeQuestion,
    carry_out: Callable[[Sequence[Task]], Iterator[Scores]],
    *,
    progress: Progress | None = None,
) -> SizeAnswer:
    """Return the answer, whoever carries out the tasks: `carry_out` yields their scores in the order given."""
    started = time.perf_counter()
    tallies: dict[int, Tally] = {}
    while True:
        known = [tallies[n] for n in sorted(tallies)]
        step = _next_step(question, known, started)
        if not isinstance(step, Round):
            return conclude(question, known, stopped=step, seconds=time.perf_counter() - started)
        tasks = _tasks(step, tallies, size=question.effort.task)
        what = f"simulating cohorts of {' and '.join(map(str, step.replicates))}"
        for done, (task, scores) in enumerate(zip(tasks, carry_out(tasks), strict=True), start=1):
            earlier = tallies.get(task.n, Tally(n=task.n))
            tallies[task.n] = earlier.plus(scores.values, failures=scores.failures, reason=scores.reason)
            if progress is not None:
                progress(what, done, len(tasks))
        _check_failures(tallies[n] for n in step.replicates)


def _check_failures(tallies: Iterable[Tally]) -> None:
    for tally in tallies:
        if tally.failed > MOST_FAILED:
            first = tally.reason or "no reason was recorded"
            msg = (
                f"there is no answer: {tally.failures} of {tally.replicates} analyses of {tally.n} patients failed, "
                f"the first of them because: {first}. Try another model, engine, truth or --n-min"
            )
            raise IncompleteError(msg)


def _next_step(question: SizeQuestion, known: Sequence[Tally], started: float) -> Round | Stop:
    step = next_round(question, known)
    limit = question.effort.seconds
    late = limit is not None and time.perf_counter() - started >= limit
    return "seconds" if late and known and isinstance(step, Round) else step


def _tasks(step: Round, tallies: dict[int, Tally], *, size: int) -> list[Task]:
    tasks = []
    for n, count in step.replicates.items():
        start = tallies[n].replicates if n in tallies else 0
        tasks += [Task(n, start + done, min(size, count - done)) for done in range(0, count, size)]
    return tasks
