"""Write data/simulated/ anew: every shipped cohort and the manifest that says how it was made.

Run from the root of the repository: ``python data/regenerate_simulated.py``. Every cohort has seed 1: none was chosen
for its looks. Needed only when a scenario changes, which is a change to be listed under Science.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bayes_sora.simulation import BLOCK_SCENARIOS, SCENARIOS, simulate, write_simulation

FOLDER = Path(__file__).resolve().parent / "simulated"
SEED = 1
TROUGHS = {"decline": 4}
HEADER = """\
# The simulated cohorts that come with the package. `command`, run in this folder, writes the files of a cohort again;
# `version` is that of the package that wrote them, and is the only thing in them that may differ. Every seed is 1.
# A truth has the true windows (mg/L) on the scale of the average trough, C, and of one measured trough, y.
"""


def main() -> None:
    """Write every cohort, then the manifest."""
    entries = [_write(f"{name}_26", name, n=26) for name in SCENARIOS]
    entries.append(_write("moderate_100", "moderate", n=100, troughs=3, lloq_mg_l=1.0))
    entries.append(_write("step_100", "step", n=100))
    entries.append(_write("confounded_100", "confounded", n=100))
    entries += [_write(f"{name}_100", name, n=100, troughs=TROUGHS.get(name, 1)) for name in BLOCK_SCENARIOS]
    entries.append(_write("reverse_doses_100", "reverse", n=100, history=True))
    entries.append(_write("landmark_entry_100", "landmark", n=100, history=True))
    (FOLDER / "manifest.toml").write_text(HEADER + "".join(entries), encoding="utf-8", newline="\n")


def _write(
    name: str, scenario: str, *, n: int, troughs: int = 1, lloq_mg_l: float | None = None, history: bool = False
) -> str:
    simulation = simulate(scenario, n=n, seed=SEED, troughs=troughs, lloq_mg_l=lloq_mg_l, history=history)
    paths = write_simulation(simulation, FOLDER / f"{name}.csv")
    command = f"bayes-sora simulate {scenario} --n {n} --seed {SEED}"
    command += f" --troughs {troughs}" if troughs > 1 else ""
    command += f" --lloq {lloq_mg_l}" if lloq_mg_l is not None else ""
    command += " --history" if history else ""
    lines = [
        "\n[[cohort]]",
        f'name = "{name}"',
        f'command = "{command} --out {name}.csv"',
        f'scenario = "{scenario}"',
        f"n = {n}",
        f"seed = {SEED}",
        *([f"troughs = {troughs}"] if troughs > 1 else []),
        *([f"lloq_mg_l = {lloq_mg_l}"] if lloq_mg_l is not None else []),
        *(["history = true"] if history else []),
        f'version = "{simulation.truth.version}"',
        "[cohort.sha256]",
        *(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"' for path in paths),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
