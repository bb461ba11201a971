"""How well few nodes integrate the patients' exposures out: even spacing against Gauss–Hermite (docs/decisions/0001).

Fits the default model to simulated cohorts, and at draws from the posterior compares the log-likelihood of the whole
cohort by each rule with that by 401 even nodes on ±8 SD. Run: ``uv run python benchmarks/quadrature.py``.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

import bayes_sora as bs
from bayes_sora.inference import likelihood
from bayes_sora.numerics.quadrature import normal_nodes, uniform_nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.fitting import Fit

RULES = {"even": uniform_nodes, "Gauss–Hermite": normal_nodes}
SIZES = (7, 9, 11, 15, 21)
N_DRAWS = 400


def main() -> None:
    """Print one row a cohort, rule and number of nodes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", nargs="+", default=["literal:26", "moderate:26", "moderate:200"])
    print("| cohort | rule | nodes | largest error | SD of the error |\n|---|---|---|---|---|")
    for cohort in parser.parse_args().cohorts:
        scenario, n = cohort.split(":")
        fit = bs.fit(bs.simulate(scenario, n=int(n), seed=1).cohort, seed=1)
        exact = cohort_log_likelihood(fit, partial(uniform_nodes, half_width=8.0), 401)
        for rule, nodes in RULES.items():
            for size in SIZES:
                error = cohort_log_likelihood(fit, nodes, size) - exact
                print(f"| {cohort} | {rule} | {size} | {np.abs(error).max():.1e} | {error.std():.1e} |", flush=True)


def cohort_log_likelihood(fit: Fit, nodes: Callable[[int], object], size: int) -> np.ndarray:
    """Sum the patients' log-likelihoods by the rule `nodes`, at some draws of the posterior; shape (N_DRAWS,)."""
    step = fit.parameters.sizes["chain"] * fit.parameters.sizes["draw"] // N_DRAWS
    draws = {str(name): array.to_numpy().reshape(-1)[::step] for name, array in fit.parameters.items()}
    with patch.object(likelihood, "uniform_nodes", nodes):
        patients = likelihood.evaluate_patients(
            draws, fit.model_file, fit.cohort, rng=np.random.default_rng(1), n_nodes=size
        )
    return patients.log_likelihood["patient"].sum(axis=1)


if __name__ == "__main__":
    main()
