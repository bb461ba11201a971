"""Cells of text to numbers, one message a cell that cannot be read. Nothing is guessed."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.scales import DAYS, TROUGH_MG_L, Scale
from bayes_sora.cohort.table import ABOVE_ULOQ, BELOW_LLOQ, MEASURED
from bayes_sora.errors import Problem
from bayes_sora.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.cohort.raw_table import Column
    from bayes_sora.types import ExposureUnit

NA_MARKERS = frozenset({"na", "n/a", "nan", "null", "none", "."})
BLQ_WORDS = frozenset({"blq", "bql", "bloq", "loq", "lloq", "<loq", "<lloq", "<blq", "nd"})
FLAGS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}
MAX_GRADE = 5

LONGEST_NUMBER = 400
"""Characters: the longest number that a computer writes out, 1.8e308, has 309."""

# Possessive, so that a long row of digits that is no number is not tried again from each of them.
_NUMBER = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[<>+-]?\s*+\d[\d.' ]*+,[\d.,' ]*+", re.ASCII)


def is_missing(cell: str) -> bool:
    """Say whether a stripped cell is blank or one of the usual markers of a missing value (NA, NaN, '.')."""
    return not cell or cell.lower() in NA_MARKERS


def read_number(cell: str, *, code: Code) -> float | Fault:
    """Return the number in a stripped cell, in plain or scientific notation with a point, or a fault with `code`."""
    if len(cell) <= LONGEST_NUMBER and _NUMBER.fullmatch(cell):
        number = float(cell)
        return number if math.isfinite(number) else Fault(code, "the number is too large", "Correct the cell.")
    if _COMMA_NUMBER.fullmatch(cell):
        return Fault(
            Code.COMMA_IN_NUMBER,
            "a comma in a number can be a decimal comma or a thousands separator",
            "Write numbers with a point and no separator (2.91, 1250.5).",
        )
    return Fault(code, "expected a number", "Write a plain number such as 2.91.")


def read_positive(column: Column, problems: list[Problem], *, code: Code, what: str, scale: Scale) -> FloatArray:
    """Return positive numbers on `scale`, NaN where missing or wrong; each wrong cell is added to `problems`."""
    return _read(column, problems, lambda cell: _positive(cell, code=code, what=what, scale=scale))


def read_not_negative(column: Column, problems: list[Problem], *, code: Code, what: str, scale: Scale) -> FloatArray:
    """Return zeros and numbers on `scale`, NaN where missing or wrong; each wrong cell is added to `problems`."""

    def not_negative(cell: str) -> float | Fault:
        number = read_number(cell, code=code)
        if isinstance(number, Fault):
            return number
        if not (number >= 0 and math.isfinite(number)):
            return Fault(code, f"{what} must be a finite number, 0 or above", "Correct the cell.")
        return number if number == 0 else _on_scale(number, code=code, what=what, scale=scale)

    return _read(column, problems, not_negative)


def missing_cells(column: Column) -> BoolArray:
    """Say of each cell whether it is missing."""
    return np.array([is_missing(cell) for cell in column.cells], dtype=bool)


def read_death(column: Column, problems: list[Problem]) -> FloatArray:
    """Return 0/1, NaN where missing or wrong."""
    return _read(
        column,
        problems,
        lambda cell: _flag(cell, code=Code.BAD_DEATH, remedy="Write 1 for died and 0 for censored."),
    )


def read_cnsr(column: Column, problems: list[Problem]) -> FloatArray:
    """Return death = 1 − min(CNSR, 1): in ADaM 0 is the event and a positive integer a reason for censoring."""

    def death(cell: str) -> float | Fault:
        number = read_number(cell, code=Code.BAD_DEATH)
        if isinstance(number, Fault) or number < 0 or not number.is_integer():
            return Fault(Code.BAD_DEATH, "CNSR must be 0 (event) or a positive integer (censored)", "Correct the cell.")
        return 1.0 - min(number, 1.0)

    return _read(column, problems, death)


def read_outcome(column: Column, problems: list[Problem], *, remedy: str) -> FloatArray:
    """Return 0/1 of toxicity or response, NaN where blank (not evaluable) or wrong; NA counts as blank, with a note."""
    _note_na(column, problems)
    return _read(column, problems, lambda cell: _flag(cell, code=Code.BAD_OUTCOME, remedy=remedy))


def read_grade(column: Column, problems: list[Problem]) -> FloatArray:
    """Return whole grades 0 to 5, NaN where blank or wrong."""

    def grade(cell: str) -> float | Fault:
        number = read_number(cell, code=Code.BAD_GRADE)
        if isinstance(number, Fault) or number not in range(MAX_GRADE + 1):
            return Fault(Code.BAD_GRADE, "a grade must be a whole number from 0 to 5", "Write the number alone.")
        return number

    _note_na(column, problems)
    return _read(column, problems, grade)


def read_day(column: Column, problems: list[Problem]) -> FloatArray:
    """Return the day of sampling as a finite number, NaN where blank or wrong."""

    def day(cell: str) -> float | Fault:
        number = read_number(cell, code=Code.BAD_DAY)
        if isinstance(number, Fault) or not math.isfinite(number):
            return Fault(Code.BAD_DAY, "a day must be a number, counted from time zero", "Write the number alone.")
        far = _on_scale(abs(number), code=Code.BAD_DAY, what="a day before or after time zero", scale=DAYS)
        return far if number and isinstance(far, Fault) else number

    return _read(column, problems, day)


class Quantities(NamedTuple):
    """Troughs in mg/L (NaN where missing or wrong), their censoring, and which cells are missing."""

    value_mg_l: FloatArray
    censoring: IntArray
    missing: BoolArray


def read_troughs(
    column: Column,
    problems: list[Problem],
    *,
    unit: ExposureUnit,
    blq: Column | None = None,
    lloq_mg_l: FloatArray | None = None,
) -> Quantities:
    """Read concentrations in `unit`; ``<0.05`` or a 1 under `blq` is below, ``>10`` above the limit of quantification.

    Parameters
    ----------
    blq : Column or None
        0/1, blank counting as 0; where it is 1 the trough is below the row's `lloq_mg_l`, unless its cell holds ``<…``.
    lloq_mg_l : FloatArray or None, one entry a row
        Lower limits of quantification in mg/L, NaN where not given.
    """
    limits = np.full(len(column.cells), np.nan) if lloq_mg_l is None else lloq_mg_l
    below = np.zeros(len(column.cells), dtype=bool) if blq is None else _read_blq(blq, problems)
    values, signs = np.full(len(column.cells), np.nan), np.zeros(len(column.cells), dtype=np.int64)
    missing = missing_cells(column) & ~below
    for index, cell in enumerate(column.cells):
        if missing[index]:
            continue
        read = _quantity(cell, unit=unit, below=bool(below[index]), lloq_mg_l=float(limits[index]))
        if isinstance(read, Fault):
            problems.append(column.problem(index, read))
        else:
            values[index], signs[index] = read
    doubtful = np.flatnonzero((signs == MEASURED) & (values < limits))
    problems += column.note(doubtful.tolist(), _MEASURED_BELOW)
    return Quantities(values, signs, missing)


_MEASURED_BELOW = Fault(
    Code.BELOW_LLOQ_MEASURED,
    "the trough is smaller than its lower limit of quantification and is taken as measured",
    "Write it as <limit, or flag it in a blq column, if it was below the limit.",
    "warning",
)


_ZERO = Fault(
    Code.BAD_TROUGH,
    "a trough must be a positive finite number; one of 0 lay below the limit of quantification",
    "Write it as <LLOQ with the limit in the place of LLOQ, such as <0.05.",
)


def _quantity(cell: str, *, unit: ExposureUnit, below: bool, lloq_mg_l: float) -> tuple[float, int] | Fault:
    """Return (mg/L, censoring) of one cell that is not missing."""
    if cell.lower().replace(" ", "") in BLQ_WORDS or (below and not cell.startswith("<")):
        return _flagged_below(cell, unit=unit, lloq_mg_l=lloq_mg_l if below else math.nan)
    sign = {"<": BELOW_LLOQ, ">": ABOVE_ULOQ}.get(cell[0], MEASURED)
    scale = TROUGH_MG_L.in_units(unit.mg_l)
    number = _positive(cell[1:].strip() if sign else cell, code=Code.BAD_TROUGH, what="a trough", scale=scale)
    if isinstance(number, Fault):
        return _ZERO if _NUMBER.fullmatch(cell) and float(cell) == 0.0 else number
    return number * unit.mg_l, sign


def _flagged_below(cell: str, *, unit: ExposureUnit, lloq_mg_l: float) -> tuple[float, int] | Fault:
    if not math.isfinite(lloq_mg_l):
        return Fault(
            Code.NO_LLOQ,
            "a trough below the limit of quantification without the limit",
            "Write it as <limit (<0.05), or set blq to 1 and give the limit in lloq_mg_l.",
        )
    number = read_number(cell, code=Code.BAD_TROUGH)
    if not isinstance(number, Fault) and number * unit.mg_l > lloq_mg_l:
        return Fault(
            Code.BAD_BLQ, "blq is 1 but the trough is above its limit", "Correct blq, the trough or the limit."
        )
    return lloq_mg_l, BELOW_LLOQ


def _read_blq(column: Column, problems: list[Problem]) -> BoolArray:
    def flag(cell: str) -> float | Fault:
        return _flag(cell, code=Code.BAD_BLQ, remedy="Write 1 below the limit of quantification, else 0 or nothing.")

    return np.asarray(_read(column, problems, flag) == 1.0, dtype=bool)


def _positive(cell: str, *, code: Code, what: str, scale: Scale) -> float | Fault:
    if cell.lower().lstrip("+-") in {"inf", "infinity"}:
        return Fault(code, f"{what} must be finite", "Correct the cell.")
    number = read_number(cell, code=code)
    if isinstance(number, Fault):
        return number
    if not (number > 0 and math.isfinite(number)):
        return Fault(code, f"{what} must be a positive finite number", "Correct the cell.")
    return _on_scale(number, code=code, what=what, scale=scale)


def _on_scale(number: float, *, code: Code, what: str, scale: Scale) -> float | Fault:
    if scale.holds(number):
        return number
    return Fault(code, f"{what} must lie between {scale.low:.4g} and {scale.high:.4g}", "Correct the cell.")


def _flag(cell: str, *, code: Code, remedy: str) -> float | Fault:
    return FLAGS.get(cell, Fault(code, "expected 0 or 1", remedy))


def _note_na(column: Column, problems: list[Problem]) -> None:
    n_marked = sum(bool(cell) and is_missing(cell) for cell in column.cells)
    if n_marked:
        problems.append(
            Problem(
                code=Code.NA_AS_BLANK,
                file=column.file,
                column=column.name,
                why=f"{n_marked} cells hold NA or the like and are taken as not evaluable",
                remedy="Leave them blank if that is meant.",
                severity="warning",
            )
        )


def _read(column: Column, problems: list[Problem], convert: Callable[[str], float | Fault]) -> FloatArray:
    """Apply `convert` to each cell that is not missing."""
    values = np.full(len(column.cells), np.nan)
    for index, cell in enumerate(column.cells):
        if is_missing(cell):
            continue
        read = convert(cell)
        if isinstance(read, Fault):
            problems.append(column.problem(index, read))
        else:
            values[index] = read
    return values
