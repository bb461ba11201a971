"""Where the estimates of a limit fall over replicates, beside the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from bayes_sora.figures.axes import draw_interval, plain_log_ticks
from bayes_sora.figures.study.dots import SPREAD, name_rows, row_height, row_offsets
from bayes_sora.figures.study.facets import Facet, limit_facets
from bayes_sora.figures.study.settings import Setting, method_looks, settings_of, sizes_of
from bayes_sora.figures.style import BLACK, FONT, SMALL_FONT, Look, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SPREAD_MEASURES = ("estimate_q025", "estimate_q25", "estimate_q50", "estimate_q75", "estimate_q975")
TRUTH = "true"
MARGIN = 1.06
EDGE: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.7}


class _Row(NamedTuple):
    """The cells of one setting and size, as drawn in one row."""

    setting: Setting
    n: int
    label: str

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[self.setting.of(table) & (table["n"] == self.n).to_numpy()]


@styled
def draw_estimates(summary: pd.DataFrame, *, window: str) -> Figure:
    """Draw the middle 50 and 95 % of the estimates of each limit of a window, with the truth of the same scale.

    Parameters
    ----------
    summary : DataFrame
        From :func:`bayes_sora.study.summary.summarise`.
    window : str
        Kind of window.
    """
    table = _wide(summary, window)
    facets = limit_facets(window)
    looks = {name: look for name, look in method_looks(summary).items() if name in set(table["method"])}
    rows = _rows(summary)
    figure = new_figure(height=1.25 + row_height(len(looks)) * len(rows))
    panels = figure.subplots(1, len(facets), sharey=True, squeeze=False)[0]
    for axes, facet in zip(panels, facets, strict=True):
        own = table[table["limit"] == facet.limit]
        _exposure_axis(axes, own, facet, n_ticks=7 if len(facets) < 3 else 5)
        for place, row in enumerate(rows):
            _draw_row(axes, place, row.of(own), looks)
    name_rows(panels, [row.label for row in rows])
    figure.supxlabel("estimate (mg/L)", fontsize=FONT)
    figure.legend(handles=_handles(looks), loc="outside upper center", ncols=6)
    return figure


def _rows(summary: pd.DataFrame) -> list[_Row]:
    sizes = sizes_of(summary)
    return [_Row(one, n, _label(one, n if len(sizes) > 1 else None)) for one in settings_of(summary) for n in sizes]


def _label(setting: Setting, n: int | None) -> str:
    return setting.label if n is None else f"{setting.label}\nn = {n}"


def _wide(summary: pd.DataFrame, window: str) -> pd.DataFrame:
    """One row a cell, method and limit, with the quantiles of the estimates and the truth as columns."""
    own = summary[(summary["window"] == window) & summary["measure"].isin([*SPREAD_MEASURES, TRUTH])]
    keys = ["scenario", "n", "troughs", "follow_up_months", "method", "limit"]
    # pivot_table would drop the settings without an end of follow-up, whose key is NaN.
    wide = own.set_index([*keys, "measure"])["value"].unstack("measure").reset_index()  # noqa: PD010
    return wide[np.isfinite(wide["estimate_q50"].to_numpy(dtype=float))]


def _exposure_axis(axes: Axes, own: pd.DataFrame, facet: Facet, *, n_ticks: int) -> None:
    reach = own[[*SPREAD_MEASURES, TRUTH]].to_numpy(dtype=float).ravel()
    reach = reach[np.isfinite(reach) & (reach > 0.0)]
    low, high = (float(reach.min()) / MARGIN, float(reach.max()) * MARGIN) if reach.size else (0.5, 10.0)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    plain_log_ticks(axes.xaxis, (low, high), n_ticks=n_ticks)
    axes.set_title(facet.title, fontsize=SMALL_FONT)


def _draw_row(axes: Axes, place: int, cell: pd.DataFrame, looks: dict[str, Look]) -> None:
    half = 0.5 * SPREAD / max(len(looks), 1)
    for offset, (name, look) in zip(row_offsets(len(looks)), looks.items(), strict=True):
        for _, one in cell[cell["method"] == name].iterrows():
            low, low50, middle, high50, high = (float(one[measure]) for measure in SPREAD_MEASURES)
            y = place + float(offset)
            draw_interval(axes, y, outer=(low, high), inner=(low50, high50), middle=None, look=look)
            axes.plot(
                [middle],
                [y],
                look.marker,
                color=look.colour,
                markersize=5,
                markeredgecolor="white",
                markeredgewidth=0.7,
                zorder=3,
            )
            if np.isfinite(truth := float(one[TRUTH])):
                axes.vlines([truth], y - half, y + half, color=BLACK, linewidth=1.3, zorder=4)


def _handles(looks: dict[str, Look]) -> list[Line2D]:
    named = [
        Line2D([], [], color=look.colour, marker=look.marker, linewidth=1.4, **EDGE, label=name)
        for name, look in looks.items()
    ]
    return [*named, Line2D([], [], color=BLACK, marker="|", markersize=9, linestyle="none", label="truth")]
