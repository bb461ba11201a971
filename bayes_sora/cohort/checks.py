"""What a cohort says as a whole: enough patients, contrast, plausible units, outcomes of both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.names import listed
from bayes_sora.errors import Problem, shortened
from bayes_sora.numerics.ties import comparable, comparable_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.errors import Severity
    from bayes_sora.types import BoolArray, FloatArray

MIN_PATIENTS, COMFORTABLE_PATIENTS = 3, 10
PLAUSIBLE_MEDIAN_TROUGH_MG_L = (0.01, 100.0)
PLAUSIBLE_MEDIAN_MONTHS = 120.0
EARLY_WINDOW_MONTHS = 3.0

_PRIOR_DRIVEN = "The limit it sets will rest on the prior; say so."


def check_cohort(cohort: Cohort, *, rows: tuple[int, ...] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong (errors) or worth knowing (warnings) about a cohort as a whole.

    Parameters
    ----------
    cohort : Cohort
        May be a draft: NaN stands for a cell that could not be read, and a patient may lack a trough.
    rows : tuple of int or None
        Row of the file of each patient, for the messages.

    Notes
    -----
    Errors: fewer than 3 patients; all troughs equal; a median trough outside 0.01–100 mg/L; a median follow-up above
    120 months. Warnings: fewer than 10 patients; two distinct troughs; an endpoint without events, with events only,
    not evaluable in anybody, or completely separated by the trough; response 1 with death inside the 3-month
    window, where response is 0 by definition; grade 5 without a death or a toxicity.
    """
    found = [*_check_size(cohort), *_check_troughs(cohort), *_check_times(cohort)]
    found += [*_check_balance(cohort), *_check_separation(cohort), *_check_early_death(cohort, rows)]
    found += _check_grade_5(cohort, rows)
    return tuple(found)


def _check_size(cohort: Cohort) -> Iterator[Problem]:
    n = cohort.n_patients
    if n < MIN_PATIENTS:
        why = f"{n} patient{'s' if n != 1 else ''}, at least {MIN_PATIENTS} are needed"
        yield _problem(cohort, Code.TOO_FEW_PATIENTS, why, "Add patients.", severity="error")
    elif n < COMFORTABLE_PATIENTS:
        yield _problem(
            cohort, Code.FEW_PATIENTS, f"only {n} patients", "Expect wide intervals that rest on the priors."
        )


def _check_troughs(cohort: Cohort) -> Iterator[Problem]:
    values = cohort.troughs.value_mg_l
    if values.size:
        yield from _check_trough_unit(cohort, float(np.median(values)))
    n_distinct = len(set(zip(comparable(values).tolist(), cohort.troughs.censoring.tolist(), strict=True)))
    if cohort.n_patients < MIN_PATIENTS or values.size < MIN_PATIENTS:
        return
    if n_distinct == 1:
        why = "all troughs are equal: no exposure contrast, so nothing can be learnt about exposure"
        yield _problem(cohort, Code.NO_CONTRAST, why, "Check the trough column.", severity="error")
    elif n_distinct == 2:
        yield _problem(cohort, Code.LITTLE_CONTRAST, "only two distinct troughs", "Check the trough column.")


def _check_trough_unit(cohort: Cohort, median_mg_l: float) -> Iterator[Problem]:
    low, high = PLAUSIBLE_MEDIAN_TROUGH_MG_L
    if low <= median_mg_l <= high:
        return
    unit = cohort.source.trough_unit
    looks, name = ("ng/mL", "trough_ng_ml") if median_mg_l > high else ("mg/L", "trough_mg_l")
    if unit.name == looks:
        looks, name = "another unit", "trough_mg_l, trough_ng_ml or trough_umol_l"
    why = f"read in {unit.name} the median trough is {median_mg_l:.4g} mg/L, which looks like {looks}"
    yield _problem(
        cohort,
        Code.IMPLAUSIBLE_TROUGH,
        why,
        f"Name the column by its unit ({name}).",
        column="trough",
        severity="error",
    )


def _check_times(cohort: Cohort) -> Iterator[Problem]:
    if cohort.os_months is None or not np.isfinite(cohort.os_months).any():
        return
    median = float(np.nanmedian(cohort.os_months))
    if median > PLAUSIBLE_MEDIAN_MONTHS:
        in_days = cohort.source.time_unit == "months"
        why = f"read in {cohort.source.time_unit} the median follow-up is {median:.4g} months" + (
            ", which looks like days" if in_days else ""
        )
        remedy = f"Name the column by its unit ({'os_days' if in_days else 'os_months or os_days'})."
        yield _problem(cohort, Code.IMPLAUSIBLE_TIME, why, remedy, column="os", severity="error")


