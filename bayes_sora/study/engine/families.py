"""Prior families on a standard scale in JAX: twins of :mod:`bayes_sora.numerics.priors`, tied by a test.

A parameter, or the log of a positive one, is ``centre + scale · u``; the prior of u follows. Where that has a tail that
no t distribution reaches far enough into, u is a function of another number that is standard normal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import erfinv, gammaln, ndtr

from bayes_sora.numerics.exposure import LOG_2_PI

Arguments = Mapping[str, float]
LOG_2 = float(np.log(2.0))
POSITIVE, REAL = True, False
LARGEST_SHARE = 1.0 - 2.0**-52
"""Of what lies below a draw: a larger one is not told from 1."""


class Bend(NamedTuple):
    """A number v in whose place u stands, so that no tail is longer than draws reach.

    Attributes
    ----------
    to_standard : callable
        v → u, rising.
    log_density : callable
        Prior log density of v, an array, given the arguments of the family.
    """

    to_standard: Callable[[Array], Array]
    log_density: Callable[[Array, Arguments], Array]


class Family(NamedTuple):
    """One family.

    Attributes
    ----------
    positive : bool
        Whether the parameter is positive, and its log what is scaled.
    centre, scale : callable
        Of the arguments of the family.
    log_density : callable
        Log density of u, an array, given the arguments.
    bend : Bend or None
        Another number that stands in the position instead of u; None where u itself does.
    """

    positive: bool
    centre: Callable[[Arguments], float]
    scale: Callable[[Arguments], float]
    log_density: Callable[[Array, Arguments], Array]
    bend: Bend | None = None


def _one(of: Arguments) -> float:  # noqa: ARG001 - one signature for all families
    return 1.0


def _standard_normal(u: Array, of: Arguments) -> Array:  # noqa: ARG001
    return -0.5 * (LOG_2_PI + u**2)


def _student_t(u: Array, of: Arguments) -> Array:
    df = of["df"]
    size = gammaln(0.5 * (df + 1.0)) - gammaln(0.5 * df) - 0.5 * jnp.log(df * jnp.pi)
    return size - 0.5 * (df + 1.0) * jnp.log1p(u**2 / df)


def _half_normal(u: Array, of: Arguments) -> Array:  # noqa: ARG001
    return LOG_2 - 0.5 * LOG_2_PI - 0.5 * jnp.exp(2.0 * u) + u


def _log_half_normal(v: Array) -> Array:
    """Log of the half-normal quantile at Φ(v): near 0 its log falls as far as v² / 2, where draws would be few."""
    share = jnp.minimum(ndtr(v), LARGEST_SHARE)
    return 0.5 * LOG_2 + jnp.log(erfinv(share))


def _exponential(u: Array, of: Arguments) -> Array:  # noqa: ARG001
    return u - jnp.exp(u)


def _gamma(u: Array, of: Arguments) -> Array:
    shape = of["shape"]
    return shape * (u + float(np.log(shape)) - jnp.exp(u)) - gammaln(shape)


def _bent_student_t(v: Array, of: Arguments) -> Array:
    """Prior of v with u = sinh v: the tail of u falls as a power, that of v exponentially."""
    size = jnp.abs(v) + jnp.log1p(jnp.exp(-2.0 * jnp.abs(v))) - LOG_2  # log cosh v
    return _student_t(jnp.sinh(v), of) + size


def _robust_normal(u: Array, of: Arguments) -> Array:
    """Both components on the scale of the informative one, where that is standard normal."""
    width = of["vague_sd"] / of["sd"]
    z = (u - (of["vague_mean"] - of["mean"]) / of["sd"]) / width
    informative = float(np.log(of["weight"])) + _standard_normal(u, of)
    vague = float(np.log1p(-of["weight"]) - np.log(width)) + _standard_normal(z, of)
    return jnp.logaddexp(informative, vague)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "normal": Family(REAL, lambda of: of["mean"], lambda of: of["sd"], _standard_normal),
        "student_t": Family(
            REAL, lambda of: of["location"], lambda of: of["scale"], _student_t, Bend(jnp.sinh, _bent_student_t)
        ),
        "half_normal": Family(
            POSITIVE, lambda of: float(np.log(of["sd"])), _one, _half_normal, Bend(_log_half_normal, _standard_normal)
        ),
        "log_normal": Family(
            POSITIVE, lambda of: float(np.log(of["median"])), lambda of: of["sd_log"], _standard_normal
        ),
        "exponential": Family(POSITIVE, lambda of: float(np.log(of["mean"])), _one, _exponential),
        "gamma": Family(POSITIVE, lambda of: float(np.log(of["shape"] / of["rate"])), _one, _gamma),
        "robust_normal": Family(REAL, lambda of: of["mean"], lambda of: of["sd"], _robust_normal),
    }
)
