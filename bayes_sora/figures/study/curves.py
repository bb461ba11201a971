"""Curves over the number of patients: one row of panels a scenario, one curve a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator

from bayes_sora.figures.study.dots import NOTHING, TINY_FONT, row_offsets
from bayes_sora.figures.study.settings import sizes_of
from bayes_sora.figures.style import GREY, SMALL_FONT, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.figures.study.facets import Facet
    from bayes_sora.figures.study.scale import MeasureScale
    from bayes_sora.figures.study.settings import Setting
    from bayes_sora.figures.style import Look

LEAST_ROW, MOST_ROW, FIGURE_HEIGHT = 1.35, 2.3, 5.0
"""Inches: what a row of panels takes, so that few rows fill a figure of a good height and many stay legible."""
DODGE = 0.03
"""Share of the axis of patients over which the methods of one size are spread, so that bars can be told apart."""


def draw_curves(
    shown: pd.DataFrame,
    settings: Sequence[Setting],
    facets: Sequence[Facet],
    looks: Mapping[str, Look],
    scale: MeasureScale,
) -> Figure:
    """Draw one measure of a summary against the number of patients, a row a scenario and a column a facet."""
    row_height = min(max(LEAST_ROW, FIGURE_HEIGHT / len(settings)), MOST_ROW)
    figure = new_figure(height=0.9 + row_height * len(settings))
    panels = figure.subplots(len(settings), len(facets), sharex=True, squeeze=False)
    for setting, row in zip(settings, panels, strict=True):
        cell = shown[setting.of(shown)]
        limits = scale.limits(np.concatenate([facet.reach(cell) for facet in facets]))
        for axes, facet in zip(row, facets, strict=True):
            scale.apply(axes, limits, vertical=True, n_ticks=5)
            axes.tick_params(axis="y", labelleft=axes is row[0])
            _draw_panel(axes, facet.of(cell), looks)
        row[0].set_ylabel(setting.label)
    for axes, facet in zip(panels[0], facets, strict=True):
        axes.set_title(facet.title, fontsize=SMALL_FONT)
    _name_sizes(panels[-1], sizes_of(shown))
    figure.supylabel(scale.label, fontsize=SMALL_FONT + 1)
    return figure


def _draw_panel(axes: Axes, cell: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    ends = axes.get_ylim()
    step = np.log(cell["n"].max() / cell["n"].min()) * DODGE if len(cell) else 0.0
    for offset, (name, look) in zip(row_offsets(len(looks)), looks.items(), strict=True):
        own = cell[(cell["method"] == name) & (cell["n_used"] > 0)].sort_values("n")
        if own.empty:
            continue
        n, value, low, high = (own[column].to_numpy(dtype=float) for column in ("n", "value", "low", "high"))
        at = n * np.exp(step * offset)
        inside = np.clip(value, *ends)
        axes.plot(at, inside, color=look.colour, linestyle=look.line, marker=look.marker, markersize=3.6, zorder=3)
        axes.vlines(at, np.clip(low, *ends), np.clip(high, *ends), color=look.colour, linewidth=1.0, zorder=2)
    if not axes.lines or not (cell["n_used"] > 0).any():
        axes.text(0.5, 0.5, NOTHING, transform=axes.transAxes, ha="center", va="center", color=GREY, fontsize=TINY_FONT)


def _name_sizes(row: Sequence[Axes], sizes: Sequence[int]) -> None:
    for axes in row:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(list(map(float, sizes))))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels([str(n) for n in sizes])
        axes.set_xlabel("patients")
