"""What a result folder holds, by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

POSTERIOR = "posterior.zarr"
WINDOW = "window.json"
CURVES = "curves.csv"
REPORT = "report.html"
FIGURES = "figures"
PROVENANCE = "provenance.json"

ENTRIES = frozenset({POSTERIOR, WINDOW, CURVES, REPORT, FIGURES, PROVENANCE})
# Left behind by file browsers, nobody's work.
DROPPINGS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})

MARK = "bayes_sora result"
"""Value of ``kind`` in provenance.json: the folder is ours."""

COMPARISON = "comparison.json"
COMPARISON_ENTRIES = frozenset({COMPARISON, REPORT, FIGURES})
COMPARISON_MARK = "bayes_sora comparison"

LARGEST_DOCUMENT = 16 * 1024 * 1024


def is_result(folder: Path) -> bool:
    """Say whether `folder` is a result of bayes_sora and nothing but that, so that replacing it loses nobody's work."""
    return _names(folder) <= ENTRIES and is_marked(folder)


def is_comparison(folder: Path) -> bool:
    """Say whether `folder` is a comparison of models and nothing but that."""
    return _names(folder) <= COMPARISON_ENTRIES and _kind(folder / COMPARISON) == COMPARISON_MARK


def is_marked(folder: Path) -> bool:
    """Say whether `folder` has a provenance.json that calls it a result of bayes_sora."""
    return _kind(folder / PROVENANCE) == MARK


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} - DROPPINGS


def _kind(path: Path) -> object:
    """Return what a JSON document says it is, None where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_DOCUMENT:
            return None
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return document.get("kind") if isinstance(document, dict) else None
