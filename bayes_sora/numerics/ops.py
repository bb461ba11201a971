"""The few functions that a likelihood is written in, so that it is written once for NumPy, PyTensor and JAX.

Sums, products and powers are those of the arrays themselves; what is not comes as an :class:`Ops`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log
from typing import Any, NamedTuple

LOG_LOG_2 = log(log(2.0))
"""At the median survival the log cumulative hazard is this."""

Array = Any
"""A NumPy array, a PyTensor variable or a JAX array: they share operators, not a type."""


Row = tuple[float, ...]


class Ops(NamedTuple):
    """One array library's functions.

    Attributes
    ----------
    exp, log : callable
    expit : callable
        1 / (1 + exp(−z)).
    softplus : callable
        log(1 + exp(z)), exact to rounding for every z.
    where : callable
        (condition, value where it holds, value elsewhere).
    stack : callable
        Arrays that broadcast → one array with a last axis over them.
    cubes : callable
        (x, knots, directions, sizes) → Σ_j size_j · max(direction_j (x − knot_j), 0)³; sizes on their last axis.
    """

    exp: Callable[[Array], Array]
    log: Callable[[Array], Array]
    expit: Callable[[Array], Array]
    softplus: Callable[[Array], Array]
    where: Callable[[Array, Array, Array], Array]
    stack: Callable[[Sequence[Array]], Array]
    cubes: Callable[[Array, Row, Row, Array], Array]


def cubes(x: Array, knots: Row, directions: Row, sizes: Array) -> Array:
    """Return Σ_j size_j · max(direction_j (x − knot_j), 0)³, term by term; a number times a comparison is a number."""
    total = 0.0 * x
    for place, (knot, direction) in enumerate(zip(knots, directions, strict=True)):
        past = direction * (x - knot)
        past = past * (past > 0.0)
        total = total + sizes[..., place] * (past * past * past)
    return total
