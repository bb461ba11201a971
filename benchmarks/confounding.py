"""How often a slope of survival is found where exposure changes nothing, with and without the assumed confounder.

Run from the root of the repository: ``python benchmarks/confounding.py --n 100 --replications 200``. Every cohort of
the scenario ``confounded`` (sicker patients have lower troughs and die earlier, exposure changes nothing) is analysed
by the joint model and by sorafenib_confounding.v1, which assumes what is true of the scenario. Posteriors by the fast
engine; a cohort whose weights cannot be trusted goes to NUTS. Writes the table as JSON to stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

import bayes_sora as bs
from bayes_sora.study.engine.fast import BATCH, draw_fast
from bayes_sora.study.engine.nuts import draw_nuts

MODELS = ("sorafenib_joint.v1", "sorafenib_confounding.v1")
ENDS = (0.025, 0.5, 0.975)


def main() -> None:
    """Analyse the cohorts and print one table a model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000)
    asked = parser.parse_args()
    found: dict[str, list[list[float]]] = {name: [] for name in MODELS}
    refused = dict.fromkeys(MODELS, 0)
    began = time.perf_counter()
    for first in range(0, asked.replications, BATCH):
        seeds = [asked.seed + k for k in range(first, min(first + BATCH, asked.replications))]
        cohorts = [bs.simulate("confounded", n=asked.n, seed=seed).cohort for seed in seeds]
        for name in MODELS:
            model = bs.load_model(name)
            for cohort, seed, fast in zip(cohorts, seeds, draw_fast(model, cohorts, seeds), strict=True):
                draws = draw_nuts(model, cohort, seed) if fast is None else fast
                if draws is None:
                    refused[name] += 1
                    continue
                found[name].append(np.quantile(draws.parameters["survival_linear"], ENDS).tolist())
        print(f"{seeds[-1]} after {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        partial = {name: _summary(np.array(rows), refused[name]) for name, rows in found.items()}
        print(json.dumps(partial), file=sys.stderr, flush=True)
    print(json.dumps({name: _summary(np.array(rows), refused[name]) for name, rows in found.items()}, indent=1))


def _summary(rows: np.ndarray, refused: int) -> dict[str, float]:
    low, middle, high = rows.T
    share = float(((low > 0) | (high < 0)).mean())
    return {
        "cohorts": len(rows),
        "refused": refused,
        "excludes_0": share,
        "monte_carlo_se": float(np.sqrt(share * (1 - share) / len(rows))),
        "median_slope": float(np.mean(middle)),
        "median_width": float(np.median(high - low)),
    }


if __name__ == "__main__":
    main()
