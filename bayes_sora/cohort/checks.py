"""What a cohort says as a whole: enough patients, contrast, outcomes of both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.places import of_patients
from bayes_sora.errors import Problem
from bayes_sora.numerics.ties import comparable, comparable_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.errors import Severity
    from bayes_sora.types import FloatArray

MIN_PATIENTS, COMFORTABLE_PATIENTS = 3, 10

_PRIOR_DRIVEN = "Report that the limit it sets comes from the prior."


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
    Errors: fewer than 3 patients; all troughs equal. Warnings: fewer than 10 patients; two distinct troughs; an
    endpoint without events, with events only, not evaluable in anybody, or completely separated by the trough; grade 5
    without a death or a toxicity. What depends on the drug is :func:`~bayes_sora.cohort.expected.check_expected`.
    """
    found = [*_check_size(cohort), *_check_troughs(cohort), *_check_balance(cohort), *_check_separation(cohort)]
    return (*found, *_check_grade_5(cohort, rows))


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
    n_distinct = len(set(zip(comparable(values).tolist(), cohort.troughs.censoring.tolist(), strict=True)))
    if cohort.n_patients < MIN_PATIENTS or values.size < MIN_PATIENTS:
        return
    if n_distinct == 1:
        why = "all troughs are equal: no exposure contrast, so nothing can be learnt about exposure"
        yield _problem(cohort, Code.NO_CONTRAST, why, "Check the trough column.", severity="error")
    elif n_distinct == 2:
        yield _problem(cohort, Code.LITTLE_CONTRAST, "only two distinct troughs", "Check the trough column.")


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
                cohort,
                Code.NOT_EVALUABLE,
                "no patient is evaluable",
                "Fill the cells in, or leave the column out.",
                column=column,
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
            yield _problem(
                cohort,
                Code.SEPARATION,
                why,
                "Report that its steepness comes from the prior.",
                column=column,
            )


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


def _check_grade_5(cohort: Cohort, rows: tuple[int, ...] | None) -> Iterator[Problem]:
    if cohort.grade is None:
        return
    for column, values in (("death", cohort.death), ("toxicity", cohort.toxicity)):
        if values is not None:
            why = f"grade 5 counts as toxicity and as death, but {column} is 0"
            where = (cohort.grade == 5) & (values == 0)
            remedy = f"Write 1 under {column}, or correct the grade."
            yield from of_patients(cohort, rows, where, Fault(Code.GRADE_5, why, remedy), column=column)


def _problem(
    cohort: Cohort, code: Code, why: str, remedy: str, *, column: str | None = None, severity: Severity = "warning"
) -> Problem:
    return Problem(code=code, file=cohort.source.name, column=column, why=why, remedy=remedy, severity=severity)