def _check_balance(cohort: Cohort) -> Iterator[Problem]:
    """Warn of endpoints in which everybody, nobody, or no evaluable patient had the event."""
    endpoints = (
        ("toxicity", cohort.toxicity, Code.ONE_SIDED_TOXICITY, "no toxicity at all", "all patients had toxicity"),
        ("response", cohort.response, Code.ONE_SIDED_RESPONSE, "no responder", "all patients responded"),
        ("death", cohort.death, Code.ONE_SIDED_DEATH, "no deaths", "all patients died"),
    )
    for column, values, code, none, everybody in endpoints:
        if values is None:
            continue
        known = values[np.isfinite(values)]
        if known.size == 0:
            yield _problem(
                cohort, Code.NOT_EVALUABLE, "no patient is evaluable", "It will rest on the prior.", column=column
            )
        elif known.min() == known.max():
            remedy = _PRIOR_DRIVEN if column != "death" else _death_remedy(nobody=known.max() == 0)
            yield _problem(cohort, code, none if known.max() == 0 else everybody, remedy, column=column)


def _death_remedy(*, nobody: bool) -> str:
    if nobody:
        return "Survival will rest on the prior, and its median lies beyond the follow-up."
    return "Check that censored patients are coded 0."


def _check_separation(cohort: Cohort) -> Iterator[Problem]:
    exposure = comparable_logs(_mean_log_trough(cohort))
    for column, values in (("toxicity", cohort.toxicity), ("response", cohort.response)):
        if values is None:
            continue
        without, having = exposure[values == 0], exposure[values == 1]
        if _separate(without, having) or _separate(having, without):
            why = "the trough separates patients with and without it completely"
            yield _problem(cohort, Code.SEPARATION, why, "The slope will rest on the prior; say so.", column=column)


def _separate(lower: FloatArray, upper: FloatArray) -> bool:
    lower, upper = lower[np.isfinite(lower)], upper[np.isfinite(upper)]
    return bool(lower.size and upper.size and lower.max() < upper.min())


def _mean_log_trough(cohort: Cohort) -> FloatArray:
    """Mean log trough of each patient, NaN where a draft has none."""
    n = cohort.n_troughs_by_patient
    total = np.bincount(cohort.troughs.patient, weights=np.log(cohort.troughs.value_mg_l), minlength=cohort.n_patients)
    mean = np.full(cohort.n_patients, np.nan)
    np.divide(total, n, out=mean, where=n > 0)
    return mean


def _check_early_death(cohort: Cohort, rows: tuple[int, ...] | None) -> Iterator[Problem]:
    if cohort.response is None or cohort.os_months is None or cohort.death is None:
        return
    early = (cohort.death == 1) & (cohort.os_months < EARLY_WINDOW_MONTHS)
    why = f"response 1 with death before {EARLY_WINDOW_MONTHS:g} months, which counts as no response by definition"
    yield from _of_patients(
        cohort, rows, early & (cohort.response == 1), Code.RESPONSE_AND_EARLY_DEATH, why, column="response"
    )


def _check_grade_5(cohort: Cohort, rows: tuple[int, ...] | None) -> Iterator[Problem]:
    if cohort.grade is None:
        return
    for column, values in (("death", cohort.death), ("toxicity", cohort.toxicity)):
        if values is not None:
            why = f"grade 5 counts as toxicity and as death, but {column} is 0"
            yield from _of_patients(cohort, rows, (cohort.grade == 5) & (values == 0), Code.GRADE_5, why, column=column)


def _of_patients(
    cohort: Cohort, rows: tuple[int, ...] | None, where: BoolArray, code: Code, why: str, *, column: str
) -> Iterator[Problem]:
    """Warn once of all patients `where`, with the place of the first, so that notes do not grow with the cohort."""
    indices = np.flatnonzero(where).tolist()
    if not indices:
        return
    first = indices[0]
    ids = listed([shortened(cohort.patient_id[index], limit=30) for index in indices], limit=5)
    yield Problem(
        code=code,
        file=cohort.source.name,
        row=None if rows is None else rows[first],
        patient=cohort.patient_id[first],
        column=column,
        why=why if len(indices) == 1 else f"{why} ({len(indices)} patients: {ids})",
        remedy="Correct it if it is a slip.",
        severity="warning",
    )


def _problem(
    cohort: Cohort, code: Code, why: str, remedy: str, *, column: str | None = None, severity: Severity = "warning"
) -> Problem:
    return Problem(code=code, file=cohort.source.name, column=column, why=why, remedy=remedy, severity=severity)
