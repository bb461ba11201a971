"""Which column of a table holds what, and in which unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.cohort.adam import VALUE, check_adam, locate_adam
from bayes_sora.cohort.cells import FLAGS, is_missing
from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.names import (
    CANONICAL,
    ENTRY_COLUMNS,
    EVENT_TYPE_PREFIX,
    LLOQ_COLUMNS,
    LOW_COLUMNS,
    ONSET_COLUMNS,
    TIME_COLUMNS,
    TROUGH_COLUMNS,
    listed,
    nearest,
)
from bayes_sora.errors import Problem, shortened
from bayes_sora.types import ExposureUnit, exposure_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bayes_sora.cohort.column_map import ColumnMap
    from bayes_sora.cohort.raw_table import Column, RawTable
    from bayes_sora.errors import Severity

TROUGHS_FILE_NAMES = frozenset({"patient_id", "day", "blq", *TROUGH_COLUMNS, *LLOQ_COLUMNS})
DOSES_FILE_NAMES = frozenset({"patient_id", "day", "dose_mg"})
COHORT_FILE_NAMES = frozenset(CANONICAL) - {"day"}
_TROUGH_NAMES = frozenset({"blq", *TROUGH_COLUMNS, *LLOQ_COLUMNS})
_FAMILIES = tuple(
    frozenset(family)
    for family in (TROUGH_COLUMNS, LLOQ_COLUMNS, TIME_COLUMNS, ENTRY_COLUMNS, LOW_COLUMNS, ONSET_COLUMNS)
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a table holds what.

    Attributes
    ----------
    table : RawTable
    headers : mapping of str to str
        Canonical name → header in the table. Of each family (trough, lloq, time) at most one.
    molar_mass_g_mol : float or None
        For columns in µmol/L.
    """

    table: RawTable
    headers: Mapping[str, str]
    molar_mass_g_mol: float | None = None

    def find(self, family: Iterable[str]) -> str | None:
        """Return the canonical name of `family` that the table has."""
        return next((name for name in family if name in self.headers), None)

    def column(self, name: str, patients: tuple[str, ...]) -> Column | None:
        """Return the column of canonical `name`, None where the table has none."""
        return self.table.column(self.headers[name], patients=patients) if name in self.headers else None

    def unit(self, family: Mapping[str, str]) -> ExposureUnit:
        """Return the unit of the table's column of `family`; mg/L where there is none."""
        name = self.find(family)
        return exposure_unit(family[name] if name else "mg/L", molar_mass_g_mol=self.molar_mass_g_mol)


def locate_cohort_columns(
    table: RawTable,
    column_map: ColumnMap,
    *,
    has_troughs_file: bool,
    molar_mass_g_mol: float | None,
    also_used: Collection[str] = (),
    problems: list[Problem],
) -> Layout:
    """Find the columns of a cohort file, adding what is missing, ambiguous or ignored to `problems`.

    `also_used` are headers that something else reads.
    """
    headers = _locate(table, column_map, COHORT_FILE_NAMES, problems, strict=True, elsewhere=has_troughs_file)
    taken = set(headers.values())
    headers |= _declared_event_types(table, column_map, problems)
    taken |= set(headers.values())
    headers |= {name: name for name in table.headers if _is_event_type(table, name) and name not in taken}
    used = _with_dialect(table, column_map, headers, problems)
    if has_troughs_file:
        _leave_to_troughs_file(table, headers, problems)
    else:
        _require_trough(table, headers, problems)
    _require(table, headers, problems, "patient_id")
    _require_endpoint(table, column_map, headers, problems)
    names = COHORT_FILE_NAMES - (_TROUGH_NAMES if has_troughs_file else frozenset())
    note_extra_columns(table, used.union(also_used), problems, known=_open_names(names, headers))
    return _layout(table, headers, molar_mass_g_mol, problems)


def _declared_event_types(table: RawTable, column_map: ColumnMap, problems: list[Problem]) -> dict[str, str]:
    """Return the types of adverse event that are declared under another name, canonical name → header."""
    declared = {name: of for name, of in column_map.columns.items() if name.startswith(EVENT_TYPE_PREFIX)}
    for name, header in declared.items():
        if header not in table.headers:
            hint = nearest(header, table.headers) or "Correct the name."
            problems.append(_problem(table, Code.MISSING_COLUMN, f"[columns] says {name} is here", hint, column=header))
    return {name: header for name, header in declared.items() if header in table.headers}


