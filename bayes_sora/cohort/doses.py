"""The doses of a cohort: a further file, one row a change of dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.scales import DAYS, DOSE_MG
from bayes_sora.cohort.table import Doses
from bayes_sora.cohort.wild import SLIP, note_wild
from bayes_sora.numerics.outliers import far_amounts
from bayes_sora.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from bayes_sora.cohort.columns import Layout
    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.errors import Problem


class DoseRows(NamedTuple):
    """Readable doses, one entry a change of dose, before patients are dropped.

    `patient` is a row of the cohort, `row` one of the file of doses, both counted from 0.
    """

    patient: IntArray
    day: FloatArray
    dose_mg: FloatArray
    row: IntArray

    def keep(self, kept: BoolArray) -> Doses:
        """Return the doses of the kept rows of the cohort file, ordered by patient and day."""
        new_index = np.cumsum(kept) - 1
        of_kept = kept[self.patient]
        patient, day = new_index[self.patient[of_kept]].astype(np.int64), self.day[of_kept]
        order = np.lexsort((day, patient))
        return Doses(patient=patient[order], day=day[order], dose_mg=self.dose_mg[of_kept][order])


def read_doses(layout: Layout, cohort: Layout, ids: tuple[str, ...], *, problems: list[Problem]) -> DoseRows | None:
    """Read a file of doses and match it with the patients `ids` of the cohort file; None where a column is missing."""
    if not {"patient_id", "day", "dose_mg"} <= layout.headers.keys():
        return None
    header = layout.headers["patient_id"]
    patients = tuple(cell.strip() for cell in layout.table.cells(header))
    index = _match(layout.table.column(header, patients=patients), cohort, ids, problems)
    day = _read_column(layout, "day", patients, problems, code=Code.BAD_DAY)
    dose = _read_column(layout, "dose_mg", patients, problems, code=Code.BAD_DOSE)
    _check_days(layout.table.column(layout.headers["day"], patients=patients), index, day, dose, problems)
    if "patient_id" in cohort.headers:
        _report_without(cohort.table.column(cohort.headers["patient_id"], patients=ids), index, problems)
    readable = (index >= 0) & np.isfinite(day) & np.isfinite(dose)
    return DoseRows(index[readable], day[readable], dose[readable], np.flatnonzero(readable).astype(np.int64))


def _match(column: Column, cohort: Layout, ids: tuple[str, ...], problems: list[Problem]) -> IntArray:
    """Return the row of the cohort of each dose, −1 where there is none, and report each such id once."""
    index_of = {patient: index for index, patient in reversed([*enumerate(ids)]) if patient}
    patients = [cell.strip() for cell in column.cells]
    index = np.array([index_of.get(patient, -1) for patient in patients], dtype=np.int64)
    blank = Fault(Code.BAD_ID, "the id is blank", "Give every dose the id of its patient.")
    unknown = Fault(
        Code.UNKNOWN_PATIENT, f"{cohort.table.name} has no such patient", "Correct the id, or add the patient."
    )
    reported: set[str] = set()
    for row in np.flatnonzero(index < 0).tolist():
        if not patients[row] or patients[row] not in reported:
            problems.append(column.problem(row, unknown if patients[row] else blank))
        reported.add(patients[row])
    return index


def _read_column(
    layout: Layout, name: str, patients: tuple[str, ...], problems: list[Problem], *, code: Code
) -> FloatArray:
    column = layout.table.column(layout.headers[name], patients=patients)
    what = "a day of treatment" if name == "day" else "a dose"
    blank = Fault(code, f"{what} is missing", "Fill the cell in, or delete the row.")
    problems += [column.problem(int(row), blank) for row in np.flatnonzero(cells.missing_cells(column))]
    scale = DAYS if name == "day" else DOSE_MG
    values = cells.read_not_negative(column, problems, code=code, what=what, scale=scale)
    if name == "dose_mg":
        note_wild(column, values, problems, far=far_amounts, remedy=SLIP)
    return values


def _check_days(column: Column, index: IntArray, day: FloatArray, dose: FloatArray, problems: list[Problem]) -> None:
    """Report a day given twice, and patients whose first readable dose is not a positive one on day 0."""
    twice = Fault(Code.SAME_DOSE_DAY, "a second dose of the patient on the same day", "Keep the one that was taken.")
    start = Fault(
        Code.NO_STARTING_DOSE,
        "the patient's first dose is not a positive dose on day 0",
        "Begin with the dose of day 0, time zero: exposure is measured against it.",
    )
    seen: set[tuple[int, float]] = set()
    first: dict[int, int] = {}
    for row, (patient, on) in enumerate(zip(index.tolist(), day.tolist(), strict=True)):
        if patient < 0 or np.isnan(on):
            continue
        if (patient, on) in seen:
            problems.append(column.problem(row, twice))
        seen.add((patient, on))
        if patient not in first or on < day[first[patient]]:
            first[patient] = row
    problems += [column.problem(row, start) for row in first.values() if day[row] > 0.0 or dose[row] == 0.0]


def _report_without(column: Column, index: IntArray, problems: list[Problem]) -> None:
    fault = Fault(
        Code.PATIENT_WITHOUT_DOSE,
        "the doses file has no dose of this patient",
        "Add the starting dose, or leave the patient out of the cohort.",
    )
    with_dose = set(index.tolist())
    problems += [
        column.problem(row, fault) for row, cell in enumerate(column.cells) if cell.strip() and row not in with_dose
    ]
