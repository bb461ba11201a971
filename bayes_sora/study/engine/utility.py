"""The utility of many draws and the interval around its optimum, in JAX; twin of :mod:`bayes_sora.window.optimum`.

A coarse grid says between which exposures the optimum and the ends lie, a few more evaluations say where. A test ties
the result to the fine grid of the windows themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.nn import sigmoid

from bayes_sora.numerics.ops import LOG_LOG_2

if TYPE_CHECKING:
    from bayes_sora.types import FloatArray

GRID_SIZE = 25
"""Optimum and ends then lie within 3e-4 of those of a grid of 4,097, on the log scale."""

TIME_NODES = 14
"""Of the restricted mean: good to 2e-5 months up to a cumulative hazard of 50."""

CROSSING_STEPS = 2

Curve = Callable[[Array], Array]


class UtilityTerms(NamedTuple):
    """What the utility of every draw is made of, arrays of shape (n_draws,).

    Attributes
    ----------
    median, shape : Array
        Of survival, months and 1.
    log_hazard, toxicity : list of Array
        Coefficients of the effects, by rising power from 1.
    toxicity_intercept : Array or None
        None without toxicity in the model.
    toxicity_bounds : list of Array
        Floor and ceiling of its probability; none where they are 0 and 1.
    """

    median: Array
    shape: Array
    log_hazard: list[Array]
    toxicity_intercept: Array | None
    toxicity: list[Array]
    toxicity_bounds: list[Array]


@partial(jax.jit, static_argnums=2)
def near_optimal(x: Array, terms: UtilityTerms, settings: tuple[float, float, float]) -> tuple[Array, Array, Array]:
    """Find the optimum of the utility and the ends of the near-optimal interval around it.

    Parameters
    ----------
    x : Array, shape (n_grid,)
        Evenly spaced centred log exposures.
    terms : UtilityTerms
    settings : tuple of float
        Horizon, cost of a toxicity and tolerance, in months.

    Returns
    -------
    optimum, lower, upper : Array, shape (n_draws,)
        Centred log exposures; exactly an end of `x` where the grid ends first.
    """
    tau, cost, tolerance = settings
    curve = partial(_utility, terms, tau, cost)
    grid = _Grid(x, curve(x[:, None]))
    optimum, maximum = _peak(curve, grid)
    # The grid point of a peak narrower than the grid must stay inside.
    threshold = jnp.minimum(maximum - tolerance, grid.heights.max(axis=0))
    margins = _Grid(x, grid.heights - threshold)
    outside, best, last = margins.heights < 0.0, grid.highest, x.size - 1
    before = jnp.where(outside & (grid.places < best), grid.places, -1).max(axis=0)
    after = jnp.where(outside & (grid.places > best), grid.places, last + 1).min(axis=0)
    crossing = partial(_crossing, lambda at: curve(at) - threshold, margins)
    lower = jnp.where(before < 0, x[0], crossing(jnp.maximum(before, 0), towards=1))
    upper = jnp.where(after > last, x[-1], crossing(jnp.minimum(after, last), towards=-1))
    return optimum, jnp.minimum(lower, optimum), jnp.maximum(upper, optimum)


class _Grid(NamedTuple):
    """Heights of a curve of every draw at the points x; picked by comparison, as gathering costs far more on a CPU."""

    x: Array
    heights: Array

    @property
    def places(self) -> Array:
        return jnp.arange(self.x.size)[:, None]

    @property
    def highest(self) -> Array:
        """Index of each draw's highest point, the first on ties."""
        return jnp.where(self.heights == self.heights.max(axis=0), self.places, self.x.size).min(axis=0)

    def at(self, index: Array) -> tuple[Array, Array]:
        """Return the point of each draw's index, and the height there."""
        here = self.places == index
        return jnp.where(here, self.x[:, None], 0.0).sum(axis=0), jnp.where(here, self.heights, 0.0).sum(axis=0)


