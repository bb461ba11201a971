"""A performance measure over scenarios and methods: dots for one number of patients, curves over several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from bayes_sora.figures.study.curves import draw_curves
from bayes_sora.figures.study.dots import draw_dots
from bayes_sora.figures.study.facets import facets_with_values
from bayes_sora.figures.study.settings import method_looks, settings_of, sizes_of
from bayes_sora.figures.style import styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from bayes_sora.figures.study.facets import Facet
    from bayes_sora.figures.study.scale import MeasureScale
    from bayes_sora.figures.style import Look


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
    draw = draw_dots if len(sizes_of(summary)) == 1 else draw_curves
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
