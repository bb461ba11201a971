r"""The true curves of a scenario, on the scale of the average trough C or of one measured trough y.

On the driver's own scale a curve is the scenario's formula. On the other one it is an average: :math:`p^*(y) =
E[p(C) \mid y]` when C drives, :math:`p^*(C) = E[p(y) \mid C]` when y does. Curves are *causal*: the covariate Z is
averaged over its own distribution, not over the one that goes with an exposure, so that under confounding they stay
flat where exposure changes nothing. A measured trough is one drawn before any reaction to toxicity. Where a cohort
holds only patients alive at the sampling of the trough, everything is given that they were, and survival counts
from then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from bayes_sora.numerics import weibull
from bayes_sora.numerics.forms import polynomial_effect
from bayes_sora.numerics.quadrature import normal_nodes
from bayes_sora.simulation.scenarios import Scale, Scenario, TrueProbability, TrueSurvival, find_scenario
from bayes_sora.types import FloatArray

COVARIATE_NODES = 41
HORIZON_NODES = 64
GRID_REACH = 12.0  # standard deviations of log y on either side of the median
GRID_STEP = 0.02
BLOCK = 256

DriverCurve = Callable[[Scenario, FloatArray], FloatArray]


@dataclass(frozen=True, kw_only=True)
class TrueCurves:
    """True curves over exposure; every method takes exposures of `scale` in mg/L and returns an array of their shape.

    Attributes
    ----------
    scenario : Scenario
    scale : {"C", "y"}
        Average trough, or one measured trough.
    """

    scenario: Scenario
    scale: Scale = "C"

    def p_toxicity(self, exposure_mg_l: ArrayLike) -> FloatArray:
        """Return the probability of grade ≥ 3 toxicity."""
        return self._on_scale(exposure_mg_l, _toxicity)

    def p_response(self, exposure_mg_l: ArrayLike) -> FloatArray:
        """Return the probability of response."""
        return self._on_scale(exposure_mg_l, _response)

    def survival(self, exposure_mg_l: ArrayLike, *, months: float) -> FloatArray:
        """Return S(months) from time zero."""
        return self._on_scale(exposure_mg_l, _survival_to(months))

    def restricted_mean_survival(self, exposure_mg_l: ArrayLike, *, months: float) -> FloatArray:
        """Return the restricted mean survival time from time zero up to `months`, in months."""
        return self._on_scale(exposure_mg_l, _restricted_mean_to(months))

    def utility(
        self, exposure_mg_l: ArrayLike, *, tau_months: float = 24.0, toxicity_cost_months: float = 3.0
    ) -> FloatArray:
        r"""Return :math:`U = \mathrm{RMST}_τ - w\,p_T` in months."""
        mean = self.restricted_mean_survival(exposure_mg_l, months=tau_months)
        return mean - toxicity_cost_months * self.p_toxicity(exposure_mg_l)

    def prevalence(self, endpoint: str) -> float:
        """Return E[p] of ``"toxicity"`` or ``"response"`` over the patients of a cohort; the scale does not matter."""
        log_driver, weights = driver_distribution(self.scenario)
        curve = {"toxicity": _toxicity, "response": _response}[endpoint]
        return float(weights @ curve(self.scenario, log_driver))

    def _on_scale(self, exposure_mg_l: ArrayLike, curve: DriverCurve) -> FloatArray:
        log_exposure = np.log(np.asarray(exposure_mg_l, dtype=float))
        if self.scale == self.scenario.driver:
            return curve(self.scenario, log_exposure)
        log_driver, values = _on_grid(self.scenario, curve)
        flat = log_exposure.ravel()
        blocks = (flat[start : start + BLOCK] for start in range(0, flat.size, BLOCK))
        averaged = [_driver_given(self.scenario, block, log_driver) @ values for block in blocks]
        return np.asarray(np.concatenate(averaged).reshape(log_exposure.shape))


def true_curves(scenario: str | Scenario, *, scale: Scale = "C") -> TrueCurves:
    """Return the true curves of `scenario` on `scale`.

    Raises
    ------
    UsageError
        When no released scenario has that name.
    """
    return TrueCurves(scenario=find_scenario(scenario), scale=scale)


def sd_log_driver(scenario: Scenario) -> float:
    """Return the standard deviation of the log of the scenario's driver."""
    within = scenario.exposure_sd_within if scenario.driver == "y" else 0.0
    return float(np.hypot(scenario.exposure_sd_between, within))


@lru_cache(maxsize=64)
def driver_distribution(scenario: Scenario) -> tuple[FloatArray, FloatArray]:
    """Return grid and weights (adding up to one) of the log driver among the patients of a cohort."""
    log_driver = _grid(scenario)
    z = (log_driver - np.log(scenario.exposure_median_mg_l)) / sd_log_driver(scenario)
    return log_driver, _normalised(-0.5 * z**2 + _log_selection(scenario, log_driver))


def _grid(scenario: Scenario) -> FloatArray:
    """Even grid of the log driver: against a normal density the trapezoidal rule converges exponentially on it."""
    between, within = scenario.exposure_sd_between, scenario.exposure_sd_within
    total = float(np.hypot(between, within))
    step = min(GRID_STEP, between * within / total / 3.0)
    half = int(np.ceil(GRID_REACH * total / step))
    return np.asarray(np.log(scenario.exposure_median_mg_l) + step * np.arange(-half, half + 1), dtype=float)


@lru_cache(maxsize=256)
def _on_grid(scenario: Scenario, curve: DriverCurve) -> tuple[FloatArray, FloatArray]:
    log_driver = _grid(scenario)
    return log_driver, curve(scenario, log_driver)


