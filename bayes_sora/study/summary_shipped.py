"""The summaries of the studies that come with the package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from bayes_sora.arguments import TEXT, check_argument
from bayes_sora.errors import UsageError
from bayes_sora.resources import shipped_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

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
    check_argument("name", name, TEXT)
    paths = _shipped_paths()
    if name not in paths:
        msg = f"no study {name!r} is shipped; there are: {', '.join(paths)}"
        raise UsageError(msg)
    # Not read_parquet: its scanner's threads made one short script in ten abort at its end (pyarrow 26).
    with pq.ParquetFile(paths[name]) as file:
        stored = file.read()
    table: pd.DataFrame = stored.to_pandas()
    table.attrs = json.loads(stored.schema.metadata[b"PANDAS_ATTRS"])
    return table


def _shipped_paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(shipped_folder(FOLDER).glob(f"*{SUFFIX}"))}
