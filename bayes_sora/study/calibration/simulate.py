r"""Parameters from the priors of a model file, and cohorts from the model itself, in NumPy alone.

Written from the model's equations and not from the code that fits it, so that a mistake in one cannot hide in the
other: the priors by their generators, the outcomes by inversion,

.. math:: \log C_i = μ + σ_b z_i, \quad \log y_i = \log C_i + σ_w z'_i, \quad
          T_i = 1\{u_i < p_T(x_i)\}, \quad t_i = m \left(\frac{e_i}{\ln 2 \cdot \exp g(x_i)}\right)^{1/k}

with z normal, u uniform and e exponential. Where exposure is taken as measured, y is C. Sites and frailties shift the
parameters of a patient first.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.cohort.table import MEASURED, Cohort, Source, Troughs
from bayes_sora.modelfile import bind_model
from bayes_sora.modelfile.terms.term import Latent
from bayes_sora.simulation.draw import CENSORING_MONTHS
from bayes_sora.study.calibration.effects import true_effect
from bayes_sora.study.calibration.simulate_course import (
    ROW_KINDS,
    draw_dated_troughs,
    draw_latents_of_entered,
    draw_survival,
    entry_hazard,
    log_dose_at_trough,
    with_course,
    with_dated_troughs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.types import FloatArray

Generator = np.random.Generator
EXAMPLE_TYPES = ("diarrhoea", "hand_foot_skin_reaction", "hypertension")
UNRECORDED, SHARE_BLANK = "other", 0.2

DRAW: Mapping[str, Callable[[Generator, Mapping[str, float]], float]] = MappingProxyType(
    {
        "normal": lambda rng, of: rng.normal(of["mean"], of["sd"]),
        "student_t": lambda rng, of: of["location"] + of["scale"] * rng.standard_t(of["df"]),
        "half_normal": lambda rng, of: abs(of["sd"] * rng.standard_normal()),
        "log_normal": lambda rng, of: of["median"] * np.exp(of["sd_log"] * rng.standard_normal()),
        "exponential": lambda rng, of: rng.exponential(of["mean"]),
        "gamma": lambda rng, of: rng.gamma(of["shape"], 1.0 / of["rate"]),
        "robust_normal": lambda rng, of: (
            rng.normal(of["mean"], of["sd"])
            if rng.uniform() < of["weight"]
            else rng.normal(of["vague_mean"], of["vague_sd"])
        ),
    }
)
"""One draw of each prior family, by its arguments in the model file."""


def draw_truth(model: ModelFile, rng: Generator) -> dict[str, float]:
    """Draw every parameter of a model file from its prior, by name."""
    return {name: float(DRAW[prior.family](rng, prior.arguments)) for name, prior in model.priors.items()}


def bind_example(model: ModelFile, *, n: int) -> ModelFile:
    """Return a model file bound to the sites and studies that :func:`draw_cohort` gives its cohorts."""
    return bind_model(model, _skeleton(model, n=n, rng=np.random.default_rng(0)))[0]


def draw_cohort(model: ModelFile, truth: Mapping[str, float], *, n: int, rng: Generator) -> Cohort:
    """Draw a cohort from a model file with known parameters.

    Parameters
    ----------
    model : ModelFile
        As :func:`bind_example` returns it.
    truth : mapping of name to float
        Every parameter.
    n : int
        Patients, each with one trough.
    rng : numpy.random.Generator

    Returns
    -------
    Cohort
        With the endpoints of the model; follow-up ends at a time uniform over 6 to 60 months.
    """
    patients = with_course(model, _skeleton(model, n=n, rng=rng), rng)
    of_patient = _parameters(model, truth, patients, rng)
    log_exposure, log_trough = _exposures(model, of_patient, n=n, rng=rng)
    log_trough = log_trough + log_dose_at_trough(patients)
    if model.exposure.dated:
        log_trough = draw_dated_troughs(model, of_patient, log_exposure, patients, rng)
    x = log_exposure - np.log(model.drug.reference_mg_l)
    if patients.entry_months is not None and model.has_frailty:
        of_patient = _among_entered(model, truth, patients, log_exposure, rng)
    outcomes: dict[str, Any] = {}
    for block in model.outcomes.values():
        if block.kind in ROW_KINDS:
            outcomes |= draw_survival(
                block, of_patient, x, patients, rng, effect=true_effect, toxicity=outcomes.get("toxicity")
            )
        else:
            outcomes |= OUTCOMES[block.kind](block, of_patient, x, rng)
    troughs = replace(patients.troughs, value_mg_l=np.exp(log_trough))
    return replace(patients, troughs=troughs, **outcomes)


def _parameters(
    model: ModelFile, truth: Mapping[str, float], patients: Cohort, rng: Generator, given: Latent | None = None
) -> dict[str, FloatArray]:
    """Return the parameters of every patient, with a latent that is drawn or given."""
    of_patient: dict[str, FloatArray] = {name: np.full(patients.n_patients, value) for name, value in truth.items()}
    of_patient["survival_log_hazard"] = np.zeros(patients.n_patients)
    for term in model.terms:
        for target, shift in term.draw_shifts(truth, patients, rng, given=given).items():
            of_patient[target] = of_patient[target] + shift
    return of_patient


def _among_entered(
    model: ModelFile, truth: Mapping[str, float], patients: Cohort, log_exposure: FloatArray, rng: Generator
) -> dict[str, FloatArray]:
    """Return the parameters of patients who lived to their entry, latents drawn given that and the exposure.

    A latent is standard normal at time zero, and shifts the log hazard in proportion.
    """
    nobody = np.zeros(patients.n_patients)
    expected = _parameters(model, truth, patients, rng, Latent(own=nobody, exposure_z=nobody))["exposure_log_median"]
    sd = truth["exposure_sd_between" if model.exposure.form == "latent" else "exposure_sd"]
    exposure_z = (log_exposure - expected) / sd
    at_zero, at_one = (
        _parameters(model, truth, patients, rng, Latent(own=nobody + b, exposure_z=exposure_z)) for b in (0.0, 1.0)
    )
    survival = model.outcomes["survival"]
    hazard = entry_hazard(survival, at_zero, log_exposure - np.log(model.drug.reference_mg_l), patients, true_effect)
    slope = at_one["survival_log_hazard"] - at_zero["survival_log_hazard"]
    own = draw_latents_of_entered(hazard, slope, rng)
    return _parameters(model, truth, patients, rng, Latent(own=own, exposure_z=exposure_z))


def _skeleton(model: ModelFile, *, n: int, rng: Generator) -> Cohort:
    """Return patients with one trough of 1 mg/L each, in the sites that the model file asks for, without outcomes."""
    fields: dict[str, Any] = {}
    for block in model.terms:
        fields |= block.example_columns(n, rng)
    if any(block.kind == "event_types" for block in model.outcomes.values()):
        fields["event_types"] = {label: np.zeros(n) for label in EXAMPLE_TYPES}
    patients = Cohort(
        patient_id=tuple(f"P{number:04d}" for number in range(1, n + 1)),
        troughs=Troughs(
            patient=np.arange(n), value_mg_l=np.ones(n), censoring=np.full(n, MEASURED), day=np.full(n, np.nan)
        ),
        source=Source(name=f"drawn from {model.name}"),
        **fields,
    )
    return with_dated_troughs(patients, rng) if model.exposure.dated else patients


def _exposures(
    model: ModelFile, truth: Mapping[str, FloatArray], *, n: int, rng: Generator
) -> tuple[FloatArray, FloatArray]:
    """Log average exposures and log troughs."""
    if model.exposure.form == "observed":
        log_exposure = truth["exposure_log_median"] + truth["exposure_sd"] * rng.standard_normal(n)
        return log_exposure, log_exposure
    log_exposure = truth["exposure_log_median"] + truth["exposure_sd_between"] * rng.standard_normal(n)
    return log_exposure, log_exposure + truth["exposure_sd_within"] * rng.standard_normal(n)


def _binary(
    block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray, rng: Generator
) -> dict[str, FloatArray]:
    logit = truth[f"{block.endpoint}_intercept"] + true_effect(block, truth, x)
    # Far out on the logit scale exp overflows to infinity, and the probability is 0 as it should be.
    with np.errstate(over="ignore"):
        probability = 1.0 / (1.0 + np.exp(-logit))
    return {block.endpoint: (rng.uniform(size=x.size) < probability).astype(float)}


def _bounded(
    block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray, rng: Generator
) -> dict[str, FloatArray]:
    """Patients for whom exposure counts have the ceiling's probability, the others the floor's."""
    counts = _binary(block, truth, x, rng)[block.endpoint]
    floor, ceiling = (1.0 / (1.0 + np.exp(-truth[f"{block.endpoint}_{name}"])) for name in ("floor", "ceiling"))
    return {block.endpoint: (rng.uniform(size=x.size) < np.where(counts == 1.0, ceiling, floor)).astype(float)}


def _grades(
    block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray, rng: Generator
) -> dict[str, FloatArray]:
    """Cumulative logits as a latent logistic variable and its cuts: grade ≥ g where it exceeds −α_g."""
    latent = true_effect(block, truth, x) + rng.logistic(size=x.size)
    third = truth["toxicity_intercept"]
    second = third + truth["toxicity_gap_2_3"]
    first, fourth = second + truth["toxicity_gap_1_2"], third - truth["toxicity_gap_3_4"]
    grade = sum((latent > -cut).astype(float) for cut in (first, second, third, fourth))
    return {"grade": np.asarray(grade), "toxicity": (np.asarray(grade) >= 3.0).astype(float)}


def _event_types(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray, rng: Generator) -> dict[str, Any]:
    """Each type by itself, and whether there was any; beside a type that no column has, some cells are blank."""
    seen: dict[str, FloatArray] = {}
    for label in (*EXAMPLE_TYPES, UNRECORDED) if block.other else EXAMPLE_TYPES:
        intercept = truth["toxicity_intercept_sd"] * truth[f"toxicity_intercept_z[{label}]"]
        slope = truth["toxicity_slope_sd"] * truth[f"toxicity_slope_z[{label}]"]
        logit = truth["toxicity_intercept"] + intercept + true_effect(block, truth, x) + slope * x
        with np.errstate(over="ignore"):
            probability = 1.0 / (1.0 + np.exp(-logit))
        seen[label] = (rng.uniform(size=x.size) < probability).astype(float)
    toxicity = np.max(list(seen.values()), axis=0)
    if seen.pop(UNRECORDED, None) is not None:
        seen[EXAMPLE_TYPES[0]][rng.uniform(size=x.size) < SHARE_BLANK] = np.nan
    return {"event_types": seen, "toxicity": toxicity}


def _survival(
    block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray, rng: Generator
) -> dict[str, FloatArray]:
    hazard_ratio = np.exp(true_effect(block, truth, x) + truth["survival_log_hazard"])
    scaled = rng.exponential(size=x.size) / (np.log(2.0) * hazard_ratio)
    died_at = truth["survival_median"] * scaled ** (1.0 / truth["survival_shape"])
    last_seen = rng.uniform(*CENSORING_MONTHS, size=x.size)
    return {"os_months": np.minimum(died_at, last_seen), "death": (died_at <= last_seen).astype(float)}


OUTCOMES: Mapping[str, Callable[..., dict[str, Any]]] = MappingProxyType(
    {"binary": _binary, "bounded": _bounded, "ordinal": _grades, "event_types": _event_types, "weibull": _survival}
)
"""How the outcomes of a kind are drawn: fields of the cohort. Kinds with rows are in :mod:`.simulate_course`."""
