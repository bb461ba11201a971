"""Checksums of the parts of a result folder, so that damage is seen when it is read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bayes_sora.fitting.document import to_json
from bayes_sora.report.layout import CURVES, DROPPINGS, POSTERIOR, WINDOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OWN = "sha256"


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_folder(folder: Path) -> str:
    """Return one SHA-256 of all files below `folder`: of paths and contents, in the order of the paths."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in DROPPINGS)
    lines = [f"{path.relative_to(folder).as_posix()} {digest_file(path)}\n" for path in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def digest_document(document: Mapping[str, object]) -> str:
    """Return the SHA-256 of a JSON document without its own checksum."""
    rest = {name: document[name] for name in sorted(document) if name != OWN}
    return hashlib.sha256(to_json(rest).encode()).hexdigest()


def digest_parts(folder: Path) -> dict[str, str]:
    """Return the checksums of the parts of a result folder that hold numbers, by name."""
    return {
        POSTERIOR: digest_folder(folder / POSTERIOR),
        WINDOW: digest_file(folder / WINDOW),
        CURVES: digest_file(folder / CURVES),
    }
