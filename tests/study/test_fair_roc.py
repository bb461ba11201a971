"""The careful reader of a ROC: cut-offs are kept only as a window that both AUC intervals support."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from bayes_sora.classical.youden import count_by_trough, youden_cut
from bayes_sora.study.block import analyse_block, make_replicates, simulate_cohort
from bayes_sora.study.classical_methods import analyse_classical
from bayes_sora.study.plan import Cell, Method
from tests.study.engine import examples

FAIR = Method(name="careful", kind="roc_fair")
PLAIN = Method(name="roc", kind="roc")


def window(*, troughs, response, toxicity, method=FAIR):
    """Return the window of a made-up cohort."""
    made = examples.cohort(n=troughs.size, seed=1)
    cohort = replace(
        made,
        troughs=replace(made.troughs, value_mg_l=troughs),
        response=np.asarray(response, float),
        toxicity=np.asarray(toxicity, float),
    )
    (found,) = analyse_classical(method, [examples.replicate(n=troughs.size, seed=1)], [cohort])
    return found[0]


def lower_end(troughs, outcome):
    """AUC − 1.96 SE from pairs counted one by one, None for a class with fewer than two patients."""
    case = [y for y, one in zip(troughs, outcome, strict=True) if one == 1.0]
    control = [y for y, one in zip(troughs, outcome, strict=True) if one == 0.0]
    if min(len(case), len(control)) < 2:
        return None
    wins = np.array([[float(a > b) + 0.5 * float(a == b) for b in control] for a in case])
    variance = wins.mean(axis=1).var(ddof=1) / len(case) + wins.mean(axis=0).var(ddof=1) / len(control)
    return wins.mean() - norm.ppf(0.975) * np.sqrt(variance)


@pytest.mark.parametrize(("scenario", "n"), [("literal", 26), ("moderate", 26), ("moderate", 100), ("null", 26)])
def test_kept_when_ordered_and_both_intervals_lie_above_one_half(scenario, n):
    """In 40 simulated cohorts the two cut-offs are kept exactly where pair counting allows it, unchanged."""
    cell = Cell(scenario=scenario, n=n)
    rows = analyse_block(cell, 0, 40, methods=[FAIR], seed=25, beside_truth=False)
    for (_, row), replicate in zip(rows.iterrows(), make_replicates(cell, 0, 40, seed=25), strict=True):
        cohort = simulate_cohort(replicate)
        lower, upper = (
            float(youden_cut(count_by_trough(cohort.trough_mg_l, outcome == 1.0)).cutoff_mg_l)
            for outcome in (cohort.response, cohort.toxicity)
        )
        ends = [lower_end(cohort.trough_mg_l, outcome) for outcome in (cohort.response, cohort.toxicity)]
        keeps = lower < upper and all(end is not None and end > 0.5 for end in ends)
        assert row.declared == row.window_used == keeps
        assert (row.lower_q50, row.upper_q50) == (
            (lower, upper) if keeps else pytest.approx((np.nan,) * 2, nan_ok=True)
        )
        if not keeps:
            assert row.window_value_months == row.untouched_months


def test_careful_reader_finds_nothing_in_nothing():
    """Of 200 cohorts without an effect the plain reader declares a window in half, the careful one in 2 % at most."""
    for n in (26, 100):
        rows = analyse_block(Cell(scenario="null", n=n), 0, 200, methods=[PLAIN, FAIR], seed=3, beside_truth=False)
        declared = rows.groupby("method")["declared"].mean()
        assert declared["roc"] > 0.35
        assert declared["careful"] <= 0.02


def test_careful_reader_finds_what_is_plain():
    """Of 100 cohorts of 400 under `literal` nearly all have a window, the same as the plain reader's."""
    rows = analyse_block(Cell(scenario="literal", n=400), 0, 100, methods=[PLAIN, FAIR], seed=3, beside_truth=False)
    plain, fair = (rows[rows.method == name].reset_index() for name in ("roc", "careful"))
    assert fair.declared.mean() > 0.95
    kept = fair.declared.to_numpy()
    assert (fair.lower_q50[kept] == plain.lower_q50[kept]).all()
    assert (fair.upper_q50[kept] == plain.upper_q50[kept]).all()


TROUGHS = np.arange(1.0, 13.0)


def test_separation_is_above_one_half():
    """Complete separation of both endpoints, in order, is a window, although it has no printed AUC interval."""
    found = window(troughs=TROUGHS, response=TROUGHS > 4, toxicity=TROUGHS > 8)
    assert (found.p_exists, found.limits["lower"].q50, found.limits["upper"].q50) == (1.0, 4.5, 8.5)


@pytest.mark.parametrize(
    "case",
    [
        {"response": TROUGHS > 8, "toxicity": TROUGHS > 4},  # not ordered
        {"response": TROUGHS > 4, "toxicity": TROUGHS > 11},  # a single toxicity has no standard error
        {"response": TROUGHS > 4, "toxicity": TROUGHS < 8},  # toxicity falls as exposure rises
        {"response": TROUGHS > 4, "toxicity": np.zeros(12)},  # one class
        {"response": TROUGHS > 4, "toxicity": np.full(12, np.nan)},  # nobody judged
    ],
    ids=["not ordered", "one toxicity", "falling", "one class", "blank"],
)
def test_otherwise_neither_cutoff_is_kept(case):
    """Where any condition fails there is no window and no limit: an answer, not a failure."""
    found = window(troughs=TROUGHS, **case)
    assert found.p_exists == 0.0
    assert all(np.isnan(limit.q50) and limit.share_defined == 0.0 for limit in found.limits.values())
