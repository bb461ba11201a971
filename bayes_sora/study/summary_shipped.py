"""The summaries of the studies that come with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bayes_sora.errors import UsageError
from bayes_sora.resources import shipped_folder

if TYPE_CHECKING:
    from pathlib import Path

FOLDER, SUFFIX = "data/studies", ".parquet"


def shipped_study(name: str) -> pd.DataFrame:
    """Return the summary of the shipped study called `name`, such as ``"noda26"``.

    Parameters
    ----------
    name : str
        Name of the plan.

    Returns
    -------
    DataFrame
        As :func:`bayes_sora.study.summary.summarise` gives it: one row a cell, method, window, limit and measure.

    Raises
    ------
    UsageError
        When no such study is shipped.
    """
    paths = _shipped_paths()
    if name not in paths:
        msg = f"no study {name!r} is shipped; there are: {', '.join(paths)}"
        raise UsageError(msg)
    return pd.read_parquet(paths[name])


def _shipped_paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(shipped_folder(FOLDER).glob(f"*{SUFFIX}"))}
