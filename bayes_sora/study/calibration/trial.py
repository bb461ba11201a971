r"""One replication of simulation-based calibration, for any model: truth, data, posterior, ranks.

Given the data, the truth and L independent posterior draws are L + 1 draws from one distribution, so that the rank r
of the truth among them is uniform on 0, …, L (Talts et al. 2018). Ranks are handed on as

.. math:: u = (r + v) / (L + 1), \qquad v \sim U(0, 1),

which is exactly uniform on (0, 1) whatever L is. Draws that equal the truth (a limit at the edge of the range) are put
before or behind it by lot. A quantity that is defined in some draws only is ranked among those, and only in
replications whose truth defines it: what is left of an exchangeable set is exchangeable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bayes_sora.types import FloatArray, IntArray

KEPT = 99
"""Draws a posterior that ranks are taken among."""
TRUTH, DATA, FIT, RANKS = range(4)
"""What a replication's random numbers are for; each use has a stream of its own."""

Truth = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Draws of one posterior, of equal weight.

    Attributes
    ----------
    parameters : mapping of name to FloatArray, shape (n_draws,)
        At least :data:`KEPT` draws; every so manieth is kept.
    engine : str
        What drew it.
    """

    parameters: Mapping[str, FloatArray]
    engine: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial[Data]:
    """What is tried: four functions, so that any part can be replaced by a broken one.

    Attributes
    ----------
    draw_truth : callable
        Random generator → parameters by name, from their priors.
    draw_data : callable
        (parameters, random generator) → data, from the model.
    draw_posteriors : callable
        (data of several replications, their seeds) → for each its :class:`Posterior`, or None where the engine could
        not be trusted. Whether it can may depend on the data alone; then leaving such replications out is no bias.
    quantities : callable
        (parameters as arrays of draws, data) → quantities by name, arrays of draws, NaN where undefined.
    """

    draw_truth: Callable[[np.random.Generator], Truth]
    draw_data: Callable[[Truth, np.random.Generator], Data]
    draw_posteriors: Callable[[Sequence[Data], Sequence[int]], Sequence[Posterior | None]]
    quantities: Callable[[Mapping[str, FloatArray], Data], Mapping[str, FloatArray]]


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """The ranks of one replication.

    Attributes
    ----------
    index : int
        0, 1, … within the run.
    engine : str
        What drew the posterior; "" when none could be trusted.
    ranks : mapping of quantity to float
        Normalised to (0, 1), NaN where the truth does not define it; empty without a posterior.
    distinct : int
        Distinct draws among those kept.
    """

    index: int
    engine: str
    ranks: Mapping[str, float]
    distinct: int = 0


def run_trials[Data](trial: Trial[Data], *, seed: int, indices: Sequence[int]) -> list[Ranked]:
    """Carry out some replications; each depends on the seed and its index alone."""
    truths = [trial.draw_truth(_generator(seed, index, TRUTH)) for index in indices]
    data = [trial.draw_data(truth, _generator(seed, index, DATA)) for truth, index in zip(truths, indices, strict=True)]
    posteriors = trial.draw_posteriors(data, [_fit_seed(seed, index) for index in indices])
    return [
        _ranked(trial, index, truth, one, posterior, _generator(seed, index, RANKS))
        for index, truth, one, posterior in zip(indices, truths, data, posteriors, strict=True)
    ]


def _ranked[Data](  # noqa: PLR0917 - one replication, in the order in which it came about
    trial: Trial[Data], index: int, truth: Truth, data: Data, posterior: Posterior | None, rng: np.random.Generator
) -> Ranked:
    if posterior is None:
        return Ranked(index=index, engine="", ranks={})
    n_draws = len(next(iter(posterior.parameters.values())))
    kept = thinned(n_draws, rng)
    # The truth comes first, so that it goes through the very same arithmetic as the draws.
    together = {name: np.concatenate([[truth[name]], posterior.parameters[name][kept]]) for name in truth}
    values = trial.quantities(together, data)
    return Ranked(
        index=index,
        engine=posterior.engine,
        ranks={name: normalised_rank(value, rng) for name, value in values.items()},
        distinct=int(np.unique(next(iter(together.values()))[1:]).size),
    )


def thinned(n_draws: int, rng: np.random.Generator) -> IntArray:
    """Return the indices of :data:`KEPT` of the draws, evenly spaced from a start by lot."""
    if n_draws < KEPT:
        msg = f"at least {KEPT} posterior draws are needed, got {n_draws}"
        raise ValueError(msg)
    return np.floor((np.arange(KEPT) + rng.uniform()) * (n_draws / KEPT)).astype(np.int64)


def normalised_rank(values: FloatArray, rng: np.random.Generator) -> float:
    """Return the rank in (0, 1) of the first value among the others; NaN where it is NaN itself."""
    truth, draws = values[0], values[1:]
    draws = draws[~np.isnan(draws)]
    below, equal = np.count_nonzero(draws < truth), np.count_nonzero(draws == truth)
    rank = below + rng.integers(0, equal, endpoint=True)
    return float("nan") if np.isnan(truth) else float((rank + rng.uniform()) / (draws.size + 1))


def _generator(seed: int, index: int, use: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(index, use))))


def _fit_seed(seed: int, index: int) -> int:
    """Return the 63-bit seed of the replication's fit."""
    (word,) = np.random.SeedSequence(seed, spawn_key=(index, FIT)).generate_state(1, np.uint64)
    return int(word >> np.uint64(1))
