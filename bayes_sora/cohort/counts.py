"""Aggregate tables: one row an arm, how many patients were treated at a dose and how many had a toxicity.

Each arm becomes its patients again, whose exposure is the dose as given. With one binary endpoint nothing is lost:
the likelihood of the patients is that of the counts, but for a constant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.columns import Layout, note_extra_columns
from bayes_sora.cohort.ids import read_labels
from bayes_sora.cohort.scales import DOSE_MG
from bayes_sora.cohort.table import MEASURED, Cohort, Source, Troughs
from bayes_sora.errors import InputError, Problem
from bayes_sora.types import MG, FloatArray, IntArray

if TYPE_CHECKING:
    from bayes_sora.cohort.raw_table import RawTable

DOSE, EVENTS, TREATED, STUDY = "dose_mg", "n_toxicity", "n_treated", "study"
COLUMNS = frozenset({DOSE, EVENTS, TREATED, STUDY})
LONGEST_COUNT = 5
"""Digits of a count; more are a slip."""


def is_counts(table: RawTable) -> bool:
    """Say whether a table is one of counts: nobody calls a patient's column n_treated."""
    return TREATED in table.headers


def read_counts(table: RawTable) -> Cohort:
    """Return the patients that a table of counts is about.

    Parameters
    ----------
    table : RawTable
        Columns ``dose_mg``, ``n_treated``, ``n_toxicity``, and ``study`` where there are several. Others are not read,
        and named in the notes.

    Raises
    ------
    InputError
        When a column is missing, or with every wrong cell: a count that is no whole number, more toxicities than
        patients, a dose that is not positive.
    """
    problems = [*_missing_columns(table), *(one for one in table.problems if one.severity == "error")]
    if problems:
        raise InputError(problems)
    layout = Layout(table=table, headers={STUDY: STUDY})
    study = read_labels(layout, STUDY, problems) if STUDY in table.headers else ("",) * table.n_rows
    columns = {name: table.column(name, patients=study) for name in (DOSE, EVENTS, TREATED)}
    dose = cells.read_positive(columns[DOSE], problems, code=Code.BAD_DOSE, what="a dose", scale=DOSE_MG)
    blank = Fault(Code.BAD_DOSE, "the dose is missing", "Fill it in, or delete the row.")
    problems += [columns[DOSE].problem(int(i), blank) for i in np.flatnonzero(cells.missing_cells(columns[DOSE]))]
    treated, events = (read_count(table, name, study, problems) for name in (TREATED, EVENTS))
    fault = Fault(Code.BAD_COUNT, "more toxicities than patients", "Correct one of the two counts.")
    problems += [columns[EVENTS].problem(int(i), fault) for i in np.flatnonzero(events > treated)]
    if not treated.sum():
        problems.append(_no_patients(table))
    if problems:
        raise InputError(problems)
    notes = list(table.problems)  # no error among them by now
    used = set(COLUMNS & set(table.headers))
    note_extra_columns(table, used, notes, known=COLUMNS - used)
    return replace(_cohort(table, study, dose, treated.astype(int), events.astype(int)), notes=tuple(notes))


def _cohort(table: RawTable, study: tuple[str, ...], dose: FloatArray, treated: IntArray, events: IntArray) -> Cohort:
    arm = np.repeat(np.arange(table.n_rows), treated)
    place = np.arange(arm.size) - np.repeat(np.cumsum(treated) - treated, treated)
    named = tuple(
        f"{study[i] or 'arm'} {dose[i]:g} mg row {table.rows[i]} no. {k + 1}" for i, k in zip(arm, place, strict=True)
    )
    return Cohort(
        patient_id=named,
        troughs=Troughs(
            patient=np.arange(arm.size),
            value_mg_l=dose[arm],
            censoring=np.full(arm.size, MEASURED),
            day=np.full(arm.size, np.nan),
        ),
        toxicity=(place < events[arm]).astype(float),
        dose_mg=dose[arm],
        study=tuple(study[i] for i in arm) if STUDY in table.headers else None,
        source=Source(name=table.name, sha256=table.sha256, trough_unit=MG),
    )


def _no_patients(table: RawTable) -> Problem:
    why = "no patient was treated"
    return Problem(code=Code.NO_PATIENTS, file=table.name, column=TREATED, why=why, remedy="Fill in the counts.")


def _missing_columns(table: RawTable) -> list[Problem]:
    return [
        Problem(
            code=Code.MISSING_COLUMN,
            file=table.name,
            column=name,
            why="a table of counts needs this column",
            remedy=f"Add it, or leave {TREATED} out of a table of patients.",
        )
        for name in (DOSE, EVENTS)
        if name not in table.headers
    ]


def read_count(table: RawTable, name: str, study: tuple[str, ...], problems: list[Problem]) -> FloatArray:
    """Return whole numbers from 0, NaN where wrong; each wrong cell is added to `problems`."""
    column = table.column(name, patients=study)
    values = np.full(table.n_rows, np.nan)
    for index, cell in enumerate(column.cells):
        if cell.isascii() and cell.isdigit() and len(cell) <= LONGEST_COUNT:
            values[index] = int(cell)
        else:
            fault = Fault(Code.BAD_COUNT, "is not a count of patients", "Write a whole number, 0 or more.")
            problems.append(column.problem(index, fault))
    return values
