"""How often the 95 % interval holds the truth, from folders that ``bayes-sora sbc --out`` wrote.

    python benchmarks/recovery.py FOLDER...

One row a model file, for the table in docs/calibration.md: of the first 100 replications whose posterior was trusted,
in how many the truth of each parameter lay in the central 95 % of its draws. Truths are drawn from the prior. With a
calibrated engine the number is binomial with mean 95 and SD 2.2; below 89 one parameter in 250 comes by chance.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FIRST, LOW, HIGH = 100, 0.025, 0.975
LEAST = 89
DERIVED = ("log_likelihood", "limits_", "youden_", "optimum", "survival_12_months")


def main() -> None:
    """Print the table."""
    print("| model file | parameters | fewest of 100 inside | mean of 100 | below 89 |")
    print("|---|---|---|---|---|")
    for folder in sys.argv[1:]:
        print(_row(Path(folder)))


def _row(folder: Path) -> str:
    model = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))["model"]
    ranks = pd.read_parquet(folder / "ranks.parquet")
    ranks = ranks[ranks["exposure_log_median"].notna()].head(FIRST)
    names = [name for name in ranks if name not in {"replication", "engine"} and not str(name).startswith(DERIVED)]
    inside = {name: int(np.count_nonzero(ranks[name].between(LOW, HIGH))) for name in names}
    fewest = min(inside, key=lambda name: inside[name])
    below = ", ".join(f"`{name}` {n}" for name, n in inside.items() if n < LEAST) or "–"
    mean = sum(inside.values()) / len(inside)
    return f"| `{model}` | {len(inside)} | {inside[fewest]} (`{fewest}`) | {mean:.1f} | {below} |"


if __name__ == "__main__":
    main()
