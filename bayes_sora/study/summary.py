"""Summarise a study: every performance measure of every cell and method, with its Monte Carlo standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_sora.study.performance import LIMIT_MEASURES, WINDOW_MEASURES
from bayes_sora.study.rows import LIMITS, LimitName
from bayes_sora.study.table import OK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bayes_sora.study.performance_measure import Measure
    from bayes_sora.types import BoolArray, FloatArray, IntArray

CELL = ("scenario", "n", "troughs", "follow_up_months")
BY = (*CELL, "method", "window")
MEASURED = ("limit", "measure", "value", "mcse", "low", "high", "n_used", "n_failed", "n_total")
NO_LIMIT = ""
"""Value of the column ``limit`` for a measure of the window as a whole."""


def summarise(rows: pd.DataFrame, *, by: Sequence[str] = BY) -> pd.DataFrame:
    """Return every performance measure of a study as a long table.

    Failed analyses are counted in every row and never dropped silently: a measure is over the `n_used` analyses that
    worked and have a value, of `n_total` that were asked for, `n_failed` of which failed.

    Parameters
    ----------
    rows : DataFrame
        One row a replicate, method and window, with the columns of :data:`bayes_sora.study.table.COLUMNS`.
    by : sequence of str
        Columns whose values make up one cell; they should include ``"window"``.

    Returns
    -------
    DataFrame
        The columns `by`, then ``limit`` (empty for a measure of the whole window), ``measure``, ``value``, ``mcse``,
        ``low`` and ``high`` (95 % Monte Carlo interval, exact for proportions), ``n_used``, ``n_failed``,
        ``n_total``; one row a cell, limit and measure, cells in order of appearance. NaN where nothing can be said.
    """
    cells = _cells(rows, by)
    failed = np.asarray(rows["status"] != OK)
    with_optimum = np.asarray(rows["window"] == "utility")
    pieces = []
    for place, (limit, measure, values) in enumerate(_values(rows, failed)):
        for number, at in enumerate(cells):
            if limit == "optimum" and not with_optimum[at].any():
                continue
            given = values[at]
            estimate = measure.estimate(given[np.isfinite(given)])
            pieces.append((number, place, limit, measure.name, *estimate, int(failed[at].sum()), at.size))
    return _table(rows, by, cells, pieces)


def _cells(rows: pd.DataFrame, by: Sequence[str]) -> list[IntArray]:
    """Places of the rows of each cell, cells in order of appearance; NaN (no end of follow-up) is a value too."""
    code = rows.groupby(list(by), sort=False, dropna=False, observed=True).ngroup().to_numpy()
    order = np.argsort(code, kind="stable")
    _, starts = np.unique(code[order], return_index=True)
    return np.split(order, starts[1:]) if order.size else []


def _values(rows: pd.DataFrame, failed: BoolArray) -> Iterator[tuple[LimitName | str, Measure, FloatArray]]:
    """Every measure with its value in every row, NaN in failed ones."""
    for measure in WINDOW_MEASURES.values():
        values = measure.values(rows)
        yield NO_LIMIT, measure, values if measure.of_failures else np.where(failed, np.nan, values)
    for limit in LIMITS:
        for one in LIMIT_MEASURES.values():
            yield limit, one, np.where(failed, np.nan, one.values(rows, limit))


def _table(
    rows: pd.DataFrame,
    by: Sequence[str],
    cells: Sequence[IntArray],
    pieces: Sequence[tuple[object, ...]],
) -> pd.DataFrame:
    # Cell by cell, the measures of a cell in the order of the registry.
    table = pd.DataFrame(
        pieces, columns=["cell", "place", "limit", "measure", "value", "mcse", "low", "high", "n_used", *MEASURED[-2:]]
    ).sort_values(["cell", "place"], kind="stable", ignore_index=True)
    firsts = rows[list(by)].iloc[[int(at[0]) for at in cells]].reset_index(drop=True)
    keys = firsts.iloc[table["cell"].to_numpy(dtype=int)].reset_index(drop=True)
    return pd.concat([keys, table[list(MEASURED)]], axis=1)
