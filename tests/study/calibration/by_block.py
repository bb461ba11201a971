"""An engine for a model that takes exposure as measured: given the troughs its blocks are independent.

Each block has four parameters at most, so that draws of its prior, resampled by its likelihood (SciPy's), are draws of
its posterior. It needs neither JAX nor PyMC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_expit

from bayes_sora.study.calibration import draw_truth
from bayes_sora.study.calibration.trial import Posterior

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.cohort import Cohort
    from bayes_sora.modelfile import ModelFile

POOL, DRAWS = 3_000, 150
BLOCKS = ("exposure", "toxicity", "response", "survival")


def draw_by_block(model: ModelFile, cohorts: Sequence[Cohort], seeds: Sequence[int]) -> list[Posterior]:
    """Draw from the posterior of each cohort."""
    rng = np.random.default_rng(0)
    truths = [draw_truth(model, rng) for _ in range(POOL)]
    pool = {name: np.array([truth[name] for truth in truths]) for name in model.priors}
    return [
        Posterior(parameters=_resampled(pool, model, cohort, seed), engine="by block")
        for cohort, seed in zip(cohorts, seeds, strict=True)
    ]


def _resampled(pool: dict[str, np.ndarray], model: ModelFile, cohort: Cohort, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    log_likelihood = block_log_likelihoods(pool, model, cohort)
    parameters = {}
    for block in BLOCKS:
        weight = np.exp(log_likelihood[block] - log_likelihood[block].max())
        points = (np.arange(DRAWS) + rng.uniform()) / DRAWS
        chosen = np.searchsorted(np.cumsum(weight / weight.sum()), points).clip(max=POOL - 1)
        shuffled = rng.permutation(chosen)
        parameters |= {name: pool[name][shuffled] for name in pool if name.startswith(block)}
    return parameters


def block_log_likelihoods(
    parameters: Mapping[str, np.ndarray], model: ModelFile, cohort: Cohort
) -> dict[str, np.ndarray]:
    """Return the log-likelihood of each block for each draw, written from the definitions."""
    of = {name: values[:, None] for name, values in parameters.items()}
    log_y = np.log(cohort.trough_mg_l)
    x = log_y - np.log(model.drug.reference_mg_l)
    z = (log_y - of["exposure_log_median"]) / of["exposure_sd"]
    found = {"exposure": (-0.5 * z**2 - np.log(of["exposure_sd"]) - 0.5 * np.log(2.0 * np.pi)).sum(axis=1)}
    for name in ("toxicity", "response"):
        outcome = getattr(cohort, name)
        logit = np.where(outcome == 1.0, 1.0, -1.0) * (of[f"{name}_intercept"] + of[f"{name}_slope"] * x)
        found[name] = np.where(np.isnan(outcome), 0.0, log_expit(logit)).sum(axis=1)
    shape, scaled = of["survival_shape"], cohort.os_months / of["survival_median"]
    hazard_ratio = np.exp(of["survival_linear"] * x + of["survival_curvature"] * x**2)
    cumulative = np.log(2.0) * scaled**shape * hazard_ratio
    found["survival"] = (cohort.death * np.log(shape * cumulative / cohort.os_months) - cumulative).sum(axis=1)
    return found
