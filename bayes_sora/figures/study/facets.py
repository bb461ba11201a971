"""The columns of a figure of a study: a limit of a window, or a window as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.study.summary import NO_LIMIT
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


class Facet(NamedTuple):
    """One column of panels: a limit of a window, or a window as a whole."""

    window: str
    limit: str
    title: str

    def of(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Return its rows."""
        return summary[(summary["window"] == self.window) & (summary["limit"] == self.limit)]

    def reach(self, summary: pd.DataFrame) -> FloatArray:
        """Return every number that an axis has to hold: its values with their intervals."""
        return np.asarray(self.of(summary)[["value", "low", "high"]].to_numpy(dtype=float).ravel())


WINDOW_FACETS = tuple(Facet(window, NO_LIMIT, window) for window in ("limits", "youden", "utility"))


def limit_facets(window: str) -> tuple[Facet, ...]:
    """Return the limits of a window, one facet each."""
    names = ("lower", "upper", "optimum") if window == "utility" else ("lower", "upper")
    return tuple(Facet(window, name, f"{window}: {'best' if name == 'optimum' else name}") for name in names)


def facets_with_values(summary: pd.DataFrame, measure: str, facets: Sequence[Facet]) -> tuple[Facet, ...]:
    """Return the facets in which some cell has the measure."""
    of_measure = summary[(summary["measure"] == measure) & (summary["n_used"] > 0)]
    return tuple(facet for facet in facets if not facet.of(of_measure).empty)
