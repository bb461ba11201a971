r"""The windows of many draws at once, in closed form where effects are linear.

With :math:`\operatorname{logit} p(c) = α + β x` a condition :math:`p ≤ π` is a half-line of log exposure and youden's
crossing is :math:`(\operatorname{logit} π_F − α)/β`, so that neither needs a grid; the utility is searched on one. A
test ties all three to :func:`bayes_sora.window.window_draws`, which serves every other form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
from jax.nn import sigmoid

from bayes_sora.curves import PREVALENCE_HALF_WIDTH, PREVALENCE_NODES, build_curves
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.numerics.weibull import LOG_LOG_2
from bayes_sora.window import Limits, Utility, Youden, applicable, window_draws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import BoolArray, FloatArray, Span
    from bayes_sora.window import Settings, WindowKind

GRID_SIZE = 129
TIME_NODES = 20


class FoundWindow(NamedTuple):
    """One window a draw; arrays of shape (n_draws,), mg/L, NaN where undefined.

    Attributes
    ----------
    lower, upper : FloatArray
    exists : BoolArray
    optimum : FloatArray or None
        Only of the utility.
    """

    lower: FloatArray
    upper: FloatArray
    exists: BoolArray
    optimum: FloatArray | None = None


@dataclass(frozen=True)
class WindowFinder:
    """Finds the windows of draws of one model file.

    Attributes
    ----------
    model : ModelFile
    settings : tuple of settings
        Those that the model's endpoints allow.
    """

    model: ModelFile
    settings: tuple[Settings, ...]

    def find(self, parameters: Mapping[str, FloatArray], span: Span) -> dict[WindowKind, FoundWindow]:
        """Return the window of every draw by kind.

        Parameters
        ----------
        parameters : mapping of name to FloatArray, shape (n_draws,)
        span : Span
            Optimisation range, mg/L.
        """
        return {settings.kind: self._find(settings, parameters, span) for settings in self.settings}

    def _find(self, settings: Settings, parameters: Mapping[str, FloatArray], span: Span) -> FoundWindow:
        model = self.model
        binary = (block for endpoint, block in model.outcomes.items() if endpoint != "survival")
        linear = all(block.form == "linear" for block in binary)
        if isinstance(settings, Utility):
            return _utility(model, settings, parameters, span)
        if isinstance(settings, Limits) and linear and settings.min_survival is None:
            return _linear_limits(model, settings, parameters, span)
        if isinstance(settings, Youden) and linear:
            return _linear_youden(model, parameters, span)
        return _on_grid(model, settings, parameters, span)


def _on_grid(model: ModelFile, settings: Settings, parameters: Mapping[str, FloatArray], span: Span) -> FoundWindow:
    """Take the general way, for any form of effect."""
    draws = xr.Dataset({name: (("chain", "draw"), np.asarray(values)[None]) for name, values in parameters.items()})
    curves = build_curves(draws, model, span=span, observed_span=span, size=GRID_SIZE)
    if applicable(settings, curves) is not None:
        msg = f"the model file {model.name} has no {settings.kind} window"
        raise ValueError(msg)
    found = window_draws(curves, settings).draws
    optimum = found["optimum"].to_numpy().ravel() if "optimum" in found else None
    lower, upper, exists = (found[name].to_numpy().ravel() for name in ("lower", "upper", "exists"))
    return FoundWindow(lower, upper, exists, optimum)


def _linear_limits(model: ModelFile, settings: Limits, parameters: Mapping[str, FloatArray], span: Span) -> FoundWindow:
    n_draws = next(iter(parameters.values())).size
    low, high = np.full(n_draws, span.low), np.full(n_draws, span.high)
    # A condition "sign · logit p ≥ sign · logit π", sign −1 for toxicity: it holds above its crossing where sign·β > 0.
    for endpoint, sign, bound in (("toxicity", -1.0, settings.max_toxicity), ("response", 1.0, settings.min_response)):
        if endpoint not in model.outcomes:
            continue
        slope = parameters[f"{endpoint}_slope"]
        crossing = _exposure_at(model, parameters, endpoint, np.log(bound / (1.0 - bound)))
        rises = sign * slope > 0.0
        low = np.maximum(low, np.where(rises, crossing, 0.0))
        high = np.minimum(high, np.where(rises, np.inf, crossing))
    exists = low <= high
    return FoundWindow(np.where(exists, low, np.nan), np.where(exists, high, np.nan), exists)


def _linear_youden(model: ModelFile, parameters: Mapping[str, FloatArray], span: Span) -> FoundWindow:
    n_draws = next(iter(parameters.values())).size
    limits = {"lower": np.full(n_draws, np.nan), "upper": np.full(n_draws, np.nan)}
    for limit, endpoint in (("lower", "response"), ("upper", "toxicity")):
        if endpoint in model.outcomes:
            prevalence = _prevalence(model, parameters, endpoint)
            crossing = _exposure_at(model, parameters, endpoint, np.log(prevalence / (1.0 - prevalence)))
            clipped = np.clip(crossing, span.low, span.high)
            limits[limit] = np.where(parameters[f"{endpoint}_slope"] > 0.0, clipped, np.nan)
    return FoundWindow(limits["lower"], limits["upper"], limits["lower"] < limits["upper"])


def _exposure_at(
    model: ModelFile, parameters: Mapping[str, FloatArray], endpoint: str, logit: FloatArray | float
) -> FloatArray:
    """Return the exposure at which an endpoint's logit has a value, within floating point."""
    slope = parameters[f"{endpoint}_slope"]
    x = (logit - parameters[f"{endpoint}_intercept"]) / np.where(slope == 0.0, np.finfo(float).tiny, slope)
    exposure: FloatArray = model.drug.reference_mg_l * np.exp(np.clip(x, -300.0, 300.0))
    return exposure


