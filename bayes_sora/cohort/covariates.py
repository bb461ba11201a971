"""Covariates: the further columns that are asked for by name. No other cell is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort import cells
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.names import nearest
from bayes_sora.cohort.wild import note_wild
from bayes_sora.errors import Problem, shortened
from bayes_sora.numerics.outliers import far_amounts
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.raw_table import Column, RawTable

Covariate = FloatArray | tuple[str, ...]
LONGEST_LEVEL = 80
NUMERIC_SHARE = 0.5
"""Where more of the cells than this are numbers, the others are faults and not levels."""


def locate_covariates(table: RawTable, wanted: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """Return which header holds which covariate; one that is not there is a problem.

    Parameters
    ----------
    table : RawTable
    wanted : mapping of str to str
        Name of the covariate → header.
    problems : list of Problem
    """
    for name, header in wanted.items():
        if header not in table.headers:
            remedy = nearest(header, table.headers) or "Add the column, or name yours under [covariates] of --columns."
            why = f"the covariate {name} is asked for and the column is missing"
            problems.append(
                Problem(code=Code.MISSING_COLUMN, file=table.name, column=shortened(header), why=why, remedy=remedy)
            )
    return {name: header for name, header in wanted.items() if header in table.headers}


def read_covariates(
    table: RawTable, headers: Mapping[str, str], ids: tuple[str, ...], problems: list[Problem]
) -> dict[str, Covariate]:
    """Return the covariates: numbers with NaN, or texts with "", where a cell is missing.

    A column is of numbers when more than half of what is not missing are numbers; the other cells are then faults.
    """
    return {name: _read(table.column(header, patients=ids), problems) for name, header in headers.items()}


def _read(column: Column, problems: list[Problem]) -> Covariate:
    missing = cells.missing_cells(column)
    numbers = np.full(len(column.cells), np.nan)
    faults: list[tuple[int, Fault]] = []
    for index, cell in enumerate(column.cells):
        found = np.nan if missing[index] else cells.read_number(cell, code=Code.BAD_COVARIATE)
        if isinstance(found, Fault):
            faults.append((index, found))
        else:
            numbers[index] = found
    n_known = int(np.count_nonzero(~missing))
    if len(faults) < (1.0 - NUMERIC_SHARE) * n_known or not n_known:
        problems += [column.problem(index, fault) for index, fault in faults]
        if not (numbers <= 0.0).any():
            note_wild(column, numbers, problems, far=far_amounts)
        return numbers
    long = Fault(Code.BAD_COVARIATE, f"the text is longer than {LONGEST_LEVEL} characters", "Shorten it.")
    hidden = Fault(Code.BAD_COVARIATE, "the text holds a line break or an invisible character", "Type it again.")
    for index, cell in enumerate(column.cells):
        if len(cell) > LONGEST_LEVEL or not cell.isprintable():
            problems.append(column.problem(index, long if len(cell) > LONGEST_LEVEL else hidden))
    return tuple("" if gap else cell for cell, gap in zip(column.cells, missing.tolist(), strict=True))
