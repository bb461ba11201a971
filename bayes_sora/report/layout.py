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

LARGEST_PROVENANCE = 16 * 1024 * 1024


def is_result(folder: Path) -> bool:
    """Say whether `folder` is a result of bayes_sora and nothing but that, so that replacing it loses nobody's work."""
    names = {entry.name for entry in folder.iterdir()}
    return names - DROPPINGS <= ENTRIES and is_marked(folder)


def is_marked(folder: Path) -> bool:
    """Say whether `folder` has a provenance.json that calls it a result of bayes_sora."""
    provenance = folder / PROVENANCE
    try:
        if provenance.stat().st_size > LARGEST_PROVENANCE:
            return False
        document = json.loads(provenance.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("kind") == MARK
