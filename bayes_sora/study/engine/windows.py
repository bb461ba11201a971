r"""The windows of many draws at once, in closed form where effects are linear.

With :math:`\operatorname{logit} p(c) = α + β x` a condition :math:`p ≤ π` is a half-line of log exposure and youden's
crossing is :math:`(\operatorname{logit} π_F − α)/β`, so that neither needs a grid; the utility is searched on one. A
test ties all three to :func:`bayes_sora.window.window_draws`, which serves every other form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
from jax.nn import sigmoid

from bayes_sora.curves import PREVALENCE_HALF_WIDTH, PREVALENCE_NODES, build_curves
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.study.engine.density import QUICK_KINDS
from bayes_sora.study.engine.utility import GRID_SIZE as UTILITY_GRID_SIZE
from bayes_sora.study.engine.utility import UtilityTerms, near_optimal
from bayes_sora.window import Limits, Utility, Youden, applicable, window_draws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import BoolArray, FloatArray, Span
    from bayes_sora.window import Settings, WindowKind

GRID_SIZE = 129
"""Of effects that have no closed form."""


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
        varies = model.random_effects or any(block.population() for block in model.terms)
        if varies or any(block.kind not in QUICK_KINDS for block in model.outcomes.values()):
            return _on_grid(model, settings, parameters, span)
        binary = (block for endpoint, block in model.outcomes.items() if endpoint != "survival")
        linear = all(block.form == "linear" for block in binary)
        polynomial = all(block.effect_form.polynomial for block in model.outcomes.values())
        if isinstance(settings, Utility) and polynomial:
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
        crossing = _exposure_at(model, parameters, endpoint, np.log(bound / (1.0 - bound)))
        rises = sign * _slope(parameters, endpoint) > 0.0
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
    with np.errstate(over="ignore"):
        x = (logit - parameters[f"{endpoint}_intercept"]) / _slope(parameters, endpoint)
    exposure: FloatArray = model.drug.reference_mg_l * np.exp(np.clip(x, -300.0, 300.0))
    return exposure


def _slope(parameters: Mapping[str, FloatArray], endpoint: str) -> FloatArray:
    """Return a slope; a flat curve counts as rising ever so little, so that it crosses far away."""
    slope = parameters[f"{endpoint}_slope"]
    return np.where(slope == 0.0, np.finfo(float).tiny, slope)


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
    def of(*names: str) -> list[Array]:
        return [jnp.asarray(parameters[name]) for name in names]

    toxicity = model.outcomes.get("toxicity")
    terms = UtilityTerms(
        median=of("survival_median")[0],
        shape=of("survival_shape")[0],
        log_hazard=of(*model.outcomes["survival"].coefficients),
        toxicity_intercept=of("toxicity_intercept")[0] if toxicity else None,
        toxicity=of(*toxicity.coefficients) if toxicity else [],
    )
    x = np.log(span.log_grid(UTILITY_GRID_SIZE) / model.drug.reference_mg_l)
    months = (settings.tau_months, settings.toxicity_cost_months, settings.tolerance_months)
    found = near_optimal(jnp.asarray(x), terms, months)
    optimum, lower, upper = (_on_span(model, np.asarray(end), x, span) for end in found)
    return FoundWindow(lower, upper, np.ones(lower.size, dtype=bool), optimum)


def _on_span(model: ModelFile, end: FloatArray, x: FloatArray, span: Span) -> FloatArray:
    """Return mg/L; what lies at an end of the grid x is exactly at that end of the range: edges are counted there."""
    exposure = np.clip(model.drug.reference_mg_l * np.exp(end), span.low, span.high)
    return np.where(end <= x[0], span.low, np.where(end >= x[-1], span.high, exposure))