def _is_event_type(table: RawTable, name: str) -> bool:
    """Say whether a column holds a type of adverse event: named so, and nothing but 0, 1 and blanks in it."""
    if not name.startswith(EVENT_TYPE_PREFIX) or table.headers.count(name) > 1:
        return False
    return all(cell.strip() in FLAGS or is_missing(cell.strip()) for cell in table.cells(name))


def locate_troughs_columns(
    table: RawTable, column_map: ColumnMap, *, molar_mass_g_mol: float | None, problems: list[Problem]
) -> Layout:
    """Find the columns of a file of repeated troughs: patient_id, trough with its unit, and optionally day."""
    headers = _locate(table, column_map, TROUGHS_FILE_NAMES, problems, strict=False, elsewhere=True)
    used = _with_dialect(table, column_map, headers, problems, only={"patient_id"})
    _require(table, headers, problems, "patient_id", shared=True)
    _require_trough(table, headers, problems)
    note_extra_columns(table, used, problems, known=_open_names(TROUGHS_FILE_NAMES, headers))
    return _layout(table, headers, molar_mass_g_mol, problems)


def locate_doses_columns(table: RawTable, column_map: ColumnMap, *, problems: list[Problem]) -> Layout:
    """Find the columns of a file of doses: patient_id, day and dose_mg, all of them needed."""
    headers = _locate(table, column_map, DOSES_FILE_NAMES, problems, strict=False, elsewhere=True)
    used = _with_dialect(table, column_map, headers, problems, only={"patient_id"})
    for name in ("patient_id", "day", "dose_mg"):
        _require(table, headers, problems, name, shared=name in COHORT_FILE_NAMES)
    note_extra_columns(table, used, problems, known=_open_names(DOSES_FILE_NAMES, headers))
    return _layout(table, headers, None, problems)


def _locate(
    table: RawTable,
    column_map: ColumnMap,
    names: frozenset[str],
    problems: list[Problem],
    *,
    strict: bool,
    elsewhere: bool,
) -> dict[str, str]:
    """Map canonical names to headers, declared ones first; `elsewhere`: trough columns may be in the other file."""
    counts = Counter(header for header in table.headers if header)
    for header, count in counts.items():
        if count > 1:
            why, remedy = f"{count} columns have this name", "Rename or delete all but one."
            problems.append(_problem(table, Code.DUPLICATE_COLUMN, why, remedy, column=header))
    found: dict[str, str] = {}
    for name, header in column_map.columns.items():
        if header in counts and name in names:
            found[name] = header
        elif strict and name in names and not (elsewhere and name in _TROUGH_NAMES):
            hint = nearest(header, table.headers) or f"The file has: {shortened(', '.join(table.headers), limit=300)}."
            remedy = f"Correct the name in [columns]. {hint}"
            problems.append(
                _problem(table, Code.MISSING_COLUMN, f"[columns] says {name} is here", remedy, column=header)
            )
    settled = {"cnsr", *found}.union(*(family for family in _FAMILIES if family & found.keys()))
    found |= {name: name for name in CANONICAL if name in names - settled and name in counts}
    for family in _FAMILIES:
        several = sorted(family & found.keys())
        if len(several) > 1:
            why = f"{' and '.join(several)} say the same thing"
            problems.append(_problem(table, Code.AMBIGUOUS_COLUMN, why, "Keep one, or name it in [columns]."))
    return found


def _with_dialect(
    table: RawTable,
    column_map: ColumnMap,
    headers: dict[str, str],
    problems: list[Problem],
    *,
    only: set[str] | None = None,
) -> set[str]:
    """Add ADaM's names where the dialect is declared, and hold what comes from ADaM to its guards in any case.

    Returns the headers that are used.
    """
    if column_map.dialect == "adam":
        locate_adam(table, headers, problems, only=only)
    return check_adam(table, headers, problems) | set(headers.values())


def _leave_to_troughs_file(table: RawTable, headers: dict[str, str], problems: list[Problem]) -> None:
    for name in sorted(_TROUGH_NAMES & headers.keys()):
        header = headers.pop(name)
        if name in TROUGH_COLUMNS:
            why, remedy = "troughs are taken from the second file, not from this column", "Nothing, if that is meant."
            problems.append(_problem(table, Code.TROUGH_COLUMN_UNUSED, why, remedy, column=header, severity="warning"))


def _require(
    table: RawTable, headers: Mapping[str, str], problems: list[Problem], name: str, *, shared: bool = False
) -> None:
    """Report a missing column; a name `shared` with the cohort file would be looked for there too."""
    if name not in headers:
        own = f"rename yours to {name}" if shared else f'name yours in [columns]: {name} = "yours"'
        remedy = f"{nearest(name, table.headers)} Add it, or {own}.".strip()
        problems.append(_problem(table, Code.MISSING_COLUMN, "the column is missing", remedy, column=name))


