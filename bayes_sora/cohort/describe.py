"""What a cohort holds, in numbers: the answer of `bayes-sora check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.door import as_cohort
from bayes_sora.cohort.table import ABOVE_ULOQ, BELOW_LLOQ
from bayes_sora.digits import short
from bayes_sora.types import MG, MG_L

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.errors import Problem
    from bayes_sora.types import ExposureUnit, FloatArray


@dataclass(frozen=True, kw_only=True)
class CohortDescription:
    """Counts of a cohort; those of an endpoint are None where its column is absent.

    Attributes
    ----------
    name, sha256 : str, str or None
        Source file and hash of its bytes.
    n_patients, n_dropped : int
        Patients in the cohort, and left out because their row was incomplete.
    n_troughs, n_blq, n_above_uloq : int
        Troughs, and those outside the limits of quantification.
    median_trough_mg_l, min_trough_mg_l, max_trough_mg_l : float
        Over all troughs; one outside the limits of quantification counts at its limit.
    n_toxicity, n_toxicity_evaluable, n_response, n_response_evaluable, n_deaths : int or None
    grades : dict of str to int, or None
        Patients by worst grade, and ``"blank"``.
    event_types : dict of str to (int, int), or None
        Patients with an event of each type, and those evaluable for it.
    n_without_type : int or None
        Patients with toxicity in whom no type was seen.
    n_late_entries, n_interval_deaths, n_dose_changes : int or None
        Patients who came under observation after time zero; deaths known to an interval; changes of dose after day 0.
    median_os_time : float or None
        Plain median of the follow-up times in months, deaths and censored alike (not a Kaplan–Meier median).
    trough_unit, time_unit : str
        As read; everything here is in mg/L and months.
    covariates : dict of str to str
        What each covariate that was read holds, in words.
    notes : tuple of Problem
        Warnings found while reading.
    """

    name: str
    sha256: str | None
    n_patients: int
    n_dropped: int
    n_troughs: int
    n_blq: int
    n_above_uloq: int
    median_trough_mg_l: float
    min_trough_mg_l: float
    max_trough_mg_l: float
    n_toxicity: int | None
    n_toxicity_evaluable: int | None
    n_response: int | None
    n_response_evaluable: int | None
    grades: dict[str, int] | None
    event_types: dict[str, tuple[int, int]] | None
    n_without_type: int | None
    n_deaths: int | None
    n_late_entries: int | None
    n_interval_deaths: int | None
    n_dose_changes: int | None
    median_os_time: float | None
    trough_unit: str
    time_unit: str
    covariates: dict[str, str]
    notes: tuple[Problem, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the description as plain JSON values; notes as lists of their parts."""
        plain: dict[str, object] = {name: value for name, value in vars(self).items() if name != "notes"}
        plain["notes"] = [
            {name: str(value) if name == "code" else value for name, value in vars(note).items() if value is not None}
            for note in self.notes
        ]
        return plain

    def text(self, *, unit: ExposureUnit = MG_L) -> tuple[str, ...]:
        """Return the description as lines for people, troughs in `unit`."""
        shown = MG if self.trough_unit == MG.name else MG_L if unit == MG else unit
        middle, low, high = (
            short(trough / shown.mg_l)
            for trough in (self.median_trough_mg_l, self.min_trough_mg_l, self.max_trough_mg_l)
        )
        summary = f"median {middle} {shown.name}, range {low} to {high} {shown.name}"
        lines = [
            f"patients: {self.n_patients}" + (f" ({self.n_dropped} left out as incomplete)" if self.n_dropped else ""),
        ]
        lines.append(
            f"doses: {summary}" if shown == MG else f"troughs: {self.n_troughs}, {summary} (read in {self.trough_unit})"
        )
        if self.n_blq or self.n_above_uloq:
            lines.append(f"outside the limits of quantification: {self.n_blq} below, {self.n_above_uloq} above")
        lines += _endpoint_line("toxicities", self.n_toxicity, self.n_toxicity_evaluable, self.n_patients)
        if self.grades is not None:
            lines.append(f"worst grade: {', '.join(f'{grade} in {n}' for grade, n in self.grades.items())}")
        if self.event_types is not None:
            each = (f"{name} {n} of {of}" for name, (n, of) in self.event_types.items())
            unseen = f"; toxicity of none of them in {self.n_without_type}" if self.n_without_type else ""
            lines.append(f"types of adverse event: {', '.join(each)}{unseen}")
        lines += _endpoint_line("responders", self.n_response, self.n_response_evaluable, self.n_patients)
        if self.n_deaths is not None and self.median_os_time is not None:
            lines.append(
                f"events: {self.n_deaths} of {self.n_patients} died, "
                f"median follow-up {short(self.median_os_time)} months (read in {self.time_unit})"
            )
        lines += [
            f"{what}: {n}"
            for what, n in (
                ("entries after time zero", self.n_late_entries),
                ("deaths known to an interval", self.n_interval_deaths),
                ("changes of dose", self.n_dose_changes),
            )
            if n is not None
        ]
        if self.covariates:
            lines.append(f"covariates: {', '.join(f'{name} ({words})' for name, words in self.covariates.items())}")
        return (*lines, *(f"note {note}" for note in self.notes))


