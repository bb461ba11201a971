"""A toy whose posterior is known: the mean of a few normal values under a normal prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.study.calibration import Trial
from bayes_sora.study.calibration.trial import Posterior

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

N = 5
CEILING = 0.5


def exact(data: np.ndarray) -> tuple[float, float]:
    """Return mean and SD of the posterior: precision 1 of the prior and 1 of each value."""
    return float(data.sum() / (N + 1)), float((N + 1) ** -0.5)


def normal_trial(posterior: Callable[[np.ndarray], tuple[float, float]] = exact, *, draws: int = 150) -> Trial:
    """Return the trial of an engine that draws from a normal with the mean and SD that `posterior` gives."""

    def draw_posteriors(data: Sequence[np.ndarray], seeds: Sequence[int]) -> list[Posterior]:
        rngs = [np.random.default_rng(seed) for seed in seeds]
        return [
            Posterior(parameters={"mean": rng.normal(*posterior(one), size=draws)}, engine="toy")
            for one, rng in zip(data, rngs, strict=True)
        ]

    return Trial(
        draw_truth=lambda rng: {"mean": float(rng.normal())},
        draw_data=lambda truth, rng: rng.normal(truth["mean"], 1.0, size=N),
        draw_posteriors=draw_posteriors,
        quantities=_quantities,
    )


def _quantities(parameters: dict[str, np.ndarray], data: np.ndarray) -> dict[str, np.ndarray]:
    mean = parameters["mean"]
    return {
        "mean": mean,
        "log_likelihood": -0.5 * ((data[:, None] - mean) ** 2).sum(axis=0),
        "where_positive": np.where(mean > 0.0, mean, np.nan),
        "at_an_edge": np.minimum(mean, CEILING),
    }
