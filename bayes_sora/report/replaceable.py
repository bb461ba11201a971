"""Whether a folder is an earlier answer of bayes_sora and nothing else, so that replacing it loses nobody's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.errors import InputError
from bayes_sora.report.layout import (
    COMPARISON,
    COMPARISON_ENTRIES,
    COMPARISON_MARK,
    DROPPINGS,
    ENTRIES,
    MARK,
    PROVENANCE,
)
from bayes_sora.report.stored.documents import read_document

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path


def is_result(folder: Path) -> bool:
    """Whether `folder` is a result of a fit and nothing but that."""
    return holds_only(folder, entries=ENTRIES, document=PROVENANCE, kind=MARK)


def is_comparison(folder: Path) -> bool:
    """Whether `folder` is a comparison of models and nothing but that."""
    return holds_only(folder, entries=COMPARISON_ENTRIES, document=COMPARISON, kind=COMPARISON_MARK)


def holds_only(folder: Path, *, entries: Set[str], document: str, kind: str) -> bool:
    """Whether `folder` has only `entries` in it, and a `document` that says it is of this `kind`."""
    if not {entry.name for entry in folder.iterdir()} - DROPPINGS <= entries:
        return False
    try:
        return read_document(folder / document).get("kind") == kind
    except (InputError, OSError):
        return False
