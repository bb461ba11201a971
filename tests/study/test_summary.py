"""Summaries of tables whose performance is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_sora.study.performance import LIMIT_MEASURES, MEASURES, WINDOW_MEASURES
from bayes_sora.study.performance_decisions import ACTING
from bayes_sora.study.summary import BY, MEASURED, summarise
from bayes_sora.study.table import COLUMNS
from tests.study.fake_rows import FakeMethod, FakePlan, coverage, fake_rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "studies.md"
ONE = FakeMethod(name="one", bias=0.2, sd=0.4, reported=0.8, p_declared=0.6, p_harm=0.25)
MANY = FakePlan(scenarios=("moderate",), methods=(ONE,), replicates=4000, seed=11)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Return 4,000 replicates of one method."""
    return fake_rows(MANY)


@pytest.fixture(scope="module")
def summary(rows) -> pd.DataFrame:
    """Return their summary."""
    return summarise(rows)


def value(summary: pd.DataFrame, measure: str, limit: str = "") -> pd.Series:
    """Return the one row of a measure."""
    found = summary[(summary["measure"] == measure) & (summary["limit"] == limit)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("measure", "limit", "truth"),
    [
        ("bias_log", "lower", ONE.bias),
        ("bias_log", "upper", ONE.bias),
        ("median_ratio", "upper", np.exp(ONE.bias)),
        ("empirical_se_log", "lower", ONE.sd),
        ("rmse_log", "lower", np.hypot(ONE.bias, ONE.sd)),
        ("coverage_50", "lower", coverage(ONE, level=0.5)),
        ("coverage_80", "upper", coverage(ONE, level=0.8)),
        ("coverage_95", "upper", coverage(ONE, level=0.95)),
        ("declared", "", ONE.p_declared),
        ("identified", "", ONE.p_declared),
        ("harm_declared", "", ONE.p_declared * ONE.p_harm),
        ("harm_acted_declared", "", ONE.p_harm),
        ("benefit_acted_declared", "", 0.75 * 0.5 - 0.25),
        ("benefit_declared", "", 0.6 * (0.75 * 0.5 - 0.25)),
        ("benefit_used", "", 0.6 * (0.75 * 0.5 - 0.25)),
    ],
)
def test_known_performance_is_found(summary, measure, limit, truth):
    """A measure lies within four of its own Monte Carlo standard errors of the value that was built in."""
    found = value(summary, measure, limit)
    assert abs(found["value"] - truth) < 4 * found["mcse"]
    assert found["low"] < found["value"] < found["high"]


def test_width_is_the_fold_of_the_interval(summary):
    """An interval of ± 1.96 SD on the log scale is exp(2 · 1.96 SD) fold wide."""
    fold = value(summary, "fold_95", "lower")
    assert fold["value"] == pytest.approx(np.exp(2 * 1.959964 * 0.8 * 0.4), rel=1e-6)
    assert fold["mcse"] == pytest.approx(0.0, abs=1e-9)


def test_value_regret_and_gain_hold_together(rows, summary):
    """Mean value + regret is what the best exposure is worth, and benefit / potential the gain."""
    best, untouched = rows["best_months"].iloc[0], rows["untouched_months"].iloc[0]
    assert value(summary, "value_declared")["value"] + value(summary, "regret_declared")["value"] == pytest.approx(best)
    benefit = value(summary, "benefit_declared")["value"]
    assert benefit == pytest.approx(value(summary, "value_declared")["value"] - untouched)
    assert value(summary, "gain_declared")["value"] == pytest.approx(benefit / (best - untouched))


def test_gain_is_silent_where_little_was_to_be_had(rows):
    """A scenario whose doses are worth less than half a month has no gain."""
    poor = rows.assign(best_months=rows["untouched_months"] + 0.49)
    assert value(summarise(poor), "gain_declared")["n_used"] == 0


def test_rounding_is_no_harm(rows):
    """A benefit of −1e-12 months is no harm, one of −1e-6 is."""
    for loss, harmed in ((1e-12, 0.0), (1e-6, 1.0)):
        lost = rows.head(20).assign(declared=True, window_value_months=rows["untouched_months"] - loss)
        assert value(summarise(lost), "harm_declared")["value"] == harmed


def test_failures_are_counted_in_every_row_and_used_in_none():
    """Of 400 analyses a tenth fails: every measure says so, and only the share of failures is over all of them."""
    failing = dataclasses.replace(ONE, p_failed=0.1)
    rows = fake_rows(dataclasses.replace(MANY, methods=(failing,), replicates=400))
    n_failed = int((rows["status"] == "failed").sum())
    assert n_failed > 20
    summary = summarise(rows)
    assert set(summary["n_failed"]) == {n_failed}
    assert set(summary["n_total"]) == {400}
    assert value(summary, "failed")["value"] == n_failed / 400
    assert value(summary, "failed")["n_used"] == 400
    others = summary[summary["measure"] != "failed"]
    assert (others["n_used"] <= 400 - n_failed).all()
    assert value(summary, "bias_log", "lower")["n_used"] == 400 - n_failed


def test_all_failed_leaves_only_the_failure():
    """A cell in which nothing worked has no number but the share of failures."""
    failing = dataclasses.replace(ONE, p_failed=1.0)
    summary = summarise(fake_rows(dataclasses.replace(MANY, methods=(failing,), replicates=5)))
    assert value(summary, "failed")["value"] == 1.0
    assert set(summary.loc[summary["measure"] != "failed", "n_used"]) == {0}


