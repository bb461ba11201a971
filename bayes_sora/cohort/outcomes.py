"""What happened to each patient: toxicity, response, survival, and what describes the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.ids import read_labels
from bayes_sora.cohort.names import EVENT_TYPE_PREFIX, TIME_COLUMNS
from bayes_sora.cohort.scales import DOSE_MG, MONTHS
from bayes_sora.cohort.wild import NEEDED, note_wild
from bayes_sora.numerics.outliers import far_amounts, far_times
from bayes_sora.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from bayes_sora.cohort.column_map import ColumnMap
    from bayes_sora.cohort.columns import Layout
    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """One entry a row of the file, None where there is no column; as in :class:`~bayes_sora.cohort.table.Cohort`.

    `incomplete` says which rows lack a time or a death.
    """

    toxicity: FloatArray | None
    response: FloatArray | None
    os_months: FloatArray | None
    death: FloatArray | None
    grade: FloatArray | None
    dose_mg: FloatArray | None
    site: tuple[str, ...] | None
    study: tuple[str, ...] | None
    event_types: dict[str, FloatArray] | None
    incomplete: BoolArray


def read_outcomes(
    layout: Layout, ids: tuple[str, ...], column_map: ColumnMap, *, drop_incomplete: bool, problems: list[Problem]
) -> Outcomes:
    """Read every column but the troughs; a missing time or death is a problem unless such rows are dropped."""
    grade_column, dose_column = layout.column("grade", ids), layout.column("dose_mg", ids)
    grade = None if grade_column is None else cells.read_grade(grade_column, problems)
    toxicity = _read_toxicity(layout, ids, grade, column_map.toxicity_from_grade, problems)
    event_types = _read_event_types(layout, ids, problems)
    return Outcomes(
        toxicity=_with_event_types(toxicity, event_types, column=_toxicity_column(layout, ids), problems=problems),
        event_types=event_types,
        response=_read_response(layout, ids, problems),
        os_months=_read_time(layout, ids, problems),
        death=_read_death(layout, ids, problems),
        grade=grade,
        dose_mg=None if dose_column is None else _read_dose(dose_column, problems),
        site=read_labels(layout, "site", problems) if "site" in layout.headers else None,
        study=read_labels(layout, "study", problems) if "study" in layout.headers else None,
        incomplete=_missing_survival(layout, ids, [] if drop_incomplete else problems),
    )


def _read_dose(column: Column, problems: list[Problem]) -> FloatArray:
    dose = cells.read_positive(column, problems, code=Code.BAD_DOSE, what="a dose", scale=DOSE_MG)
    note_wild(column, dose, problems, far=far_amounts)
    return dose


def _read_toxicity(
    layout: Layout, ids: tuple[str, ...], grade: FloatArray | None, threshold: int | None, problems: list[Problem]
) -> FloatArray | None:
    """Read toxicity, or derive it from the grade where a threshold is declared; the two must agree."""
    column = layout.column("toxicity", ids)
    remedy = "Write 1, 0, or nothing if not evaluable; for grades use a column grade and declare [toxicity] from_grade."
    given = None if column is None else cells.read_outcome(column, problems, remedy=remedy)
    if grade is None or threshold is None:
        return given
    derived = np.where(np.isnan(grade), np.nan, (grade >= threshold).astype(float))
    if column is None or given is None:
        return derived
    fault = Fault(Code.GRADE_DISAGREES, f"toxicity and grade ≥ {threshold} disagree", "Correct one of them.")
    problems += [column.problem(index, fault) for index in _disagreeing(given, derived)]
    return np.where(np.isnan(derived), given, derived)


def _read_event_types(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> dict[str, FloatArray] | None:
    """Read the columns ``ae_…``, one a type of adverse event."""
    remedy = "Write 1 for a grade ≥ 3 event of the type, 0 for none, or nothing if not evaluable."
    columns = {name: layout.column(name, ids) for name in layout.headers if name.startswith(EVENT_TYPE_PREFIX)}
    found = {
        name.removeprefix(EVENT_TYPE_PREFIX): cells.read_outcome(column, problems, remedy=remedy)
        for name, column in columns.items()
        if column is not None
    }
    return found or None


def _with_event_types(
    toxicity: FloatArray | None,
    event_types: dict[str, FloatArray] | None,
    *,
    column: Column | None,
    problems: list[Problem],
) -> FloatArray | None:
    """Return toxicity, blanks filled where a type was seen; without toxicity, any of the types.

    Derived from the types alone it is known only of patients in whom all of them are: to count a patient with a blank
    as toxic when another type was seen, and as not evaluable when none was, would make toxicity commoner than it is. A
    type that nobody was evaluable for is left out.
    """
    if event_types is None:
        return toxicity
    seen = np.stack(list(event_types.values()))
    some = (seen == 1.0).any(axis=0)
    if toxicity is None or column is None:
        judged = seen[~np.isnan(seen).all(axis=1)]
        unknown = np.isnan(judged).any(axis=0) if judged.size else np.ones(some.size, dtype=bool)
        return np.where(unknown, np.nan, some.astype(float))
    fault = Fault(Code.EVENT_DISAGREES, "there is no toxicity, and an event of some type is 1", "Correct one of them.")
    problems += [column.problem(int(i), fault) for i in np.flatnonzero((toxicity == 0.0) & some)]
    return np.where(np.isnan(toxicity) & some, 1.0, toxicity)


def _toxicity_column(layout: Layout, ids: tuple[str, ...]) -> Column | None:
    """Return the column that says whether there was toxicity, the grade where it is derived from that."""
    column = layout.column("toxicity", ids)
    return layout.column("grade", ids) if column is None else column


def _read_response(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> FloatArray | None:
    column = layout.column("response", ids)
    remedy = "Write 1 for a responder, 0 for none, or nothing if not evaluable."
    return None if column is None else cells.read_outcome(column, problems, remedy=remedy)


def _read_time(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> FloatArray | None:
    name = layout.find(TIME_COLUMNS)
    column = None if name is None else layout.column(name, ids)
    if name is None or column is None:
        return None
    _, multiplier, divisor = TIME_COLUMNS[name]
    scale = MONTHS.in_units(multiplier / divisor)
    time = cells.read_positive(column, problems, code=Code.BAD_TIME, what="a survival time", scale=scale)
    note_wild(column, time, problems, far=far_times, remedy=NEEDED)
    return time * multiplier / divisor


def _read_death(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> FloatArray | None:
    """Read death, or CNSR where declared; a column CNSR beside death must agree with it, declared or not."""
    column, cnsr_column = layout.column("death", ids), layout.column("cnsr", ids)
    cnsr = None if cnsr_column is None else cells.read_cnsr(cnsr_column, problems)
    if column is None:
        return cnsr
    death = cells.read_death(column, problems)
    if cnsr is None and "CNSR" in layout.table.headers:
        cnsr = cells.read_cnsr(layout.table.column("CNSR", patients=ids), [])
    if cnsr is not None:
        fault = Fault(
            Code.CENSORING_DISAGREES,
            "death and CNSR disagree (CNSR 0 is a death, above 0 is censored)",
            "Correct one of them, or delete the column CNSR.",
        )
        problems += [column.problem(index, fault) for index in _disagreeing(death, cnsr)]
    return death


def _missing_survival(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> BoolArray:
    columns = [layout.column(name, ids) for name in (*TIME_COLUMNS, "death", "cnsr")]
    incomplete = np.zeros(len(ids), dtype=bool)
    for column in columns:
        if column is not None:
            incomplete |= _report_missing(column, problems)
    return incomplete


def _report_missing(column: Column, problems: list[Problem]) -> BoolArray:
    missing = cells.missing_cells(column)
    fault = Fault(
        Code.MISSING_SURVIVAL,
        "survival needs a time and a death for every patient",
        "Fill the cell in, or leave such patients out with --drop-incomplete (drop_incomplete=True).",
    )
    problems += [column.problem(int(index), fault) for index in np.flatnonzero(missing)]
    return missing


def _disagreeing(one: FloatArray, other: FloatArray) -> list[int]:
    both = ~(np.isnan(one) | np.isnan(other))
    return [int(index) for index in np.flatnonzero(both & (one != other))]
