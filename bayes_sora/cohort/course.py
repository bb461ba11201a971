"""When a patient came under observation, when toxicity began, and between which visits a death must have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.names import ENTRY_COLUMNS, LOW_COLUMNS, ONSET_COLUMNS
from bayes_sora.cohort.scales import MONTHS
from bayes_sora.cohort.wild import SLIP, note_wild
from bayes_sora.numerics.outliers import far_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.columns import Layout
    from bayes_sora.cohort.outcomes import Outcomes
    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.errors import Problem
    from bayes_sora.types import BoolArray, FloatArray


class Course(NamedTuple):
    """One entry a row of the file, None where there is no column; as in :class:`~bayes_sora.cohort.table.Cohort`."""

    entry_months: FloatArray | None
    os_months_low: FloatArray | None
    toxicity_month: FloatArray | None


def read_course(layout: Layout, ids: tuple[str, ...], outcomes: Outcomes, problems: list[Problem]) -> Course:
    """Read entry, the lower ends of intervals and onsets, and hold them to the outcomes."""
    return Course(
        entry_months=_read_entry(layout, ids, outcomes, problems),
        os_months_low=_read_low(layout, ids, outcomes, problems),
        toxicity_month=_read_onset(layout, ids, outcomes, problems),
    )


def _read_entry(layout: Layout, ids: tuple[str, ...], outcomes: Outcomes, problems: list[Problem]) -> FloatArray | None:
    column, entry = _read(layout, ids, ENTRY_COLUMNS, problems, code=Code.BAD_ENTRY, what="an entry")
    if column is None or entry is None:
        return None
    blank = Fault(Code.BAD_ENTRY, "the entry is blank", "Write 0 for a patient who was observed from time zero.")
    problems += _of_rows(column, cells.missing_cells(column), blank)
    late = Fault(
        Code.ENTRY_AFTER_END,
        "follow-up ends at or before the entry, so the patient was never under observation",
        "Correct the entry or the survival time, both counted from time zero, or leave the patient out.",
    )
    problems += _of_rows(column, entry >= _or_nan(outcomes.os_months, entry), late)
    return entry


def _read_low(layout: Layout, ids: tuple[str, ...], outcomes: Outcomes, problems: list[Problem]) -> FloatArray | None:
    column, low = _read(layout, ids, LOW_COLUMNS, problems, code=Code.BAD_INTERVAL, what="the start of an interval")
    if column is None or low is None:
        return None
    empty = Fault(
        Code.BAD_INTERVAL,
        "the death must lie after this time and not after the survival time, which is not later",
        "Write the last time the patient was known to be alive, or nothing where the time of death is exact.",
    )
    problems += _of_rows(column, low >= _or_nan(outcomes.os_months, low), empty)
    alive = Fault(
        Code.BAD_INTERVAL,
        "an interval is that of a death, and this patient is censored",
        "Leave the cell blank: a censored patient's survival time is the last time known alive.",
    )
    problems += _of_rows(column, ~np.isnan(low) & (_or_nan(outcomes.death, low) == 0), alive)
    return low


def _read_onset(layout: Layout, ids: tuple[str, ...], outcomes: Outcomes, problems: list[Problem]) -> FloatArray | None:
    column, onset = _read(layout, ids, ONSET_COLUMNS, problems, code=Code.BAD_ONSET, what="an onset of toxicity")
    if column is None or onset is None:
        return None
    never = Fault(Code.BAD_ONSET, "an onset of toxicity in a patient without toxicity", "Correct one of the two.")
    problems += _of_rows(column, ~np.isnan(onset) & (_or_nan(outcomes.toxicity, onset) == 0), never)
    late = Fault(Code.BAD_ONSET, "toxicity began after the end of follow-up", "Correct one of the two times.")
    problems += _of_rows(column, onset > _or_nan(outcomes.os_months, onset), late)
    return onset


def _read(
    layout: Layout,
    ids: tuple[str, ...],
    family: Mapping[str, tuple[str, float, float]],
    problems: list[Problem],
    *,
    code: Code,
    what: str,
) -> tuple[Column, FloatArray] | tuple[None, None]:
    """Return the column of `family` that the table has, and its times in months."""
    name = layout.find(family)
    column = None if name is None else layout.column(name, ids)
    if name is None or column is None:
        return None, None
    _, multiplier, divisor = family[name]
    scale = MONTHS.in_units(multiplier / divisor)
    time = cells.read_not_negative(column, problems, code=code, what=what, scale=scale)
    note_wild(column, time, problems, far=far_times, remedy=SLIP)
    return column, time * multiplier / divisor


def _or_nan(values: FloatArray | None, like: FloatArray) -> FloatArray:
    return np.full_like(like, np.nan) if values is None else values


def _of_rows(column: Column, where: BoolArray, fault: Fault) -> list[Problem]:
    return [column.problem(int(index), fault) for index in np.flatnonzero(where)]
