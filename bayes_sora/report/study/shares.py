"""Sentences over many cells: false windows at every size, failures, and engines that handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.digits import compared
from bayes_sora.study.performance_windows import HIGH_K_HAT
from bayes_sora.study.table import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bayes_sora.report.study.record import StudyRecord

MOST_REASONS = 5
MOST_ALLOWED = 0.05
ANALYSIS = ["scenario", "n", "troughs", "follow_up_months", "replicate", "method"]


def bound_sentences(summary: pd.DataFrame, method: str, *, scenario: str) -> Iterator[str]:
    """Tell whether a method's declared share stays below 5 % at every size, Monte Carlo error included.

    Parameters
    ----------
    summary : DataFrame
    method, scenario : str
    """
    asked = {"measure": "declared", "method": method, "scenario": scenario}
    chosen = np.logical_and.reduce([summary[name] == value for name, value in asked.items()])
    own = summary[chosen & (summary["n_used"] > 0).to_numpy()]
    if own.empty:
        return
    upper = own["high"].to_numpy(dtype=float)
    worst = own.iloc[int(upper.argmax())]
    shown = compared(100.0 * float(upper.max()), 100.0 * MOST_ALLOWED, decimals=1).value
    largest = f"the largest is {shown} % ({worst['window']} window, {worst['n']} patients)"
    over = int((upper > MOST_ALLOWED).sum())
    if over:
        yield (
            f"{method}: the upper 95 % Monte Carlo bound of that share exceeds 5 % in {over} of {own.shape[0]} windows "
            f"and sizes; {largest}."
        )
    else:
        yield f"{method}: the upper 95 % Monte Carlo bound of that share is at most 5 % everywhere; {largest}."


def failure_sentences(record: StudyRecord) -> Iterator[str]:
    """Tell how many analyses failed and why, how many were handed over, and the fewest effective draws."""
    analyses = record.rows.drop_duplicates(ANALYSIS)
    failed = analyses[analyses["status"] == FAILED]
    if failed.empty:
        yield f"None of {len(analyses):,} analyses failed."
    else:
        yield f"{len(failed):,} of {len(analyses):,} analyses failed; no measure uses them, and each counts them."
        reasons = failed["method"] + ": " + failed["failure"]
        yield from (
            f"{reason} ({count:,} analyses)." for reason, count in reasons.value_counts()[:MOST_REASONS].items()
        )
    for method in record.methods:
        worked = record.rows[(record.rows["method"] == method) & (record.rows["status"] != FAILED)]
        if record.has_rule(method) and len(worked):
            yield _engine_sentence(method, worked)


def _engine_sentence(method: str, worked: pd.DataFrame) -> str:
    analyses = worked.drop_duplicates(ANALYSIS)
    k_hat = analyses["k_hat"].dropna().to_numpy(dtype=float)
    ess = worked[["lower_ess", "upper_ess", "optimum_ess"]].to_numpy(dtype=float)
    told = f"{method} handed over to NUTS in {100.0 * float(analyses['fallback'].mean()):.1f} % of its analyses"
    if k_hat.size:
        told += f", Pareto k was above 0.7 in {100.0 * float((k_hat > HIGH_K_HAT).mean()):.1f} %"
    if np.isfinite(ess).any():
        told += f"; the fewest effective draws behind any limit were {np.nanmin(ess):.0f}"
    return f"{told}."
