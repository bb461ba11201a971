"""Single cells far from the rest of their column: codes such as 9999, and slips of the decimal point."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.codes import Code, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.errors import Problem
    from bayes_sora.types import BoolArray, FloatArray

MOST_CELLS = 5
"""So many cells of a column are noted one by one, more of them in one note: they are hardly single."""
_NINES = re.compile(r"9{3,}(\.[09]*)?")
SLIP = "Correct the cell if it is a slip."
OPTIONAL = "Correct the cell if it is a slip, or leave it blank if the value is not known."
NEEDED = (
    "Correct the cell if it is a slip; if the value is not known, leave the cell blank and the patient out with "
    "--drop-incomplete (drop_incomplete=True)."
)


def note_wild(
    column: Column,
    values: FloatArray,
    problems: list[Problem],
    *,
    far: Callable[[FloatArray], BoolArray],
    remedy: str = OPTIONAL,
) -> None:
    """Add a note for each cell of `column` that lies far from the others, with its row, patient and value.

    Parameters
    ----------
    column : Column
    values : FloatArray, one entry a cell
        What was read, NaN where nothing was, in any unit.
    problems : list of Problem
    far : callable
        :func:`~bayes_sora.numerics.outliers.far_amounts` or :func:`~bayes_sora.numerics.outliers.far_times`.
    remedy : str
        What can be done about it.
    """
    code = _coded(column, values)
    wild = np.flatnonzero(code | far(np.where(code, np.nan, values))).tolist()
    if not wild:
        return
    median = float(np.median(values[np.isfinite(values) & ~code]))
    if len(wild) > MOST_CELLS:
        problems += column.note(wild, Fault(Code.WILD_VALUE, _WHY_MANY, remedy, "warning"))
        return
    for index in wild:
        why = _why(float(values[index]) / median, coded=bool(code[index]))
        problems.append(column.problem(index, Fault(Code.WILD_VALUE, why, remedy, "warning")))


_WHY_MANY = "the values lie far from the rest of the column, as if they were in another unit"


_SMALLEST, _LONG = np.finfo(float).tiny, 1e9
"""The least ratio whose inverse is finite, since one may be 0, and the factor whose digits are not written out."""


def _coded(column: Column, values: FloatArray) -> BoolArray:
    """Return which cells hold nothing but nines, three or more, and are larger than every other one."""
    nines = np.array([_NINES.fullmatch(cell) is not None for cell in column.cells], dtype=bool)
    others = values[~nines & np.isfinite(values)]
    return nines & (values > others.max(initial=0.0)) if others.size else np.zeros_like(nines)


def _why(ratio: float, *, coded: bool) -> str:
    side, factor = ("above", ratio) if ratio > 1.0 else ("below", 1.0 / max(ratio, _SMALLEST))
    shown = f"{factor:.2g}" if factor < 10.0 or factor >= _LONG else f"{factor:.0f}"
    far = f"the value lies a factor of {shown} {side} the median of the column"
    return f"{far}, and nines are often a code for a missing value" if coded else far
