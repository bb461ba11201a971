r"""Cubic splines over a range of x with evenly spaced knots, linear beyond it, for every array library.

**Deviation from a straight line.** :math:`d(x) = \sum_k b_k B_k(x)`: natural cubic splines with nine knots, less the
straight lines. B are the solutions of :math:`\int B'' v'' = λ \int B v` among them (Demmler and Reinsch), the smoothest
first, scaled by :math:`λ_k^{-1/2}`: with normal b of one SD σ this is the penalised spline with the penalty
:math:`\int d''^2`. Each B is orthogonal to 1 and x over the range, and one factor for all makes
:math:`E[d^2]`, averaged over the range, σ².

**Rise from 0 to 1.** :math:`F' ∝ \sum_k e^{l_k} N_k`, N the quadratic B-splines with knots at every sixth of the range:
F is an integrated quadratic B-spline (I-spline) and never falls. With all l alike it is the straight line.

Both are sums of cubic B-splines whose coefficients are linear in b, and in the normalised weights of F, by tables that
are computed once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    from bayes_sora.types import FloatArray

DEVIATION_INTERVALS, RISE_INTERVALS = 8, 6  # even: a knot lies in the middle
N_BENDS = DEVIATION_INTERVALS - 1
N_RISES = RISE_INTERVALS + 2
WITHIN = (1.0 / 6.0, 5.0 / 6.0, *(1.0,) * (N_RISES - 4), 5.0 / 6.0, 1.0 / 6.0)
"""Share of every quadratic B-spline that lies within the range."""

FAR = -10.0
"""A centre from which no B-spline reaches the range."""

Ends = tuple[float, float]


def spline_deviation(ops: Ops, x: Array, ends: Ends, bends: Array, *, centred: bool) -> Array:
    r"""Return :math:`\sum_k b_k B_k(x)`, the deviation of a penalised spline from its straight line.

    Parameters
    ----------
    ops : Ops
    x : array
    ends : tuple of float
        Range of x; beyond it the curve goes on straight.
    bends : array, shape (…, 7)
        b, the smoothest first; … broadcasts against x.
    centred : bool
        Whether to shift the curve so that it is zero at x = 0.
    """
    value = _evaluate(ops, x, ends, DEVIATION_INTERVALS, bends)
    return value - bends @ _at_zero(ends, DEVIATION_INTERVALS) if centred else value


def monotone_rise(ops: Ops, x: Array, ends: Ends, log_weights: Array) -> Array:
    """Return F(x) − F(0): F rises by 1 over the range and never falls; beyond the range it goes on straight.

    Parameters
    ----------
    ops : Ops
    x : array
    ends : tuple of float
        Range of x.
    log_weights : array, shape (…, 8)
        l, from the lower end to the upper one; … broadcasts against x. What they have in common does not matter.
    """
    weights = ops.exp(log_weights - log_weights.max(axis=-1, keepdims=True))  # exp alone may overflow
    value = _evaluate(ops, x, ends, RISE_INTERVALS, weights)
    return (value - weights @ _at_zero(ends, RISE_INTERVALS)) / (weights @ np.array(WITHIN))


def _evaluate(ops: Ops, x: Array, ends: Ends, n: int, weights: Array) -> Array:
    """Sum cubic B-splines, and beyond the range the tangents, along an axis of their own.

    All of them at once: the model samples faster so than with one term a spline.
    """
    low, high = ends
    s = ((x - low) * (n / (high - low)))[..., None]
    inside = ops.where(s < 0.0, 0.0, ops.where(s > n, float(n), s))
    centres = np.array([*range(-1, n + 2), FAR, FAR], dtype=float)
    below, above = np.eye(n + 5)[-2:]
    distance = inside - centres
    distance = ops.where(distance < 0.0, -distance, distance)
    wide = ops.where(distance < 2.0, 2.0 - distance, 0.0)
    narrow = ops.where(distance < 1.0, 1.0 - distance, 0.0)
    basis = (wide * wide * wide - 4.0 * narrow * narrow * narrow) / 6.0
    tangents = (s - inside) * ops.where(s < 0.0, below, above)
    return ((weights @ _numbers(n)) * (basis + tangents)).sum(axis=-1)


@lru_cache(maxsize=64)
def _at_zero(ends: Ends, n_intervals: int) -> FloatArray:
    """Return the curve of each weight alone at x = 0, which lies in the range."""
    s = -ends[0] * n_intervals / (ends[1] - ends[0])
    return np.asarray((_b_splines(np.array([s]), n_intervals) @ _coefficients(n_intervals))[0])


@lru_cache(maxsize=2)
def _numbers(n_intervals: int) -> FloatArray:
    """Return B-spline coefficients and the slopes at both ends of each weight alone, (n_weights, n_intervals + 5)."""
    coefficients = _coefficients(n_intervals)
    slopes = ((coefficients[2] - coefficients[0]) / 2, (coefficients[-1] - coefficients[-3]) / 2)
    return np.vstack([coefficients, *slopes]).T


@lru_cache(maxsize=2)
def _coefficients(n_intervals: int) -> FloatArray:
    """Return the B-spline coefficients of the curve of each weight alone."""
    if n_intervals == DEVIATION_INTERVALS:
        return _penalised_basis(n_intervals)
    # Weights are the steps from one coefficient to the next; they start so that F is 0 at the lower end.
    steps = np.tri(N_RISES + 1, N_RISES, -1)
    return np.asarray(steps - (steps[0] + 4.0 * steps[1] + steps[2]) / 6.0)


def _penalised_basis(n: int) -> FloatArray:
    """Return the B-spline coefficients of B, shape (n + 3, n − 1), on n intervals of length 1."""
    # No curvature at the ends: each outermost coefficient lies on the line through the next two.
    natural = np.vstack([_unit(0, n) * 2.0 - _unit(1, n), np.eye(n + 1), _unit(n, n) * 2.0 - _unit(n - 1, n)])
    curvature = natural[:-2] - 2.0 * natural[1:-1] + natural[2:]  # at the knots, linear in between
    penalty = curvature.T @ _hat_products(n) @ curvature
    mean_square = natural.T @ _b_spline_products(n) @ natural / n
    root = np.linalg.inv(np.linalg.cholesky(mean_square))
    size, vectors = np.linalg.eigh(root @ penalty @ root.T)
    # The first two are the straight lines, which the penalty does not see.
    basis = natural @ root.T @ vectors[:, 2:] / np.sqrt(size[2:] * np.sum(1.0 / size[2:]))
    return np.asarray(basis * np.sign(basis[-3] + 4.0 * basis[-2] + basis[-1]))  # upwards at the upper end


def _unit(place: int, n: int) -> FloatArray:
    return np.asarray(np.eye(n + 1)[place][None])


def _hat_products(n: int) -> FloatArray:
    """Return ∫ of the products of piecewise linear functions, 1 at one knot each."""
    near = np.eye(n + 1, k=1) + np.eye(n + 1, k=-1)
    own = np.diag([1.0, *(2.0,) * (n - 1), 1.0])
    return own / 3.0 + near / 6.0


def _b_spline_products(n: int) -> FloatArray:
    """Return ∫ over the range of the products of cubic B-splines, exact."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    s = (np.arange(n)[:, None] + 0.5 * (nodes + 1.0)).ravel()
    values = _b_splines(s, n)
    return np.asarray(values.T @ (np.tile(0.5 * weights, n)[:, None] * values))


def _b_splines(s: FloatArray, n: int) -> FloatArray:
    """Return the cubic B-splines around the knots −1, …, n + 1 at the points s, shape (n_points, n + 3)."""
    distance = np.abs(s[:, None] - np.arange(-1, n + 2))
    return np.asarray((np.maximum(2.0 - distance, 0.0) ** 3 - 4.0 * np.maximum(1.0 - distance, 0.0) ** 3) / 6.0)
