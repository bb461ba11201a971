"""Calibrate a model file: replications in blocks, on processes of this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bayes_sora.arguments import MOST_SEED, whole_number
from bayes_sora.errors import UsageError
from bayes_sora.files.budgets import REPLICATIONS
from bayes_sora.modelfile import load_model, model_from_json
from bayes_sora.processes import processors
from bayes_sora.study.calibration.engines import ENGINES, draw_posteriors
from bayes_sora.study.calibration.quantities import evaluate_quantities
from bayes_sora.study.calibration.result import Calibration, Design, judge_ranks
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort, draw_truth
from bayes_sora.study.calibration.trial import Ranked, Trial, run_trials
from bayes_sora.study.plan_vocabulary import SIZE
from bayes_sora.study.pools import process_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.study.plan import EngineName
    from bayes_sora.types import FloatArray

BLOCK = 25
"""Replications a task: as many cohorts as the fast engine takes at once."""
FEWEST_PATIENTS, FEWEST_REPLICATIONS = 3, 20
MOST_PATIENTS = int(SIZE.high)


def calibrate(
    model: str | ModelFile,
    *,
    n: int = 26,
    replications: int = 500,
    engine: EngineName = "fast",
    workers: int | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Check by simulation that an engine draws from the posterior of a model file.

    Parameters
    ----------
    model : str or ModelFile
        Name or path of a model file, or one that is loaded.
    n : int
        Patients a cohort, at least 3.
    replications : int
        Cohorts, at least 20; with 500 the 99 % band of an ECDF is 8 percentage points wide on either side.
    engine : {"fast", "nuts"}
        The engine of studies; the fast one hands cohorts over to NUTS as it does in a study.
    workers : int, optional
        Processes; one a processor by default. The numbers do not depend on it.
    seed : int
    progress : callable, optional
        Hears of replications done and in all.

    Raises
    ------
    UsageError
        When a number is out of range or the engine unknown.
    InputError
        When the model file is bad.
    """
    loaded = load_model(model) if isinstance(model, str) else model
    design = Design(n=n, replications=replications, engine=engine, seed=seed)
    _check(design)
    with process_pool(processors() if workers is None else workers) as pool:
        executor, finished = pool.open(), False
        try:
            ranked = _run_blocks(loaded, design, executor, progress or _silent)
            finished = True
        finally:
            pool.close(executor, now=not finished)
    return judge_ranks(ranked, model=loaded, design=design)


def model_trial(model: ModelFile, *, n: int, engine: EngineName) -> Trial[Cohort]:
    """Return the trial of an engine on a model file with cohorts of `n` patients."""

    def quantities(parameters: Mapping[str, FloatArray], cohort: Cohort) -> dict[str, FloatArray]:
        return evaluate_quantities(parameters, model=model, cohort=cohort)

    return Trial(
        draw_truth=partial(draw_truth, model),
        draw_data=lambda truth, rng: draw_cohort(model, truth, n=n, rng=rng),
        draw_posteriors=partial(draw_posteriors, model, engine=engine),
        quantities=quantities,
    )


def _run_blocks(
    model: ModelFile, design: Design, executor: Executor, progress: Callable[[int, int], None]
) -> list[Ranked]:
    blocks = [range(first, min(first + BLOCK, design.replications)) for first in range(0, design.replications, BLOCK)]
    tasks = [executor.submit(_run_block, model.text, design, block) for block in blocks]
    ranked: list[Ranked] = []
    progress(0, design.replications)
    for task in tasks:
        ranked += task.result()
        progress(len(ranked), design.replications)
    return ranked


def _run_block(model_text: str, design: Design, indices: Sequence[int]) -> list[Ranked]:
    model = bind_example(model_from_json(model_text), n=design.n)
    trial = model_trial(model, n=design.n, engine=design.engine)
    return run_trials(trial, seed=design.seed, indices=indices)


def _check(design: Design) -> None:
    for name, number, least, most in (
        ("n", design.n, FEWEST_PATIENTS, MOST_PATIENTS),
        ("replications", design.replications, FEWEST_REPLICATIONS, REPLICATIONS),
        ("seed", design.seed, 0, MOST_SEED),
    ):
        if number < least:
            msg = f"{name} must be at least {least}, got {number}"
            raise UsageError(msg)
        whole_number(name, number, least=least, most=most)
    if design.engine not in ENGINES:
        msg = f"unknown engine {design.engine!r}; known: {', '.join(ENGINES)}"
        raise UsageError(msg)


def _silent(_done: int, _in_all: int) -> None:
    pass
