"""All figures of a study, in the order of its report."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.figures.study.estimates import draw_estimates
from bayes_sora.figures.study.facets import WINDOW_FACETS, Facet, facets_with_values, limit_facets
from bayes_sora.figures.study.measure import draw_measure
from bayes_sora.figures.study.scale import MeasureScale
from bayes_sora.figures.study.settings import methods_of, replicates_text, sizes_of, sizes_text
from bayes_sora.figures.study.spec import StudyFigure, StudyTables
from bayes_sora.figures.study.zip import draw_zip, shown_cell
from bayes_sora.window.identified import STARTING_RULE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

WINDOWS = ("youden", "limits", "utility")


class _Plot(NamedTuple):
    """A measure and how it is shown."""

    key: str
    measure: str
    title: str
    section: str
    scale: MeasureScale
    reading: str


_OF_WINDOWS = (
    _Plot(
        "declared",
        "declared",
        "Declared windows",
        "declared",
        MeasureScale(kind="percent", label="window declared (% of cohorts)", references=(0.05,), within=(0.0, 1.0)),
        "A Bayesian method declares a window that its rule calls identified, a ROC whatever it finds, its careful "
        "reader (roc_fair) only ordered cut-offs whose AUC intervals lie above 0.5. Under null every declared window "
        "is a false one; the broken line is at 5 %.",
    ),
    _Plot(
        "benefit",
        "benefit_declared",
        "Benefit of dosing towards what is declared",
        "decision",
        MeasureScale(kind="linear", label="benefit (months)", references=(0.0,)),
        "Mean true utility of dosing towards the declared window, less that of leaving doses alone; a cohort without a "
        "declared window leaves them alone.",
    ),
    _Plot(
        "benefit_used",
        "benefit_used",
        "Benefit if every likely window were used",
        "decision",
        MeasureScale(kind="linear", label="benefit (months)", references=(0.0,)),
        "As before, but the median limits are used wherever a window is more likely than not.",
    ),
    _Plot(
        "harm",
        "harm_declared",
        "Harm of dosing towards what is declared",
        "decision",
        MeasureScale(kind="percent", label="harm (% of cohorts)", references=(0.0,), within=(0.0, 1.0)),
        "Share of cohorts whose declared window makes the mean true utility worse than leaving doses alone.",
    ),
    _Plot(
        "harm_used",
        "harm_used",
        "Harm if every likely window were used",
        "decision",
        MeasureScale(kind="percent", label="harm (% of cohorts)", references=(0.0,), within=(0.0, 1.0)),
        "As before, but the median limits are used wherever a window is more likely than not.",
    ),
    _Plot(
        "regret",
        "regret_declared",
        "Regret",
        "decision",
        MeasureScale(kind="linear", label="regret (months)", references=(0.0,)),
        "Utility of the best exposure for everybody, less that of dosing towards the declared window.",
    ),
)
_OF_LIMITS = (
    _Plot(
        "bias",
        "bias_log",
        "Bias",
        "bias",
        MeasureScale(kind="linear", label="bias of the log limit", references=(0.0,), within=(-2.5, 2.5)),
        "Mean of log estimate − log truth; 0.1 is about 10 % too high.",
    ),
    _Plot(
        "rmse",
        "rmse_log",
        "Root mean square error",
        "bias",
        MeasureScale(kind="linear", label="RMSE of the log limit", references=(0.0,), within=(0.0, 2.5)),
        "Root mean square of log estimate − log truth.",
    ),
    _Plot(
        "coverage",
        "coverage_95",
        "Coverage of 95 % intervals",
        "coverage",
        MeasureScale(kind="percent", label="coverage (%)", references=(0.95,), within=(0.0, 1.0)),
        "Share of 95 % intervals that hold the truth. At a fixed truth the coverage of a Bayesian interval describes, "
        "it need not be 95 % (broken line); over the prior it must.",
    ),
    _Plot(
        "width",
        "fold_95",
        "Width of 95 % intervals",
        "coverage",
        MeasureScale(
            kind="log", label="upper / lower end (fold)", references=(STARTING_RULE.max_fold,), within=(1.0, 100.0)
        ),
        "Median ratio of the ends of the 95 % interval; the broken line is the largest that the rule calls identified.",
    ),
)


def _measure_figures() -> Iterator[StudyFigure]:
    for plot in _OF_WINDOWS:
        yield _measure_figure(plot, plot.key, plot.title, WINDOW_FACETS)
    for window in WINDOWS:
        yield _estimates_figure(window)
    for plot in _OF_LIMITS:
        for window in WINDOWS:
            yield _measure_figure(plot, f"{plot.key}_{window}", f"{plot.title}: {window} window", limit_facets(window))
    for window in WINDOWS:
        yield _zip_figure(window)


def _measure_figure(plot: _Plot, key: str, title: str, facets: Sequence[Facet]) -> StudyFigure:
    def draw(tables: StudyTables) -> Figure:
        return draw_measure(tables.summary, measure=plot.measure, facets=facets, scale=plot.scale)

    def caption(tables: StudyTables) -> str:
        return f"{plot.reading} {_bars(tables)}"

    def alt(tables: StudyTables) -> str:
        shown = "against the number of patients" if len(sizes_of(tables.summary)) > 1 else "by scenario"
        return f"{title}, {shown}, for the methods {', '.join(methods_of(tables.summary))}; numbers in summary.csv."

    return StudyFigure(
        key=key,
        title=title,
        section=plot.section,
        draw=draw,
        possible=lambda tables: bool(facets_with_values(tables.summary, plot.measure, facets)),
        caption=caption,
        alt=alt,
        measure=plot.measure,
        facets=tuple(facets),
    )


def _bars(tables: StudyTables) -> str:
    exact = "exact for shares"
    return (
        f"Bars are 95 % Monte Carlo intervals (± 1.96 standard errors, {exact}); {sizes_text(tables.summary)}, "
        f"{replicates_text(tables.summary)}."
    )


def _estimates_figure(window: str) -> StudyFigure:
    title = f"Estimates and truth: {window} window"
    return StudyFigure(
        key=f"estimates_{window}",
        title=title,
        section="bias",
        draw=lambda tables: draw_estimates(tables.summary, window=window),
        possible=lambda tables: _has_estimates(tables, window),
        caption=lambda tables: (
            "Estimated limits (posterior medians, ROC cut-offs) over replicates: median, middle 50 % (thick) and 95 % "
            "(thin). The black stroke is the true limit on the method's own scale, missing where the truth has none. "
            f"{sizes_text(tables.summary)[0].upper()}{sizes_text(tables.summary)[1:]}, "
            f"{replicates_text(tables.summary)}."
        ),
        alt=lambda tables: (
            f"{title}: intervals of the estimates for the methods {', '.join(methods_of(tables.summary))} beside the "
            "true limit, by scenario; numbers in summary.csv."
        ),
        measure="median_ratio",
        facets=limit_facets(window),
    )


def _has_estimates(tables: StudyTables, window: str) -> bool:
    return bool(facets_with_values(tables.summary, "estimate_q50", limit_facets(window)))


def _zip_figure(window: str) -> StudyFigure:
    return StudyFigure(
        key=f"zip_{window}",
        title=f"Intervals by rank: {window} window",
        section="coverage",
        draw=lambda tables: draw_zip(_rows(tables), window=window),
        possible=lambda tables: tables.rows is not None and not shown_cell(tables.rows, window).empty,
        caption=lambda tables: _zip_caption(tables, window),
        alt=lambda tables: f"95 % intervals of every replicate, ranked; {_zip_caption(tables, window)}",
    )


def _rows(tables: StudyTables) -> pd.DataFrame:
    if tables.rows is None:
        msg = "this figure shows single replicates: the table of rows is needed"
        raise ValueError(msg)
    return tables.rows


def _zip_caption(tables: StudyTables, window: str) -> str:
    cell = shown_cell(_rows(tables), window)
    return (
        f"Scenario {cell['scenario'].iloc[0]}, {cell['n'].iloc[0]} patients: the 95 % interval of every replicate, "
        "ranked by how many standard errors the estimate lies from the truth (black). Were coverage nominal, those "
        "above the broken line would be the ones that miss it. Above each panel: coverage and its Monte Carlo "
        "standard error."
    )


STUDY_FIGURES: Mapping[str, StudyFigure] = MappingProxyType({one.key: one for one in _measure_figures()})
"""Key → figure, immutable."""
