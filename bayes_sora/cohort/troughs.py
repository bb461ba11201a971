"""The troughs of a cohort: one column of the cohort file, or a second file with repeated ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.names import LLOQ_COLUMNS, TROUGH_COLUMNS
from bayes_sora.cohort.scales import TROUGH_MG_L
from bayes_sora.cohort.table import MEASURED, Troughs
from bayes_sora.cohort.wild import NEEDED, note_wild
from bayes_sora.numerics.outliers import far_amounts
from bayes_sora.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from bayes_sora.cohort.columns import Layout
    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.errors import Problem

_DROP = "Fill the cell in, or leave it out with --drop-incomplete (drop_incomplete=True)."


@dataclass(frozen=True, kw_only=True)
class TroughRows:
    """Readable troughs, one entry a measurement, before patients are dropped.

    Attributes
    ----------
    patient : IntArray
        Row of the cohort file, counted from 0.
    value_mg_l, censoring, day : arrays
        As in :class:`~bayes_sora.cohort.table.Troughs`.
    incomplete : BoolArray, one entry a row of the cohort file
        True for a patient without any trough.
    row : IntArray
        Row of the file of troughs, counted from 0.
    n_missing : int
        Blank measurements of the second file that were left out.
    """

    patient: IntArray
    value_mg_l: FloatArray
    censoring: IntArray
    day: FloatArray
    incomplete: BoolArray
    row: IntArray
    n_missing: int = 0

    def keep(self, kept: BoolArray) -> Troughs:
        """Return the troughs of the kept rows of the cohort file, ordered by patient and day."""
        new_index = np.cumsum(kept) - 1
        of_kept = kept[self.patient]
        patient, day = new_index[self.patient[of_kept]].astype(np.int64), self.day[of_kept]
        order = np.lexsort((day, patient))
        return Troughs(
            patient=patient[order],
            value_mg_l=self.value_mg_l[of_kept][order],
            censoring=self.censoring[of_kept][order],
            day=day[order],
        )


def read_single_troughs(
    layout: Layout, ids: tuple[str, ...], *, drop_incomplete: bool, problems: list[Problem]
) -> TroughRows:
    """Read the trough column of a cohort file, one trough a patient."""
    read = _read_quantities(layout, ids, problems, report_missing=not drop_incomplete)
    kept = np.isfinite(read.value_mg_l)
    return TroughRows(
        patient=np.flatnonzero(kept).astype(np.int64),
        value_mg_l=read.value_mg_l[kept],
        censoring=read.censoring[kept],
        day=np.full(int(kept.sum()), np.nan),
        incomplete=read.missing,
        row=np.flatnonzero(kept).astype(np.int64),
    )


def read_repeated_troughs(
    layout: Layout, cohort: Layout, ids: tuple[str, ...], *, drop_incomplete: bool, problems: list[Problem]
) -> TroughRows:
    """Read a second file of troughs and match it with the patients `ids` of the cohort file."""
    patients = _trough_patients(layout, problems)
    read = _read_quantities(layout, patients, problems, report_missing=not drop_incomplete)
    day = _read_day(layout, patients, problems)
    index_of = {patient: index for index, patient in reversed([*enumerate(ids)]) if patient}
    index = np.array([index_of.get(patient, -1) for patient in patients], dtype=np.int64)
    if "patient_id" in layout.headers and index_of:
        _report_unknown(layout, cohort, patients, index_of, problems)
    kept = np.isfinite(read.value_mg_l) & (index >= 0)
    _note_same_day(layout, patients, day, problems)
    without = np.ones(len(ids), dtype=bool)
    without[index[(index >= 0) & ~read.missing]] = False
    if not drop_incomplete and "patient_id" in layout.headers:
        _report_without(cohort, ids, set(patients), problems)
    return TroughRows(
        patient=index[kept],
        value_mg_l=read.value_mg_l[kept],
        censoring=read.censoring[kept],
        day=day[kept],
        incomplete=without,
        row=np.flatnonzero(kept).astype(np.int64),
        n_missing=int(read.missing.sum()),
    )


def _read_quantities(
    layout: Layout, ids: tuple[str, ...], problems: list[Problem], *, report_missing: bool
) -> cells.Quantities:
    name = layout.find(TROUGH_COLUMNS)
    column = None if name is None else layout.column(name, ids)
    if column is None:  # already reported as a missing column
        n = len(ids)
        return cells.Quantities(np.full(n, np.nan), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool))
    read = cells.read_troughs(
        column,
        problems,
        unit=layout.unit(TROUGH_COLUMNS),
        blq=layout.column("blq", ids),
        lloq_mg_l=_read_lloq(layout, ids, problems),
    )
    measured = np.where(read.censoring == MEASURED, read.value_mg_l, np.nan)
    note_wild(column, measured, problems, far=far_amounts, remedy=NEEDED)
    if report_missing:
        fault = Fault(Code.MISSING_TROUGH, "the trough is missing", _DROP)
        problems += [column.problem(int(index), fault) for index in np.flatnonzero(read.missing)]
    return read


def _read_lloq(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> FloatArray | None:
    name = layout.find(LLOQ_COLUMNS)
    column = None if name is None else layout.column(name, ids)
    if column is None:
        return None
    size = layout.unit(LLOQ_COLUMNS).mg_l
    what, scale = "a limit of quantification", TROUGH_MG_L.in_units(size)
    return cells.read_positive(column, problems, code=Code.NO_LLOQ, what=what, scale=scale) * size


def _trough_patients(layout: Layout, problems: list[Problem]) -> tuple[str, ...]:
    if "patient_id" not in layout.headers:
        return ("",) * layout.table.n_rows
    header = layout.headers["patient_id"]
    patients = tuple(cell.strip() for cell in layout.table.cells(header))
    column = layout.table.column(header, patients=patients)
    fault = Fault(Code.BAD_ID, "the id is blank", "Give every trough the id of its patient.")
    problems += [column.problem(index, fault) for index, patient in enumerate(patients) if not patient]
    return patients


def _read_day(layout: Layout, patients: tuple[str, ...], problems: list[Problem]) -> FloatArray:
    column = layout.column("day", patients)
    return np.full(len(patients), np.nan) if column is None else cells.read_day(column, problems)


def _report_unknown(
    layout: Layout, cohort: Layout, patients: tuple[str, ...], known: dict[str, int], problems: list[Problem]
) -> None:
    column = layout.table.column(layout.headers["patient_id"], patients=patients)
    fault = Fault(
        Code.UNKNOWN_PATIENT, f"{cohort.table.name} has no such patient", "Correct the id, or add the patient."
    )
    first = {patient: index for index, patient in reversed([*enumerate(patients)])}
    problems += [
        column.problem(index, fault) for patient, index in sorted(first.items()) if patient and patient not in known
    ]


def _report_without(cohort: Layout, ids: tuple[str, ...], measured: set[str], problems: list[Problem]) -> None:
    if "patient_id" not in cohort.headers:
        return
    column: Column = cohort.table.column(cohort.headers["patient_id"], patients=ids)
    fault = Fault(
        Code.PATIENT_WITHOUT_TROUGH,
        "the troughs file has no trough of this patient",
        "Add one, or leave the patient out with --drop-incomplete (drop_incomplete=True).",
    )
    problems += [column.problem(i, fault) for i, patient in enumerate(ids) if patient and patient not in measured]


def _note_same_day(layout: Layout, patients: tuple[str, ...], day: FloatArray, problems: list[Problem]) -> None:
    seen: set[tuple[str, float]] = set()
    again: list[int] = []
    for index, key in enumerate(zip(patients, day.tolist(), strict=True)):
        if key in seen and not np.isnan(key[1]):
            again.append(index)
        seen.add(key)
    column = layout.column("patient_id", patients)
    fault = Fault(
        Code.SAME_DAY,
        "a second trough of the patient on the same day; both are used",
        "Delete it if it is a copy of the first, or correct the day.",
        "warning",
    )
    problems += column.note(again, fault) if column else []
