"""The linter's notebook: every fault of one file, each with its key path, gathered before anything is raised."""

from __future__ import annotations

import datetime as dt
import difflib
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bayes_sora.errors import Problem, shortened
from bayes_sora.modelfile.vocabulary import Key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

UNKNOWN_KEY, MISSING, WRONG_TYPE, OUT_OF_RANGE, UNKNOWN_WORD = "M007", "M008", "M009", "M010", "M011"
NOT_OF_THIS_FORM, NOT_THIS_FAMILY, BAD_NAME, BAD_BASE, CONTRADICTION = "M012", "M013", "M014", "M015", "M016"
FORMULA = "M017"
LISTED_UNKNOWN_KEYS = 10  # a hostile file may hold thousands


class Findings:
    """Problems found so far in `file`, and the checks of one key or one table that add to them."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(self, code: str, path: str, why: str, remedy: str, *, value: object = None) -> None:
        """Note one problem at the key `path`."""
        shown = None if value is None else describe(value)
        self.problems.append(
            Problem(code=code, why=why, remedy=remedy, file=self.file, column=path or None, value=shown)
        )

    def table(
        self, path: str, table: object, keys: Mapping[str, Key], *, tables: Collection[str] = ()
    ) -> dict[str, Any]:
        """Check the table at `path` against its `keys` and return those of its values that are sound.

        `tables` are the names of further tables inside, which the caller checks.
        """
        if not isinstance(table, dict):
            self.add(WRONG_TYPE, path, "expected a table", f"Write [{path}] and its keys below.", value=table)
            return {}
        self._unknown_keys(path, table, known=(*keys, *tables))
        for name, key in keys.items():
            if key.required and name not in table:
                self.add(MISSING, joined(path, name), "is missing", f"Add it: {key.meaning}.")
        return {name: table[name] for name, key in keys.items() if name in table and self.sound(path, name, table, key)}

    def sound(self, path: str, name: str, table: Mapping[str, object], key: Key) -> bool:
        """Say whether ``table[name]`` is what `key` takes, and note what is wrong with it."""
        value, where = table[name], joined(path, name)
        fault = _FAULT_OF_KIND[key.kind](value, key)
        if fault is None:
            return True
        code, expected = fault
        known = f" Known: {', '.join(key.choices)}." if key.choices else ""
        self.add(code, where, f"expected {expected}", f"Correct {name}: {key.meaning}.{known}", value=value)
        return False

    def _unknown_keys(self, path: str, table: Mapping[Any, object], *, known: Collection[str]) -> None:
        unknown = [str(name) for name in table if name not in known]
        for name in unknown[:LISTED_UNKNOWN_KEYS]:
            self.add(UNKNOWN_KEY, joined(path, name), "is not a known key", known_words(name, known))
        if len(unknown) > LISTED_UNKNOWN_KEYS:
            rest = len(unknown) - LISTED_UNKNOWN_KEYS
            self.add(UNKNOWN_KEY, path, f"{rest} more keys are not known", known_words("", known))


def joined(path: str, name: str) -> str:
    """Return the key path of `name` inside `path`; an odd name is quoted and shortened."""
    plain = name if name.replace("_", "").replace("-", "").isalnum() and len(name) <= 60 else repr(shortened(name))
    return f"{path}.{plain}" if path else plain


def known_words(word: str, known: Collection[str]) -> str:
    """Return the sentence that offers the word nearest to `word` and lists all that are known."""
    near = difflib.get_close_matches(word[:60], known, n=1)
    return f"{f'Did you mean {near[0]}? ' if near else ''}Known: {', '.join(known)}."


def describe(value: object) -> str:
    """Return `value` for a message, without following anything nested or printing a huge number."""
    match value:
        case dict():
            return "a table"
        case list() | tuple():
            return f"an array of {len(value)}"
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > 256:
            return f"an integer of {value.bit_length()} bits"
        case str():
            return "".join(char if is_plain(char) else "�" for char in value[:200])
        case _:
            return str(value)


def is_plain(char: str) -> bool:
    """Say whether `char` is safe to print: no control character (other than line break, tab), no lone surrogate."""
    return char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}


Fault = tuple[str, str]  # code, what was expected
FaultOf = Callable[[object, Key], Fault | None]


def _text_fault(value: object, key: Key) -> Fault | None:
    if not isinstance(value, str):
        return WRONG_TYPE, "text in quotes"
    if key.choices and value not in key.choices:
        return UNKNOWN_WORD, "one of the known words"
    if not value.strip() or len(value) > key.longest:
        return OUT_OF_RANGE, f"text of 1 to {key.longest} characters"
    if not all(map(is_plain, value)):
        return OUT_OF_RANGE, "text without control characters"
    return None


def _number_fault(value: object, key: Key) -> Fault | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return WRONG_TYPE, "a number"
    return None if key.bounds.hold(value) else (OUT_OF_RANGE, key.bounds.words)


def _integer_fault(value: object, key: Key) -> Fault | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return WRONG_TYPE, "a whole number"
    return _number_fault(value, key)


def _array_fault(fault_of_entry: FaultOf, words: str) -> FaultOf:
    def fault(value: object, key: Key) -> Fault | None:
        if not isinstance(value, list):
            return WRONG_TYPE, f"an array of {words}"
        if len(value) > key.longest:
            return OUT_OF_RANGE, f"at most {key.longest} {words}"
        faults = (fault_of_entry(entry, key) for entry in value)
        return next(((code, f"each entry to be {expected}") for code, expected in filter(None, faults)), None)

    return fault


def _date_fault(value: object, _key: Key) -> Fault | None:
    expected = "a date such as 2026-11-22"
    if isinstance(value, str):  # as the canonical JSON carries it
        try:
            return None if dt.date.fromisoformat(value).isoformat() == value else (WRONG_TYPE, expected)
        except ValueError:
            return WRONG_TYPE, expected
    is_date = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return None if is_date else (WRONG_TYPE, expected)


_FAULT_OF_KIND = {
    "text": _text_fault,
    "number": _number_fault,
    "integer": _integer_fault,
    "texts": _array_fault(_text_fault, "texts"),
    "numbers": _array_fault(_number_fault, "numbers"),
    "integers": _array_fault(_integer_fault, "whole numbers"),
    "date": _date_fault,
}
