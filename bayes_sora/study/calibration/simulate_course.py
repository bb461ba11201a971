r"""Cohorts whose patients enter late, change dose, or die between two visits, drawn from a model file.

Survival is drawn by walking through the follow-up from one change of dose to the next, as it would happen: within a
spell of one dose the time to death is a Weibull time given survival to its start. Nothing here is shared with the
likelihood.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.table import Doses
from bayes_sora.simulation.draw import CENSORING_MONTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.types import BoolArray, FloatArray

    Effect = Callable[[OutcomeBlock, Mapping[str, FloatArray], FloatArray], FloatArray]

DAYS_PER_MONTH = 30.4375
LATEST_ENTRY_MONTHS = 4.0
DOSES_MG = (800.0, 400.0, 600.0)
MEAN_DAYS_A_DOSE = 180.0
TROUGH_DAYS = (10, 120)
EARLIEST_SECOND = 25
VISITS_EVERY_MONTHS = 3.0
EARLY_WINDOW_MONTHS = 3.0
LATENT_REACH, LATENT_POINTS = 9.0, 721
LARGEST_LOG_HAZARD_RATIO = 200.0
ROW_KINDS = frozenset({"weibull_rows", "weibull_onset"})


def with_course(model: ModelFile, patients: Cohort, rng: np.random.Generator) -> Cohort:
    """Return patients with what the model file wants to know of their treatment: entry, doses, the days of troughs."""
    n = patients.n_patients
    survival = model.outcomes.get("survival")
    if survival is not None and survival.kind in ROW_KINDS and model.exposure.time == "constant":
        patients = replace(patients, entry_months=rng.uniform(0.0, LATEST_ENTRY_MONTHS, size=n).round(2))
    if model.exposure.time != "dose":
        return patients
    lengths = np.ceil(rng.exponential(MEAN_DAYS_A_DOSE, size=(n, 2)))
    day = np.column_stack([np.zeros(n), lengths.cumsum(axis=1)])
    doses = Doses(
        patient=np.repeat(np.arange(n), len(DOSES_MG)), day=day.ravel(), dose_mg=np.tile(np.array(DOSES_MG), n)
    )
    sampled = rng.integers(*TROUGH_DAYS, size=n).astype(float)
    return replace(patients, doses=doses, troughs=replace(patients.troughs, day=sampled))


def log_dose_at_trough(patients: Cohort) -> FloatArray:
    """Return the log of the dose each patient took the day before the trough, over the starting dose."""
    if patients.doses is None:
        return np.zeros(patients.n_patients)
    day, dose = (array.reshape(patients.n_patients, -1) for array in (patients.doses.day, patients.doses.dose_mg))
    at = (day <= patients.troughs.day[:, None] - 1.0).sum(axis=1) - 1
    return np.log(dose[np.arange(len(day)), at] / dose[:, 0])


def with_dated_troughs(patients: Cohort, rng: np.random.Generator) -> Cohort:
    """Return patients with four troughs each, two of them a day apart, early, in the second month and late."""
    n = patients.n_patients
    first = rng.integers(*TROUGH_DAYS, size=(n, 1)) % EARLIEST_SECOND
    day = np.hstack([first, first + 1, first + 30 + rng.integers(0, 30, size=(n, 1)), first + 120]).astype(float)
    count = day.shape[1]
    troughs = replace(
        patients.troughs,
        patient=np.repeat(np.arange(n), count),
        value_mg_l=np.ones(n * count),
        censoring=np.repeat(patients.troughs.censoring, count),
        day=day.ravel(),
    )
    return replace(patients, troughs=troughs)


def draw_dated_troughs(
    model: ModelFile,
    truth: Mapping[str, FloatArray],
    log_exposure: FloatArray,
    patients: Cohort,
    rng: np.random.Generator,
) -> FloatArray:
    """Return log troughs, one a trough: each occasion deviates by itself, and each trough from its occasion."""
    block, day = model.exposure, patients.troughs.day.reshape(patients.n_patients, -1)
    expected = log_exposure[:, None] + np.zeros_like(day)
    if block.reference_day is not None:
        size, months = (truth[f"exposure_decline_{name}"][:, None] for name in ("size", "months"))
        left = [np.exp(-at / DAYS_PER_MONTH / months) for at in (day, block.reference_day)]
        expected = expected + size * (left[0] - left[1])
    if block.occasion_days is not None:
        apart = rng.standard_normal(day.shape)
        for later in range(1, day.shape[1]):  # troughs a day apart are of one occasion, the others are not
            together = day[:, later] - day[:, later - 1] <= block.occasion_days
            apart[:, later] = np.where(together, apart[:, later - 1], apart[:, later])
        expected = expected + truth["exposure_occasion_sd"][:, None] * apart
    noise = truth["exposure_sd_within"][:, None] * rng.standard_normal(day.shape)
    return np.asarray((expected + noise).ravel())


def entry_hazard(
    block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray, patients: Cohort, effect: Effect
) -> FloatArray:
    """Return the cumulative hazard from time zero to entry of patients on one dose."""
    entry = np.zeros(x.size) if patients.entry_months is None else patients.entry_months
    log_hazard_ratio = effect(block, truth, x) + truth["survival_log_hazard"]
    ratio = np.exp(np.minimum(log_hazard_ratio, LARGEST_LOG_HAZARD_RATIO))
    return np.asarray(np.log(2.0) * (entry / truth["survival_median"]) ** truth["survival_shape"] * ratio)


def draw_latents_of_entered(hazard: FloatArray, slope: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw b of density ∝ φ(b) exp(−H e^(slope·b)) for every patient, by inversion on a fine grid."""
    b, step = np.linspace(-LATENT_REACH, LATENT_REACH, LATENT_POINTS, retstep=True)
    log_density = -0.5 * b**2 - hazard[:, None] * np.exp(slope[:, None] * b)
    cumulative = np.exp(log_density - log_density.max(axis=1, keepdims=True)).cumsum(axis=1)
    at = rng.uniform(size=hazard.size) * cumulative[:, -1]
    return np.array([np.interp(one, of, b + 0.5 * step) for one, of in zip(at, cumulative, strict=True)])


