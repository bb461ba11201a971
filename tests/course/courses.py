"""Cohorts with a course of treatment, and their survival written again as the hazard of one day after another."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import log

import numpy as np
from scipy import integrate, stats

import bayes_sora as bs
from bayes_sora.cohort import Doses
from bayes_sora.modelfile.library import parse_model
from tests.inference.oracle import REFERENCE, effect
from tests.study.engine.examples import content_of

DAYS_PER_MONTH = 30.4375
ONSET_PRIOR = {"family": "normal", "mean": 0.0, "sd": 0.5, "unit": "1", "source": "made up", "meaning": "made up"}


def model_of(*, kind="weibull_rows", time="constant", landmark=None, base="sorafenib_joint.v1"):
    """Return a model file with survival of `kind`."""
    content = content_of(base) | {"name": "rows.v1"}
    content["exposure"]["time"] = time
    content["survival"]["kind"] = kind
    if kind == "weibull_onset":
        content["survival"]["onset"] = ONSET_PRIOR
    if landmark is not None:
        content["survival"]["landmark_months"] = landmark
    return parse_model(content)


def cohort_with_course(*, n=10, seed=3, entry=True, intervals=True, doses=True, onset=True):
    """Return patients with whatever a course of treatment can hold, somebody of every sort."""
    rng = np.random.default_rng(seed)
    cohort = bs.simulate("moderate", n=n, seed=seed, troughs=2).cohort
    end = cohort.os_months
    begin = np.where(np.arange(n) % 3 == 0, 0.0, rng.uniform(0.0, 0.5, n) * end)
    low = np.where(
        (cohort.death == 1) & (np.arange(n) % 2 == 0), begin + rng.uniform(0.1, 0.9, n) * (end - begin), np.nan
    )
    when = np.where(cohort.toxicity == 1, rng.uniform(0.05, 0.9, n) * end, np.nan)
    return replace(
        cohort,
        entry_months=begin if entry else None,
        os_months_low=low if intervals else None,
        toxicity_month=when if onset else None,
        doses=_doses(rng, end) if doses else None,
    )


def _doses(rng, end):
    """Return doses: some patients never change, some twice, one is interrupted; a change may come after the end."""
    patient, day, dose = [], [], []
    for i, months in enumerate(end):
        changes = sorted(rng.uniform(1.0, 1.3 * months * DAYS_PER_MONTH, size=i % 3))
        patient += [i] * (1 + len(changes))
        day += [0.0, *np.ceil(changes)]
        dose += [800.0, *([0.0, 400.0] if i == 2 else [400.0, 600.0])[: len(changes)]]
    return Doses(patient=np.array(patient), day=np.array(day), dose_mg=np.array(dose))


def log_dose_at(cohort, i, month, *, before=False):
    """Return the log of patient i's dose over the starting dose; with `before`, the dose of the day not taken yet."""
    own = cohort.doses.patient == i
    days, doses = cohort.doses.day[own], cohort.doses.dose_mg[own]
    given = doses[0]
    for day, dose in zip(days, doses, strict=True):
        if day / DAYS_PER_MONTH < month or (not before and day / DAYS_PER_MONTH == month):
            given = dose
    return log(0.1) if given == 0.0 else log(given / doses[0])


def hazard(month, log_c, at, cohort, i, *, doses, onset):
    """Return the hazard of patient i at a month for an average trough exp(log_c) at the starting dose."""
    shift = log_dose_at(cohort, i, month) if doses else 0.0
    k, m = at["survival_shape"], at["survival_median"]
    raised = at["survival_onset"] * (month >= cohort.toxicity_month[i]) if onset else 0.0
    scale = m * (log(2.0) * np.exp(effect(log_c + shift, at, "survival") + raised)) ** (-1.0 / k)
    return k / scale * (month / scale) ** (k - 1.0)