def _prevalence(model: ModelFile, parameters: Mapping[str, FloatArray], endpoint: str) -> FloatArray:
    """E_F[p(C)] under the log-normal of each draw."""
    sd = parameters["exposure_sd" if model.exposure.form == "observed" else "exposure_sd_between"]
    mean = parameters["exposure_log_median"] - np.log(model.drug.reference_mg_l)
    names = (f"{endpoint}_intercept", f"{endpoint}_slope")
    return np.asarray(_average_probability(mean, sd, *(parameters[name] for name in names)))


@jax.jit
def _average_probability(mean: Array, sd: Array, intercept: Array, slope: Array) -> Array:
    nodes, weights = (
        jnp.asarray(a)[:, None] for a in uniform_nodes(PREVALENCE_NODES, half_width=PREVALENCE_HALF_WIDTH)
    )
    return (weights * sigmoid(intercept + slope * (mean + sd * nodes))).sum(axis=0)


def _utility(model: ModelFile, settings: Utility, parameters: Mapping[str, FloatArray], span: Span) -> FoundWindow:
    grid = span.log_grid(GRID_SIZE)
    x = np.log(grid / model.drug.reference_mg_l)
    toxicity = model.outcomes.get("toxicity")
    binary = (
        [parameters["toxicity_intercept"], *(parameters[name] for name in toxicity.coefficients)] if toxicity else []
    )
    optimum, lower, upper = _near_optimal(
        x,
        [parameters[name] for name in ("survival_median", "survival_shape", *model.outcomes["survival"].coefficients)],
        binary,
        (settings.tau_months, settings.toxicity_cost_months, settings.tolerance_months),
    )
    scale = model.drug.reference_mg_l
    ends = [np.clip(scale * np.exp(np.asarray(found)), span.low, span.high) for found in (lower, upper, optimum)]
    return FoundWindow(ends[0], ends[1], np.ones(ends[0].size, dtype=bool), ends[2])


@partial(jax.jit, static_argnums=3)
def _near_optimal(
    x: Array, survival: list[Array], toxicity: list[Array], settings: tuple[float, float, float]
) -> tuple[Array, Array, Array]:
    """Optimum and near-optimal interval in centred log exposure, shape (n_draws,); see `bayes_sora.window.optimum`."""
    tau, cost, tolerance = settings
    median, shape, *coefficients = survival
    utility = _restricted_mean(tau, median, shape, _effect(x[:, None], coefficients))
    if toxicity:
        utility = utility - cost * sigmoid(toxicity[0] + _effect(x[:, None], toxicity[1:]))
    best = jnp.argmax(utility, axis=0)
    index = jnp.arange(x.size)[:, None]
    inner = jnp.clip(best, 1, x.size - 2)
    left, middle, right = (jnp.take_along_axis(utility, (inner + k)[None], axis=0)[0] for k in (-1, 0, 1))
    curvature = left - 2.0 * middle + right
    interior = (best == inner) & (curvature < 0.0)
    shift = 0.5 * (left - right) / jnp.where(interior, curvature, 1.0)
    optimum = jnp.where(interior, x[inner] + shift * (x[1] - x[0]), x[best])
    top = utility.max(axis=0)
    threshold = jnp.minimum(jnp.where(interior, middle - 0.25 * (left - right) * shift, top) - tolerance, top)
    margin = utility - threshold
    before = jnp.where((margin < 0.0) & (index < best), index, -1).max(axis=0)
    after = jnp.where((margin < 0.0) & (index > best), index, x.size).min(axis=0)
    lower = jnp.where(before < 0, x[0], _crossing(x, margin, jnp.maximum(before, 0)))
    upper = jnp.where(after >= x.size, x[-1], _crossing(x, margin, jnp.minimum(after, x.size - 1) - 1))
    return optimum, jnp.minimum(lower, optimum), jnp.maximum(upper, optimum)


def _crossing(x: Array, margin: Array, cell: Array) -> Array:
    """Zero of the line through two neighbouring grid points."""
    left, right = (jnp.take_along_axis(margin, (cell + k)[None], axis=0)[0] for k in (0, 1))
    return x[cell] + (x[1] - x[0]) * jnp.clip(left / (left - right), 0.0, 1.0)


def _effect(x: Array, coefficients: list[Array]) -> Array:
    value: Array = jnp.zeros(())
    for coefficient in reversed(coefficients):
        value = (value + coefficient) * x
    return value


def _restricted_mean(tau: float, median: Array, shape: Array, log_hazard_ratio: Array) -> Array:
    r"""RMST by Gauss–Legendre in v, :math:`t = τ v^2`: :math:`\int_0^1 2 τ v\, \exp(-Λ v^{2k})\,dv`; (n_grid, n_draws).

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