def draw_survival(
    block: OutcomeBlock,
    truth: Mapping[str, FloatArray],
    x: FloatArray,
    patients: Cohort,
    rng: np.random.Generator,
    *,
    effect: Effect,
    toxicity: FloatArray | None,
) -> dict[str, FloatArray]:
    """Return follow-up of the patients: deaths seen at visits have the visit before as the start of their interval.

    Where the hazard depends on it, toxicity begins within the early window.
    """
    entry = np.zeros(x.size) if patients.entry_months is None else patients.entry_months
    shape = truth["survival_shape"]
    month, alive = entry.copy(), np.ones(x.size, dtype=bool)
    died_at = np.full(x.size, np.inf)
    onset = np.full(x.size, np.inf)
    if block.kind == "weibull_onset" and toxicity is not None:
        onset = np.where(toxicity == 1.0, rng.uniform(0.0, EARLY_WINDOW_MONTHS, size=x.size), np.inf)
    for until, shift, toxic in _spells(patients, onset):
        log_hazard = effect(block, truth, x + shift) + truth["survival_log_hazard"]
        log_hazard = log_hazard + np.where(toxic, truth.get("survival_onset", np.zeros(x.size)), 0.0)
        scale = truth["survival_median"] * (np.log(2.0) * np.exp(log_hazard)) ** (-1.0 / shape)
        # P(T > t | T > month) = exp(−(t/scale)^k + (month/scale)^k).
        at = scale * ((month / scale) ** shape + rng.exponential(size=x.size)) ** (1.0 / shape)
        dies = alive & (at < until)
        died_at = np.where(dies, at, died_at)
        alive &= ~dies
        month = np.where(alive, np.maximum(month, until), month)
    last_seen = entry + rng.uniform(*CENSORING_MONTHS, size=x.size)
    outcome = {"os_months": np.minimum(died_at, last_seen), "death": (died_at <= last_seen).astype(float)}
    began = {"toxicity_month": np.where(np.isfinite(onset), onset, np.nan)} if block.kind == "weibull_onset" else {}
    return outcome | _seen_at_visits(outcome, entry, last_seen, rng) | began


def _spells(patients: Cohort, onset: FloatArray) -> list[tuple[FloatArray, FloatArray, BoolArray]]:
    """Return (month until which it lasts, log dose ratio, toxicity has begun) of each spell without a change."""
    n = onset.size
    day, dose = np.zeros((n, 1)), np.ones((n, 1))
    if patients.doses is not None:
        day, dose = (array.reshape(n, -1) for array in (patients.doses.day, patients.doses.dose_mg))
    starts = np.sort(np.column_stack([day / DAYS_PER_MONTH, onset]), axis=1)
    ends = np.column_stack([starts[:, 1:], np.full(n, np.inf)])
    spells = []
    for start, end in zip(starts.T, ends.T, strict=True):
        at = (day / DAYS_PER_MONTH <= start[:, None]).sum(axis=1) - 1
        spells.append((end, np.log(dose[np.arange(n), at] / dose[:, 0]), onset <= start))
    return spells


def _seen_at_visits(
    outcome: Mapping[str, FloatArray], entry: FloatArray, last_seen: FloatArray, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Of every third patient a death is noticed at the next of three-monthly visits, or at the end of follow-up."""
    visited = (rng.uniform(size=entry.size) < 1.0 / 3.0) & (outcome["death"] == 1.0)
    passed = np.floor((outcome["os_months"] - entry) / VISITS_EVERY_MONTHS)
    low = entry + passed * VISITS_EVERY_MONTHS
    return {
        "os_months": np.where(visited, np.minimum(low + VISITS_EVERY_MONTHS, last_seen), outcome["os_months"]),
        "os_months_low": np.where(visited, low, np.nan),
    }
