"""What holds of every cohort, however it is made: one entry a patient, numbers where numbers belong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.arguments import described
from bayes_sora.errors import UsageError, shortened
from bayes_sora.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from bayes_sora.cohort.table import Cohort, Doses, Troughs

BY_PATIENT = (
    "toxicity",
    "response",
    "os_months",
    "death",
    "grade",
    "dose_mg",
    "entry_months",
    "os_months_low",
    "toxicity_month",
)
NUMBERS = "biuf"
_FLAG = "0, 1, or NaN where not evaluable"
_POSITIVE, _NOT_NEGATIVE = "a positive number", "a number of at least 0, or NaN where not known"
# What the values of a column are, and the test of it; what a file must hold beyond that is its reader's affair.
VALUES: dict[str, tuple[str, Callable[[FloatArray], BoolArray]]] = {
    "toxicity": (_FLAG, lambda values: np.isnan(values) | np.isin(values, (0, 1))),
    "response": (_FLAG, lambda values: np.isnan(values) | np.isin(values, (0, 1))),
    "death": ("0 or 1", lambda values: np.isin(values, (0, 1))),
    "os_months": (_POSITIVE, lambda values: np.isfinite(values) & (values > 0)),
    "grade": ("0 to 5, or NaN where not known", lambda values: np.isnan(values) | np.isin(values, range(6))),
    "dose_mg": (_NOT_NEGATIVE, lambda values: np.isnan(values) | (np.isfinite(values) & (values >= 0))),
    "entry_months": (_NOT_NEGATIVE, lambda values: np.isnan(values) | (np.isfinite(values) & (values >= 0))),
    "os_months_low": (_NOT_NEGATIVE, lambda values: np.isnan(values) | (np.isfinite(values) & (values >= 0))),
    "toxicity_month": (_NOT_NEGATIVE, lambda values: np.isnan(values) | (np.isfinite(values) & (values >= 0))),
}


def check_rows(rows: Troughs | Doses) -> None:
    """Refuse troughs or doses whose columns are not arrays of numbers of one length; raises UsageError."""
    for field in fields(rows):
        _check_numbers(field.name, getattr(rows, field.name), n=np.size(rows.patient))


def check_patients(cohort: Cohort) -> None:
    """Refuse a cohort whose columns are not about its patients, one number or text each; raises UsageError."""
    n = cohort.n_patients
    columns = {name: getattr(cohort, name) for name in (*BY_PATIENT, "site", "study")}
    for name, values in (columns | dict(cohort.event_types or {}) | dict(cohort.covariates)).items():
        if isinstance(values, tuple):
            _check_texts(name, values, n=n)
        elif values is not None:
            _check_numbers(name, values, n=n)
    for name, rows in (("troughs", cohort.troughs), ("doses", cohort.doses)):
        if rows is not None and rows.patient.size:
            _check_places(f"{name}.patient", int(rows.patient.min()), int(rows.patient.max()), n=n)


def check_meanings(cohort: Cohort) -> None:
    """Refuse a cohort that no file could have been read as: one id twice, toxicity 5, a time of 0; raises UsageError.

    The reader of files makes a cohort first and lists all its problems then, so that this is seen to at the doors.
    """
    ids = cohort.patient_id
    if len(set(ids)) != len(ids):
        twice = next(one for place, one in enumerate(ids) if one in ids[:place])
        msg = f"patient_id: expected one id a patient, got {shortened(twice)!r} twice"
        raise UsageError(msg)
    for name, (words, test) in VALUES.items():
        values = getattr(cohort, name)
        if values is not None:
            _check_values(name, values, words, test)


def _check_numbers(name: str, values: object, *, n: int) -> None:
    if not isinstance(values, np.ndarray):
        msg = f"{name}: expected an array of {n} numbers, got {described(values)}"
        raise UsageError(msg)
    if values.shape != (n,) or values.dtype.kind not in NUMBERS:
        msg = f"{name}: expected an array of {n} numbers, got an array of shape {values.shape} and type {values.dtype}"
        raise UsageError(msg)


def _check_values(name: str, values: FloatArray, words: str, test: Callable[[FloatArray], BoolArray]) -> None:
    wrong = np.flatnonzero(~test(values))
    if wrong.size:
        msg = f"{name}: expected {words}, got {values[wrong[0]]:g} for patient {wrong[0] + 1}"
        raise UsageError(msg)


def _check_texts(name: str, values: tuple[object, ...], *, n: int) -> None:
    if len(values) != n or not all(isinstance(value, str) for value in values):
        msg = f"{name}: expected a tuple of {n} texts, got a tuple of {len(values)}"
        raise UsageError(msg)


def _check_places(name: str, low: int, high: int, *, n: int) -> None:
    if low < 0 or high >= n:
        msg = f"{name}: expected places from 0 to {n - 1}, got places from {low} to {high}"
        raise UsageError(msg)
