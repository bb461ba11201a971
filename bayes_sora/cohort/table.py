"""The checked cohort: once one exists, everything in it can be trusted, and nothing in it can be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.arguments import MAPPING, TEXTS, check_argument, instance, whole
from bayes_sora.cohort.consistent import check_patients, check_rows
from bayes_sora.types import MG_L, BoolArray, Endpoint, ExposureUnit, FloatArray, IntArray, freeze_fields, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.errors import Problem

MEASURED, BELOW_LLOQ, ABOVE_ULOQ = 0, -1, 1


@dataclass(frozen=True, kw_only=True)
class Troughs:
    """All measured troughs of a cohort, one entry a measurement.

    Attributes
    ----------
    patient : IntArray, shape (n_troughs,)
        Index of the patient in the cohort, in non-decreasing order.
    value_mg_l : FloatArray, shape (n_troughs,)
        Concentration in mg/L; of a censored trough the limit of quantification.
    censoring : IntArray, shape (n_troughs,)
        0 measured, −1 below the lower, +1 above the upper limit of quantification.
    day : FloatArray, shape (n_troughs,)
        Day of sampling, NaN where not recorded.
    """

    patient: IntArray
    value_mg_l: FloatArray
    censoring: IntArray
    day: FloatArray

    def __post_init__(self) -> None:
        check_rows(self)
        freeze_fields(self)

    def __setstate__(self, state: dict[str, object]) -> None:
        """Freeze again what comes from another process."""
        self.__dict__.update(state)
        freeze_fields(self)

    @property
    def n_censored(self) -> int:
        """Number of troughs outside the limits of quantification."""
        return int(np.count_nonzero(self.censoring))


@dataclass(frozen=True, kw_only=True)
class Doses:
    """The daily doses of a cohort, one entry a change of dose.

    Attributes
    ----------
    patient : IntArray, shape (n_doses,)
        Index of the patient in the cohort, in non-decreasing order; every patient has at least one dose.
    day : FloatArray, shape (n_doses,)
        First day of the dose, rising within a patient; the first is 0, time zero.
    dose_mg : FloatArray, shape (n_doses,)
        Dose in mg; that of day 0 is positive, a later 0 is an interruption.
    """

    patient: IntArray
    day: FloatArray
    dose_mg: FloatArray

    def __post_init__(self) -> None:
        check_rows(self)
        freeze_fields(self)

    def __setstate__(self, state: dict[str, object]) -> None:
        """Freeze again what comes from another process."""
        self.__dict__.update(state)
        freeze_fields(self)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a cohort came from: file name (no path), SHA-256 of its bytes, units as read.

    `troughs_name` and `troughs_sha256` are those of the file of repeated troughs, `doses_name` and `doses_sha256` those
    of the file of doses, None without one.
    """

    name: str = "in memory"
    sha256: str | None = None
    trough_unit: ExposureUnit = MG_L
    time_unit: str = "months"
    troughs_name: str | None = None
    troughs_sha256: str | None = None
    doses_name: str | None = None
    doses_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """One data set of patients, checked, in mg/L and months.

    Attributes
    ----------
    patient_id : tuple of str, length n
        Identifiers as text, unique.
    troughs : Troughs
        At least one a patient.
    toxicity, response : FloatArray of shape (n,) or None
        0 or 1, NaN where not evaluable; None when the column is absent.
    os_months, death : FloatArray of shape (n,) or None
        Follow-up from time zero in months (> 0), and 1 = died, 0 = censored; both or neither.
    grade, dose_mg : FloatArray of shape (n,) or None
        Worst toxicity grade 0–5; dose in mg.
    site, study : tuple of str or None
        Labels.
    event_types : mapping of str to FloatArray of shape (n,), or None
        Adverse events by type, the columns ``ae_…``: 0 or 1, NaN where not evaluable.
    entry_months : FloatArray of shape (n,) or None
        Month from which the patient is under observation (left truncation), ≥ 0 and before `os_months`.
    os_months_low : FloatArray of shape (n,) or None
        Where it is not NaN, the death lies in (os_months_low, os_months] (interval censoring).
    toxicity_month : FloatArray of shape (n,) or None
        Month of the onset of toxicity, NaN where there is none.
    doses : Doses or None
        Daily doses since time zero.
    covariates : mapping of str to FloatArray of shape (n,), or tuple of str
        What was asked for and is known before treatment: numbers, NaN where missing, or texts, "" where missing.
    source : Source
        Provenance.
    notes : tuple of Problem
        Warnings found while reading, carried into the report.
    n_dropped : int
        Patients left out on request because their row was incomplete.
    """

    patient_id: tuple[str, ...]
    troughs: Troughs
    toxicity: FloatArray | None = None
    response: FloatArray | None = None
    os_months: FloatArray | None = None
    death: FloatArray | None = None
    grade: FloatArray | None = None
    dose_mg: FloatArray | None = None
    site: tuple[str, ...] | None = None
    study: tuple[str, ...] | None = None
    event_types: Mapping[str, FloatArray] | None = None
    entry_months: FloatArray | None = None
    os_months_low: FloatArray | None = None
    toxicity_month: FloatArray | None = None
    doses: Doses | None = None
    covariates: Mapping[str, FloatArray | tuple[str, ...]] = field(default_factory=dict)
    source: Source = field(default_factory=Source)
    notes: tuple[Problem, ...] = ()
    n_dropped: int = 0

    def __post_init__(self) -> None:
        check_argument("patient_id", self.patient_id, TEXTS)
        check_argument("troughs", self.troughs, instance("Troughs", Troughs))
        check_argument("doses", self.doses, instance("Doses", Doses).or_none())
        check_argument("covariates", self.covariates, MAPPING)
        check_argument("event_types", self.event_types, MAPPING.or_none())
        check_argument("source", self.source, instance("a Source", Source))
        check_argument("notes", self.notes, instance("a tuple of Problem", tuple))
        check_argument("n_dropped", self.n_dropped, whole(0))
        check_patients(self)
        freeze_fields(self)

    def __setstate__(self, state: dict[str, object]) -> None:
        """Freeze again what comes from another process."""
        self.__dict__.update(state)
        freeze_fields(self)

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(self.patient_id)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints the cohort has a column for."""
        present: dict[Endpoint, bool] = {
            "toxicity": self.toxicity is not None,
            "response": self.response is not None,
            "survival": self.os_months is not None,
        }
        return tuple(name for name, there in present.items() if there)

    @property
    def trough_mg_l(self) -> FloatArray:
        """Geometric mean trough of each patient in mg/L, shape (n,); censored troughs count at their limit."""
        log_sum = np.bincount(self.troughs.patient, weights=np.log(self.troughs.value_mg_l), minlength=self.n_patients)
        return read_only(np.exp(log_sum / self.n_troughs_by_patient))

    @property
    def without_type(self) -> BoolArray:
        """Whether a patient has toxicity although no type of event was seen, shape (n,); False without types."""
        if self.toxicity is None or not self.event_types:
            return read_only(np.zeros(self.n_patients, dtype=bool))
        seen = np.stack(list(self.event_types.values())) == 1.0
        return read_only(np.asarray((self.toxicity == 1.0) & ~seen.any(axis=0)))

    @property
    def n_troughs_by_patient(self) -> IntArray:
        """Number of troughs of each patient, shape (n,)."""
        return read_only(np.bincount(self.troughs.patient, minlength=self.n_patients).astype(np.int64))
