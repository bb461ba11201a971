"""Whether a cohort has what a model file needs to know of the course of treatment, and a model uses what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.errors import Problem, shortened
from bayes_sora.modelfile.outcomes.rows import ONSET
from bayes_sora.numerics.follow_up import DoseSteps, dose_steps, log_dose_before

if TYPE_CHECKING:
    from bayes_sora.cohort.table import Cohort, Doses
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import BoolArray

ENTRY_KINDS = frozenset({"weibull_rows", "weibull_onset"})


def check_course(cohort: Cohort, model: ModelFile) -> list[Problem]:
    """Return what is wrong between the course of treatment in a cohort and a model file.

    F004: exposure follows the dose and there are no doses. F005: a patient's dose changed and a trough has no day, or
    was drawn during an interruption. F006: entries or intervals in the cohort, and survival of a kind that would take
    follow-up as complete from time zero. F007: the hazard depends on the onset of toxicity, which is not known.
    """
    survival = model.outcomes.get("survival")
    dated = _check_dated(cohort, model) if model.exposure.dated else []
    problems = _check_doses(cohort, model) if model.exposure.time == "dose" else []
    if survival is not None and survival.kind not in ENTRY_KINDS:
        problems += _check_ignored(cohort, model)
    if survival is not None and ONSET in survival.parameter_names:
        problems += _check_onset(cohort, model)
    return problems + dated


def _check_dated(cohort: Cohort, model: ModelFile) -> list[Problem]:
    """F012: the days of troughs matter, and one has none or lies outside the limits of quantification."""
    undated, censored = np.isnan(cohort.troughs.day), cohort.troughs.censoring != 0
    without_day = _of_patients(
        cohort,
        cohort.troughs.patient[undated],
        f"a trough without a day, and in {model.name} the day matters",
        "Give the troughs with their days (--troughs FILE, troughs=…).",
        code="F012",
    )
    return without_day + _of_patients(
        cohort,
        cohort.troughs.patient[censored],
        f"a trough outside the limits of quantification, and {model.name} takes measured ones only",
        "Leave it out, or use a model file without reference_day and occasion_days, such as sorafenib_joint.v2.",
        code="F012",
    )


def unused_course(cohort: Cohort, model: ModelFile) -> tuple[str, ...]:
    """Return in words what a cohort says of the course of treatment and a model file makes no use of."""
    if cohort.doses is None or model.exposure.time == "dose":
        return ()
    changed = np.unique(cohort.doses.patient[cohort.doses.day > 0.0]).size
    return (f"the dose of {changed} patients changed, and {model.name} takes exposure as constant",) if changed else ()


def _check_doses(cohort: Cohort, model: ModelFile) -> list[Problem]:
    if cohort.doses is None:
        why = f"in {model.name} exposure follows the dose, and no doses are given"
        return [_problem(cohort, "F004", why, "Give the file of doses (--doses FILE, doses=…).", column="dose_mg")]
    doses, troughs = cohort.doses, cohort.troughs
    changed = np.isin(troughs.patient, doses.patient[doses.day > 0.0])
    undated = changed & np.isnan(troughs.day)
    found = _of_patients(
        cohort,
        troughs.patient[undated],
        "a trough without a day, and the dose changed: it cannot be told at which dose it was drawn",
        "Give the troughs with their days (--troughs FILE, troughs=…).",
    )
    in_pause = log_dose_before(_pauses(doses), troughs.patient, troughs.day) > 0.0
    return found + _of_patients(
        cohort,
        troughs.patient[in_pause & ~np.isnan(troughs.day)],
        "a trough drawn while the dose was interrupted says little of the exposure at a dose",
        "Leave it out; a trough of another day serves.",
    )


def _pauses(doses: Doses) -> DoseSteps:
    """Return steps that are 1 while the dose is 0 mg and 0 else."""
    steps = dose_steps(doses.patient, doses.day, doses.dose_mg)
    return steps._replace(log_ratio=(doses.dose_mg == 0.0).astype(float))


def _check_ignored(cohort: Cohort, model: ModelFile) -> list[Problem]:
    late = cohort.entry_months is not None and bool((cohort.entry_months > 0.0).any())
    intervals = cohort.os_months_low is not None and bool(np.isfinite(cohort.os_months_low).any())
    remedy = 'Use a model file with [survival] kind = "weibull_rows", such as sorafenib_entry.v1.'
    whys = {
        "entry_months": (late, "patients came under observation after time zero, and {} takes them as seen from then"),
        "os_months_low": (intervals, "deaths are known to an interval, and {} takes their times as exact"),
    }
    return [
        _problem(cohort, "F006", why.format(model.name), remedy, column=column)
        for column, (there, why) in whys.items()
        if there
    ]


def _check_onset(cohort: Cohort, model: ModelFile) -> list[Problem]:
    if cohort.toxicity_month is None:
        why = f"{model.name} needs the month in which toxicity began"
        return [_problem(cohort, "F007", why, "Add toxicity_month or toxicity_day.", column="toxicity_month")]
    toxic = np.zeros(cohort.n_patients) if cohort.toxicity is None else cohort.toxicity
    unknown: BoolArray = (toxic == 1) & np.isnan(cohort.toxicity_month)
    remedy = (
        'Fill in toxicity_month, or use a model file with [survival] kind = "weibull_rows", such as sorafenib_entry.v1.'
    )
    patients = np.flatnonzero(unknown)
    return _of_patients(cohort, patients, "toxicity without the month in which it began", remedy, code="F007")


def _of_patients(cohort: Cohort, patients: object, why: str, remedy: str, *, code: str = "F005") -> list[Problem]:
    """Return one problem for all of `patients`, indices that may repeat, with the first named."""
    concerned = np.unique(np.asarray(patients))
    if not concerned.size:
        return []
    first = cohort.patient_id[int(concerned[0])]
    more = f" ({concerned.size} patients)" if concerned.size > 1 else ""
    return [
        Problem(code=code, file=cohort.source.name, patient=shortened(first, limit=30), why=why + more, remedy=remedy)
    ]


def _problem(cohort: Cohort, code: str, why: str, remedy: str, *, column: str) -> Problem:
    return Problem(code=code, file=cohort.source.name, column=column, why=why, remedy=remedy)
