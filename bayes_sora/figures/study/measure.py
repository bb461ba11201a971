"""A performance measure over scenarios and methods: dots for one number of patients, lines over several."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from bayes_sora.figures.study.settings import Setting, method_looks, settings_of, sizes_of
from bayes_sora.figures.style import FONT, GREY, PALE, SMALL_FONT, new_figure, styled
from bayes_sora.study.summary import NO_LIMIT
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.figures.study.scale import MeasureScale
    from bayes_sora.figures.style import Look

SPREAD = 0.76
"""Share of a row over which its methods are spread."""
DOT_ROW, LEAST_ROW, LINE_ROW = 0.105, 0.3, 1.35
"""Inches: a method within a row of dots, the least a row takes, a row of curves."""
DODGE = 0.03
"""Share of the axis of patients over which the methods of one size are spread, so that bars can be told apart."""
NOTHING = "not defined"


class Facet(NamedTuple):
    """One column of panels: a limit of a window, or a window as a whole."""

    window: str
    limit: str
    title: str

    def of(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Return its rows."""
        return summary[(summary["window"] == self.window) & (summary["limit"] == self.limit)]


WINDOW_FACETS = tuple(Facet(window, NO_LIMIT, window) for window in ("limits", "youden", "utility"))


def limit_facets(window: str) -> tuple[Facet, ...]:
    """Return the limits of a window, one facet each."""
    names = ("lower", "upper", "optimum") if window == "utility" else ("lower", "upper")
    return tuple(Facet(window, name, f"{window}: {'best' if name == 'optimum' else name}") for name in names)


def facets_with_values(summary: pd.DataFrame, measure: str, facets: Sequence[Facet]) -> tuple[Facet, ...]:
    """Return the facets in which some cell has the measure."""
    of_measure = summary[(summary["measure"] == measure) & (summary["n_used"] > 0)]
    return tuple(facet for facet in facets if not facet.of(of_measure).empty)


@styled
def draw_measure(summary: pd.DataFrame, *, measure: str, facets: Sequence[Facet], scale: MeasureScale) -> Figure:
    """Draw a measure, one column a facet, with 95 % Monte Carlo intervals.

    Parameters
    ----------
    summary : DataFrame
        From :func:`bayes_sora.study.summary.summarise`.
    measure : str
        Name of the measure.
    facets : sequence of Facet
        At least one that has values.
    scale : MeasureScale
    """
    shown = summary[summary["measure"] == measure]
    present = facets_with_values(summary, measure, facets)
    looks = {name: look for name, look in method_looks(summary).items() if _has_method(shown, present, name)}
    draw = _draw_dots if len(sizes_of(summary)) == 1 else _draw_lines
    figure = draw(shown, settings_of(summary), present, looks, scale)
    figure.legend(handles=[_handle(name, look) for name, look in looks.items()], loc="outside upper center", ncols=5)
    return figure


def _has_method(shown: pd.DataFrame, facets: Sequence[Facet], name: str) -> bool:
    own = shown[(shown["method"] == name) & (shown["n_used"] > 0)]
    return any(not facet.of(own).empty for facet in facets)


def _handle(name: str, look: Look) -> Line2D:
    handle = Line2D([], [], color=look.colour, marker=look.marker, markersize=5, label=name)
    handle.set(linestyle=look.line)
    return handle


def _draw_dots(
    shown: pd.DataFrame,
    settings: Sequence[Setting],
    facets: Sequence[Facet],
    looks: dict[str, Look],
    scale: MeasureScale,
) -> Figure:
    figure = new_figure(height=1.15 + row_height(len(looks)) * len(settings))
    panels = figure.subplots(1, len(facets), sharey=True, squeeze=False)[0]
    limits = scale.limits(np.concatenate([_reach(facet.of(shown)) for facet in facets]))
    for axes, facet in zip(panels, facets, strict=True):
        own = facet.of(shown)
        scale.apply(axes, limits, vertical=False, n_ticks=7 if len(facets) < 3 else 5)
        axes.set_title(facet.title, fontsize=SMALL_FONT)
        for place, setting in enumerate(settings):
            _draw_row(axes, place, own[setting.of(own)], looks)
    name_rows(panels, [setting.label for setting in settings])
    figure.supxlabel(scale.label, fontsize=FONT)
    return figure


def _draw_row(axes: Axes, place: int, cell: pd.DataFrame, looks: dict[str, Look]) -> None:
    ends = axes.get_xlim()
    drawn = 0
    for offset, (name, look) in zip(row_offsets(len(looks)), looks.items(), strict=True):
        own = cell[cell["method"] == name]
        for value, low, high in _finite(own):
            _draw_dot(axes, (value, low, high), place + float(offset), look, ends)
            drawn += 1
    if not drawn:
        axes.text(0.02, place, NOTHING, transform=axes.get_yaxis_transform(), va="center", color=GREY, fontsize=7)


def _draw_dot(axes: Axes, numbers: tuple[float, float, float], y: float, look: Look, ends: tuple[float, float]) -> None:
    value, low, high = numbers
    if np.isfinite(low):
        axes.plot(np.clip([low, high], *ends), [y, y], color=look.colour, linewidth=1.1, zorder=2)
    at = float(np.clip(value, *ends))
    marker = look.marker if at == value else "<>"[int(value > at)]
    axes.plot([at], [y], marker, color=look.colour, markersize=4.2, clip_on=False, zorder=3)


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


def _draw_lines(
    shown: pd.DataFrame,
    settings: Sequence[Setting],
    facets: Sequence[Facet],
    looks: dict[str, Look],
    scale: MeasureScale,
) -> Figure:
    figure = new_figure(height=0.9 + LINE_ROW * len(settings))
    panels = figure.subplots(len(settings), len(facets), sharex=True, squeeze=False)
    for setting, row in zip(settings, panels, strict=True):
        cell = shown[setting.of(shown)]
        limits = scale.limits(np.concatenate([_reach(facet.of(cell)) for facet in facets]))
        for axes, facet in zip(row, facets, strict=True):
            scale.apply(axes, limits, vertical=True, n_ticks=5)
            axes.tick_params(axis="y", labelleft=axes is row[0])
            _draw_curves(axes, facet.of(cell), looks)
        row[0].set_ylabel(setting.label)
    for axes, facet in zip(panels[0], facets, strict=True):
        axes.set_title(facet.title, fontsize=SMALL_FONT)
    _name_sizes(panels[-1], sizes_of(shown))
    figure.supylabel(scale.label, fontsize=SMALL_FONT + 1)
    return figure


def _draw_curves(axes: Axes, cell: pd.DataFrame, looks: dict[str, Look]) -> None:
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
        axes.text(0.5, 0.5, NOTHING, transform=axes.transAxes, ha="center", va="center", color=GREY, fontsize=7)


def _name_sizes(row: Sequence[Axes], sizes: Sequence[int]) -> None:
    for axes in row:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(list(map(float, sizes))))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels([str(n) for n in sizes])
        axes.set_xlabel("patients")


def _reach(table: pd.DataFrame) -> FloatArray:
    """Everything an axis has to hold."""
    return np.asarray(table[["value", "low", "high"]].to_numpy(dtype=float).ravel())


def _finite(own: pd.DataFrame) -> list[tuple[float, float, float]]:
    numbers = own.loc[own["n_used"] > 0, ["value", "low", "high"]].to_numpy(dtype=float)
    return [(float(value), float(low), float(high)) for value, low, high in numbers if np.isfinite(value)]
