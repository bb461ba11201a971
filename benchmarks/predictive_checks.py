"""Measure the predictive checks: how often they hit a model that is right, and one that is wrong.

Run from the root of the repository: ``python benchmarks/predictive_checks.py --cohorts 200 --n 100``. Posteriors come
from the fast engine of studies; cohorts whose weights cannot be trusted are counted. Results and date stand in
docs/statistics.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

import numpy as np

import bayes_sora as bs
from bayes_sora.fitting.predictive_checks import EXTREME, PredictiveCheck, predictive_checks
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.predict import draw_replicates
from bayes_sora.numerics.logistic import expit
from bayes_sora.numerics.predictive import two_sided_p
from bayes_sora.study.engine.draws import Draws
from bayes_sora.study.engine.fast import draw_fast

MODEL = "sorafenib_joint.v1"
TRUTHS = ("right", "humped toxicity", "response hides death", "toxicity with response")


def cohort_of(truth: str, seed: int, n: int) -> bs.Cohort:
    """Return a cohort under the model (right), or with one thing about it changed."""
    simulation = bs.simulate("moderate", n=n, seed=seed)
    cohort, rng = simulation.cohort, np.random.default_rng((seed, 7))
    if truth == "humped toxicity":
        x = np.log(simulation.true_exposure_mg_l / 2.91)
        return replace(cohort, toxicity=(rng.uniform(size=n) < expit(1.0 - 5.0 * x**2)).astype(float))
    if truth == "response hides death":
        dead = (cohort.os_months <= 3.0) & (cohort.death == 1.0)
        return replace(cohort, response=np.where(dead, 0.0, cohort.response))
    if truth == "toxicity with response":
        toxic = (rng.uniform(size=n) < expit(2.0 * cohort.response - 1.4)).astype(float)
        return replace(cohort, toxicity=toxic)
    return cohort


def checks_of(
    draws: Draws, model: bs.ModelFile, cohort: bs.Cohort, seed: int
) -> tuple[tuple[PredictiveCheck, ...], float]:
    """Return all checks of one posterior, and the p of the total count of toxicities."""
    rng = np.random.default_rng(seed)
    parameters = {name: np.asarray(values) for name, values in draws.parameters.items()}
    patients = evaluate_patients(parameters, model, cohort, rng=rng)
    replicates = draw_replicates(parameters, patients.log_exposure, model, cohort, rng=rng)
    total = two_sided_p(float(cohort.toxicity.sum()), replicates["toxicity"].sum(axis=1))
    return predictive_checks(replicates, cohort, model, seed=seed), total


def main() -> None:
    """Print, for each truth, the share of cohorts with a check below 0.05 and below the limit of the verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--truths", nargs="*", default=TRUTHS)
    asked = parser.parse_args()
    model = bs.load_model(MODEL)
    for truth in asked.truths:
        cohorts = [cohort_of(truth, seed, asked.n) for seed in range(1, asked.cohorts + 1)]
        low, said, used, any_said, totals = Counter(), Counter(), 0, 0, 0
        for first in range(0, len(cohorts), 25):
            part = cohorts[first : first + 25]
            seeds = list(range(first + 1, first + 1 + len(part)))
            for draws, cohort, seed in zip(draw_fast(model, part, seeds), part, seeds, strict=True):
                if draws is None:
                    continue
                used += 1
                checks, total = checks_of(draws, model, cohort, seed)
                totals += total < 0.05
                names = {f"{one.check.split(' to month')[0]}": 1.0 for one in checks}
                for one in checks:
                    name = one.check.split(" to month")[0]
                    names[name] = min(names[name], one.p)
                low.update(name for name, p in names.items() if p < 0.05)
                said.update(name for name, p in names.items() if p < EXTREME)
                any_said += any(one.extreme for one in checks)
        print(
            f"{truth}: n = {asked.n}, {used} of {len(cohorts)} cohorts; total toxicities p < 0.05: {totals / used:.3f}"
        )
        for name in names:
            print(f"  {name}: smallest p < 0.05 {low[name] / used:.3f}, < {EXTREME} {said[name] / used:.3f}")
        print(f"  any check < {EXTREME}: {any_said / used:.3f}", flush=True)


if __name__ == "__main__":
    main()
