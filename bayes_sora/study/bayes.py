"""The Bayesian methods of a study: the fast engine, NUTS, and the hand-over from one to the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bayes_sora.errors import InputError
from bayes_sora.modelfile import load_model
from bayes_sora.study.engine.draws import Draws, estimate_windows
from bayes_sora.study.rows import Analysis, Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile import ModelFile
    from bayes_sora.study.plan import Method, Replicate


def analyse_bayes(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Return the windows of each cohort's posterior.

    Parameters
    ----------
    method : Method
        Names the model file and the engine.
    replicates : sequence of Replicate
        Their seeds are those of the analyses.
    cohorts : sequence of Cohort
        All of the same size.
    """
    if method.model is None:
        msg = f"the method {method.name!r} names no model file"
        raise ValueError(msg)
    model = load_model(method.model)
    started = time.perf_counter()
    seeds = [replicate.seed for replicate in replicates]
    drawn: list[Draws | None] = [None] * len(cohorts)
    lacking = [_lacking(model, cohort) for cohort in cohorts]
    complete = [i for i, what in enumerate(lacking) if not what]
    if method.engine == "fast" and not any(cohort.troughs.n_censored for cohort in cohorts):
        from bayes_sora.study.engine.fast import draw_fast  # noqa: PLC0415 - NUTS alone needs none of it

        found = draw_fast(model, [cohorts[i] for i in complete], [seeds[i] for i in complete])
        for i, draws in zip(complete, found, strict=True):
            drawn[i] = draws
    shared = (time.perf_counter() - started) / max(len(cohorts), 1)
    return [
        Failure(reason=what) if what else _analyse(method, model, cohort, draws, seed=seed, seconds=shared)
        for cohort, draws, seed, what in zip(cohorts, drawn, seeds, lacking, strict=True)
    ]


def _lacking(model: ModelFile, cohort: Cohort) -> str:
    """Return what the model needs and the cohort has not, "" where that is nothing; without importing PyMC."""
    needed = (what for block in model.outcomes.values() for what in block.outcome.needs)
    columns = [what for what in needed if getattr(cohort, what) is None]
    lacking = [*(endpoint for endpoint in model.endpoints if endpoint not in cohort.endpoints), *columns]
    return f"{model.name} needs {lacking[0]}, and the cohort has none" if lacking else ""


def _analyse(
    method: Method, model: ModelFile, cohort: Cohort, draws: Draws | None, *, seed: int, seconds: float
) -> Analysis:
    from bayes_sora.study.methods import estimand_of  # noqa: PLC0415 - the dispatcher imports this module

    started = time.perf_counter()
    engine = "fast"
    if draws is None:
        from bayes_sora.study.engine.nuts import draw_nuts  # noqa: PLC0415 - PyMC, which few cohorts need

        engine = "nuts"
        try:
            draws = draw_nuts(model, cohort, seed)
        except InputError as error:
            return Failure(reason=str(error).splitlines()[0])
        if draws is None:
            return Failure(reason="neither engine could be trusted" if method.engine == "fast" else "NUTS not trusted")
    return estimate_windows(
        draws,
        model,
        cohort,
        windows=estimand_of(method).windows,
        engine=engine,
        fallback=engine != method.engine,
        seconds=seconds + time.perf_counter() - started,
    )
