"""Rows of dots: one row a scenario, within it one dot a method, for one number of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.figures.style import FONT, GREY, PALE, SMALL_FONT, new_figure
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.figures.study.facets import Facet
    from bayes_sora.figures.study.scale import MeasureScale
    from bayes_sora.figures.study.settings import Setting
    from bayes_sora.figures.style import Look

SPREAD = 0.76
"""Share of a row over which its methods are spread."""
DOT_ROW, LEAST_ROW = 0.105, 0.3
"""Inches: a method within a row, and the least a row takes."""
NOTHING = "not defined"
TINY_FONT = 7.0


def draw_dots(
    shown: pd.DataFrame,
    settings: Sequence[Setting],
    facets: Sequence[Facet],
    looks: Mapping[str, Look],
    scale: MeasureScale,
) -> Figure:
    """Draw one measure of a summary, a panel a facet on one common axis."""
    figure = new_figure(height=1.15 + row_height(len(looks)) * len(settings))
    panels = figure.subplots(1, len(facets), sharey=True, squeeze=False)[0]
    limits = scale.limits(np.concatenate([facet.reach(shown) for facet in facets]))
    for axes, facet in zip(panels, facets, strict=True):
        own = facet.of(shown)
        scale.apply(axes, limits, vertical=False, n_ticks=7 if len(facets) < 3 else 5)
        axes.set_title(facet.title, fontsize=SMALL_FONT)
        place = _places(own, settings)
        for offset, (name, look) in zip(row_offsets(len(looks)), looks.items(), strict=True):
            chosen = ((own["method"] == name) & np.isfinite(own["value"])).to_numpy()
            _draw_method(axes, own[chosen], place[chosen] + offset, look)
        _name_nothing(axes, set(range(len(settings))) - set(place[np.isfinite(own["value"])].tolist()))
    name_rows(panels, [setting.label for setting in settings])
    figure.supxlabel(scale.label, fontsize=FONT)
    return figure


def row_offsets(n_methods: int) -> FloatArray:
    """Return where the methods of a row lie, relative to its middle."""
    return np.asarray((np.arange(n_methods) - 0.5 * (n_methods - 1)) * SPREAD / max(n_methods, 1))


def row_height(n_methods: int) -> float:
    """Return the height of a row of so many methods in inches."""
    return max(LEAST_ROW, DOT_ROW * (n_methods + 1.5))


def name_rows(panels: Sequence[Axes], labels: Sequence[str]) -> None:
    """Give panels that share the y axis one named row each, every second one shaded, the first on top."""
    for axes in panels:
        for place in range(0, len(labels), 2):
            axes.axhspan(place - 0.5, place + 0.5, color=PALE, alpha=0.28, linewidth=0, zorder=0)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    panels[0].set_yticks(range(len(labels)), labels)


def _places(own: pd.DataFrame, settings: Sequence[Setting]) -> FloatArray:
    place = np.full(len(own), np.nan)
    for number, setting in enumerate(settings):
        place[setting.of(own)] = number
    return place


def _draw_method(axes: Axes, own: pd.DataFrame, y: FloatArray, look: Look) -> None:
    ends = axes.get_xlim()
    value, low, high = (own[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    axes.hlines(y, np.clip(low, *ends), np.clip(high, *ends), color=look.colour, linewidth=1.1, zorder=2)
    beyond = (value < ends[0], value > ends[1])
    for chosen, marker in ((~(beyond[0] | beyond[1]), look.marker), (beyond[0], "<"), (beyond[1], ">")):
        if chosen.any():
            axes.plot(
                np.clip(value[chosen], *ends),
                y[chosen],
                marker,
                color=look.colour,
                markersize=4.2,
                clip_on=False,
                zorder=3,
            )


def _name_nothing(axes: Axes, places: set[int]) -> None:
    for place in sorted(places):
        axes.text(
            0.02,
            place,
            NOTHING,
            transform=axes.get_yaxis_transform(),
            va="center",
            color=GREY,
            fontsize=TINY_FONT,
        )
