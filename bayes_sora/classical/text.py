"""The classical analysis as a plain-text table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.digits import significant
from bayes_sora.types import ExposureUnit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.classical.groups import GroupedSurvival
    from bayes_sora.classical.interval import Interval
    from bayes_sora.classical.roc import BinaryEndpoint, Roc

OPTIMISM = (
    "Each cut-off was chosen and judged on the same patients: Youden J, sensitivity and specificity are optimistic,\n"
    "and so is any comparison of survival between groups made with cut-offs from these patients."
)
DASH = "–"


def in_unit(value_mg_l: float | None, unit: ExposureUnit) -> float | None:
    """Return a concentration in `unit`; None stays None."""
    return None if value_mg_l is None else value_mg_l / unit.mg_l


def classical_text(roc: Mapping[BinaryEndpoint, Roc], survival: GroupedSurvival | None, *, unit: ExposureUnit) -> str:
    """Return ROC and survival by group as one text, exposure in `unit`, without a final newline."""
    sections = []
    if roc:
        sections.append(_roc_text(roc, unit=unit))
    if survival is not None:
        sections.append(_survival_text(survival, unit=unit))
    if not sections:
        return "No toxicity, response or survival column: there is nothing to analyse."
    return "\n\n".join((*sections, OPTIMISM))


def _roc_text(roc: Mapping[BinaryEndpoint, Roc], *, unit: ExposureUnit) -> str:
    header = ("endpoint", "patients", "events", "cut-off", "95 % CI", "Youden J", "sens.", "spec.", "AUC", "95 % CI")
    rows = [(endpoint, str(one.n), str(one.n_events), *_roc_cells(one, unit=unit)) for endpoint, one in roc.items()]
    lines = [f"ROC, a higher trough predicts the event; cut-offs in {unit.name}", *_aligned([header, *rows])]
    lines += [f"{endpoint}: not defined, {one.reason}" for endpoint, one in roc.items() if not one.defined]
    lines += [
        f"{endpoint}: {one.n_resamples_one_class} of {one.n_resamples} bootstrap samples held one class only"
        " and were left out"
        for endpoint, one in roc.items()
        if one.n_resamples_one_class
    ]
    return "\n".join(lines)


def _roc_cells(roc: Roc, *, unit: ExposureUnit) -> tuple[str, ...]:
    low, high = (in_unit(end, unit) for end in roc.cutoff_ci95)
    return (
        _concentration(in_unit(roc.cutoff_mg_l, unit)),
        _interval(_concentration(low), _concentration(high)),
        *(_share(value) for value in (roc.youden, roc.sensitivity, roc.specificity, roc.auc)),
        _interval(*(_share(end) for end in roc.auc_ci95)),
    )


def _survival_text(survival: GroupedSurvival, *, unit: ExposureUnit) -> str:
    header = ("trough", "patients", "deaths", "median (months)", "95 % CI")
    rows = [
        (group.label, str(group.n), str(group.deaths), _months(group.median_months), _months_interval(group.ci95))
        for group in survival.groups
    ]
    p = survival.logrank_p
    test = "not defined" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    return "\n".join(
        [f"Overall survival by trough in {unit.name}", *_aligned([header, *rows]), f"log-rank test: {test}"]
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _concentration(value: float | None) -> str:
    return DASH if value is None else significant(value)


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}"


def _months(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.1f}"


def _months_interval(interval: Interval) -> str:
    return _interval(*(DASH if end is None else f"{end:.1f}" for end in interval))


def _interval(low: str, high: str) -> str:
    return DASH if low == high == DASH else f"{low} to {high}"
