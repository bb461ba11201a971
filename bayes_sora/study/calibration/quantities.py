"""What is ranked: parameters, log-likelihoods, limits, the optimum, and survival, as functions of draws and cohort.

The log-likelihoods matter most (Modrák et al. 2023): ranks of parameters alone are uniform also for an engine that
ignores the data and returns the prior, those of the log-likelihood are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.curves import build_curves
from bayes_sora.fitting.result import observed_span, optimisation_span
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.numerics import weibull
from bayes_sora.window import applicable, window_draws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import FloatArray
    from bayes_sora.window import WindowDraws

GRID_SIZE = 129
SURVIVAL_MONTHS = 12.0
JOINT = "patient"
LIKELIHOOD_NODES = 31
"""More than a fit takes: the log-likelihood here is the truth that an engine is held against."""


def evaluate_quantities(
    parameters: Mapping[str, FloatArray], *, model: ModelFile, cohort: Cohort
) -> dict[str, FloatArray]:
    """Return every quantity that is ranked, for each draw; NaN where a draw does not define it.

    Parameters
    ----------
    parameters : mapping of name to FloatArray, shape (n_draws,)
    model : ModelFile
    cohort : Cohort
        The data of the posterior.

    Returns
    -------
    dict of FloatArray, shape (n_draws,)
        The parameters by name; ``log_likelihood`` (of all that was seen of the patients), ``log_likelihood_exposure``
        and one of each endpoint, log p(endpoint | troughs, θ); of the windows that the endpoints allow, with the
        settings of the model file, ``limits_exists``, ``limits_lower``, ``limits_upper``, ``youden_lower``,
        ``youden_upper`` and ``optimum``; ``survival_12_months`` at the median trough of the cohort.
    """
    return {
        **parameters,
        **_log_likelihoods(parameters, model, cohort),
        **_windows(parameters, model, cohort),
        **_survival(parameters, model, cohort),
    }


def _log_likelihoods(parameters: Mapping[str, FloatArray], model: ModelFile, cohort: Cohort) -> dict[str, FloatArray]:
    # The exposures that this draws beside are not used: any generator will do.
    found = evaluate_patients(parameters, model, cohort, rng=np.random.default_rng(0), n_nodes=LIKELIHOOD_NODES)
    return {
        "log_likelihood" if name == JOINT else f"log_likelihood_{name}": patients.sum(axis=1)
        for name, patients in found.log_likelihood.items()
    }


def _windows(parameters: Mapping[str, FloatArray], model: ModelFile, cohort: Cohort) -> dict[str, FloatArray]:
    curves = build_curves(
        xr.Dataset({name: (("chain", "draw"), values[None]) for name, values in parameters.items()}),
        model,
        span=optimisation_span(model, cohort),
        observed_span=observed_span(cohort),
        size=GRID_SIZE,
    )
    named: dict[str, FloatArray] = {}
    for settings in model.questions.all:
        if applicable(settings, curves) is None:
            named |= _limits(window_draws(curves, settings))
    return named


def _limits(window: WindowDraws) -> dict[str, FloatArray]:
    found = {name: np.asarray(window.draws[name].to_numpy().ravel(), dtype=float) for name in window.draws}
    if window.kind == "utility":
        return {"optimum": found["optimum"]}
    limits = {f"{window.kind}_{name}": found[name] for name in ("lower", "upper")}
    return {"limits_exists": found["exists"], **limits} if window.kind == "limits" else limits


def _survival(parameters: Mapping[str, FloatArray], model: ModelFile, cohort: Cohort) -> dict[str, FloatArray]:
    if "survival" not in model.outcomes:
        return {}
    x = np.log(np.median(cohort.trough_mg_l) / model.drug.reference_mg_l)
    median, shape = parameters["survival_median"], parameters["survival_shape"]
    effect = exposure_effect(np.full_like(median, x), parameters, model.outcomes["survival"])
    log_survival = weibull.log_survival(SURVIVAL_MONTHS, median=median, shape=shape, log_hazard_ratio=effect)
    return {"survival_12_months": np.exp(log_survival)}
