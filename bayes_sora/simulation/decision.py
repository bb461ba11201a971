r"""What acting on a window is worth, in months of true utility.

Each patient's trough y is measured once and the dose moved so that C becomes :math:`C \cdot \mathrm{clip}(y, w) /
y`; V(w) is the mean true utility after that. The driver moves with the dose: where outcomes follow the measured
trough, it becomes clip(y, w).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bayes_sora.numerics.ties import comparable
from bayes_sora.questions import DEFAULT_QUESTIONS, Questions, Utility
from bayes_sora.simulation.curves import TrueCurves, driver_distribution
from bayes_sora.simulation.scenarios import Scenario, find_scenario
from bayes_sora.simulation.windows import DEFAULT_SPAN, true_windows
from bayes_sora.types import FloatArray, Span

WITHIN_NODES = 121
WITHIN_REACH = 6.0
UTILITY_NODES = 16_001
LEAST_WEIGHT = 1e-12
LEAST_POTENTIAL_MONTHS = 0.5


@dataclass(frozen=True, kw_only=True)
class DecisionValue:
    """Mean true utility, in months, of a policy beside the best dose and no change of dose.

    Attributes
    ----------
    value_months : float
        V(w), or V(none) when no window was declared.
    untouched_months : float
        V(none): doses are left alone.
    best_months : float
        U(c*): everyone at the optimum of the range.
    """

    value_months: float
    untouched_months: float
    best_months: float

    @property
    def regret_months(self) -> float:
        """U(c*) − V(w)."""
        return self.best_months - self.value_months

    @property
    def benefit_months(self) -> float:
        """V(w) − V(none); negative is harm."""
        return self.value_months - self.untouched_months

    @property
    def gain(self) -> float | None:
        """Benefit as a share of what was to be had; None where that is less than half a month."""
        potential = self.best_months - self.untouched_months
        return self.benefit_months / potential if potential >= LEAST_POTENTIAL_MONTHS else None


def decision_value(
    scenario: str | Scenario,
    window: tuple[float | None, float | None] | None,
    *,
    span: Span = DEFAULT_SPAN,
    questions: Questions = DEFAULT_QUESTIONS,
) -> DecisionValue:
    """Return the true value of dosing towards `window`.

    Parameters
    ----------
    scenario : str or Scenario
        The measured trough is one drawn before any reaction to toxicity.
    window : (float or None, float or None) or None
        Lower and upper limit in mg/L for a measured trough; an open end is None, and so is no window at all.
    span : Span
        Range that c* is sought in, mg/L.
    questions : Questions
        Horizon and cost of toxicity of the utility.

    Raises
    ------
    UsageError
        When no released scenario has that name.
    ValueError
        When the lower limit is above the upper one, or a limit is not positive.
    """
    chosen = find_scenario(scenario)
    population = _population(chosen, questions.utility)
    untouched = population.mean_utility(None)
    return DecisionValue(
        value_months=untouched if window is None else population.mean_utility(_log_ends(window)),
        untouched_months=untouched,
        best_months=_best_utility(chosen, span, questions),
    )


def _log_ends(window: tuple[float | None, float | None]) -> tuple[float, float]:
    lower, upper = window
    low, high = comparable(np.array([0.0 if lower is None else lower, np.inf if upper is None else upper]))
    if not (low <= high and high > 0.0 and (lower is None or low > 0.0)):
        msg = f"expected 0 < lower ≤ upper for a window in mg/L, got {lower} and {upper}"
        raise ValueError(msg)
    with np.errstate(divide="ignore"):
        return float(np.log(low)), float(np.log(high))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Population:
    """Nodes of (driver, trough), their weights, and the utility on a wide grid of the driver.

    `log_driver`, rising, has shape (n_driver,); `weight_below` and `utility_below`, the weight and
    the weighted utility of the drivers before each one, (n_driver + 1,); `deviation` (log trough less log driver) and
    its weights (n_within,).
    """

    log_driver: FloatArray
    weight_below: FloatArray
    utility_below: FloatArray
    deviation: FloatArray
    deviation_weight: FloatArray
    log_grid: FloatArray
    utility: FloatArray

    def mean_utility(self, log_ends: tuple[float, float] | None) -> float:
        """Sum over drivers and deviations; for one deviation, drivers are moved to an end or left where they are."""
        if log_ends is None:
            return float(self.utility_below[-1])
        low, high = (end - self.deviation for end in log_ends)
        below, up_to = np.searchsorted(self.log_driver, low), np.searchsorted(self.log_driver, high, side="right")
        raised = self.weight_below[below] * np.interp(low, self.log_grid, self.utility)
        lowered = (self.weight_below[-1] - self.weight_below[up_to]) * np.interp(high, self.log_grid, self.utility)
        left_alone = self.utility_below[up_to] - self.utility_below[below]
        return float(self.deviation_weight @ (raised + left_alone + lowered))


@lru_cache(maxsize=64)
def _population(scenario: Scenario, asked: Utility) -> _Population:
    log_grid, density = driver_distribution(scenario)
    curves = TrueCurves(scenario=scenario, scale=scenario.driver)
    # Fine enough for linear interpolation: a step of about 0.001 of log exposure loses some 1e-6 months.
    log_fine = np.linspace(log_grid[0], log_grid[-1], UTILITY_NODES)
    utility = _utility(curves, np.exp(log_fine), asked)
    populated = density > LEAST_WEIGHT
    log_driver, weight = log_grid[populated], density[populated] / density[populated].sum()
    deviation, deviation_weight = _deviations(scenario)
    return _Population(
        log_driver=log_driver,
        weight_below=_summed_below(weight),
        utility_below=_summed_below(weight * np.interp(log_driver, log_fine, utility)),
        deviation=deviation,
        deviation_weight=deviation_weight,
        log_grid=log_fine,
        utility=utility,
    )


def _summed_below(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values)])


def _deviations(scenario: Scenario) -> tuple[FloatArray, FloatArray]:
    if scenario.driver == "y":
        return np.zeros(1), np.ones(1)
    z = np.linspace(-WITHIN_REACH, WITHIN_REACH, WITHIN_NODES)
    weight = np.exp(-0.5 * z**2)
    return scenario.exposure_sd_within * z, weight / weight.sum()


@lru_cache(maxsize=256)
def _best_utility(scenario: Scenario, span: Span, questions: Questions) -> float:
    optimum = true_windows(scenario, scale=scenario.driver, span=span, questions=questions).optimum
    curves = TrueCurves(scenario=scenario, scale=scenario.driver)
    # Where the utility is flat every exposure is the best one.
    return float(_utility(curves, np.asarray(span.low if optimum is None else optimum), questions.utility))


def _utility(curves: TrueCurves, exposure_mg_l: FloatArray, asked: Utility) -> FloatArray:
    return curves.utility(
        exposure_mg_l,
        tau_months=asked.tau_months,
        toxicity_cost_months=asked.toxicity_cost_months,
    )