def gathered_hazards(log_c, at, cohort, i, *, landmark=0.0, doses=True, onset=False):
    """Return what is known of patient i's follow-up, the hazard integrated numerically piece by piece.

    Gathered are ``before``, from time zero to the first row, ``sure``, while known alive since, and ``between``, the
    ends of an interval of death (NaN without one); ``at_end`` is the hazard at an exact death (NaN without one).
    """
    end, death = cohort.os_months[i], cohort.death[i]
    entry = 0.0 if cohort.entry_months is None else cohort.entry_months[i]
    low = np.nan if cohort.os_months_low is None else cohort.os_months_low[i]
    begin = max(entry, landmark)
    breaks = [] if not doses else (cohort.doses.day[cohort.doses.patient == i] / DAYS_PER_MONTH).tolist()
    breaks += [cohort.toxicity_month[i]] if onset and not np.isnan(cohort.toxicity_month[i]) else []

    def gathered(a, b):
        ends = [a, *sorted(one for one in breaks if a < one < b), b]
        rate = lambda month: hazard(month, log_c, at, cohort, i, doses=doses, onset=onset)  # noqa: E731
        return sum(integrate.quad(rate, u, v, epsabs=1e-11)[0] for u, v in itertools.pairwise(ends))

    if end <= begin or low < landmark:
        return {"before": gathered(0.0, entry), "sure": 0.0, "between": np.nan, "at_end": np.nan}
    before = gathered(0.0, begin)
    if not np.isnan(low):
        known = max(low, begin)
        return {
            "before": before,
            "sure": gathered(begin, known),
            "between": gathered(known, end),
            "at_end": np.nan,
        }
    at_end = hazard(end * (1.0 - 1e-12), log_c, at, cohort, i, doses=doses, onset=onset) if death else np.nan
    return {"before": before, "sure": gathered(begin, end), "between": np.nan, "at_end": at_end}


def density_of_hazards(known, ratio=1.0):
    """Return the density of what is known of a death, given life to the first row, the hazard times `ratio`."""
    density = np.exp(-known["sure"] * ratio)
    if not np.isnan(known["between"]):
        density = density * (1.0 - np.exp(-known["between"] * ratio))
    return density if np.isnan(known["at_end"]) else density * known["at_end"] * ratio


def survival_density(log_c, at, cohort, i, *, landmark=0.0, doses=True, onset=False):
    """Return the density of what is known of patient i's death, given life to the first row."""
    return density_of_hazards(gathered_hazards(log_c, at, cohort, i, landmark=landmark, doses=doses, onset=onset))


def exposure_density(at, cohort, i, model, *, n):
    """Return a fine grid of log average troughs and the joint density of it and patient i's troughs."""
    mu, between, within = (at[f"exposure_{name}"] for name in ("log_median", "sd_between", "sd_within"))
    own = cohort.troughs.patient == i
    follows = model.exposure.time == "dose"
    shifts = [
        log_dose_at(cohort, i, day / DAYS_PER_MONTH, before=True) if follows else 0.0 for day in cohort.troughs.day[own]
    ]
    log_c = np.linspace(mu - 7 * between, mu + 7 * between, n)
    density = stats.norm.pdf(log_c, mu, between)
    for value, shift in zip(cohort.troughs.value_mg_l[own], shifts, strict=True):
        density *= stats.norm.pdf(log(value), log_c + shift, within)
    return log_c, density


def binary_density(log_c, at, cohort, i):
    """Return the probability of patient i's toxicity and response; intercepts and log_c broadcast."""
    density = 1.0
    for endpoint in ("toxicity", "response"):
        p = stats.logistic.cdf(at[f"{endpoint}_intercept"] + at[f"{endpoint}_slope"] * (log_c - log(REFERENCE)))
        density = density * (p if getattr(cohort, endpoint)[i] == 1 else 1.0 - p)
    return density


def patient_density(at, cohort, i, model, *, n=201):
    """Return the density of everything observed of patient i, the average trough integrated out on a fine grid."""
    log_c, density = exposure_density(at, cohort, i, model, n=n)
    density = density * binary_density(log_c, at, cohort, i)
    block = model.outcomes["survival"]
    counts = density > density.max() * 1e-12
    for place in np.flatnonzero(counts):
        density[place] *= survival_density(
            log_c[place],
            at,
            cohort,
            i,
            landmark=block.landmark_months,
            doses=model.exposure.time == "dose",
            onset=block.kind == "weibull_onset",
        )
    return integrate.trapezoid(np.where(counts, density, 0.0), log_c)
