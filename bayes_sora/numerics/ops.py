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


class Ops(NamedTuple):
    """One array library's functions.

    Attributes
    ----------
    exp, log : callable
    expm1 : callable
        exp(z) − 1, exact to rounding for small z.
    expit : callable
        1 / (1 + exp(−z)).
    softplus : callable
        log(1 + exp(z)), exact to rounding for every z.
    where : callable
        (condition, value where it holds, value elsewhere).
    stack : callable
        Arrays that broadcast → one array with a last axis over them.
    log_cdf : callable
        log Φ(z) of the standard normal distribution, exact to rounding far out.
    log_sum_exp : callable
        (array, axis) → the log of the sum of exponentials over an axis, which stays with length 1.
    """

    exp: Callable[[Array], Array]
    log: Callable[[Array], Array]
    expm1: Callable[[Array], Array]
    expit: Callable[[Array], Array]
    softplus: Callable[[Array], Array]
    where: Callable[[Array, Array, Array], Array]
    stack: Callable[[Sequence[Array]], Array]
    log_cdf: Callable[[Array], Array]
    log_sum_exp: Callable[[Array, int], Array]
