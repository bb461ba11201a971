"""From bytes or text to the plain content of a model file, and from content to its canonical JSON and hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from bayes_sora.errors import InputError, Problem, shortened
from bayes_sora.files import TooDeep, read_regular
from bayes_sora.files import parse_toml as parse_bounded_toml
from bayes_sora.files.budgets import KIB, LEVELS, MODEL_BYTES

if TYPE_CHECKING:
    from pathlib import Path

UNREADABLE, TOO_LARGE, NOT_UTF8, SYNTAX, TOO_DEEP = "M001", "M003", "M004", "M005", "M006"
EXACT_INTEGERS = 2.0**53


def read_text(path: Path) -> str:
    """Return the text of the file at `path`; never reads more than the largest model file allowed.

    Raises
    ------
    InputError
        When it cannot be read, is too large (M003) or is not UTF-8 (M004).
    """
    try:
        raw = read_regular(path, most_bytes=MODEL_BYTES)
    except FileNotFoundError as error:
        why, remedy = "there is no such file", "Check the path, or give a released name."
        raise _fault(path.name, UNREADABLE, why, remedy) from error
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise _fault(path.name, UNREADABLE, why, "Check the path and its rights.") from error
    if len(raw) > MODEL_BYTES:
        raise _too_large(path.name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise _fault(path.name, NOT_UTF8, "is not UTF-8 text", "Save it as UTF-8.", row=row) from error


def parse_toml(text: str, *, file: str | None) -> dict[str, Any]:
    """Return the content of a TOML `text`; syntax, size and nesting are judged here, meaning is not."""
    if len(text) > MODEL_BYTES:
        raise _too_large(file)
    try:
        content = parse_bounded_toml(text)
    except TooDeep as error:
        raise _too_deep(file, row=error.row) from error
    except ValueError as error:  # TOMLDecodeError, or an integer of thousands of digits
        row, why = _syntax_fault(str(error))
        at_end = "at end of document" in why
        remedy = "Correct that line." if row else "Correct the end of the file." if at_end else "Shorten the number."
        raise _fault(file, SYNTAX, f"is not valid TOML: {why}", remedy, row=row) from error
    return checked_nesting(content, file=file)


def parse_json(text: str) -> dict[str, Any]:
    """Return the content of a canonical JSON `text`, as :func:`canonical_json` writes it."""
    if len(text) > MODEL_BYTES:
        raise _too_large(None)
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise _too_deep(None) from error
    except ValueError as error:
        why = f"is not valid JSON: {shortened(str(error), limit=200)}"
        raise _fault(None, SYNTAX, why, "Take the model from an unchanged result folder.") from error
    if not isinstance(content, dict):
        raise _fault(None, SYNTAX, "is not a JSON object", "Take the model from an unchanged result folder.")
    return checked_nesting(content, file=None)


def checked_nesting(content: dict[str, Any], *, file: str | None) -> dict[str, Any]:
    """Return `content` when its tables and arrays are not nested deeper than a model file can be."""
    level: list[object] = [content]
    for _ in range(LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return content
    raise _too_deep(file)


def canonical_json(content: dict[str, Any]) -> str:
    """Return the one JSON text of `content`: keys sorted, numbers as short as they go, dates as text.

    Two files that differ in order, comments, or ``0`` against ``0.0`` have the same text.
    """
    return json.dumps(_plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def content_sha256(text: str) -> str:
    """Return the SHA-256 of a canonical JSON text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value a model file can hold
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case dt.date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < EXACT_INTEGERS:
            return int(value)
        case _:
            return value


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _syntax_fault(message: str) -> tuple[int | None, str]:
    """Split tomllib's "… (at line 3, column 5)" into the line and what is wrong."""
    found = re.fullmatch(r"(.*?) \(at line (\d+), column \d+\)", message, flags=re.DOTALL)
    if found is None:
        return None, shortened(message, limit=120)
    return int(found[2]), shortened(found[1], limit=120)


def _fault(file: str | None, code: str, why: str, remedy: str, *, row: int | None = None) -> InputError:
    return InputError([Problem(code=code, why=why, remedy=remedy, file=file, row=row)])


def _too_large(file: str | None) -> InputError:
    limit = MODEL_BYTES // KIB
    return _fault(file, TOO_LARGE, f"is larger than {limit} KiB", "It should be a few KiB; check what this file is.")


def _too_deep(file: str | None, *, row: int | None = None) -> InputError:
    why = f"is nested too deeply: more than {LEVELS} tables, arrays or parts of a key inside each other"
    return _fault(file, TOO_DEEP, why, "Four levels are enough; rewrite it.", row=row)
