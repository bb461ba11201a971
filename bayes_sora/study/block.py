"""One block of a study: replicates of a cell are simulated, analysed by every method, and put beside their truth.

A replicate follows from the study's seed, its cell and its index alone. Every method sees the same cohorts, and
cells or replicates added to a plan change nothing about those that were there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.numerics.ties import comparable
from bayes_sora.simulation import DecisionValue, decision_value, simulate, true_windows
from bayes_sora.simulation.scenarios import find_scenario
from bayes_sora.study import methods as study_methods
from bayes_sora.study.plan import TRUTHS, Replicate
from bayes_sora.study.rows import LIMITS, NAN, Failure, LimitEstimate, WindowEstimate
from bayes_sora.study.table import FAILED, OK, TIMING, Row, limit_columns, table_of
from bayes_sora.study.truths import draw_truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.simulation import Scenario
    from bayes_sora.study.methods import Analyse, Estimand
    from bayes_sora.study.plan import Cell, Method, TruthPrior
    from bayes_sora.study.rows import Analysis

LEAST_P_EXISTS = 0.5
UNDEFINED = LimitEstimate()
NO_TRUTH: Row = {"true_exists": False} | {f"true_{name}": NAN for name in LIMITS}


def replicate_seed(cell: Cell, index: int, *, seed: int) -> int:
    """Return the seed of a replicate, a 63-bit hash of the study's seed, the cell and the index."""
    follow_up = None if cell.follow_up_months is None else float(cell.follow_up_months)
    key = [int(seed), cell.scenario, int(cell.n), int(cell.troughs), follow_up, int(index)]
    digest = hashlib.sha256(json.dumps(key).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def make_replicates(
    cell: Cell, first: int, count: int, *, seed: int, truths: TruthPrior | None = None
) -> list[Replicate]:
    """Return the replicates `first` … `first` + `count` − 1 of a cell, each with its truth; arguments as below."""
    replicates = []
    for index in range(first, first + count):
        own_seed = replicate_seed(cell, index, seed=seed)
        if cell.scenario == TRUTHS and truths is not None:
            truth = draw_truth(truths, seed=own_seed)
        else:
            truth = find_scenario(cell.scenario)
        replicates.append(Replicate(cell=cell, index=index, seed=own_seed, truth=truth))
    return replicates


def simulate_cohort(replicate: Replicate) -> Cohort:
    """Draw the cohort of a replicate; nobody is followed for longer than the cell's follow-up."""
    cell = replicate.cell
    cohort = simulate(replicate.truth, n=cell.n, seed=replicate.seed, troughs=cell.troughs).cohort
    end = cell.follow_up_months
    if end is None or cohort.os_months is None or cohort.death is None:
        return cohort
    seen = cohort.os_months <= end
    return replace(cohort, os_months=np.where(seen, cohort.os_months, end), death=np.where(seen, cohort.death, 0.0))


def analyse_block(
    cell: Cell,
    first: int,
    count: int,
    *,
    methods: Sequence[Method],
    seed: int,
    truths: TruthPrior | None = None,
    analyse: Analyse = study_methods.analyse,
    beside_truth: bool = True,
) -> pd.DataFrame:
    """Simulate replicates of one cell, analyse them with every method, and return their rows.

    Parameters
    ----------
    cell : Cell
    first, count : int
        Replicates `first` … `first` + `count` − 1 of the cell.
    methods : sequence of Method
    seed : int
        Seed of the study.
    truths : TruthPrior or None
        Where the scenario of the cell is ``"truths"``.
    analyse : callable
        What analyses cohorts by a method; tests pass another.
    beside_truth : bool
        Find the true windows. Without them their columns are empty: where every replicate has a truth of its own, they
        cost more than its analysis.

    Returns
    -------
    DataFrame
        With the columns of :data:`bayes_sora.study.table.COLUMNS`; by replicate, then method, then window.
    """
    replicates = make_replicates(cell, first, count, seed=seed, truths=truths)
    cohorts = [simulate_cohort(one) for one in replicates]
    analyses = [analyse(method, replicates, cohorts) for method in methods]
    return table_of(
        [
            row
            for number, one in enumerate(replicates)
            for method, of_method in zip(methods, analyses, strict=True)
            for row in _rows(one, method, of_method[number], beside_truth=beside_truth)
        ]
    )


def failed_rows(
    cell: Cell,
    index: int,
    *,
    methods: Sequence[Method],
    seed: int,
    reason: str,
    truths: TruthPrior | None = None,
) -> pd.DataFrame:
    """Return the rows of a replicate that no method could analyse; arguments as of :func:`analyse_block`."""

    def fail(_method: Method, replicates: Sequence[Replicate], _cohorts: Sequence[Cohort]) -> list[Analysis]:
        return [Failure(reason=reason) for _ in replicates]

    return analyse_block(cell, index, 1, methods=methods, seed=seed, truths=truths, analyse=fail)


def _rows(replicate: Replicate, method: Method, analysis: Analysis, *, beside_truth: bool) -> Iterator[Row]:
    estimand = study_methods.estimand_of(method)
    shared = _identity(replicate) | {"method": method.name} | NO_TRUTH
    if isinstance(analysis, Failure):
        for kind in estimand.windows:
            engine = method.engine if method.kind == "bayes" else method.kind
            window = WindowEstimate(window=kind, scale=estimand.scale, engine=engine)
            status: Row = {"status": FAILED, "failure": analysis.reason}
            beside = _truth_columns(window, replicate.truth, estimand) if beside_truth else {}
            yield shared | status | _window_columns(window, method, replicate.truth) | beside
        return
    for window in analysis:
        beside = _truth_columns(window, replicate.truth, estimand) if beside_truth else {}
        yield shared | {"status": OK, "failure": ""} | _window_columns(window, method, replicate.truth) | beside


def _identity(replicate: Replicate) -> Row:
    cell = replicate.cell
    return {
        "scenario": cell.scenario,
        "n": cell.n,
        "troughs": cell.troughs,
        "follow_up_months": NAN if cell.follow_up_months is None else cell.follow_up_months,
        "replicate": replicate.index,
        "seed": replicate.seed,
    }


def _window_columns(window: WindowEstimate, method: Method, truth: Scenario) -> Row:
    used = _used_window(window)
    value = _value(truth, used)
    row: Row = {
        "window": window.window,
        "scale": window.scale,
        "engine": window.engine,
        "fallback": window.fallback,
        "p_exists": window.p_exists,
        "p_rising": window.p_rising,
        "prior_tail": window.prior_tail,
        "identified": window.identified,
        "k_hat": window.k_hat,
        "window_used": used is not None,
        # A method without a verdict declares whatever it finds.
        "declared": window.identified if method.kind == "bayes" else used is not None,
        "window_value_months": value.value_months,
        "untouched_months": value.untouched_months,
        "best_months": value.best_months,
        TIMING: window.seconds,
    }
    for name in LIMITS:
        row |= limit_columns(name, window.limits.get(name, UNDEFINED))
    return row


def _used_window(window: WindowEstimate) -> tuple[float, float] | None:
    """Return the window a reader would dose by: the medians of both limits, where it more likely exists than not."""
    lower, upper = (window.limits.get(name, UNDEFINED).q50 for name in ("lower", "upper"))
    ordered = bool(comparable(lower) < comparable(upper))  # False where a limit is NaN
    believable = window.p_exists >= LEAST_P_EXISTS and ordered and np.isfinite(upper)
    return (lower, upper) if believable else None


def _value(truth: Scenario, window: tuple[float, float] | None) -> DecisionValue:
    """Return the worth of acting on `window`, by the same utility for every method: the released one."""
    return _untouched(truth) if window is None else decision_value(truth, window)


@lru_cache(maxsize=256)
def _untouched(truth: Scenario) -> DecisionValue:
    return decision_value(truth, None)


def _truth_columns(window: WindowEstimate, truth: Scenario, estimand: Estimand) -> Row:
    windows = true_windows(truth, scale=window.scale, span=estimand.span, questions=estimand.questions)
    true = {"limits": windows.limits, "youden": windows.youden, "utility": windows.utility}[window.window]
    lower, upper = (NAN if end is None else end for end in (true.lower, true.upper))
    optimum = windows.optimum if window.window == "utility" else None
    return {
        "true_exists": true.exists,
        "true_lower": lower,
        "true_upper": upper,
        "true_width": upper - lower if true.exists else NAN,
        "true_optimum": NAN if optimum is None else optimum,
    }
