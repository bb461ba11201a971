r"""Adaptive multiple importance sampling of many cohorts' posteriors (Cornuet et al. 2012), from a Laplace start.

Proposals are multivariate t distributions: the first around the mode, each further one with mean and covariance of the
weighted draws so far, widened. Draws of all rounds are weighted against the mixture of all proposals,

.. math:: w_s \propto p(θ_s, y) \Big/ \sum_k \frac{S_k}{S}\, t_ν(θ_s; m_k, Σ_k),

so that a round that missed something cannot spoil those that did not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.linalg import solve_triangular

from bayes_sora.study.engine.density import CohortArrays

if TYPE_CHECKING:
    from bayes_sora.types import FloatArray

NEWTON_STEPS = 16
STEP_SIZES = (1.0, 0.5, 0.2, 0.07, 0.02, 0.005, 0.0)
LEAST_CURVATURE = 0.3
"""Of the log posterior along any direction, where that of a normal prior alone is 1."""


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """How much to draw.

    Attributes
    ----------
    sizes : tuple of int
        Draws of each round.
    df : float
        Degrees of freedom of the proposals.
    widening : float
        Factor on the covariance of every proposal.
    """

    sizes: tuple[int, ...] = (600, 900, 1500)
    df: float = 6.0
    widening: float = 1.15


class Weighted(NamedTuple):
    """Weighted draws.

    Attributes
    ----------
    position : shape (…, n_parameters, n_draws)
    log_weight : shape (…, n_draws)
        Up to a constant.
    """

    position: Array
    log_weight: Array


class Proposal(NamedTuple):
    """A multivariate t: position = location + root·z, with z its standard form.

    Attributes
    ----------
    location : shape (n_parameters,)
    root, inverse : shape (n_parameters, n_parameters)
        A square root of the scale matrix, and its inverse.
    log_size : shape ()
        log |det root|.
    """

    location: Array
    root: Array
    inverse: Array
    log_size: Array

    def widened(self, factor: float) -> Proposal:
        """Return the same with its scale matrix times `factor`."""
        width = float(np.sqrt(factor))
        log_size = self.log_size + self.location.size * float(np.log(width))
        return Proposal(self.location, self.root * width, self.inverse / width, log_size)


class Target(NamedTuple):
    """A posterior density of positions (n_parameters, n_draws) given a cohort.

    Attributes
    ----------
    exact : callable
        With derivatives, for the search of the mode.
    quick : callable
        For the many draws; may be less precise.
    """

    exact: Callable[[Array, CohortArrays], Array]
    quick: Callable[[Array, CohortArrays], Array]


class Case(NamedTuple):
    """What one posterior is drawn from; for many cohorts every array has a leading axis.

    Attributes
    ----------
    cohort : CohortArrays
    normals, chi
        From :func:`base_draws`.
    start : shape (n_parameters,)
        Where the search for the mode begins.
    """

    cohort: CohortArrays
    normals: Array
    chi: Array
    start: Array


def base_draws(rng: np.random.Generator, n_parameters: int, rounds: Rounds) -> tuple[FloatArray, FloatArray]:
    """Draw what the proposals are made of: normals (n_parameters, n_draws) and χ²/ν (n_draws,)."""
    n_draws = sum(rounds.sizes)
    return rng.normal(size=(n_parameters, n_draws)), rng.chisquare(rounds.df, size=n_draws) / rounds.df


def draw_weighted(target: Target, rounds: Rounds, case: Case) -> Weighted:
    """Draw from the posterior of one cohort."""
    around = _laplace(target.exact, case.cohort, case.start)
    proposals: list[Proposal] = []
    positions: list[Array] = []
    log_density: list[Array] = []
    done = 0
    for size in rounds.sizes:
        proposals.append(around.widened(rounds.widening))
        z = case.normals[:, done : done + size] / jnp.sqrt(case.chi[done : done + size])
        positions.append(proposals[-1].location[:, None] + proposals[-1].root @ z)
        log_density.append(target.quick(positions[-1], case.cohort))
        done += size
        position = jnp.concatenate(positions, axis=1)
        log_weight = jnp.concatenate(log_density) - _log_mixture(position, proposals, rounds)
        log_weight = jnp.where(jnp.isfinite(log_weight), log_weight, -jnp.inf)
        if len(positions) < len(rounds.sizes):
            around = _moments(position, log_weight, around)
    return Weighted(position, log_weight - log_weight.max())


@partial(jax.jit, static_argnums=(0, 1, 3))
def draw_weighted_batch(target: Target, rounds: Rounds, cases: Case, at_once: int) -> Weighted:
    """Draw from the posteriors of many cohorts, `at_once` of them side by side."""
    return lax.map(partial(draw_weighted, target, rounds), cases, batch_size=at_once)


def _laplace(density: Callable[[Array, CohortArrays], Array], cohort: CohortArrays, start: Array) -> Proposal:
    """Return the normal approximation at the mode, found by Newton's method with a line search."""
    sizes = jnp.asarray(STEP_SIZES)

    def at(position: Array) -> Array:
        return density(position[:, None], cohort)[0]

    def step(_: int, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        position = state[0]
        values, vectors = jnp.linalg.eigh(-jax.hessian(at)(position))
        # Newton would climb towards a saddle where the curvature has the wrong sign.
        values = jnp.maximum(jnp.abs(values), LEAST_CURVATURE)
        direction = vectors @ ((vectors.T @ jax.grad(at)(position)) / values)
        tried = position[:, None] + direction[:, None] * sizes
        height = density(tried, cohort)
        best = jnp.argmax(jnp.where(jnp.isfinite(height), height, -jnp.inf))
        return tried[:, best], values, vectors

    # The curvature is that of the step before; by the last one the mode is reached.
    mode, values, vectors = lax.fori_loop(0, NEWTON_STEPS, step, (start, jnp.ones_like(start), jnp.eye(start.size)))
    sd = 1.0 / jnp.sqrt(values)
    return Proposal(mode, vectors * sd, vectors.T / sd[:, None], jnp.log(sd).sum())


def _log_mixture(position: Array, proposals: list[Proposal], rounds: Rounds) -> Array:
    sizes = jnp.asarray(rounds.sizes[: len(proposals)], dtype=float)
    parts = jnp.stack([_log_t(position, proposal, df=rounds.df) for proposal in proposals])
    return jax.nn.logsumexp(parts + jnp.log(sizes / sizes.sum())[:, None], axis=0)


def _log_t(position: Array, proposal: Proposal, *, df: float) -> Array:
    dim = proposal.location.size
    z = proposal.inverse @ (position - proposal.location[:, None])
    size = math.lgamma(0.5 * (df + dim)) - math.lgamma(0.5 * df) - 0.5 * dim * math.log(df * math.pi)
    return size - proposal.log_size - 0.5 * (df + dim) * jnp.log1p((z**2).sum(axis=0) / df)


def _moments(position: Array, log_weight: Array, before: Proposal) -> Proposal:
    """Return a proposal of the weighted mean and covariance; large weights are truncated (Ionides 2008)."""
    weight = jnp.exp(log_weight - log_weight.max())
    weight = jnp.minimum(weight, weight.mean() * math.sqrt(log_weight.size))
    weight = weight / weight.sum()
    mean = position @ weight
    centred = position - mean[:, None]
    effective = 1.0 / (weight**2).sum()
    # Few effective draws say little about a covariance: lean on the one they came from.
    trust = effective / (effective + 4.0 * mean.size)
    covariance = trust * (centred * weight) @ centred.T + (1.0 - trust) * before.root @ before.root.T
    root = jnp.linalg.cholesky(covariance)
    inverse = solve_triangular(root, jnp.eye(mean.size), lower=True)
    return Proposal(mean, root, inverse, jnp.log(jnp.diag(root)).sum())