def _peak(curve: Curve, grid: _Grid) -> tuple[Array, Array]:
    """Where each draw's utility is largest and how large: by a parabola on the grid, then by a narrower one."""
    x, best = grid.x, grid.highest
    step = x[1] - x[0]
    inner = jnp.clip(best, 1, x.size - 2)
    (_, left), (middle, height), (_, right) = (grid.at(inner + k) for k in (-1, 0, 1))
    narrow = 0.25 * step
    guess = middle + step * _vertex(left, height, right, otherwise=best - inner)
    guess = jnp.clip(guess, x[0] + narrow, x[-1] - narrow)
    shift = _vertex(*(curve(guess + k * narrow) for k in (-1.0, 0.0, 1.0)), otherwise=0.0)
    refined = jnp.clip(guess + narrow * shift, x[0], x[-1])
    height, (highest, top) = curve(refined), grid.at(best)
    return jnp.where(height > top, refined, highest), jnp.maximum(height, top)


def _vertex(left: Array, middle: Array, right: Array, *, otherwise: Array | float) -> Array:
    """Vertex of the parabola through three points one apart, from the middle; `otherwise` where it opens upwards."""
    curvature = left - 2.0 * middle + right
    shift = 0.5 * (left - right) / jnp.where(curvature < 0.0, curvature, -1.0)
    return jnp.where(curvature < 0.0, jnp.clip(shift, -2.0, 2.0), otherwise)


def _crossing(margin: Curve, grid: _Grid, outside: Array, *, towards: int) -> Array:
    """Where the margin is zero between a grid point outside and its neighbour inside, by false position."""
    (outer, below), (inner, above) = grid.at(outside), grid.at(outside + towards)

    def zero() -> Array:
        return outer + (inner - outer) * jnp.clip(below / (below - above), 0.0, 1.0)

    for _ in range(CROSSING_STEPS):
        at = zero()
        height = margin(at)
        short = height < 0.0
        outer, below = jnp.where(short, at, outer), jnp.where(short, height, below)
        inner, above = jnp.where(short, inner, at), jnp.where(short, above, height)
    return zero()


def _utility(terms: UtilityTerms, tau: float, cost: float, x: Array) -> Array:
    """RMST less the cost of toxicity, months, at centred log exposures that broadcast against the draws."""
    utility = _restricted_mean(tau, terms.median, terms.shape, _effect(x, terms.log_hazard))
    if terms.toxicity_intercept is not None:
        probability = sigmoid(terms.toxicity_intercept + _effect(x, terms.toxicity))
        if terms.toxicity_bounds:
            floor, ceiling = terms.toxicity_bounds
            probability = floor + (ceiling - floor) * probability
        utility = utility - cost * probability
    # Without it the compiler evaluates the curve again wherever its values are used.
    kept: Array = lax.optimization_barrier(utility)
    return kept


def _effect(x: Array, coefficients: list[Array]) -> Array:
    value: Array = jnp.zeros(())
    for coefficient in reversed(coefficients):
        value = (value + coefficient) * x
    return value


def _restricted_mean(tau: float, median: Array, shape: Array, log_hazard_ratio: Array) -> Array:
    r"""RMST by Gauss–Legendre in v, :math:`t = τ v^2`: :math:`\int_0^1 2 τ v\, \exp(-Λ v^{2k})\,dv`.

    The incomplete gamma function would cost a hundred times as much; the square tames the start where k < 1.
    """
    nodes, weights = _legendre()
    total = jnp.exp(LOG_LOG_2 + shape * (np.log(tau) - jnp.log(median)) + log_hazard_ratio)
    terms = (
        float(2.0 * tau * weight * node) * jnp.exp(-total * jnp.exp(2.0 * float(np.log(node)) * shape))
        for node, weight in zip(nodes, weights, strict=True)
    )
    mean: Array = sum(terms, start=jnp.zeros(()))
    return mean


@lru_cache(maxsize=1)
def _legendre() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(TIME_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights
