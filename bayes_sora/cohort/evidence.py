"""What earlier studies found of one parameter, as published: estimates, or 2×2 tables about a cut-off.

One row a study, ``study`` and either ``estimate`` and ``standard_error``, or the counts of :data:`COUNTS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.arguments import NUMBER, POSITIVE, TEXT, check_argument, whole
from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.columns import Layout
from bayes_sora.cohort.counts import read_count
from bayes_sora.cohort.ids import read_labels
from bayes_sora.cohort.raw import read_table
from bayes_sora.cohort.scales import RESULT
from bayes_sora.errors import InputError, Problem
from bayes_sora.numerics.meta_analysis import log_odds_ratio, split_width

if TYPE_CHECKING:
    import os

    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.raw_table import RawTable

STUDY, ESTIMATE, STANDARD_ERROR = "study", "estimate", "standard_error"
COUNTS = ("events_above", "n_above", "events_below", "n_below")


@dataclass(frozen=True, kw_only=True)
class EarlierResult:
    """An estimate of one study.

    Attributes
    ----------
    study : str
    estimate, standard_error : float
        Of the parameter, on its scale in the model file.
    n_patients : int or None
        Of a 2×2 table.
    """

    study: str
    estimate: float
    standard_error: float
    n_patients: int | None = None

    def __post_init__(self) -> None:
        check_argument("study", self.study, TEXT)
        check_argument("estimate", self.estimate, NUMBER)
        check_argument("standard_error", self.standard_error, POSITIVE)
        check_argument("n_patients", self.n_patients, whole(1).or_none())


def read_evidence(source: str | os.PathLike[str] | Frame, *, exposure_sd: float) -> tuple[EarlierResult, ...]:
    """Return the earlier results of a table.

    Parameters
    ----------
    source : path or data frame
    exposure_sd : float
        SD of log exposure between patients, by which a 2×2 table becomes a slope.

    Raises
    ------
    InputError
        C010 when a column is missing, or with every wrong cell: C087 an estimate or a standard error, C078 a count.
    """
    table = read_table(source, frame_name="evidence")
    problems = list(table.problems)
    columns = COUNTS if COUNTS[0] in table.headers else (ESTIMATE, STANDARD_ERROR)
    problems += [_missing(table, name) for name in (STUDY, *columns) if name not in table.headers]
    if not table.n_rows:
        why = "the table has no study"
        problems.append(Problem(code=Code.NO_PATIENTS, file=table.name, why=why, remedy="Add a row a study."))
    if problems:
        raise InputError(problems)
    study = read_labels(Layout(table=table, headers={STUDY: STUDY}), STUDY, problems)
    results = _tables(table, study, problems, exposure_sd) if columns is COUNTS else _estimates(table, study, problems)
    if problems:
        raise InputError(problems)
    return results


def _missing(table: RawTable, name: str) -> Problem:
    return Problem(
        code=Code.MISSING_COLUMN,
        file=table.name,
        column=name,
        why="a table of earlier results needs this column",
        remedy=f"Give {STUDY} with {ESTIMATE} and {STANDARD_ERROR}, or {STUDY} with {', '.join(COUNTS)}.",
    )


def _estimates(table: RawTable, study: tuple[str, ...], problems: list[Problem]) -> tuple[EarlierResult, ...]:
    column = table.column(ESTIMATE, patients=study)
    estimates = np.full(table.n_rows, np.nan)
    for index, cell in enumerate(column.cells):
        found = cells.read_number(cell, code=Code.BAD_ESTIMATE)
        if not isinstance(found, Fault) and abs(found) > RESULT.high:
            found = Fault(Code.BAD_ESTIMATE, f"an estimate must lie within ±{RESULT.high:g}", "Correct the cell.")
        if isinstance(found, Fault):
            problems.append(column.problem(index, found))
        else:
            estimates[index] = found
    of_errors = table.column(STANDARD_ERROR, patients=study)
    errors = cells.read_positive(of_errors, problems, code=Code.BAD_ESTIMATE, what="a standard error", scale=RESULT)
    blank = Fault(Code.BAD_ESTIMATE, "the standard error is missing", "Fill it in, or delete the row.")
    problems += [of_errors.problem(int(i), blank) for i in np.flatnonzero(cells.missing_cells(of_errors))]
    if problems:
        return ()
    rows = zip(study, estimates.tolist(), errors.tolist(), strict=True)
    return tuple(EarlierResult(study=name, estimate=found, standard_error=error) for name, found, error in rows)


def _tables(
    table: RawTable, study: tuple[str, ...], problems: list[Problem], exposure_sd: float
) -> tuple[EarlierResult, ...]:
    counts = {name: read_count(table, name, study, problems) for name in COUNTS}
    for side in ("above", "below"):
        events, patients = counts[f"events_{side}"], counts[f"n_{side}"]
        column = table.column(f"events_{side}", patients=study)
        more = Fault(Code.BAD_COUNT, "more events than patients", "Correct one of the two counts.")
        problems += [column.problem(int(i), more) for i in np.flatnonzero(events > patients)]
        of_patients = table.column(f"n_{side}", patients=study)
        nobody = Fault(Code.BAD_COUNT, "nobody is on this side of the cut-off", "Leave the study out.")
        problems += [of_patients.problem(int(i), nobody) for i in np.flatnonzero(patients == 0.0)]
    if problems:
        return ()
    rows = np.stack([counts[name] for name in COUNTS], axis=1).astype(int).tolist()
    return tuple(_slope(name, row, exposure_sd) for name, row in zip(study, rows, strict=True))


def _slope(study: str, row: list[int], exposure_sd: float) -> EarlierResult:
    events_above, above, events_below, below = row
    estimate, error = log_odds_ratio((events_above, events_below), (above, below))
    width = split_width(above / (above + below), exposure_sd)
    return EarlierResult(study=study, estimate=estimate / width, standard_error=error / width, n_patients=above + below)
