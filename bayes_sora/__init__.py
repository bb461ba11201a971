"""bayes_sora: the posterior of the optimal trough window.

A clinic measures drug troughs and sees toxicities, responses and deaths. Which trough should it aim for? One joint
model of exposure, toxicity, response and survival answers with the posterior of the window: lower and upper limit, the
probability that a window exists, and how much of the answer came from the data.

>>> import bayes_sora as bs
>>> cohort = bs.simulate("literal", n=26, seed=1).cohort
>>> cohort.n_patients
26
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # importing `typing` is most of the time before a command can answer Ctrl-C
if TYPE_CHECKING:
    from bayes_sora.classical import classical_analysis
    from bayes_sora.cohort import Cohort, describe_cohort, read_cohort, write_cohort
    from bayes_sora.comparison import ComparedModel, Comparison, compare
    from bayes_sora.curves import Curves
    from bayes_sora.errors import BayesSoraError, InputError, Problem, TrustError, UsageError
    from bayes_sora.fitting import (
        EarlierResult,
        Fit,
        MapPrior,
        PriorPredictive,
        confounding_sensitivity,
        fit,
        map_prior,
        prior_predictive,
    )
    from bayes_sora.modelfile import ModelFile, lint_model, list_models, load_model, parse_model
    from bayes_sora.questions import Limits, Utility, Youden
    from bayes_sora.report import read_result, write_result
    from bayes_sora.simulation import SCENARIOS, Simulation, shipped_cohort, simulate, true_windows
    from bayes_sora.study import shipped_study
    from bayes_sora.window import Window, make_window

# Where each public name lives. Nothing is imported before it is asked for: `bayes-sora --help` must answer at once.
_HOMES = {
    "SCENARIOS": "simulation",
    "BayesSoraError": "errors",
    "Cohort": "cohort",
    "ComparedModel": "comparison",
    "Comparison": "comparison",
    "Curves": "curves",
    "EarlierResult": "fitting",
    "Fit": "fitting",
    "MapPrior": "fitting",
    "InputError": "errors",
    "Limits": "questions",
    "ModelFile": "modelfile",
    "PriorPredictive": "fitting",
    "Problem": "errors",
    "Simulation": "simulation",
    "TrustError": "errors",
    "UsageError": "errors",
    "Utility": "questions",
    "Window": "window",
    "Youden": "questions",
    "classical_analysis": "classical",
    "compare": "comparison",
    "confounding_sensitivity": "fitting",
    "describe_cohort": "cohort",
    "fit": "fitting",
    "lint_model": "modelfile",
    "list_models": "modelfile",
    "load_model": "modelfile",
    "make_window": "window",
    "map_prior": "fitting",
    "parse_model": "modelfile",
    "prior_predictive": "fitting",
    "read_cohort": "cohort",
    "read_result": "report",
    "shipped_cohort": "simulation",
    "shipped_study": "study",
    "simulate": "simulation",
    "true_windows": "simulation",
    "write_cohort": "cohort",
    "write_result": "report",
}

__all__ = [
    "SCENARIOS",
    "BayesSoraError",
    "Cohort",
    "ComparedModel",
    "Comparison",
    "Curves",
    "EarlierResult",
    "Fit",
    "InputError",
    "Limits",
    "MapPrior",
    "ModelFile",
    "PriorPredictive",
    "Problem",
    "Simulation",
    "TrustError",
    "UsageError",
    "Utility",
    "Window",
    "Youden",
    "classical_analysis",
    "compare",
    "confounding_sensitivity",
    "describe_cohort",
    "fit",
    "lint_model",
    "list_models",
    "load_model",
    "make_window",
    "map_prior",
    "parse_model",
    "prior_predictive",
    "read_cohort",
    "read_result",
    "shipped_cohort",
    "shipped_study",
    "simulate",
    "true_windows",
    "write_cohort",
    "write_result",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("importlib.metadata").version("bayes-sora")
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
