"""JSON documents in bounded memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bayes_sora.report.layout import LARGEST_DOCUMENT
from bayes_sora.report.stored.faults import DAMAGED, fault
from bayes_sora.report.stored.files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

DEEPEST = 12
MOST_CONTAINERS = 200_000


def read_document(path: Path, *, limit: int = LARGEST_DOCUMENT) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises
    ------
    InputError
        R002 when there is no file, R003 when it is no JSON object, too large or nested too deeply, R005 when it is no
        regular file.
    """
    return parse_document(read_regular(path, limit=limit), name=path.name)


def parse_document(raw: bytes, *, name: str) -> dict[str, Any]:
    """Return the JSON object that `raw` says; errors as :func:`read_document`."""
    if raw.count(b"[") + raw.count(b"{") > MOST_CONTAINERS:
        raise fault(DAMAGED, f"{name} holds too many lists and objects")
    try:
        found = json.loads(raw)
        # What cannot be written again, such as half a character, is no text.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise fault(DAMAGED, f"{name} cannot be read as JSON") from error
    if not isinstance(found, dict):
        raise fault(DAMAGED, f"{name} is no JSON object")
    _check_depth(found, name)
    return found


def _check_depth(found: dict[str, Any], name: str) -> None:
    level: list[object] = [found]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise fault(DAMAGED, f"{name} is nested too deeply")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    return [inner for inner in value if isinstance(inner, dict | list)] if isinstance(value, list) else []
