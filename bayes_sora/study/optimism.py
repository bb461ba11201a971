r"""How much better a ROC looks in the patients that chose its cut-off than in the next ones.

.. math:: \text{optimism} = \hat J(\hat c) - J(\hat c)

with ĉ the Youden cut-off of a cohort, Ĵ(ĉ) the index that is reported with it, and J(ĉ) what the same cut-off is worth
in the population that the cohort came from.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from bayes_sora.classical.youden import count_by_trough, youden_cut
from bayes_sora.simulation import simulate
from bayes_sora.study.block import make_replicates
from bayes_sora.study.mcse import estimate_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.simulation import Scenario
    from bayes_sora.study.plan import Cell
    from bayes_sora.types import BoolArray, FloatArray

BinaryEndpoint = Literal["toxicity", "response"]
ENDPOINTS: tuple[BinaryEndpoint, ...] = ("toxicity", "response")
POPULATION, POPULATION_SEED = 400_000, 2
"""Patients that stand for the population: J is known to about 0.002."""


def roc_optimism(cell: Cell, *, replicates: int, seed: int) -> pd.DataFrame:
    """Return apparent and true Youden index of the ROC cut-offs of simulated cohorts.

    Parameters
    ----------
    cell : Cell
        Of a released scenario.
    replicates : int
        The first so many cohorts of a study with this seed.
    seed : int
        That of the study.

    Returns
    -------
    DataFrame
        One row an endpoint: ``scenario``, ``n``, ``endpoint``, the means over replicates ``apparent``, ``true`` and
        ``optimism`` with ``…_mcse``, ``best`` (the largest J in the population) and ``n_used`` (cohorts that have a
        cut-off).
    """
    cohorts = []
    for replicate in make_replicates(cell, 0, replicates, seed=seed):
        cohorts.append(simulate(replicate.truth, n=cell.n, seed=replicate.seed, troughs=cell.troughs).cohort)
        truth = replicate.truth
    return pd.DataFrame([_row(cell, truth, endpoint, cohorts) for endpoint in ENDPOINTS])


def _row(cell: Cell, truth: Scenario, endpoint: BinaryEndpoint, cohorts: list[Cohort]) -> dict[str, object]:
    population = _population(truth, endpoint)
    pairs = np.array([_apparent_and_true(*sample, population) for sample in _samples(cohorts, endpoint)])
    pairs = pairs[np.isfinite(pairs[:, 0])]
    row: dict[str, object] = {"scenario": cell.scenario, "n": cell.n, "endpoint": endpoint}
    columns = {"apparent": pairs[:, 0], "true": pairs[:, 1], "optimism": pairs[:, 0] - pairs[:, 1]}
    for name, values in columns.items():
        estimate = estimate_mean(values)
        row |= {name: estimate.value, f"{name}_mcse": estimate.mcse}
    return row | {"best": float(youden_cut(count_by_trough(*population)).youden), "n_used": len(pairs)}


def _apparent_and_true(
    trough_mg_l: FloatArray, event: BoolArray, population: tuple[FloatArray, BoolArray]
) -> tuple[float, float]:
    cut = youden_cut(count_by_trough(trough_mg_l, event))
    above = population[0] > float(cut.cutoff_mg_l)
    true = above[population[1]].mean() - above[~population[1]].mean()
    return float(cut.youden), float(true)


def _samples(cohorts: list[Cohort], endpoint: BinaryEndpoint) -> Iterator[tuple[FloatArray, BoolArray]]:
    """Troughs and events of the patients who can be judged."""
    for cohort in cohorts:
        outcome = getattr(cohort, endpoint)
        known = ~np.isnan(outcome)
        yield cohort.trough_mg_l[known], outcome[known] == 1.0


@lru_cache(maxsize=32)
def _population(truth: Scenario, endpoint: BinaryEndpoint) -> tuple[FloatArray, BoolArray]:
    cohort = simulate(truth, n=POPULATION, seed=POPULATION_SEED).cohort
    return next(_samples([cohort], endpoint))
