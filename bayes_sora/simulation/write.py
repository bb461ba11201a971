"""Write a simulated cohort next to its truth."""

from __future__ import annotations

import json
from pathlib import Path

from bayes_sora.cohort.write import write_cohort
from bayes_sora.errors import UsageError
from bayes_sora.simulation.draw import Simulation


def write_simulation(simulation: Simulation, path: str | Path) -> tuple[Path, ...]:
    """Write ``FILE.csv``, ``FILE.truth.json``, and ``FILE.troughs.csv`` and ``FILE.doses.csv`` as far as there are any.

    Parameters
    ----------
    simulation : Simulation
    path : str or Path
        Ends in ``.csv``; files of these names are replaced.

    Returns
    -------
    tuple of Path
        The files written, the cohort first.

    Raises
    ------
    UsageError
        When `path` does not end in ``.csv``.
    """
    paths = simulation_paths(path, troughs=simulation.truth.troughs, history=simulation.truth.history)
    cohort_path, *further, truth_path = paths
    troughs_path, doses_path = (*further, None, None)[:2]
    write_cohort(simulation.cohort, cohort_path, troughs_path=troughs_path, doses_path=doses_path)
    truth = json.dumps(simulation.truth.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    truth_path.write_text(truth + "\n", encoding="utf-8", newline="\n")
    return paths


def simulation_paths(path: str | Path, *, troughs: int, history: bool = False) -> tuple[Path, ...]:
    """Return the files that :func:`write_simulation` writes: the cohort, its troughs and doses if any, the truth.

    Raises
    ------
    UsageError
        When `path` does not end in ``.csv``.
    """
    cohort_path = Path(path)
    if cohort_path.suffix.lower() != ".csv":
        msg = f"a simulated cohort is written as CSV: expected a name that ends in .csv, got {cohort_path.name!r}"
        raise UsageError(msg)
    suffixes = [".troughs.csv"] if troughs > 1 or history else []
    suffixes += [".doses.csv"] if history else []
    return (cohort_path, *(cohort_path.with_suffix(suffix) for suffix in (*suffixes, ".truth.json")))
