"""The simulated cohorts that come with the package."""

from __future__ import annotations

from pathlib import Path

from bayes_sora.arguments import TEXT, check_argument
from bayes_sora.errors import UsageError
from bayes_sora.resources import shipped_folder

TRUTH_SUFFIX = ".truth.json"


def shipped_cohort(name: str) -> Path:
    """Return the file of the shipped cohort called `name`, such as ``"literal_26"``.

    Its truth lies beside it under ``NAME.truth.json``, repeated troughs under ``NAME.troughs.csv``.

    Raises
    ------
    UsageError
        When no shipped cohort has that name; the known names are listed.
    """
    check_argument("name", name, TEXT)
    folder = shipped_folder("data/simulated")
    known = sorted(path.name.removesuffix(TRUTH_SUFFIX) for path in folder.glob(f"*{TRUTH_SUFFIX}"))
    if name not in known:
        msg = f"no shipped cohort is called {name!r}; known: {', '.join(known)}"
        raise UsageError(msg)
    return folder / f"{name}.csv"
