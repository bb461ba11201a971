"""The dates of one patient against each other: troughs, doses, onset, entry and the end of follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.names import ONSET_COLUMNS
from bayes_sora.types import DAYS_PER_MONTH

if TYPE_CHECKING:
    from bayes_sora.cohort.columns import Layout
    from bayes_sora.cohort.course import Course
    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.errors import Problem
    from bayes_sora.types import FloatArray, IntArray

TOLERANCE_DAYS = {"days": 1.0, "months": 3.0, "years": 19.0}
"""How far a follow-up may be rounded: a month is written to a tenth, a year too."""
HOURS_PER_DAY, HOURS_PER_WEEK = 24.0, 168.0
SHARE_BEYOND = 0.5
FEWEST_DAYS = 3
"""Different multiples of 24: one or two may be days."""


@dataclass(frozen=True, kw_only=True)
class Dated:
    """The dated rows of a further file: troughs or doses.

    Attributes
    ----------
    layout : Layout
        Of the file.
    row : IntArray, shape (n,)
        Place of each dated row in the file's table.
    patient : IntArray, shape (n,)
        Row of the cohort file.
    day : FloatArray, shape (n,)
        NaN where not recorded.
    what : str
        "trough" or "dose".
    after_end : Code
        Of a row after the end of follow-up.
    """

    layout: Layout
    row: IntArray
    patient: IntArray
    day: FloatArray
    what: str
    after_end: Code


def check_dates(
    files: tuple[Dated, ...],
    *,
    ids: tuple[str, ...],
    os_months: FloatArray | None,
    time_unit: str,
    problems: list[Problem],
) -> None:
    """Note troughs and doses outside the time that their patient was followed for.

    Parameters
    ----------
    files : tuple of Dated
    ids : tuple of str
        Patients, one a row of the cohort file.
    os_months : FloatArray or None
        End of follow-up, NaN where it could not be read.
    time_unit : str
        In which it was written: how far it may be rounded.
    problems : list of Problem
        C065 and C088, a trough and a dose after the end of follow-up; C066, a trough before time zero; C067, days that
        look like hours.
    """
    end = np.full(len(ids), np.nan) if os_months is None else os_months * DAYS_PER_MONTH
    for dated in files:
        column = _day_column(dated, ids)
        if column is not None:
            problems += _after_end(dated, column, end, TOLERANCE_DAYS[time_unit])
            problems += _before_start(dated, column)


def check_onset(layout: Layout, ids: tuple[str, ...], course: Course, problems: list[Problem]) -> None:
    """Note toxicities that began before their patient came under observation (C089)."""
    name = layout.find(ONSET_COLUMNS)
    column = None if name is None else layout.column(name, ids)
    if column is None or course.toxicity_month is None or course.entry_months is None:
        return
    early = np.flatnonzero(course.toxicity_month < course.entry_months).tolist()
    if early:
        onset, entry = (float(months[early[0]]) for months in (course.toxicity_month, course.entry_months))
        why = f"toxicity began in month {onset:.3g}, before the entry in month {entry:.3g}"
        remedy = "Correct one of the two; an event before entry cannot have kept the patient out of the cohort."
        problems += column.note(early, Fault(Code.ONSET_BEFORE_ENTRY, why, remedy, "warning"))


def _day_column(dated: Dated, ids: tuple[str, ...]) -> Column | None:
    patients = np.full(dated.layout.table.n_rows, "", dtype=object)
    patients[dated.row] = np.array(ids, dtype=object)[dated.patient]
    return dated.layout.column("day", tuple(patients.tolist()))


def _after_end(dated: Dated, column: Column, end: FloatArray, tolerance: float) -> list[Problem]:
    last = end[dated.patient]
    beyond = dated.day > last + tolerance
    if _in_hours(dated.day, last, beyond):
        later = dated.day > 0
        why = f"all {np.count_nonzero(later)} days after day 0 are multiples of 24, as hours would be"
        fault = Fault(Code.HOURS_FOR_DAYS, why, "Divide them by 24 if they are hours.", "warning")
        return column.note(_rows(dated, later)[:1], fault)
    if not beyond.any():
        return []
    first = int(np.flatnonzero(beyond)[0])
    why = f"the {dated.what} of day {dated.day[first]:g} lies after the end of follow-up on day {last[first]:.4g}"
    remedy = "Correct the day or the follow-up, both counted from time zero; or delete the row."
    return column.note(_rows(dated, beyond), Fault(dated.after_end, why, remedy, "warning"))


def _in_hours(day: FloatArray, last: FloatArray, beyond: np.ndarray) -> bool:
    """Whether hours explain the days: multiples of 24 throughout, and not of weeks, or mostly after the follow-up."""
    later = day[day > 0]
    if not later.size or (later % HOURS_PER_DAY).any() or (day / HOURS_PER_DAY > last).any():
        return False
    no_weeks = (later % HOURS_PER_WEEK).any() and np.unique(later).size >= FEWEST_DAYS
    return bool(no_weeks or beyond.sum() > SHARE_BEYOND * later.size)


def _before_start(dated: Dated, column: Column) -> list[Problem]:
    before = dated.day < 0
    if not before.any():
        return []
    first = float(dated.day[before][0])
    why = f"the {dated.what} of day {first:g} lies before time zero, where the patient had no steady state"
    remedy = "Correct the day, which counts from time zero, or delete the row."
    return column.note(_rows(dated, before), Fault(Code.TROUGH_BEFORE_START, why, remedy, "warning"))


def _rows(dated: Dated, where: np.ndarray) -> list[int]:
    return [int(row) for row in dated.row[where]]
