r"""Cubic splines over a range of x with evenly spaced knots, linear beyond it, for every array library.

**Deviation from a straight line.** :math:`d(x) = \sum_k b_k B_k(x)`: natural cubic splines with nine knots, less the
straight lines. B are the solutions of :math:`\int B'' v'' = λ \int B v` among them (Demmler and Reinsch), the smoothest
first, scaled by :math:`λ_k^{-1/2}`: with normal b of one SD σ this is the penalised spline with the penalty
:math:`\int d''^2`. Each B is orthogonal to 1 and x over the range, and one factor for all makes
:math:`E[d^2]`, averaged over the range, σ².

**Rise from 0 to 1.** :math:`F' ∝ \sum_k e^{l_k} N_k`, N the quadratic B-splines with knots at every sixth of the range:
F is an integrated quadratic B-spline (I-spline) and never falls. With all l alike it is the straight line.

Both are cubic splines, evaluated as a cubic about the middle knot and truncated cubes towards both ends; their numbers
are linear in b, and in the steps of the B-spline coefficients of F, by tables that are computed once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.numerics.ops import Array, Ops, Row

if TYPE_CHECKING:
    from bayes_sora.types import FloatArray

DEVIATION_INTERVALS, RISE_INTERVALS = 8, 6  # even: a knot lies in the middle
N_BENDS = DEVIATION_INTERVALS - 1
N_RISES = RISE_INTERVALS + 2
WITHIN = (1.0 / 6.0, 5.0 / 6.0, *(1.0,) * (N_RISES - 4), 5.0 / 6.0, 1.0 / 6.0)
"""Share of every quadratic B-spline that lies within the range."""

Ends = tuple[float, float]


class Table(NamedTuple):
    """A cubic spline on [0, n_intervals] with knots at the whole numbers, by its numbers, which are linear in weights.

    Attributes
    ----------
    n_intervals : int
    numbers : FloatArray, shape (n_weights, n_numbers)
        Of each weight alone: four coefficients about the middle, by rising power from 0; the slopes at the lower end
        and at the upper one; the size of every truncated cube.
    knots, directions : Row
        Of the truncated cubes: up from the middle, and down from it.
    """

    n_intervals: int
    numbers: FloatArray
    knots: Row
    directions: Row


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
    value = _evaluate(ops, x, ends, _table(DEVIATION_INTERVALS), bends)
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
    value = _evaluate(ops, x, ends, _table(RISE_INTERVALS), weights)
    return (value - weights @ _at_zero(ends, RISE_INTERVALS)) / (weights @ np.array(WITHIN))


def _evaluate(ops: Ops, x: Array, ends: Ends, table: Table, weights: Array) -> Array:
    low, high = ends
    s = (x - low) * (table.n_intervals / (high - low))
    inside = ops.where(s < 0.0, 0.0, ops.where(s > table.n_intervals, float(table.n_intervals), s))
    numbers = weights @ table.numbers
    t = inside - 0.5 * table.n_intervals
    value = ((numbers[..., 3] * t + numbers[..., 2]) * t + numbers[..., 1]) * t + numbers[..., 0]
    value = value + ops.cubes(inside, table.knots, table.directions, numbers[..., 6:])
    return value + ops.where(s < 0.0, numbers[..., 4], numbers[..., 5]) * (s - inside)


@lru_cache(maxsize=64)
def _at_zero(ends: Ends, n_intervals: int) -> FloatArray:
    """Return the curve of each weight alone at x = 0, which lies in the range."""
    s = -ends[0] * n_intervals / (ends[1] - ends[0])
    return np.asarray((_b_splines(np.array([s]), n_intervals) @ _coefficients(n_intervals))[0])


@lru_cache(maxsize=2)
def _table(n_intervals: int) -> Table:
    return _table_of(_coefficients(n_intervals))


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


def _table_of(coefficients: FloatArray) -> Table:
    """Return the table of a cubic spline from its B-spline coefficients, the first at knot −1."""
    n = len(coefficients) - 3
    middle = n // 2
    third = np.diff(coefficients, n=3, axis=0)  # third derivative in every interval
    before, at, after = coefficients[middle : middle + 3]
    polynomial = ((before + 4 * at + after) / 6, (after - before) / 2, (before - 2 * at + after) / 2, third[middle] / 6)
    slopes = ((coefficients[2] - coefficients[0]) / 2, (coefficients[-1] - coefficients[-3]) / 2)
    jumps = np.diff(third, axis=0) / 6.0
    return Table(
        n_intervals=n,
        numbers=np.array([*polynomial, *slopes, *jumps]).T,
        knots=tuple(float(knot) for knot in range(1, n)),
        directions=tuple(1.0 if knot > middle else -1.0 for knot in range(1, n)),
    )
