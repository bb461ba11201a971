"""What a user declares about the names in a cohort file: the `[columns]` table, the dialect, the toxicity threshold."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.names import CANONICAL, EVENT_TYPE_PREFIX, nearest
from bayes_sora.cohort.raw import read_bytes
from bayes_sora.errors import InputError, Problem, shortened
from bayes_sora.files import TooDeep, parse_toml
from bayes_sora.files.budgets import COLUMNS_BYTES, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECTS = ("adam",)
_QUOTED = "Write the name that the column has in your file, in quotes."
EVENT_TYPE = re.compile(re.escape(EVENT_TYPE_PREFIX) + r"[^\W_][\w /+-]{0,59}")
COVARIATE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Names declared by the user.

    Attributes
    ----------
    columns : mapping of str to str
        Canonical name → name in the file.
    dialect : str or None
        ``"adam"`` reads ADaM names and the polarity of CNSR (0 = event).
    covariates : mapping of str to str
        Covariate → name in the file, of those that are to be read beside what a model file asks for.
    toxicity_from_grade : int or None
        Toxicity is a grade of at least this, 1 to 5; the column ``toxicity`` may then be absent.
    """

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dialect: str | None = None
    toxicity_from_grade: int | None = None
    covariates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def read_column_map(
    source: str | os.PathLike[str] | Mapping[str, str] | ColumnMap | None, *, dialect: str | None
) -> ColumnMap:
    """Read what a user declares about names: a TOML file such as the one below, or a mapping.

    ::

        dialect = "adam"
        [columns]
        trough_ng_ml = "CTROUGH"
        covariates = ["age", "ecog"]
        [toxicity]
        from_grade = 3

    ``[covariates]`` with lines such as ``ecog = "ECOGBL"`` gives them other names. A mapping stands for the `[columns]`
    table. `dialect` is that of the call and must not contradict the file's.

    Raises
    ------
    InputError
        With every fault of the declaration.
    """
    if isinstance(source, ColumnMap):
        name, document = "columns", _document(source)
    elif isinstance(source, (str, os.PathLike)):
        name, document = Path(source).name, _read_toml(Path(source))
    else:
        name, document = "columns", {"columns": dict(source or {})}
    problems: list[Problem] = []
    _check_dialect(document, dialect, name, problems)
    _check_columns(document, name, problems)
    _check_threshold(document, name, problems)
    _check_covariates(document.get("covariates", {}), name, problems)
    if problems:
        raise InputError(problems)
    return ColumnMap(
        columns=MappingProxyType({name: header.strip() for name, header in document.get("columns", {}).items()}),
        dialect=dialect or document.get("dialect"),
        toxicity_from_grade=document.get("toxicity", {}).get("from_grade"),
        covariates=MappingProxyType(_by_name(document.get("covariates", {}))),
    )


def _document(columns: ColumnMap) -> dict[str, Any]:
    document: dict[str, Any] = {"columns": dict(columns.columns)}
    if columns.covariates:
        document["covariates"] = dict(columns.covariates)
    if columns.dialect is not None:
        document["dialect"] = columns.dialect
    if columns.toxicity_from_grade is not None:
        document["toxicity"] = {"from_grade": columns.toxicity_from_grade}
    return document


def _read_toml(path: Path) -> dict[str, Any]:
    data = read_bytes(path, limit=COLUMNS_BYTES)
    try:
        return parse_toml(data.decode("utf-8-sig"))
    except TooDeep as fault:
        reason = f"line {fault.row} has more than {LEVELS} levels"
    except ValueError as fault:  # not TOML, not UTF-8, an integer of thousands of digits
        reason = shortened(str(fault), limit=120)
    raise InputError([_problem(path.name, f"the file is not TOML: {reason}", "Correct it.")])


def _check_dialect(document: Mapping[str, Any], dialect: str | None, name: str, problems: list[Problem]) -> None:
    unknown = [key for key in document if key not in {"columns", "covariates", "dialect", "toxicity"}]
    problems += [
        _problem(name, f"unknown entry {key!r}", "Known: dialect, covariates, [columns], [toxicity].")
        for key in unknown
    ]
    declared = document.get("dialect")
    for given in (declared, dialect):
        if given is not None and given not in DIALECTS:
            problems.append(_problem(name, f"unknown dialect {given!r}", f"Known: {', '.join(DIALECTS)}."))
    if None not in (declared, dialect) and declared != dialect:
        problems.append(_problem(name, f"dialect {declared!r} and {dialect!r} contradict", "Declare one."))


def _check_columns(document: Mapping[str, Any], name: str, problems: list[Problem]) -> None:
    columns = document.get("columns", {})
    if not isinstance(columns, dict):
        problems.append(_problem(name, "expected a table [columns]", 'Write [columns] and lines canonical = "yours".'))
        return
    for canonical, header in columns.items():
        if canonical not in CANONICAL and EVENT_TYPE.fullmatch(str(canonical)) is None:
            hint = nearest(str(canonical), CANONICAL)
            problems.append(
                _problem(name, f"{canonical!r} is no column of a cohort", hint or f"Known: {', '.join(CANONICAL)}.")
            )
        elif not isinstance(header, str) or not header.strip():
            problems.append(_problem(name, f"{canonical} must name a column, got {header!r}", _QUOTED))


def _check_threshold(document: Mapping[str, Any], name: str, problems: list[Problem]) -> None:
    toxicity = document.get("toxicity", {})
    threshold = (
        toxicity.get("from_grade", 3) if isinstance(toxicity, dict) and set(toxicity) <= {"from_grade"} else None
    )
    if type(threshold) is int and 1 <= threshold <= 5:
        return
    problems.append(
        _problem(name, f"[toxicity] must hold from_grade, a whole number from 1 to 5, got {toxicity!r}", "Correct it.")
    )


def _by_name(covariates: list[str] | dict[str, str]) -> dict[str, str]:
    named = covariates.items() if isinstance(covariates, dict) else ((name, name) for name in covariates)
    return {name: header.strip() for name, header in named}


def _check_covariates(covariates: object, name: str, problems: list[Problem]) -> None:
    if not isinstance(covariates, dict | list):
        problems.append(_problem(name, "expected covariates as an array or a table", 'Write covariates = ["age"].'))
        return
    for covariate in covariates:
        header = covariates[covariate] if isinstance(covariates, dict) else covariate
        sound = isinstance(covariate, str) and isinstance(header, str) and header.strip()
        if not sound or COVARIATE.fullmatch(covariate) is None:
            remedy = 'Write letters, digits and _, and the header behind it in quotes: ecog = "ECOGBL".'
            problems.append(_problem(name, f"{covariate!r} is no name of a covariate", remedy))


def _problem(name: str, why: str, remedy: str) -> Problem:
    return Problem(code=Code.COLUMNS_FILE, file=name, why=why, remedy=remedy)
