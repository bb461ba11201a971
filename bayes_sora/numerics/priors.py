"""The closed vocabulary of prior families: log density, draws and quantiles, through SciPy."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from bayes_sora.numerics.robust import RobustNormal
from bayes_sora.types import FloatArray, Real

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Frozen = Any  # a frozen scipy.stats distribution, whose type SciPy does not export, or what has its interface


def _normal(mean: float, sd: float) -> Frozen:
    return stats.norm(loc=mean, scale=sd)


def _student_t(df: float, location: float, scale: float) -> Frozen:
    return stats.t(df, loc=location, scale=scale)


def _half_normal(sd: float) -> Frozen:
    return stats.halfnorm(scale=sd)


def _log_normal(median: float, sd_log: float) -> Frozen:
    return stats.lognorm(s=sd_log, scale=median)


def _exponential(mean: float) -> Frozen:
    return stats.expon(scale=mean)


def _gamma(shape: float, rate: float) -> Frozen:
    return stats.gamma(shape, scale=1.0 / rate)


def _robust_normal(mean: float, sd: float, weight: float, vague_mean: float, vague_sd: float) -> Frozen:
    return RobustNormal(mean=mean, sd=sd, weight=weight, vague_mean=vague_mean, vague_sd=vague_sd)


FAMILIES: Mapping[str, Callable[..., Frozen]] = MappingProxyType(
    {
        "normal": _normal,
        "student_t": _student_t,
        "half_normal": _half_normal,
        "log_normal": _log_normal,
        "exponential": _exponential,
        "gamma": _gamma,
        "robust_normal": _robust_normal,
    }
)
POSITIVE_FAMILIES = frozenset({"half_normal", "log_normal", "exponential", "gamma"})


def prior_log_density(value: Real, family: str, arguments: Mapping[str, float]) -> FloatArray:
    """Return the log density of `family` with `arguments` at `value`, −inf outside its support."""
    return np.asarray(FAMILIES[family](**arguments).logpdf(value), dtype=float)


def draw_prior(
    rng: np.random.Generator, family: str, arguments: Mapping[str, float], *, size: int | tuple[int, ...]
) -> FloatArray:
    """Draw from `family` with `arguments`."""
    return np.asarray(FAMILIES[family](**arguments).rvs(size=size, random_state=rng), dtype=float)


def prior_quantile(q: Real, family: str, arguments: Mapping[str, float]) -> FloatArray:
    """Return the quantiles of `family` with `arguments` at probabilities `q`."""
    return np.asarray(FAMILIES[family](**arguments).ppf(q), dtype=float)
