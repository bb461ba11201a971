"""Simulated cohorts with a known truth."""

from bayes_sora.simulation.curves import TrueCurves, true_curves
from bayes_sora.simulation.decision import DecisionValue, decision_value
from bayes_sora.simulation.draw import Simulation, simulate
from bayes_sora.simulation.scenarios import ALL_SCENARIOS, BLOCK_SCENARIOS, SCENARIOS, DoseReductions, Scenario
from bayes_sora.simulation.shipped import shipped_cohort
from bayes_sora.simulation.truth import Truth
from bayes_sora.simulation.windows import TrueWindow, TrueWindows, true_windows
from bayes_sora.simulation.write import simulation_paths, write_simulation

__all__ = [
    "ALL_SCENARIOS",
    "BLOCK_SCENARIOS",
    "SCENARIOS",
    "DecisionValue",
    "DoseReductions",
    "Scenario",
    "Simulation",
    "TrueCurves",
    "TrueWindow",
    "TrueWindows",
    "Truth",
    "decision_value",
    "shipped_cohort",
    "simulate",
    "simulation_paths",
    "true_curves",
    "true_windows",
    "write_simulation",
]