def _require_trough(table: RawTable, headers: Mapping[str, str], problems: list[Problem]) -> None:
    if headers.keys() & TROUGH_COLUMNS.keys():
        return
    hint = nearest("trough_mg_l", table.headers)
    remedy = f"{hint} Name it by its unit: {', '.join(TROUGH_COLUMNS)}.".strip()
    problems.append(_problem(table, Code.MISSING_COLUMN, "the column is missing", remedy, column="trough_mg_l"))


def _require_endpoint(
    table: RawTable, column_map: ColumnMap, headers: Mapping[str, str], problems: list[Problem]
) -> None:
    has_time = bool(headers.keys() & TIME_COLUMNS.keys())
    has_death = bool(headers.keys() & {"death", "cnsr"})
    # AVAL without a unit is reported already, and what it lacks is not a column.
    if has_time != has_death and not any(problem.column == VALUE for problem in problems):
        missing = "death" if has_time else "os_months"
        hint = nearest(missing, set(table.headers) - set(headers.values())) or "Add it, or name yours in [columns]."
        if has_time and "CNSR" in table.headers:
            hint = 'Write cnsr = "CNSR" in [columns], or dialect = "adam", to read CNSR, where 0 is the event.'
        problems.append(
            _problem(table, Code.HALF_SURVIVAL, "survival needs a time and a death column", hint, column=missing)
        )
    derived = column_map.toxicity_from_grade is not None
    if derived and "grade" not in headers:
        why, remedy = "toxicity is declared from grade, but there is no grade", "Add it, or name yours in [columns]."
        problems.append(_problem(table, Code.MISSING_COLUMN, why, remedy, column="grade"))
    by_type = any(name.startswith(EVENT_TYPE_PREFIX) for name in headers)
    if not (has_time or has_death or derived or by_type or headers.keys() & {"toxicity", "response"}):
        unused = set(table.headers) - set(headers.values())
        hints = (nearest(name, unused) for name in ("toxicity", "response", "os_months"))
        remedy = " ".join([*dict.fromkeys(filter(None, hints)), "Add toxicity, response, or os_months and death."])
        problems.append(_problem(table, Code.NO_ENDPOINT, "the table has no endpoint", remedy))


def _open_names(names: frozenset[str], headers: Mapping[str, str]) -> frozenset[str]:
    """Return which of `names` a further column would be read by: no second one of a family, nor an undeclared cnsr."""
    return names.difference(headers, {"cnsr"}, *(family for family in _FAMILIES if family & headers.keys()))


def note_extra_columns(table: RawTable, used: set[str], problems: list[Problem], *, known: Collection[str]) -> None:
    """Name the columns that are not read; their cells may identify a patient and are never looked at.

    Of the `known` names, under which a column of such a table would be read, the nearest is offered.
    """
    extra = [header for header in table.headers if header not in used and header != "CNSR"]
    if not extra:
        return
    named = listed([shortened(header) or "(no name)" for header in extra])
    taken = used.union(CANONICAL) - set(known)
    hints = (nearest(header, set(known), taken=taken) for header in extra)
    remedy = " ".join(dict.fromkeys(filter(None, hints))) or "Nothing, if that is meant."
    problems.append(_problem(table, Code.EXTRA_COLUMNS, f"columns not used: {named}", remedy, severity="warning"))


def _layout(
    table: RawTable, headers: dict[str, str], molar_mass_g_mol: float | None, problems: list[Problem]
) -> Layout:
    for name in sorted(headers.keys() & {"trough_umol_l", "lloq_umol_l"}):
        if molar_mass_g_mol is None:
            remedy = (
                "Write molar_mass_g_mol in [drug] of the model file (or give it to read_cohort), or convert to mg/L "
                f"under {name.replace('umol_l', 'mg_l')}."
            )
            column = headers.pop(name)
            problems.append(_problem(table, Code.NO_MOLAR_MASS, "µmol/L needs a molar mass", remedy, column=column))
    return Layout(table=table, headers=MappingProxyType(headers), molar_mass_g_mol=molar_mass_g_mol)


def _problem(
    table: RawTable, code: Code, why: str, remedy: str, *, column: str | None = None, severity: Severity = "error"
) -> Problem:
    return Problem(code=code, file=table.name, column=column, why=why, remedy=remedy, severity=severity)
