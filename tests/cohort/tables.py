"""Small sound tables that the tests of the cohort layer start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

CASES = Path(__file__).parent / "cases"
"""Small inputs from use that once were misread."""
N = 12
IDS = [f"P{i:02d}" for i in range(1, N + 1)]
TROUGH_MG_L = np.array([0.74, 1.21, 1.58, 2.03, 2.45, 2.91, 3.12, 3.66, 4.2, 5.15, 6.4, 8.8])


def sound_columns() -> dict[str, list[object]]:
    """Return a sound table of twelve patients, without separation or any other reason for a note."""
    return {
        "patient_id": list(IDS),
        "trough_mg_l": TROUGH_MG_L.tolist(),
        "toxicity": [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1],
        "response": [0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1],
        "os_months": [4.1, 7.5, 12.2, 20.6, 17.8, 25.0, 18.4, 15.9, 9.5, 11.0, 8.8, 6.3],
        "death": [1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0],
    }


def csv_text(columns: dict[str, list[object]]) -> str:
    """Return columns as the text of a CSV file; cells must need no quotes."""
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"