def describe_cohort(cohort: Cohort | str | os.PathLike[str] | Frame) -> CohortDescription:
    """Count what a cohort holds.

    Parameters
    ----------
    cohort : Cohort, path, or pandas or polars DataFrame
        A path or a frame is read first.

    Returns
    -------
    CohortDescription
    """
    cohort = as_cohort(cohort)
    troughs = cohort.troughs
    n_toxicity, n_toxicity_evaluable = _counts(cohort.toxicity)
    n_response, n_response_evaluable = _counts(cohort.response)
    return CohortDescription(
        name=cohort.source.name,
        sha256=cohort.source.sha256,
        n_patients=cohort.n_patients,
        n_dropped=cohort.n_dropped,
        n_troughs=int(troughs.value_mg_l.size),
        n_blq=int(np.count_nonzero(troughs.censoring == BELOW_LLOQ)),
        n_above_uloq=int(np.count_nonzero(troughs.censoring == ABOVE_ULOQ)),
        median_trough_mg_l=float(np.median(troughs.value_mg_l)),
        min_trough_mg_l=float(troughs.value_mg_l.min()),
        max_trough_mg_l=float(troughs.value_mg_l.max()),
        n_toxicity=n_toxicity,
        n_toxicity_evaluable=n_toxicity_evaluable,
        n_response=n_response,
        n_response_evaluable=n_response_evaluable,
        grades=None if cohort.grade is None else _grades(cohort.grade),
        event_types=None if cohort.event_types is None else _types(cohort.event_types),
        n_without_type=None if cohort.event_types is None else int(np.count_nonzero(cohort.without_type)),
        n_deaths=_counts(cohort.death)[0],
        n_late_entries=None if cohort.entry_months is None else int(np.count_nonzero(cohort.entry_months > 0)),
        n_interval_deaths=_counts(cohort.os_months_low)[1],
        n_dose_changes=None if cohort.doses is None else int(np.count_nonzero(cohort.doses.day > 0)),
        median_os_time=None if cohort.os_months is None else float(np.median(cohort.os_months)),
        trough_unit=cohort.source.trough_unit.name,
        time_unit=cohort.source.time_unit,
        covariates={name: _words(values) for name, values in cohort.covariates.items()},
        notes=cohort.notes,
    )


def _words(values: FloatArray | tuple[str, ...]) -> str:
    if isinstance(values, tuple):
        n_missing, levels = values.count(""), sorted(set(values) - {""})
        what = f"{len(levels)} levels"
    else:
        n_missing = int(np.isnan(values).sum())
        known = values[~np.isnan(values)]
        what = f"{known.min():.4g} to {known.max():.4g}" if known.size else "nothing"
    return f"{what}, {n_missing} missing" if n_missing else what


def _grades(grade: FloatArray) -> dict[str, int]:
    known = grade[~np.isnan(grade)]
    found = {f"{one:g}": int(np.count_nonzero(known == one)) for one in np.unique(known).tolist()}
    return found | ({"blank": grade.size - known.size} if known.size < grade.size else {})


def _types(event_types: Mapping[str, FloatArray]) -> dict[str, tuple[int, int]]:
    return {name: (int(np.nansum(seen)), int(np.isfinite(seen).sum())) for name, seen in event_types.items()}


def _counts(values: FloatArray | None) -> tuple[int, int] | tuple[None, None]:
    """Return how many are 1 and how many are evaluable."""
    if values is None:
        return None, None
    return int(np.count_nonzero(values == 1)), int(np.count_nonzero(np.isfinite(values)))


def _endpoint_line(what: str, n: int | None, n_evaluable: int | None, n_patients: int) -> list[str]:
    if n is None or n_evaluable is None:
        return []
    blank = n_patients - n_evaluable
    return [f"{what}: {n} of {n_evaluable}" + (f" ({blank} not evaluable)" if blank else "")]
