"""What a figure of a study is: what it is drawn from, how to draw it, when it can be drawn, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.figure import Figure

    from bayes_sora.figures.study.facets import Facet


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyTables:
    """The tables that figures of a study are drawn from.

    Attributes
    ----------
    summary : DataFrame
        From :func:`bayes_sora.study.summary.summarise`.
    rows : DataFrame or None
        The table of rows; without it (a shipped summary) figures of single replicates cannot be drawn.
    """

    summary: pd.DataFrame
    rows: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class StudyFigure:
    """One figure of a study.

    Attributes
    ----------
    key : str
        File stem, such as ``"coverage_youden"``.
    title : str
        For headings.
    section : str
        Where a report shows it.
    draw : callable
        StudyTables → matplotlib Figure, in the style of the package whatever the caller's rc settings are.
    possible : callable
        StudyTables → bool.
    caption, alt : callable
        StudyTables → str: what is shown, and the same for those who cannot see it.
    measure : str
        The measure whose numbers belong beside the figure; "" for none.
    facets : tuple of Facet
        The limits or windows it shows.
    """

    key: str
    title: str
    section: str
    draw: Callable[[StudyTables], Figure]
    possible: Callable[[StudyTables], bool]
    caption: Callable[[StudyTables], str]
    alt: Callable[[StudyTables], str]
    measure: str = ""
    facets: tuple[Facet, ...] = ()