def test_truth_at_an_edge_is_covered_by_an_interval_that_touches_it(rows):
    """Limits beyond the range count at its edge: [8, 10] covers a truth of 10, [8, 9.9] does not; likewise below."""

    def covered(low: float, high: float, truth: float) -> float:
        one = rows.head(1).assign(upper_q025=low, upper_q975=high, true_upper=truth)
        return float(value(summarise(one), "coverage_95", "upper")["value"])

    assert covered(8.0, 10.0, 10.0) == 1.0
    assert covered(8.0, 9.99999999, 10.0) == 1.0
    assert covered(8.0, 9.9, 10.0) == 0.0
    assert covered(0.5, 1.0, 0.5) == 1.0
    assert covered(0.51, 1.0, 0.5) == 0.0


def test_undefined_truth_has_no_bias_and_any_window_is_false():
    """Under `null` youden limits do not exist: no bias, no coverage, and each declared window is a false one."""
    summary = summarise(fake_rows(FakePlan(scenarios=("null",), methods=(ONE,), replicates=200)))
    for measure in ("bias_log", "rmse_log", "coverage_95"):
        assert value(summary, measure, "upper")["n_used"] == 0
    assert value(summary, "false_declared")["value"] == value(summary, "declared")["value"] > 0.4


def test_whole_range_is_nothing_to_find():
    """Under `null` every exposure is acceptable: a limits window inside the range is a false one as well."""
    limits = dataclasses.replace(ONE, windows=("limits", "utility"), scale="C")
    null, moderate = (
        summarise(fake_rows(FakePlan(scenarios=(name,), methods=(limits,), replicates=50)))
        for name in ("null", "moderate")
    )
    assert set(null.loc[null["measure"] == "false_identified", "n_used"]) == {50}
    assert set(moderate.loc[moderate["measure"] == "false_identified", "n_used"]) == {0}


def test_no_event_at_all_still_has_an_upper_bound():
    """A rate of 0 of 1,000 has MCSE 0, and an exact upper bound of 0.37 %."""
    never = dataclasses.replace(ONE, p_declared=0.0)
    found = value(summarise(fake_rows(FakePlan(scenarios=("null",), methods=(never,), replicates=1000))), "identified")
    assert tuple(found[["value", "mcse", "low"]]) == (0.0, 0.0, 0.0)
    assert found["high"] == pytest.approx(0.00368, abs=1e-5)


def test_point_estimates_have_no_coverage():
    """A ROC cut-off without an interval has a bias, and neither coverage nor width."""
    point = dataclasses.replace(ONE, point=True)
    summary = summarise(fake_rows(dataclasses.replace(MANY, methods=(point,), replicates=50)))
    assert value(summary, "bias_log", "lower")["n_used"] == 50
    assert value(summary, "coverage_95", "lower")["n_used"] == 0
    assert value(summary, "fold_95", "lower")["n_used"] == 0


def test_table_has_one_row_a_cell_limit_and_measure():
    """The long table is complete, in the order of the cells and of the registry, whatever the order of the rows."""
    plan = FakePlan(sizes=(26, 50), replicates=6, follow_up_months=(None, 12.0))
    rows = fake_rows(plan)
    assert tuple(rows.columns) == COLUMNS
    summary = summarise(rows)
    assert tuple(summary.columns) == (*BY, *MEASURED)
    assert not summary.duplicated([*BY, "limit", "measure"]).any()
    cells = summary.drop_duplicates(list(BY))
    assert len(cells) == 2 * 2 * 2 * (3 + 3 + 1 + 1 + 1)
    utility = (cells["window"] == "utility").sum()
    assert len(summary) == len(cells) * (len(WINDOW_MEASURES) + 3 * len(LIMIT_MEASURES)) + utility * len(LIMIT_MEASURES)
    shuffled = summarise(rows.sample(frac=1.0, random_state=1))
    keys = [*BY, "limit", "measure"]
    pd.testing.assert_frame_equal(
        summary.sort_values(keys, ignore_index=True), shuffled.sort_values(keys, ignore_index=True), rtol=1e-9
    )


def test_cells_can_be_taken_together(rows):
    """Grouped by method and window alone, two halves of a study are one cell."""
    halves = rows.assign(n=np.where(np.arange(len(rows)) < 2000, 26, 50))
    both = summarise(halves, by=("method", "window"))
    assert value(both, "bias_log", "lower")["value"] == pytest.approx(
        value(summarise(rows), "bias_log", "lower")["value"]
    )


def test_no_rows_give_an_empty_summary(rows):
    """A study that has not begun has an empty summary with the same columns."""
    empty = summarise(rows.head(0))
    assert empty.empty
    assert tuple(empty.columns) == (*BY, *MEASURED)


def test_measures_are_named_once_and_explained():
    """Every measure has its own name, a label and a sentence."""
    assert len(MEASURES) == len(WINDOW_MEASURES) + len(LIMIT_MEASURES)
    for name, measure in MEASURES.items():
        assert name == measure.name
        assert measure.label
        assert measure.meaning.endswith(".")


def test_every_measure_is_on_its_page():
    """The page that explains studies names every measure, those of decisions by their beginning."""
    page = PAGE.read_text(encoding="utf-8")
    for name in MEASURES:
        beginning, _, ending = name.rpartition("_")
        decision = ending in ACTING and beginning
        assert f"`{beginning}_…`" in page if decision and f"{beginning}_used" in MEASURES else f"`{name}`" in page, name
