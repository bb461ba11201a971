"""Tables of the study report: true windows, methods, failures, and every measure with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.digits import significant
from bayes_sora.figures.study.settings import Setting, methods_of, settings_of, sizes_of
from bayes_sora.report.study.numbers import number_of
from bayes_sora.report.study.shares import ANALYSIS
from bayes_sora.report.table import DASH, Table
from bayes_sora.simulation.scenarios import SCALES
from bayes_sora.study.performance import MEASURES
from bayes_sora.study.summary import NO_LIMIT
from bayes_sora.study.table import OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bayes_sora.figures.study.facets import Facet
    from bayes_sora.report.study.record import StudyRecord

FEW = 0.9
MARK = "†"
BREAK = "\N{ZERO WIDTH SPACE}"


def truth_table(record: StudyRecord) -> Table:
    """Return the true windows of every scenario on each scale, in mg/L; drawn truths as their middle 95 %."""
    rows = record.rows.drop_duplicates(["scenario", "replicate", "scale", "window"])
    cells = []
    for (scenario, scale), own in rows.groupby(["scenario", "scale"], sort=False):
        by_window = {window: own[own["window"] == window] for window in ("youden", "limits", "utility")}
        cells.append(
            (
                str(scenario),
                SCALES[scale],  # type: ignore[index]  # a scale is one of two words
                *(_window_text(of_window) for of_window in by_window.values()),
                _limit_text(by_window["utility"], "optimum"),
            )
        )
    return Table(
        caption="True windows in mg/L, on the range and with the thresholds of the methods that are scored on them. "
        "“None” is a truth without such a window.",
        header=("scenario", "exposure", "youden", "limits", "near-optimal", "best"),
        rows=tuple(cells),
        text=frozenset({1}),
    )


def _window_text(own: pd.DataFrame) -> str:
    if own.empty:
        return DASH
    exists = float(own["true_exists"].astype(float).mean())
    if exists == 0.0:
        return "none"
    shown = f"{_limit_text(own, 'lower')}–{_limit_text(own, 'upper')}"
    return shown if exists == 1.0 else f"{shown} (exists in {100 * exists:.0f} %)"


def _limit_text(own: pd.DataFrame, limit: str) -> str:
    values = own[f"true_{limit}"].dropna().to_numpy(dtype=float)
    if not values.size:
        return DASH
    low, high = np.quantile(values, [0.025, 0.975])
    return significant(values[0]) if np.ptp(values) == 0.0 else f"[{significant(low)} to {significant(high)}]"


def methods_table(record: StudyRecord) -> Table:
    """Return the methods with what they are and how their analyses went."""
    return Table(
        caption="Methods, and how their analyses went: percentages over all cells.",
        header=("method", "kind", "model file", "exposure", "analyses", "failed", "handed over", "Pareto k > 0.7"),
        rows=tuple(_method_cells(record, name) for name in record.methods),
        text=frozenset({1, 2, 3}),
    )


def _method_cells(record: StudyRecord, name: str) -> tuple[str, ...]:
    method = record.methods[name]
    own = record.rows[record.rows["method"] == name].drop_duplicates(ANALYSIS)
    worked = own[own["status"] == OK]
    k_hat = worked["k_hat"].dropna().to_numpy(dtype=float)
    bayes = method.kind == "bayes"
    return (
        name,
        f"Bayes, {method.engine}" if bayes else method.kind.replace("_", " "),
        method.model or DASH,
        SCALES[own["scale"].iloc[0]],
        f"{len(own):,}",
        f"{len(own) - len(worked):,} ({_percent(own['status'] != OK)})",
        _percent(worked["fallback"]) if bayes else DASH,
        _percent(k_hat > 0.7) if k_hat.size else DASH,
    )


def _percent(events: Sequence[bool] | pd.Series | np.ndarray) -> str:
    return DASH if not len(events) else f"{100.0 * float(np.mean(np.asarray(events, dtype=float))):.1f} %"


def failures_table(record: StudyRecord) -> Table | None:
    """Return every reason of failure by method and scenario with its count; None when nothing failed."""
    failed = record.rows[record.rows["status"] != OK]
    if failed.empty:
        return None
    keys = ["method", "scenario", "n", "failure"]
    counted = failed.drop_duplicates([*ANALYSIS]).value_counts(keys, sort=False).reset_index()
    return Table(
        caption="Analyses that gave no answer.",
        header=("method", "scenario", "patients", "reason", "analyses"),
        rows=tuple(tuple(str(cell) for cell in row) for row in counted.itertuples(index=False)),
        text=frozenset({1, 3}),
    )


def measure_table(summary: pd.DataFrame, *, measure: str, facets: Sequence[Facet]) -> Table:
    """Return a measure with its Monte Carlo standard error, a row a setting and size, a column a facet and method."""
    own = summary[(summary["measure"] == measure) & (summary["n_used"] > 0)]
    columns = [
        (facet, method)
        for facet in facets
        for method in methods_of(summary)
        if not (found := facet.of(own)).empty and (found["method"] == method).any()
    ]
    sizes = sizes_of(summary)
    rows = [
        (_row_name(setting, n if len(sizes) > 1 else None), *(_cell(own, setting, n, *column) for column in columns))
        for setting in settings_of(summary)
        for n in sizes
    ]
    marked = any(MARK in cell for row in rows for cell in row)
    return Table(
        caption=_caption(measure, marked=marked),
        header=("scenario", *(_heading(facet, method) for facet, method in columns)),
        rows=tuple(rows),
    )


def _caption(measure: str, *, marked: bool) -> str:
    spec = MEASURES[measure]
    unit = {"share": " in %", "": "", "log": ", log units"}.get(spec.unit, f" in {spec.unit}")
    few = f" {MARK}: fewer than 9 in 10 analyses have it." if marked else ""
    error = "Monte Carlo standard error" + ("; of 0 and 100 % the exact bound" if spec.unit == "share" else "")
    return f"{spec.label[0].upper()}{spec.label[1:]}{unit} ({error}). {spec.meaning}{few}"


def _heading(facet: Facet, method: str) -> str:
    limit = "" if facet.limit == NO_LIMIT else f" {'best' if facet.limit == 'optimum' else facet.limit}"
    # A name may be broken after its underscores: a wide heading would push the numbers off the page.
    return f"{method.replace('_', '_' + BREAK)}, {facet.window}{limit}"


def _row_name(setting: Setting, n: int | None) -> str:
    name = setting.label.replace("\n", ", ")
    return name if n is None else f"{name}, n = {n}"


def _cell(own: pd.DataFrame, setting: Setting, n: int, facet: Facet, method: str) -> str:
    found = facet.of(own)
    found = found[setting.of(found) & ((found["n"] == n) & (found["method"] == method)).to_numpy()]
    if found.empty:
        return DASH
    number = number_of(found.iloc[0])
    return f"{number.short}{MARK}" if number.n_used < FEW * number.n_total else number.short
