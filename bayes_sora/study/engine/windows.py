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
from bayes_sora.modelfile.form import block_polynomial
from bayes_sora.modelfile.outcomes.bounded import BOUNDS
from bayes_sora.numerics.logistic import expit
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.study.engine.density import QUICK_KINDS
from bayes_sora.study.engine.utility import GRID_SIZE as UTILITY_GRID_SIZE
from bayes_sora.study.engine.utility import UtilityTerms, near_optimal
from bayes_sora.window import applicable, window_draws
from bayes_sora.window.evidence import YOUDEN_ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.questions import Settings, WindowKind
    from bayes_sora.types import BoolArray, Endpoint, FloatArray, Span

STRAIGHT = frozenset({"linear", "located"})
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
        if varies or not all(map(_is_quick, model.outcomes.values())):
            return _on_grid(model, settings, parameters, span)
        binary = (block for endpoint, block in model.outcomes.items() if endpoint != "survival")
        linear = all(block.form in STRAIGHT for block in binary)
        polynomial = all(block.effect_form.as_polynomial is not None for block in model.outcomes.values())
        if isinstance(settings, Utility) and polynomial:
            return _utility(model, settings, parameters, span)
        if isinstance(settings, Limits) and linear and settings.min_survival is None:
            return _linear_limits(model, settings, parameters, span)
        if isinstance(settings, Youden) and linear:
            return _linear_youden(model, parameters, span)
        return _on_grid(model, settings, parameters, span)


def _is_quick(block: OutcomeBlock) -> bool:
    """Whether limits follow from the block's parameters: its curve is its own, with a closed form."""
    return block.kind in QUICK_KINDS and block.event_free_months is None


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
    # A condition "sign · p ≥ sign · π", sign −1 for toxicity: it holds above its crossing where sign·p rises.
    conditions: tuple[tuple[Endpoint, float, float], ...] = (
        ("toxicity", -1.0, settings.max_toxicity),
        ("response", 1.0, settings.min_response),
    )
    for endpoint, sign, bound in conditions:
        if endpoint not in model.outcomes:
            continue
        line = _line(model, parameters, endpoint)
        crossing = line.exposure_at(line.logit_of(bound))
        rises = sign * line.direction > 0.0
        low = np.maximum(low, np.where(rises, crossing, 0.0))
        high = np.minimum(high, np.where(rises, np.inf, crossing))
    exists = low <= high
    return FoundWindow(np.where(exists, low, np.nan), np.where(exists, high, np.nan), exists)


def _linear_youden(model: ModelFile, parameters: Mapping[str, FloatArray], span: Span) -> FoundWindow:
    n_draws = next(iter(parameters.values())).size
    limits = {"lower": np.full(n_draws, np.nan), "upper": np.full(n_draws, np.nan)}
    for limit, endpoint in YOUDEN_ENDPOINTS:
        if endpoint in model.outcomes:
            line = _line(model, parameters, endpoint)
            # Floor and ceiling scale a probability and its average alike: they cancel.
            prevalence = _prevalence(model, parameters, line)
            clipped = np.clip(line.exposure_at(np.log(prevalence / (1.0 - prevalence))), span.low, span.high)
            limits[limit] = np.where((line.direction > 0.0) & (line.slope != 0.0), clipped, np.nan)
    return FoundWindow(limits["lower"], limits["upper"], limits["lower"] < limits["upper"])


class _Line(NamedTuple):
    """A straight line of the log exposure on the logit scale, and what its ends are worth; shapes (n_draws,).

    Attributes
    ----------
    intercept, slope : FloatArray
        At the reference exposure, and per unit of log exposure.
    floor, ceiling : FloatArray or float
        The probabilities at either end of the logit scale.
    reference_mg_l : float
    """

    intercept: FloatArray
    slope: FloatArray
    floor: FloatArray | float
    ceiling: FloatArray | float
    reference_mg_l: float

    @property
    def direction(self) -> FloatArray:
        """Return a number above 0 where the probability rises with exposure; a flat line counts as rising a little."""
        return _not_flat(self.slope) * np.sign(np.subtract(self.ceiling, self.floor))

    def logit_of(self, probability: float) -> FloatArray:
        """Return where on the line a probability is reached, infinite beyond floor and ceiling."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip((probability - np.asarray(self.floor)) / np.subtract(self.ceiling, self.floor), 0.0, 1.0)
            return np.log(share) - np.log1p(-share)

    def exposure_at(self, logit: FloatArray) -> FloatArray:
        """Return the exposure at which the line has a value, within floating point."""
        with np.errstate(over="ignore"):
            x = (logit - self.intercept) / _not_flat(self.slope)
        return self.reference_mg_l * np.exp(np.clip(x, -300.0, 300.0))


def _line(model: ModelFile, parameters: Mapping[str, FloatArray], endpoint: Endpoint) -> _Line:
    block = model.outcomes[endpoint]
    constant, (slope,) = block_polynomial(NUMPY, parameters, block)
    ends = (expit(parameters[f"{endpoint}_{name}"]) for name in BOUNDS) if block.kind == "bounded" else (0.0, 1.0)
    floor, ceiling = ends
    intercept = parameters[f"{endpoint}_intercept"] + constant
    return _Line(intercept, slope, floor=floor, ceiling=ceiling, reference_mg_l=model.drug.reference_mg_l)


def _not_flat(slope: FloatArray) -> FloatArray:
    """Return a slope; a flat line counts as rising ever so little, so that it crosses far away."""
    return np.where(slope == 0.0, np.finfo(float).tiny, slope)


def _prevalence(model: ModelFile, parameters: Mapping[str, FloatArray], line: _Line) -> FloatArray:
    """E_F[expit(line)] under the log-normal of each draw."""
    sd = parameters["exposure_sd" if model.exposure.form == "observed" else "exposure_sd_between"]
    mean = parameters["exposure_log_median"] - np.log(model.drug.reference_mg_l)
    return np.asarray(_average_probability(mean, sd, line.intercept, line.slope))


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
    constant, coefficients = block_polynomial(NUMPY, parameters, toxicity) if toxicity else (0.0, ())
    bounded = toxicity is not None and toxicity.kind == "bounded"
    terms = UtilityTerms(
        median=of("survival_median")[0],
        shape=of("survival_shape")[0],
        log_hazard=of(*model.outcomes["survival"].coefficients),
        toxicity_intercept=of("toxicity_intercept")[0] + constant if toxicity else None,
        toxicity=[jnp.asarray(one) for one in coefficients],
        toxicity_bounds=[sigmoid(one) for one in of(*(f"toxicity_{name}" for name in BOUNDS))] if bounded else [],
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
