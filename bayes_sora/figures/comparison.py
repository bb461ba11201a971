"""Models compared: differences in predictive density, and the windows of each beside their average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.transforms import blended_transform_factory

from bayes_sora.figures.axes import (
    draw_interval,
    exposure_axis,
    exposure_limits,
    mark_edges,
    row_axis,
    write_row,
)
from bayes_sora.figures.style import BLACK, BLUE, GREY, SMALL_FONT, WINDOW_LOOKS, Look, new_figure, styled
from bayes_sora.figures.windows import PRIOR_LOOK, interval_legend
from bayes_sora.figures.words import INTERVALS, quantity_text
from bayes_sora.fitting.answer import probability_text, question

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.comparison import ComparedModel, Comparison
    from bayes_sora.questions import WindowKind
    from bayes_sora.window import Window

ELPD_LOOK = Look(BLUE, "-", "o")
AVERAGED = "averaged over models"
LIMITS = ("lower", "upper")
SD_95, SD_50 = 1.960, 0.674
"""Half-widths of the central 95 % and 50 % of a normal distribution."""


@dataclass(frozen=True, kw_only=True)
class ComparisonFigure:
    """One figure of a comparison; `caption` and `alt` say what it shows, `alt` for those who cannot see it."""

    key: str
    title: str
    draw: Callable[[Comparison], Figure]
    possible: Callable[[Comparison], bool]
    caption: Callable[[Comparison], str]
    alt: Callable[[Comparison], str]


@styled
def draw_elpd(comparison: Comparison) -> Figure:
    """Draw the difference of every model to the best with its interval, and the numbers beside it."""
    models = comparison.models
    figure = new_figure(height=1.35 + 0.3 * len(models))
    axes, text = figure.subplots(1, 2, sharey=True, width_ratios=(1.6, 2.2))
    row_axis(axes, [model.name for model in models])
    axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=0)
    for y, model in enumerate(models):
        outer, inner = (
            (model.elpd_diff - width * model.se_diff, model.elpd_diff + width * model.se_diff)
            for width in (SD_95, SD_50)
        )
        draw_interval(
            axes, y, outer=outer, inner=inner, middle=model.elpd_diff, look=ELPD_LOOK, filled=not model.clearly_worse
        )
    axes.margins(x=0.08)
    axes.set_xlabel("Difference in elpd to the best model")
    _write_numbers(text, models)
    return figure


def _write_numbers(text: Axes, models: tuple[ComparedModel, ...]) -> None:
    text.axis("off")
    columns = (("elpd (SE)", 0.0), ("difference\n(SE)", 0.36), ("exact\nrefits", 0.69), ("stacking\nweight", 0.84))
    for title, x in columns:
        write_row(text, -0.85, title, x=x, weight="bold")
    for y, model in enumerate(models):
        cells = (
            f"{_signed(model.elpd)} ({model.se:.1f})",
            f"{_signed(model.elpd_diff)} ({model.se_diff:.1f})" if model is not models[0] else "–",
            str(len(model.refitted)),
            f"{model.weight:.2f}",
        )
        for cell, (_, x) in zip(cells, columns, strict=True):
            write_row(text, y, cell, x=x)


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _elpd_caption(comparison: Comparison) -> str:
    return (
        "Difference of each model to the one that predicts best, in the sum over patients of log p(patient | the "
        "others), with intervals of 95 % (thin, 1.96 standard errors) and 50 % (thick), paired over the "
        f"{len(comparison.patient_id)} patients. Hollow: clearly worse, by 4 and more and by two standard errors. With "
        "fewer than 100 patients, and where differences are small, standard errors rather say too little than too much."
    )


def _elpd_alt(comparison: Comparison) -> str:
    listed = ", ".join(f"{model.name} {model.elpd_diff:.1f} (SE {model.se_diff:.1f})" for model in comparison.models)
    return f"Differences in elpd to the best model: {listed}."


@styled
def draw_windows_by_model(comparison: Comparison) -> Figure:
    """Draw lower and upper limit of every window, one row a model and one for their average."""
    kinds = comparison.kinds
    n_rows = max(len(_rows(comparison, kind)) for kind in kinds)
    figure = new_figure(height=1.1 + len(kinds) * (0.62 + 0.3 * n_rows))
    grid = figure.subplots(len(kinds), 3, squeeze=False, width_ratios=(2.0, 2.0, 1.35))
    for at, kind in enumerate(kinds):
        _draw_kind(comparison, kind, tuple(grid[at]), last=at == len(kinds) - 1)
    figure.legend(handles=interval_legend(), loc="outside lower center", ncols=4)
    return figure


def _rows(comparison: Comparison, kind: WindowKind) -> list[tuple[str, Window]]:
    rows = [(model.name, model.windows[kind]) for model in comparison.models]
    return [*rows, (AVERAGED, comparison.averaged[kind])] if kind in comparison.averaged else rows


def _draw_kind(comparison: Comparison, kind: WindowKind, places: tuple[Axes, ...], *, last: bool) -> None:
    *panels, text = places
    curves = comparison.models[0].fit.curves
    rows = _rows(comparison, kind)
    span, size = curves.span, curves.unit.mg_l
    limits = exposure_limits(curves.span, curves.observed_span, unit=curves.unit)
    for panel, limit in zip(panels, LIMITS, strict=True):
        exposure_axis(panel, limits, unit=curves.unit, scale=curves.scale, n_ticks=6)
        row_axis(panel, [name for name, _ in rows])
        panel.tick_params(labelleft=limit == "lower")
        panel.set_xlabel(panel.get_xlabel() if last else "")
        panel.set_title(f"\n\n{limit} limit", fontsize=SMALL_FONT)
        for edge in (span.low / size, span.high / size):
            panel.axvline(edge, color=GREY, linewidth=0.6, linestyle=(0, (4.0, 3.0)), zorder=0)
        for y, (name, window) in enumerate(rows):
            _draw_limit(panel, y, window, limit, averaged=name == AVERAGED)
    _write_question(panels[0], f"{kind}: {question(rows[0][1].settings, curves)}")
    _write_verdicts(text, [window for _, window in rows])


def _write_question(axes: Axes, text: str) -> None:
    """Write what a window asks for above its panels, from the left end of the figure."""
    place = blended_transform_factory(axes.figure.transFigure, axes.transAxes)
    written = axes.annotate(
        text, (0.01, 1.0), xycoords=place, xytext=(0.0, 22.0), textcoords="offset points", fontsize=SMALL_FONT
    )
    written.set_fontweight("bold")
    written.set_in_layout(False)


def _draw_limit(axes: Axes, y: int, window: Window, limit: str, *, averaged: bool) -> None:
    quantity = window.lower if limit == "lower" else window.upper
    look = Look(BLACK, "-", "D") if averaged else Look(WINDOW_LOOKS["limits"].colour, "-", "o")
    prior, ends = quantity.prior, (quantity.q025, quantity.q975)
    span, size = window.posterior.span, window.posterior.unit.mg_l
    draw_interval(axes, y + 0.26, outer=(prior.q025, prior.q975), middle=prior.q50, look=PRIOR_LOOK)
    mark_edges(axes, y - 0.06, ends=ends, span=(span.low / size, span.high / size), colour=look.colour)
    draw_interval(
        axes,
        y - 0.06,
        outer=ends,
        inner=(quantity.q25, quantity.q75),
        middle=quantity.q50,
        look=look,
        filled=window.identified,
    )


def _write_verdicts(text: Axes, windows: list[Window]) -> None:
    text.axis("off")
    text.set_ylim(len(windows) - 0.4, -0.6)
    write_row(text, -0.95, "P(exists)", weight="bold")
    write_row(text, -0.95, "identified", x=0.55, weight="bold")
    for y, window in enumerate(windows):
        write_row(text, y, probability_text(window.p_exists))
        write_row(text, y, "yes" if window.identified else "no", x=0.55)


def _windows_caption(comparison: Comparison) -> str:
    averaged = " ".join(
        f"{kind[0].upper()}{kind[1:]}, averaged: lower {quantity_text(window, window.lower)}, upper "
        f"{quantity_text(window, window.upper)} {window.posterior.unit.name}."
        for kind, window in comparison.averaged.items()
    )
    return (
        "Posterior median, 50 % (thick) and 95 % (thin) interval of every limit by model, over the draws in which it "
        "is defined; filled markers where the window is identified, hollow where not; the pale interval underneath is "
        "the prior's. Black: the mixture of the models by stacking weight. Broken lines are the ends of the range, at "
        f"which limits beyond it count (arrowheads). {averaged} {INTERVALS}"
    )


def _windows_alt(comparison: Comparison) -> str:
    found = ", ".join(
        f"{name} {kind} {'identified' if window.identified else 'not identified'}"
        for kind in comparison.kinds
        for name, window in _rows(comparison, kind)
    )
    return f"Intervals of the lower and upper limit of each window by model: {found}."


COMPARISON_FIGURES = (
    ComparisonFigure(
        key="elpd",
        title="How well each model predicts a patient it has not seen",
        draw=draw_elpd,
        possible=lambda _: True,
        caption=_elpd_caption,
        alt=_elpd_alt,
    ),
    ComparisonFigure(
        key="windows",
        title="Windows side by side",
        draw=draw_windows_by_model,
        possible=lambda comparison: bool(comparison.kinds),
        caption=_windows_caption,
        alt=_windows_alt,
    ),
)
