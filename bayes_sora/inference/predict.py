"""Replicated data sets from the posterior: what the same patients could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from bayes_sora.inference.data import trough_log_dose
from bayes_sora.inference.likelihood import BATCH_ELEMENTS, patients_at
from bayes_sora.modelfile.dated import trough_occasions, trough_shift
from bayes_sora.modelfile.terms.term import given_exposure
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.quadrature import draw_between_nodes, uniform_nodes
from bayes_sora.types import DAYS_PER_MONTH, FloatArray

FRAILTY_NODES = 33

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock


def draw_replicates(
    parameters: Mapping[str, FloatArray],
    log_exposure: FloatArray,
    model: ModelFile,
    cohort: Cohort,
    *,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Draw one replicated data set a draw, each patient at the exposure of that draw.

    Frailties are drawn anew: from N(0, 1), or from what it is among patients who lived to their entry.

    Parameters
    ----------
    parameters : mapping of str to FloatArray, shape (n_draws,)
    log_exposure : FloatArray, shape (n_draws, n_patients)
    model : ModelFile
    cohort : Cohort
        Gives the patients' troughs, sites and covariates.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``trough_mg_l`` (n_draws, n_troughs); ``toxicity`` and ``response`` 0/1, ``os_months`` uncensored,
        (n_draws, n_patients), for the endpoints of the model; ``grade`` where toxicity is one.
    """
    frailty = _draw_frailty(parameters, log_exposure, model, cohort, rng) if model.has_frailty else np.zeros(1)
    by_draw = {name: values[:, None] for name, values in parameters.items()}
    at_typical = patients_at(by_draw, model, model.patient_columns(cohort), frailty)
    of_patient = given_exposure(at_typical, model.patient_terms, log_exposure)
    x = log_exposure - np.log(model.drug.reference_mg_l)
    replicates = {"trough_mg_l": _draw_troughs(of_patient, log_exposure, model, cohort, rng)}
    for endpoint in model.endpoints:
        block = model.outcomes[endpoint]
        name = "os_months" if endpoint == "survival" else endpoint
        drawn = _draw_outcome(rng, x, of_patient, block, cohort)
        if block.outcome.recorded is not None and block.outcome.event is not None:
            replicates[block.outcome.recorded] = drawn
            drawn = block.outcome.event(drawn, block)
        replicates[name] = drawn
    return replicates | _dead_do_not_respond(replicates, model)


def _dead_do_not_respond(replicates: Mapping[str, FloatArray], model: ModelFile) -> dict[str, FloatArray]:
    """Return response with 0 for whoever dies before the end of its window, where the model file says so."""
    months = {name: block.event_free_months for name, block in model.outcomes.items()}.get("response")
    if months is None:
        return {}
    return {"response": np.where(replicates["os_months"] < months, 0.0, replicates["response"])}


def _draw_frailty(
    parameters: Mapping[str, FloatArray],
    log_exposure: FloatArray,
    model: ModelFile,
    cohort: Cohort,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw b of density ∝ φ(b) S(entry | C, b), shape (n_draws, n_patients)."""
    normal = rng.normal(size=log_exposure.shape)
    data = {
        endpoint: {name: array[:, None] for name, array in block.outcome.arrays(cohort, block).items()}
        for endpoint, block in model.outcomes.items()
    }
    columns = {name: column[:, None] for name, column in model.patient_columns(cohort).items()}
    nodes, weights = uniform_nodes(FRAILTY_NODES)
    size = max(1, BATCH_ELEMENTS // (cohort.n_patients * FRAILTY_NODES))
    for start in range(0, len(normal), size):
        part = slice(start, start + size)
        by_draw = {name: values[part, None, None] for name, values in parameters.items()}
        log_c = log_exposure[part, :, None]
        of_patient = given_exposure(patients_at(by_draw, model, columns, nodes), model.patient_terms, log_c)
        log_entry = model.log_entry(NUMPY, log_c - np.log(model.drug.reference_mg_l), of_patient, data)
        if log_entry is None:
            break
        normal[part] = draw_between_nodes(np.log(weights) + log_entry, nodes, ndtr(normal[part]))
    return np.asarray(normal)


def _draw_outcome(
    rng: np.random.Generator,
    x: FloatArray,
    of_patient: Mapping[str, FloatArray],
    block: OutcomeBlock,
    cohort: Cohort,
) -> FloatArray:
    if block.outcome.draw_given is None:
        return block.outcome.draw(rng, x, of_patient, block)
    return block.outcome.draw_given(rng, x, of_patient, block, block.outcome.arrays(cohort, block))


def _draw_troughs(
    of_patient: Mapping[str, FloatArray],
    log_exposure: FloatArray,
    model: ModelFile,
    cohort: Cohort,
    rng: np.random.Generator,
) -> FloatArray:
    trough_patient, log_dose = cohort.troughs.patient, trough_log_dose(cohort, model)
    noise = rng.normal(size=(log_exposure.shape[0], trough_patient.size))
    if model.exposure.form == "observed":
        # As measured, a replicate of a trough is a new patient's: the model has no noise within a patient.
        mean = np.broadcast_to(of_patient["exposure_log_median"], log_exposure.shape)
        return np.exp(mean[:, trough_patient] + log_dose + of_patient["exposure_sd"] * noise)
    mean = log_exposure[:, trough_patient] + log_dose
    if model.exposure.dated:
        mean = mean + _dated(of_patient, model, cohort, rng, n_draws=log_exposure.shape[0])
    return np.exp(mean + of_patient["exposure_sd_within"] * noise)


def _dated(
    of_patient: Mapping[str, FloatArray], model: ModelFile, cohort: Cohort, rng: np.random.Generator, *, n_draws: int
) -> FloatArray:
    """Return what its day and its occasion add to every log trough, shape (n_draws, n_troughs)."""
    troughs, block = cohort.troughs, model.exposure
    shift = trough_shift(NUMPY, of_patient, block, np.nan_to_num(troughs.day) / DAYS_PER_MONTH)
    if block.occasion_days is None:
        return np.asarray(shift)
    occasion = trough_occasions(cohort, block)
    _, place = np.unique(np.column_stack([troughs.patient, occasion]), axis=0, return_inverse=True)
    of_occasion = rng.normal(size=(n_draws, int(place.max()) + 1))[:, place.reshape(-1)]
    return np.asarray(shift + of_patient["exposure_occasion_sd"] * of_occasion)
