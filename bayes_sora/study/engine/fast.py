"""The fast engine: importance sampling of many cohorts at once, checked by Pareto k and effective draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from arviz_stats.base.array import array_stats
from jax import Array

from bayes_sora.study.engine.density import Density, cohort_arrays, make_density
from bayes_sora.study.engine.draws import Draws
from bayes_sora.study.engine.importance import Case, Rounds, Target, base_draws, draw_weighted_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import FloatArray

BATCH = 25
"""Cohorts a call, padded: one shape a size of cohort, whoever is in it."""
FIRST = Rounds(sizes=(600, 900, 1500))
SECOND = Rounds(sizes=(2000, 4000, 8000), df=4.0, widening=1.4)
"""For cohorts that the first rounds leave short of draws: more draws, heavier tails."""
THIRD = Rounds(sizes=(4000, 8000, 12000, 24000), df=3.0, widening=1.8)
"""For what is left, still some ten times as fast as NUTS."""
DRAWS = 1000
"""Draws a posterior, resampled from the weighted ones."""
LARGEST_K = 0.7
LEAST_ESS = 400.0
CPU = "cpu"


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    position: FloatArray
    log_weight: FloatArray
    k_hat: float
    ess: float

    @property
    def good(self) -> bool:
        return self.k_hat <= LARGEST_K and self.ess >= LEAST_ESS


def draw_fast(model: ModelFile, cohorts: Sequence[Cohort], seeds: Sequence[int]) -> list[Draws | None]:
    """Draw from the posterior of each cohort; None where the importance weights cannot be trusted.

    Parameters
    ----------
    model : ModelFile
    cohorts : sequence of Cohort
        All of the same size.
    seeds : sequence of int
        One a cohort.

    Returns
    -------
    list of Draws or None
        :data:`DRAWS` draws of equal weight. None when Pareto k exceeds 0.7 or fewer than 400 draws would be effective
        also after a second and a third, larger attempt.
    """
    density = density_of(model)
    outcomes: list[_Outcome] = []
    for first in range(0, len(cohorts), BATCH):
        part = slice(first, first + BATCH)
        outcomes += _attempt(density, cohorts[part], seeds[part], FIRST, size=BATCH)
    found: list[Draws | None] = []
    for cohort, seed, outcome in zip(cohorts, seeds, outcomes, strict=True):
        last = outcome
        for rounds in (SECOND, THIRD):
            if not last.good:
                last = _attempt(density, [cohort], [seed], rounds, size=1)[0]
        found.append(_resampled(density, last, seed) if last.good else None)
    return found


def density_of(model: ModelFile) -> Density:
    """Return the density of a model file, the same object for the same content, so that it is compiled once."""
    return _density(model.identity, _ByContent(model))


class _ByContent:
    """A model file that equals another of the same content."""

    def __init__(self, model: ModelFile) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByContent) and other.model.identity == self.model.identity

    def __hash__(self) -> int:
        return hash(self.model.identity)


@lru_cache(maxsize=16)
def _density(identity: str, model: _ByContent) -> Density:  # noqa: ARG001 - the key
    return make_density(model.model)


def _attempt(
    density: Density, cohorts: Sequence[Cohort], seeds: Sequence[int], rounds: Rounds, *, size: int
) -> list[_Outcome]:
    """Draw for at most `size` cohorts in a call of exactly that size."""
    padded = [*cohorts, *(cohorts[-1] for _ in range(size - len(cohorts)))]
    arrays = cohort_arrays(padded, density.model)
    base = [base_draws(_generator(seed, len(rounds.sizes)), len(density.names), rounds) for seed in seeds]
    base += [base[-1]] * (size - len(base))
    normals, chi = (np.stack(part) for part in zip(*base, strict=True))
    at_once = 1 if jax.default_backend() == CPU else size
    with jax.enable_x64(new_val=True):
        start = jnp.zeros((size, len(density.names)))
        case = Case(arrays, jnp.asarray(normals), jnp.asarray(chi), start)
        target = Target(density.log_posterior, density.quick_log_posterior)
        weighted = draw_weighted_batch(target, rounds, case, at_once)
        position, log_weight = np.asarray(weighted.position), np.asarray(weighted.log_weight)
    return [_judge(position[i], log_weight[i]) for i in range(len(cohorts))]


def _judge(position: FloatArray, log_weight: FloatArray) -> _Outcome:
    if not np.isfinite(position).all() or not np.isfinite(log_weight.max()):
        return _Outcome(position=position, log_weight=log_weight, k_hat=np.inf, ess=0.0)
    # psislw takes log-likelihoods, whose negatives are log weights.
    smoothed, k_hat = array_stats.psislw(-np.maximum(log_weight, -700.0))
    weight = np.exp(smoothed - smoothed.max())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return _Outcome(
        position=position,
        log_weight=np.asarray(smoothed),
        k_hat=float(k_hat),
        # The draws that are kept cannot tell more than the weighted ones they come from.
        ess=1.0 / (1.0 / effective + 1.0 / DRAWS),
    )


def _resampled(density: Density, outcome: _Outcome, seed: int) -> Draws:
    """Take draws of equal weight, systematically: every draw comes as often as its weight says, within one."""
    weight = np.exp(outcome.log_weight - outcome.log_weight.max())
    cumulative = np.cumsum(weight / weight.sum())
    points = (np.arange(DRAWS) + _generator(seed, 0).uniform()) / DRAWS
    chosen = np.minimum(np.searchsorted(cumulative, points), weight.size - 1)
    with jax.enable_x64(new_val=True):
        parameters = _parameters(density, outcome.position[:, chosen])
        plain = {name: np.asarray(value) for name, value in parameters.items()}
    return Draws(parameters=plain, ess=outcome.ess, k_hat=outcome.k_hat)


@partial(jax.jit, static_argnums=0)
def _parameters(density: Density, position: Array) -> dict[str, Array]:
    """Step by step, without compilation, this alone would take as long as drawing does."""
    return density.parameters(position)


def _generator(seed: int, use: int) -> np.random.Generator:
    """Return the random numbers of one use of a seed."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(0xFA57, use))))
