"""The true windows of a scenario: a statement of the definitions independent of the windows of a posterior.

Roots are found by bracketing and optima by bounded search on exact curves, nothing is read off a grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from bayes_sora.arguments import check_argument, instance, one_of
from bayes_sora.questions import DEFAULT_QUESTIONS, Limits, Questions, Utility
from bayes_sora.simulation.curves import TrueCurves
from bayes_sora.simulation.scenarios import Scale, Scenario, find_scenario
from bayes_sora.types import BoolArray, FloatArray, Span

GRID_SIZE = 1001
SEARCH_REACH = 8.0
FLAT = 1e-9
TOLERANCE = 1e-12

LogCurve = Callable[[FloatArray], FloatArray]


DEFAULT_SPAN = Span(0.5, 10.0)


@dataclass(frozen=True, kw_only=True)
class TrueWindow:
    """One true window in mg/L; a limit that is not defined is None, one beyond the range counts at its edge.

    Attributes
    ----------
    lower, upper : float or None
    exists : bool
    disconnected : bool
        The set has several components: this is the widest one (limits), or that of the optimum (utility).
    """

    lower: float | None
    upper: float | None
    exists: bool
    disconnected: bool = False


@dataclass(frozen=True, kw_only=True)
class TrueWindows:
    """The true windows of a scenario on one scale.

    Attributes
    ----------
    scenario : Scenario
    scale : {"C", "y"}
    span : Span
        Optimisation range in mg/L.
    questions : Questions
    youden, limits, utility : TrueWindow
        `utility` is the near-optimal set.
    optimum : float or None
        c* in mg/L; None when the utility is flat.
    """

    scenario: Scenario
    scale: Scale
    youden: TrueWindow
    limits: TrueWindow
    utility: TrueWindow
    optimum: float | None
    span: Span = DEFAULT_SPAN
    questions: Questions = DEFAULT_QUESTIONS


def true_windows(
    scenario: str | Scenario,
    *,
    scale: Scale = "C",
    span: Span = DEFAULT_SPAN,
    questions: Questions = DEFAULT_QUESTIONS,
) -> TrueWindows:
    """Return the true windows of `scenario` on `scale`; the same question is answered from memory.

    Parameters
    ----------
    scenario : str or Scenario
    scale : {"C", "y"}
        Average trough, or one measured trough.
    span : Span
        Optimisation range in mg/L.
    questions : Questions
        Thresholds and utility.

    Raises
    ------
    UsageError
        When no released scenario has that name.
    """
    check_argument("scale", scale, one_of("C", "y"))
    check_argument("span", span, instance("a Span", Span))
    check_argument("questions", questions, instance("Questions", Questions))
    return _solve(find_scenario(scenario), scale, span, questions)


@lru_cache(maxsize=256)
def _solve(scenario: Scenario, scale: Scale, span: Span, questions: Questions) -> TrueWindows:
    curves = TrueCurves(scenario=scenario, scale=scale)
    optimum, near_optimal = _utility_window(curves, span, questions.utility)
    return TrueWindows(
        scenario=scenario,
        scale=scale,
        span=span,
        questions=questions,
        youden=_youden_window(curves, span),
        limits=_limits_window(curves, span, questions.limits),
        utility=near_optimal,
        optimum=optimum,
    )


def _youden_window(curves: TrueCurves, span: Span) -> TrueWindow:
    lower = _upward_crossing(curves, curves.p_response, curves.prevalence("response"), span)
    upper = _upward_crossing(curves, curves.p_toxicity, curves.prevalence("toxicity"), span)
    return TrueWindow(lower=lower, upper=upper, exists=lower is not None and upper is not None and lower < upper)


def _upward_crossing(curves: TrueCurves, p: LogCurve, prevalence: float, span: Span) -> float | None:
    """Exposure where p rises through its prevalence, within the span; the curves here have at most one such point."""
    scenario = curves.scenario
    reach = SEARCH_REACH * float(np.hypot(scenario.exposure_sd_between, scenario.exposure_sd_within))
    log_grid = np.log(scenario.exposure_median_mg_l) + np.linspace(-reach, reach, GRID_SIZE)
    excess = _of_log(lambda c: p(c) - prevalence)
    values = excess(log_grid)
    rising = np.flatnonzero((values[:-1] < 0.0) & (values[1:] >= 0.0))
    if np.ptp(values) < FLAT or rising.size == 0:
        return None
    at = _root(excess, log_grid[rising[0]], log_grid[rising[0] + 1])
    return float(np.clip(np.exp(at), span.low, span.high))


def _limits_window(curves: TrueCurves, span: Span, asked: Limits) -> TrueWindow:
    def margin(c: FloatArray) -> FloatArray:
        room = np.minimum(asked.max_toxicity - curves.p_toxicity(c), curves.p_response(c) - asked.min_response)
        if asked.min_survival is None:
            return room
        survival = curves.survival(c, months=asked.survival_months)
        return np.minimum(room, survival - asked.min_survival)

    components = _components(_of_log(margin), span)
    if not components:
        return TrueWindow(lower=None, upper=None, exists=False)
    lower, upper = max(components, key=lambda ends: np.log(ends[1] / ends[0]))
    return TrueWindow(lower=lower, upper=upper, exists=True, disconnected=len(components) > 1)


def _utility_window(curves: TrueCurves, span: Span, asked: Utility) -> tuple[float | None, TrueWindow]:
    def utility(c: FloatArray) -> FloatArray:
        return curves.utility(c, tau_months=asked.tau_months, toxicity_cost_months=asked.toxicity_cost_months)

    log_utility = _of_log(utility)
    optimum = _maximiser(log_utility, span)
    if optimum is None:
        return None, TrueWindow(lower=span.low, upper=span.high, exists=True)
    enough = float(utility(np.asarray(optimum))) - asked.tolerance_months
    components = _components(lambda u: log_utility(u) - enough, span)
    lower, upper = next(ends for ends in components if ends[0] <= optimum <= ends[1])
    return optimum, TrueWindow(lower=lower, upper=upper, exists=True, disconnected=len(components) > 1)


def _maximiser(curve: LogCurve, span: Span) -> float | None:
    log_grid = np.log(span.log_grid(GRID_SIZE))
    values = curve(log_grid)
    if np.ptp(values) < FLAT:
        return None
    best = int(np.argmax(values))
    bounds = log_grid[max(best - 1, 0)], log_grid[min(best + 1, GRID_SIZE - 1)]
    found = minimize_scalar(
        lambda u: -float(curve(np.asarray(u))), bounds=bounds, method="bounded", options={"xatol": 1e-9}
    )
    # A bounded search never returns its ends: at an edge of the span the grid point itself is the better one.
    if -found.fun > values[best]:
        return float(np.exp(found.x))
    return float(span.log_grid(GRID_SIZE)[best])


def _components(margin: LogCurve, span: Span) -> list[tuple[float, float]]:
    """Components of {margin ≥ 0} within the span, in mg/L, ends found exactly."""
    exposure = span.log_grid(GRID_SIZE)
    log_grid = np.log(exposure)
    inside = margin(log_grid) >= 0.0
    components = []
    for first, last in _runs(inside):
        lower = exposure[0] if first == 0 else np.exp(_root(margin, log_grid[first - 1], log_grid[first]))
        upper = exposure[-1] if last == GRID_SIZE - 1 else np.exp(_root(margin, log_grid[last], log_grid[last + 1]))
        components.append((float(lower), float(upper)))
    return components


def _runs(inside: BoolArray) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    change = np.diff(np.concatenate(([0], inside.astype(int), [0])))
    return [
        (int(first), int(end) - 1)
        for first, end in zip(np.flatnonzero(change == 1), np.flatnonzero(change == -1), strict=True)
    ]


def _root(curve: LogCurve, low: float, high: float) -> float:
    def at(u: float) -> float:
        return float(curve(np.asarray(u)))

    if at(low) * at(high) >= 0.0:
        # A root at an end: rounding gives it one sign here, and had given it the other one within an array.
        return min(low, high, key=lambda u: abs(at(u)))
    return float(brentq(at, low, high, xtol=TOLERANCE))


def _of_log(curve: LogCurve) -> LogCurve:
    return lambda log_exposure: curve(np.exp(log_exposure))
