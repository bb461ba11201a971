"""Simulation-based calibration: whether an engine gives the posterior of the model file it was asked for.

Parameters are drawn from the priors of a model file, a cohort from the model itself, and the rank of the truth among
the posterior draws of that cohort must be uniform (Talts et al. 2018; Modrák et al. 2023).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_sora.study.calibration.engines import ENGINES, draw_posteriors
    from bayes_sora.study.calibration.quantities import evaluate_quantities
    from bayes_sora.study.calibration.result import Calibration, QuantityCalibration
    from bayes_sora.study.calibration.run import calibrate
    from bayes_sora.study.calibration.simulate import draw_cohort, draw_truth
    from bayes_sora.study.calibration.trial import Trial, run_trials
    from bayes_sora.study.calibration.uniformity import Band, uniform_band, uniformity_p_value

_HOMES = {
    "ENGINES": "engines",
    "Band": "uniformity",
    "Calibration": "result",
    "QuantityCalibration": "result",
    "Trial": "trial",
    "calibrate": "run",
    "draw_cohort": "simulate",
    "draw_posteriors": "engines",
    "draw_truth": "simulate",
    "evaluate_quantities": "quantities",
    "run_trials": "trial",
    "uniform_band": "uniformity",
    "uniformity_p_value": "uniformity",
}

__all__ = [
    "ENGINES",
    "Band",
    "Calibration",
    "QuantityCalibration",
    "Trial",
    "calibrate",
    "draw_cohort",
    "draw_posteriors",
    "draw_truth",
    "evaluate_quantities",
    "run_trials",
    "uniform_band",
    "uniformity_p_value",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