def _driver_given(scenario: Scenario, log_exposure: FloatArray, log_driver: FloatArray) -> FloatArray:
    """Weights of the log driver given exposures on the other scale, shape (n_exposure, n_grid)."""
    between, within = scenario.exposure_sd_between, scenario.exposure_sd_within
    z = (log_exposure[:, None] - log_driver) / within
    log_weight = -0.5 * z**2
    if scenario.driver == "C":
        z_between = (log_driver - np.log(scenario.exposure_median_mg_l)) / between
        log_weight = log_weight - 0.5 * z_between**2 + _log_selection(scenario, log_driver)
    return _normalised(log_weight)


def _normalised(log_weight: FloatArray) -> FloatArray:
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def _log_selection(scenario: Scenario, log_driver: FloatArray) -> FloatArray:
    """Log probability of being alive when the trough is drawn, 0 where that selects nobody."""
    if not scenario.alive_at_sampling:
        return np.zeros_like(log_driver)
    return _log_survival(scenario, log_driver, months=scenario.sampling_month)


def _toxicity(scenario: Scenario, log_driver: FloatArray) -> FloatArray:
    if scenario.event_types:
        types = [truth for _, truth in scenario.event_types]
        return _averaged_over_covariate(scenario, lambda z: _any_of(types, log_driver, z))
    return _averaged_over_covariate(scenario, partial(probability, scenario.toxicity, log_driver))


def _any_of(types: list[TrueProbability], log_driver: FloatArray, covariate: float) -> FloatArray:
    none = [1.0 - probability(truth, log_driver, covariate) for truth in types]
    return np.asarray(1.0 - np.prod(none, axis=0))


def _response(scenario: Scenario, log_driver: FloatArray) -> FloatArray:
    p = _averaged_over_covariate(scenario, partial(probability, scenario.response, log_driver))
    if scenario.response_alive_month is None:
        return p
    log_alive = _log_survival(scenario, log_driver, months=scenario.response_alive_month)
    return p * np.exp(log_alive - _log_selection(scenario, log_driver))


@lru_cache(maxsize=32)
def _survival_to(months: float) -> DriverCurve:
    """Return the survival curve at `months`: one function a horizon, so that its values on the grid are kept."""
    return partial(_survival_from_sampling, months=months)


@lru_cache(maxsize=32)
def _restricted_mean_to(months: float) -> DriverCurve:
    """Return the restricted mean survival curve to `months`, likewise."""
    return partial(_restricted_mean, months=months)


def _survival_from_sampling(scenario: Scenario, log_driver: FloatArray, *, months: float) -> FloatArray:
    start = scenario.sampling_month if scenario.alive_at_sampling else 0.0

    def survival(z: float) -> FloatArray:
        log_s = _log_survival(scenario, log_driver, months=start + months, covariate=z)
        return np.exp(log_s - _log_selection(scenario, log_driver))

    return _averaged_over_covariate(scenario, survival)


def _restricted_mean(scenario: Scenario, log_driver: FloatArray, *, months: float) -> FloatArray:
    if scenario.alive_at_sampling:
        # Given survival to sampling there is no such closed form; Gauss–Legendre on the smooth integrand is exact here.
        nodes, weights = np.polynomial.legendre.leggauss(HORIZON_NODES)
        times, widths = 0.5 * months * (nodes + 1.0), 0.5 * months * weights
        at = (_survival_from_sampling(scenario, log_driver, months=float(t)) for t in times)
        return np.asarray(sum(width * s for width, s in zip(widths, at, strict=True)))

    def area(z: float) -> FloatArray:
        g = log_hazard_ratio(scenario.survival, log_driver, z)
        return weibull.restricted_mean(months, **_weibull_arguments(scenario.survival), log_hazard_ratio=g)

    return _averaged_over_covariate(scenario, area)


def probability(truth: TrueProbability, log_exposure: FloatArray, covariate: float | FloatArray = 0.0) -> FloatArray:
    """Return the probability of an event at log exposures (log mg/L) and values of the covariate."""
    u = log_exposure - np.log(truth.center_mg_l)
    logit_p = truth.intercept + truth.slope * u + truth.covariate_slope * covariate
    return np.asarray(truth.floor + truth.height * expit(logit_p))


def log_hazard_ratio(truth: TrueSurvival, log_exposure: FloatArray, covariate: float | FloatArray = 0.0) -> FloatArray:
    """Return the log hazard ratio at log exposures (log mg/L) and values of the covariate."""
    u = log_exposure - np.log(truth.center_mg_l)
    effect = polynomial_effect(u, np.asarray(truth.linear), np.asarray(truth.curvature))
    return np.asarray(effect + truth.covariate_slope * covariate)


def _log_survival(scenario: Scenario, log_driver: FloatArray, *, months: float, covariate: float = 0.0) -> FloatArray:
    """Log S on the clock of treatment."""
    g = log_hazard_ratio(scenario.survival, log_driver, covariate)
    if months == 0.0:
        return np.zeros_like(g)
    return weibull.log_survival(np.asarray(months), **_weibull_arguments(scenario.survival), log_hazard_ratio=g)


def _weibull_arguments(truth: TrueSurvival) -> dict[str, FloatArray]:
    return {"median": np.asarray(truth.median_months), "shape": np.asarray(truth.shape)}


def _averaged_over_covariate(scenario: Scenario, curve: Callable[[float], FloatArray]) -> FloatArray:
    if scenario.covariate_correlation is None:
        return curve(0.0)
    nodes, weights = normal_nodes(COVARIATE_NODES)
    return np.asarray(sum(w * curve(float(z)) for z, w in zip(nodes, weights, strict=True)))
