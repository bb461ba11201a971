r"""Zip plot: the 95 % intervals of many replicates, ranked by how far the truth lies from the estimate.

Replicates are ranked by :math:`|z| = |\log\hat{w} - \log w| / \mathrm{se}`, where the standard error is read off the
interval, :math:`\mathrm{se} = (\log q_{0.975} - \log q_{0.025}) / 3.92`. With nominal coverage the intervals above
the line at 95 % are those that miss the truth (Morris, White and Crowther 2019, section 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from bayes_sora.figures.axes import plain_log_ticks
from bayes_sora.figures.study.settings import methods_of, settings_of, sizes_of
from bayes_sora.figures.style import BLACK, BLUE, GREY, SMALL_FONT, VERMILLION, new_figure, styled
from bayes_sora.study.mcse import Z95, estimate_share
from bayes_sora.study.performance_limits import covered
from bayes_sora.study.performance_measure import column
from bayes_sora.study.table import OK

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.study.rows import LimitName
    from bayes_sora.types import BoolArray, FloatArray

PREFERRED = ("moderate", "literal")
MOST_METHODS = 5
LIMITS: tuple[LimitName, ...] = ("lower", "upper")
SHOWN_QUANTILE = 0.995


class _Intervals(NamedTuple):
    """Intervals of one limit by rank of |z|, in mg/L."""

    low: FloatArray
    high: FloatArray
    covers: BoolArray
    truth: float


@styled
def draw_zip(rows: pd.DataFrame, *, window: str) -> Figure:
    """Draw the ranked 95 % intervals of both limits of a window, one column a method.

    Parameters
    ----------
    rows : DataFrame
        Rows of a study; one cell of it is shown, see :func:`shown_cell`.
    window : str
        Kind of window.
    """
    cell = shown_cell(rows, window)
    methods = methods_of(cell)[:MOST_METHODS]
    figure = new_figure(height=5.4)
    panels = figure.subplots(len(LIMITS), len(methods), sharey=True, sharex="row", squeeze=False)
    for limit, row in zip(LIMITS, panels, strict=True):
        found = [_ranked(cell[cell["method"] == name], limit) for name in methods]
        ends = _ends(found)
        for axes, name, one in zip(row, methods, found, strict=True):
            _draw(axes, one, ends)
            plain_log_ticks(axes.xaxis, ends, n_ticks=4)
            named = f"{name}\n" if limit == LIMITS[0] else ""
            axes.set_title(f"{named}covers {_share_text(one)}", fontsize=SMALL_FONT)
        row[0].set_ylabel(f"{limit}: rank of |z| (%)")
    for axes in panels[-1]:
        axes.set_xlabel("mg/L")
    figure.legend(handles=_handles(), loc="outside upper center", ncols=3)
    return figure


def shown_cell(rows: pd.DataFrame, window: str) -> pd.DataFrame:
    """Return the analyses of the cell to show: of the moderate truth, else of the literal one, else of the first.

    The one with the fewest patients; only what has an interval and a true limit is in it.
    """
    usable = rows[
        (rows["window"] == window) & (rows["status"] == OK) & rows["lower_q025"].notna() & rows["true_lower"].notna()
    ]
    if usable.empty:
        return usable
    names = list(usable["scenario"].drop_duplicates())
    scenario = next((name for name in PREFERRED if name in names), names[0])
    own = usable[usable["scenario"] == scenario]
    own = own[settings_of(own)[0].of(own)]
    return own[own["n"] == sizes_of(own)[0]]


def _ranked(own: pd.DataFrame, limit: LimitName) -> _Intervals:
    covers = covered(own, limit, ends=("q025", "q975"))
    low, middle, high, truth = (
        column(own, name) for name in (f"{limit}_q025", f"{limit}_q50", f"{limit}_q975", f"true_{limit}")
    )
    kept = np.isfinite(covers) & (low > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(np.log(middle / truth)) / (np.log(high / low) / (2.0 * Z95))
    order = np.argsort(np.where(np.isfinite(z), z, 0.0)[kept], kind="stable")
    return _Intervals(
        low=low[kept][order],
        high=high[kept][order],
        covers=covers[kept][order] == 1.0,
        truth=float(np.median(truth[kept])) if kept.any() else np.nan,
    )


def _ends(found: list[_Intervals]) -> tuple[float, float]:
    low = np.concatenate([one.low for one in found])
    high = np.concatenate([one.high for one in found])
    if not low.size:
        return 0.5, 10.0
    return float(np.quantile(low, 1.0 - SHOWN_QUANTILE)) / 1.05, float(np.quantile(high, SHOWN_QUANTILE)) * 1.05


def _draw(axes: Axes, one: _Intervals, ends: tuple[float, float]) -> None:
    n = one.low.size
    rank = 100.0 * (np.arange(n) + 0.5) / max(n, 1)
    for covers, colour in ((True, BLUE), (False, VERMILLION)):
        of = one.covers == covers
        segments = np.stack([np.stack([one.low, rank], axis=1), np.stack([one.high, rank], axis=1)], axis=1)[of]
        # Thousands of strokes are a picture, not shapes: the file stays small.
        axes.add_collection(LineCollection(list(segments), colors=colour, linewidths=0.7, rasterized=True))
    axes.axvline(one.truth, color=BLACK, linewidth=1.2)
    axes.axhline(95.0, color=GREY, linewidth=0.9, linestyle=(0, (4.0, 3.0)))
    axes.set_xscale("log")
    axes.set_xlim(ends)
    axes.set_ylim(0.0, 100.0)


def _share_text(one: _Intervals) -> str:
    share = estimate_share(one.covers.astype(float))
    return f"{100.0 * share.value:.1f} ({100.0 * share.mcse:.1f}) %" if share.n_used else "nothing: no true limit"


def _handles() -> list[Line2D]:
    entries = (("covers the truth", BLUE), ("misses it", VERMILLION), ("truth", BLACK))
    return [Line2D([], [], color=colour, linewidth=1.6, label=label) for label, colour in entries]
