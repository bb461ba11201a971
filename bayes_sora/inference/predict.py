"""Replicated data sets from the posterior: what the same patients could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.numerics import weibull
from bayes_sora.numerics.logistic import expit
from bayes_sora.types import FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import ModelFile


def draw_replicates(
    parameters: Mapping[str, FloatArray],
    log_exposure: FloatArray,
    model: ModelFile,
    trough_patient: IntArray,
    *,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Draw one replicated data set a draw, each patient at the exposure of that draw.

    Parameters
    ----------
    parameters : mapping of str to FloatArray, shape (n_draws,)
    log_exposure : FloatArray, shape (n_draws, n_patients)
    model : ModelFile
    trough_patient : IntArray, shape (n_troughs,)
        Patient of each trough.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``trough_mg_l`` (n_draws, n_troughs); ``toxicity`` and ``response`` 0/1, ``os_months`` uncensored,
        (n_draws, n_patients), for the endpoints of the model.
    """
    by_draw = {name: values[:, None] for name, values in parameters.items()}
    x = log_exposure - np.log(model.drug.reference_mg_l)
    replicates = {"trough_mg_l": _draw_troughs(by_draw, log_exposure, model, trough_patient, rng)}
    for endpoint in model.endpoints:
        effect = exposure_effect(x, by_draw, model.outcomes[endpoint])
        if endpoint == "survival":
            replicates["os_months"] = weibull.draw_survival_times(
                rng,
                median=by_draw["survival_median"],
                shape=by_draw["survival_shape"],
                log_hazard_ratio=effect,
            )
        else:
            p = expit(by_draw[f"{endpoint}_intercept"] + effect)
            replicates[endpoint] = (rng.uniform(size=p.shape) < p).astype(float)
    return replicates


def _draw_troughs(
    by_draw: Mapping[str, FloatArray],
    log_exposure: FloatArray,
    model: ModelFile,
    trough_patient: IntArray,
    rng: np.random.Generator,
) -> FloatArray:
    noise = rng.normal(size=(log_exposure.shape[0], trough_patient.size))
    if model.exposure.form == "observed":
        # As measured, a replicate of a trough is a new patient's: the model has no noise within a patient.
        return np.exp(by_draw["exposure_log_median"] + by_draw["exposure_sd"] * noise)
    return np.exp(log_exposure[:, trough_patient] + by_draw["exposure_sd_within"] * noise)
