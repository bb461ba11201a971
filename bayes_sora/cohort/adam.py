"""ADaM tables: which of their columns a cohort reads, and the guards that go with a source column.

What AVAL means stands in other columns, PARAMCD (of what) and AVALU (in which unit), and CNSR is 0 where the event
happened. These guards belong to the source column, whether the dialect or a `[columns]` table brought it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.names import (
    ADAM_COLUMNS,
    ADAM_TIME_COLUMNS,
    CONCENTRATION_SUFFIXES,
    TIME_COLUMNS,
    listed,
)
from bayes_sora.errors import Problem, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bayes_sora.cohort.raw_table import RawTable

OVERALL_SURVIVAL = "OS"
VALUE, UNIT, PARAMETER, CENSORING = "AVAL", "AVALU", "PARAMCD", "CNSR"
_TIME_WORDS = {word: name.removeprefix("os_") for word, name in ADAM_TIME_COLUMNS.items()}
_CONCENTRATION_WORDS = {unit.upper(): suffix for suffix, unit in CONCENTRATION_SUFFIXES.items()} | {
    "UG/ML": "ug_ml",
    "UMOL/L": "umol_l",
}


def locate_adam(
    table: RawTable, headers: dict[str, str], problems: list[Problem], *, only: Collection[str] | None = None
) -> None:
    """Add ADaM's names to `headers`, of those in `only` where it is given; AVAL is then read in the unit of AVALU."""
    for adam, name in ADAM_COLUMNS:
        if adam in table.headers and name not in headers and (only is None or name in only):
            headers[name] = adam
    if only is None and VALUE in table.headers and not headers.keys() & TIME_COLUMNS.keys():
        _locate_time(table, headers, problems)


def check_adam(table: RawTable, headers: Mapping[str, str], problems: list[Problem]) -> set[str]:
    """Hold columns that come from AVAL or CNSR to PARAMCD, AVALU and the polarity of CNSR; returns what was looked at.

    Parameters
    ----------
    table : RawTable
    headers : mapping of str to str
        Canonical name → header in the table, however it was found.
    problems : list of Problem
        C018: AVAL is of another parameter or in another unit than it is read in. C019: CNSR is read as death.
    """
    sources = {name: header.upper() for name, header in headers.items()}
    of_value = [name for name, source in sources.items() if source == VALUE]
    survival = [name for name in of_value if name in TIME_COLUMNS] or sources.get("cnsr") == CENSORING
    parameter, unit = _header(table, PARAMETER), _header(table, UNIT)
    if sources.get("death") == CENSORING:
        problems.append(_inverted(table, headers["death"]))
    if parameter is not None and (of_value or survival):
        problems += _check_parameter(table, parameter, survival=bool(survival))
    if unit is not None:
        problems += [problem for name in of_value for problem in _check_unit(table, unit, name)]
    return {header for header in (parameter, unit) if header is not None and (of_value or survival)}


def _header(table: RawTable, name: str) -> str | None:
    return next((header for header in table.headers if header.upper() == name), None)


def _values(table: RawTable, header: str) -> list[str]:
    return sorted({cell.strip().upper() for cell in table.cells(header)})


def _check_parameter(table: RawTable, header: str, *, survival: bool) -> Iterator[Problem]:
    found = _values(table, header)
    if found == [OVERALL_SURVIVAL] or (len(found) == 1 and not survival):
        return
    named = listed([shortened(value) or "(blank)" for value in found], limit=5)
    if survival:
        why = f"AVAL and CNSR are overall survival only where PARAMCD is OS, found {named}"
        remedy = (
            "Keep the rows of OS."
            if OVERALL_SURVIVAL in found
            else "Give the table of overall survival, in which PARAMCD is OS."
        )
    else:
        why, remedy = f"AVAL is of several parameters, found {named} under PARAMCD", "Keep the rows of one."
    yield _problem(table, Code.WRONG_PARAMETER, why, remedy, column=header)


def _check_unit(table: RawTable, header: str, name: str) -> Iterator[Problem]:
    """Hold the unit in which AVAL is read, the suffix of `name`, to AVALU; words that are no unit say nothing."""
    prefix, words = _family(name)
    units = sorted({words[value] for value in _values(table, header) if value in words})
    if not units or [f"{prefix}{unit}" for unit in units] == [name]:
        return
    read, said = name.removeprefix(prefix), " and ".join(units)
    why = f"AVAL is read as {name}, in {read}, and AVALU says {said}"
    remedy = f'Write {prefix}{units[0]} = "AVAL" in [columns].' if len(units) == 1 else "Convert AVAL to one unit."
    yield _problem(table, Code.WRONG_PARAMETER, why, remedy, column=header)


def _family(name: str) -> tuple[str, Mapping[str, str]]:
    """Return what a canonical name begins with before its unit, and the words for its units."""
    for prefix, words in (
        ("os_", _TIME_WORDS),
        ("entry_", _TIME_WORDS),
        ("trough_", _CONCENTRATION_WORDS),
        ("lloq_", _CONCENTRATION_WORDS),
    ):
        if name.startswith(prefix):
            return prefix, words
    return "", {}


def _locate_time(table: RawTable, headers: dict[str, str], problems: list[Problem]) -> None:
    """Read AVAL as survival time in the unit of AVALU, which must be one for all rows."""
    units = set(_values(table, UNIT)) if UNIT in table.headers else set()
    if len(units) == 1 and (unit := units.pop()) in ADAM_TIME_COLUMNS:
        headers[ADAM_TIME_COLUMNS[unit]] = VALUE
        return
    why = "the unit of AVAL is not one of DAYS, MONTHS, YEARS in every row of AVALU"
    several = len({ADAM_TIME_COLUMNS[unit] for unit in units & ADAM_TIME_COLUMNS.keys()}) > 1
    remedy = (
        "Convert AVAL to one unit, and write it under AVALU."
        if several
        else 'Declare it in [columns]: os_days = "AVAL", or os_months or os_years.'
    )
    problems.append(_problem(table, Code.MISSING_COLUMN, why, remedy, column=VALUE))


def _inverted(table: RawTable, header: str) -> Problem:
    why = "CNSR is read as death, and in ADaM CNSR is 0 where the patient died"
    remedy = f'Write cnsr = "{header}" in [columns] in the place of death = "{header}".'
    return _problem(table, Code.WRONG_POLARITY, why, remedy, column=header)


def _problem(table: RawTable, code: Code, why: str, remedy: str, *, column: str) -> Problem:
    return Problem(code=code, file=table.name, column=column, why=why, remedy=remedy)
