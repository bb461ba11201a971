"""What a result folder holds, by name."""

from __future__ import annotations

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
