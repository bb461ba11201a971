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

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.types import FloatArray

DEVIATION_INTERVALS, RISE_INTERVALS = 8, 6  # even: a knot lies in the middle
N_BENDS = DEVIATION_INTERVALS - 1
N_RISES = RISE_INTERVALS + 2
EDGE = (1.0 / 6.0, 5.0 / 6.0)
"""Share of the outermost quadratic B-splines, and of those next to them, that lies within the range."""

Ends = tuple[float, float]
Row = tuple[float, ...]
Where = Callable[[Array, Array, Array], Array]


class Table(NamedTuple):
    """A cubic spline on [0, n_intervals] with knots at the whole numbers, by its numbers; each row times the weights.

    Attributes
    ----------
    n_intervals : int
    polynomial : tuple of Row
        Coefficients about the middle, by rising power from 0.
    cubes : tuple of (int, float, Row)
        Knot, direction and coefficient of every truncated cube.
    slopes : tuple of Row
        At the lower end and at the upper one.
    """

    n_intervals: int
    polynomial: tuple[Row, ...]
    cubes: tuple[tuple[int, float, Row], ...]
    slopes: tuple[Row, Row]


def spline_deviation(ops: Ops, x: Array, ends: Ends, bends: Sequence[Array], *, centred: bool) -> Array:
    r"""Return :math:`\sum_k b_k B_k(x)`, the deviation of a penalised spline from its straight line.

    Parameters
    ----------
    ops : Ops
    x : array
    ends : tuple of float
        Range of x; beyond it the curve goes on straight.
    bends : sequence of arrays, length 7
        b, the smoothest first; broadcast against x.
    centred : bool
        Whether to shift the curve so that it is zero at x = 0.
    """
    value = _evaluate(ops.where, x, ends, _deviation_table(), bends)
    return value - _combined(_at_zero(ends, DEVIATION_INTERVALS), bends) if centred else value


def monotone_rise(ops: Ops, x: Array, ends: Ends, log_weights: Sequence[Array]) -> Array:
    """Return F(x) − F(0): F rises by 1 over the range and never falls; beyond the range it goes on straight.

    Parameters
    ----------
    ops : Ops
    x : array
    ends : tuple of float
        Range of x.
    log_weights : sequence of arrays, length 8
        l, from the lower end to the upper one; broadcast against x. What they have in common does not matter.
    """
    top = log_weights[0]
    for one in log_weights[1:]:
        top = ops.where(one > top, one, top)  # exp may overflow
    weights = [ops.exp(one - top) for one in log_weights]
    total = _combined(_within(), weights)
    steps = [weight / total for weight in weights]
    return _evaluate(ops.where, x, ends, _rise_table(), steps) - _combined(_at_zero(ends, RISE_INTERVALS), steps)


def _evaluate(where: Where, x: Array, ends: Ends, table: Table, weights: Sequence[Array]) -> Array:
    low, high = ends
    s = (x - low) * (table.n_intervals / (high - low))
    inside = where(s < 0.0, 0.0, where(s > table.n_intervals, float(table.n_intervals), s))
    t = inside - 0.5 * table.n_intervals
    value = 0.0 * inside
    for row in reversed(table.polynomial):
        value = value * t + _combined(row, weights)
    for knot, direction, row in table.cubes:
        past = direction * (inside - knot)
        past = where(past > 0.0, past, 0.0)
        value = value + _combined(row, weights) * (past * past * past)
    before, after = (_combined(row, weights) for row in table.slopes)
    return value + where(s < 0.0, before, after) * (s - inside)


def _combined(row: Row, weights: Sequence[Array]) -> Array:
    terms = (number * weight for number, weight in zip(row, weights, strict=True) if number != 0.0)
    total: Array = sum(terms, start=0.0)
    return total


@lru_cache(maxsize=64)
def _at_zero(ends: Ends, n_intervals: int) -> Row:
    """Return the curve of each weight alone at x = 0."""
    table = _deviation_table() if n_intervals == DEVIATION_INTERVALS else _rise_table()
    alone = np.eye(len(table.polynomial[0])).tolist()
    return tuple(float(_evaluate(_either, 0.0, ends, table, weights)) for weights in alone)


def _either(condition: Array, this: Array, that: Array) -> Array:
    return this if condition else that


@lru_cache(maxsize=1)
def _deviation_table() -> Table:
    return _table(_penalised_basis(DEVIATION_INTERVALS))


@lru_cache(maxsize=1)
def _rise_table() -> Table:
    """Weights are the steps from one B-spline coefficient to the next; they start so that F is 0 at the lower end."""
    steps = np.tri(N_RISES + 1, N_RISES, -1)
    at_low = (steps[0] + 4.0 * steps[1] + steps[2]) / 6.0
    return _table(steps - at_low)


def _within() -> Row:
    """Return how much every step adds between the ends of the range."""
    return (*EDGE, *(1.0,) * (N_RISES - 4), *reversed(EDGE))


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
    distance = np.abs(s[:, None] - np.arange(-1, n + 2))
    values = (np.maximum(2.0 - distance, 0.0) ** 3 - 4.0 * np.maximum(1.0 - distance, 0.0) ** 3) / 6.0
    return np.asarray(values.T @ (np.tile(0.5 * weights, n)[:, None] * values))


def _table(coefficients: FloatArray) -> Table:
    """Return the table of a cubic spline from its B-spline coefficients, the first at knot −1."""
    n = len(coefficients) - 3
    middle = n // 2
    third = np.diff(coefficients, n=3, axis=0)  # third derivative in every interval
    before, at, after = coefficients[middle : middle + 3]
    polynomial = ((before + 4 * at + after) / 6, (after - before) / 2, (before - 2 * at + after) / 2, third[middle] / 6)
    jumps = np.diff(third, axis=0) / 6.0
    return Table(
        n_intervals=n,
        polynomial=tuple(_row(row) for row in polynomial),
        cubes=tuple((knot, 1.0 if knot > middle else -1.0, _row(jumps[knot - 1])) for knot in range(1, n)),
        slopes=(_row((coefficients[2] - coefficients[0]) / 2), _row((coefficients[-1] - coefficients[-3]) / 2)),
    )


def _row(numbers: FloatArray) -> Row:
    return tuple(float(number) for number in numbers)
