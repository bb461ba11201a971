"""A block: paired cohorts, rows in a fixed form, truths on the row's own scale, and decisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_sora as bs
from bayes_sora.modelfile import Prior
from bayes_sora.simulation import decision_value, true_windows
from bayes_sora.study.block import analyse_block, failed_rows, make_replicates, replicate_seed, simulate_cohort
from bayes_sora.study.plan import Cell, Method, TruthPrior
from bayes_sora.study.rows import LIMITS
from bayes_sora.study.table import COLUMNS, TYPES
from tests.study.mocks import JOINT, MODERATE, ROC, mock_analyse

TRUTHS = TruthPrior(
    base="moderate",
    priors={
        "toxicity.slope": Prior(family="normal", arguments={"mean": 0.9, "sd": 0.4}),
        "exposure_median_mg_l": Prior(family="log_normal", arguments={"median": 2.9, "sd_log": 0.2}),
    },
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Analyse eight replicates of ten patients by a Bayesian mock and the same mock as a ROC."""
    return analyse_block(MODERATE, 0, 8, methods=(JOINT, ROC), seed=3, analyse=mock_analyse)


def test_columns_and_types_are_those_of_the_table(table):
    """The columns come in their order and with their types, whatever the rows hold."""
    assert tuple(table.columns) == COLUMNS
    kinds = {name: "str" if table[name].dtype == object else str(table[name].dtype) for name in COLUMNS}
    assert kinds == dict(TYPES)


def test_rows_come_by_replicate_method_and_window(table):
    """A Bayesian method with three endpoints has three windows a replicate, a classical one has one."""
    first = table[table.replicate == 0]
    assert list(zip(first.method, first.window, strict=True)) == [
        ("joint", "limits"),
        ("joint", "youden"),
        ("joint", "utility"),
        ("roc", "youden"),
    ]
    assert list(table.replicate) == sorted(table.replicate)


def test_a_failure_has_the_rows_of_its_method(table):
    """A failed analysis is counted once a window, with its reason, and declares nothing."""
    failed = table[table.status == "failed"]
    assert set(failed.replicate) == {6}
    assert list(failed.window) == ["limits", "youden", "utility", "youden"]
    assert set(failed.failure) == {"every seventh fails"}
    assert not failed.window_used.any()
    assert not failed.declared.any()
    assert failed.p_exists.isna().all()
    assert np.isfinite(failed.window_value_months).all()
    assert set(table.failure[table.status == "ok"]) == {""}


def test_truths_are_on_the_scale_of_the_row(table):
    """A model with latent exposure is held against the truth on C, a ROC against that on y."""
    ok = table[table.replicate == 0].set_index(["method", "window"])
    average, measured = true_windows("moderate", scale="C"), true_windows("moderate", scale="y")
    assert ok.loc[("joint", "youden"), "true_lower"] == average.youden.lower
    assert ok.loc[("roc", "youden"), "true_lower"] == measured.youden.lower
    assert ok.loc[("joint", "utility"), "true_optimum"] == average.optimum
    assert ok.loc[("joint", "limits"), "true_width"] == average.limits.upper - average.limits.lower
    assert np.isnan(ok.loc[("joint", "limits"), "true_optimum"])


def test_truth_follows_the_settings_of_the_model_file(tmp_path):
    """A model file with another threshold is held against the truth for that threshold."""
    path = tmp_path / "strict.toml"
    path.write_text(
        'schema = 1\nname = "strict"\ntitle = "strict"\nextends = "sorafenib_joint.v1"\n'
        "[windows.limits]\nmax_toxicity = 0.4\n",
        encoding="utf-8",
    )
    rows = analyse_block(MODERATE, 0, 1, methods=(replace(JOINT, model=str(path)),), seed=3, analyse=mock_analyse)
    strict = rows[rows.window == "limits"].iloc[0]
    # 0.4 = expit(0.9·log(c/2.91)) gives c = 2.91·exp(logit(0.4)/0.9).
    assert strict.true_upper == pytest.approx(2.91 * np.exp(np.log(0.4 / 0.6) / 0.9), rel=1e-6)


def test_decisions_are_those_of_the_medians(table):
    """The window used is that of the medians, its worth that of the simulator's own formula."""
    row = table[(table.replicate == 1) & (table.window == "youden") & (table.method == "roc")].iloc[0]
    assert row.window_used
    assert row.declared  # a ROC declares whatever it finds
    worth = decision_value("moderate", (row.lower_q50, row.upper_q50))
    assert (row.window_value_months, row.untouched_months, row.best_months) == (
        worth.value_months,
        worth.untouched_months,
        worth.best_months,
    )
    joint = table[(table.replicate == 1) & (table.method == "joint")]
    assert not joint.declared.any()
    assert table[(table.replicate == 2) & (table.method == "joint")].declared.all()


def test_no_window_leaves_doses_alone():
    """Where no window more likely exists than not, its worth is that of doing nothing."""

    def doubtful(method, replicates, cohorts):
        sure = mock_analyse(method, replicates, cohorts)
        return [tuple(replace(window, p_exists=0.49) for window in windows) for windows in sure]

    rows = analyse_block(MODERATE, 0, 2, methods=(ROC,), seed=1, analyse=doubtful)
    assert not rows.window_used.any()
    assert not rows.declared.any()
    assert (rows.window_value_months == rows.untouched_months).all()


def test_methods_share_their_cohorts_and_blocks_can_be_cut_anywhere(table):
    """Replicates 3 and 4 alone, with one method, have the rows they have in the block."""
    alone = analyse_block(MODERATE, 3, 2, methods=(JOINT,), seed=3, analyse=mock_analyse)
    there = table[table.replicate.isin([3, 4]) & (table.method == "joint")].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, there)


def test_replicate_seed_is_pinned():
    """The seed of a replicate never changes: stored studies and new ones share their cohorts."""
    assert replicate_seed(Cell(scenario="moderate", n=26), 0, seed=1) == 951647426295501092
    assert replicate_seed(Cell(scenario="moderate", n=26, follow_up_months=24), 0, seed=1) == replicate_seed(
        Cell(scenario="moderate", n=26, follow_up_months=24.0), 0, seed=1
    )


def test_replicate_seeds_differ_in_everything():
    """Study, scenario, size, troughs, follow-up and index each give another cohort."""
    cells = [
        MODERATE,
        replace(MODERATE, scenario="step"),
        replace(MODERATE, n=11),
        replace(MODERATE, troughs=2),
        replace(MODERATE, follow_up_months=24.0),
    ]
    seeds = {replicate_seed(cell, index, seed=seed) for cell in cells for index in (0, 1) for seed in (1, 2)}
    assert len(seeds) == 20
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_follow_up_ends_for_everybody():
    """Nobody is followed beyond the end; who died later is alive there."""
    (replicate,) = make_replicates(replace(MODERATE, n=200, follow_up_months=9.0), 0, 1, seed=1)
    cohort = simulate_cohort(replicate)
    whole = bs.simulate("moderate", n=200, seed=replicate.seed).cohort
    assert cohort.os_months.max() == 9.0
    late = whole.os_months > 9.0
    assert (cohort.death[late] == 0.0).all()
    np.testing.assert_array_equal(cohort.death[~late], whole.death[~late])
    np.testing.assert_array_equal(cohort.os_months[~late], whole.os_months[~late])


def test_truths_are_drawn_anew_for_every_replicate():
    """Drawn fields differ between replicates, everything else is the base scenario's, and rows hold their truth."""
    cell = Cell(scenario="truths", n=10)
    replicates = make_replicates(cell, 0, 200, seed=2, truths=TRUTHS)
    slopes = np.array([one.truth.toxicity.slope for one in replicates])
    assert slopes.mean() == pytest.approx(0.9, abs=4 * 0.4 / np.sqrt(200))
    assert slopes.std() == pytest.approx(0.4, rel=0.25)
    assert {one.truth.response for one in replicates} == {bs.SCENARIOS["moderate"].response}
    rows = analyse_block(cell, 5, 1, methods=(JOINT,), seed=2, truths=TRUTHS, analyse=mock_analyse)
    assert set(rows.scenario) == {"truths"}
    expected = true_windows(replicates[5].truth, scale="C")
    assert rows.true_upper[rows.window == "youden"].item() == expected.youden.upper


def test_rows_of_a_replicate_that_killed_its_worker():
    """The runner can count such a replicate without analysing it."""
    rows = failed_rows(MODERATE, 4, methods=(JOINT, ROC), seed=3, reason="the worker died")
    assert set(rows.status) == {"failed"}
    assert set(rows.failure) == {"the worker died"}
    assert len(rows) == 4


def test_classical_methods_on_the_shipped_cohort():
    """ROC and bootstraps give the cut-offs and the percentile interval of the classical analysis."""
    methods = [Method(name=kind, kind=kind) for kind in ("roc", "roc_bootstrap", "bayesian_bootstrap")]
    rows = analyse_block(Cell(scenario="literal", n=26), 0, 3, methods=methods, seed=5)
    assert set(rows.window) == {"youden"}
    assert set(rows.scale) == {"y"}
    assert list(rows.engine[:3]) == ["roc", "roc_bootstrap", "bayesian_bootstrap"]
    for (replicate,), part in rows.groupby(["replicate"]):
        (one,) = make_replicates(Cell(scenario="literal", n=26), replicate, 1, seed=5)
        cohort = simulate_cohort(one)
        classical = bs.classical_analysis(cohort, bs.load_model("sorafenib_joint"), seed=0).as_dict()["roc"]
        roc, bootstrap, bayesian = (row for _, row in part.iterrows())
        assert roc.lower_q50 == classical["response"]["cutoff"]
        assert roc.upper_q50 == classical["toxicity"]["cutoff"]
        assert roc.p_exists == float(roc.lower_q50 < roc.upper_q50)
        assert np.isnan(roc.lower_q025)
        for row in (bootstrap, bayesian):
            assert row.lower_q025 <= row.lower_q50 <= row.lower_q975
            assert 0.0 <= row.p_exists <= row.p_rising <= 1.0
            assert row.lower_p_outside == 0.0
            assert row.lower_ess == pytest.approx(2000 * row.lower_share_defined)
    assert rows.window_used.any()
    assert (rows.declared == rows.window_used).all()


def test_one_class_is_an_answer():
    """Without a single toxicity the ROC has no upper limit: no window, no failure."""

    def of_untoxic(method, replicates, cohorts):
        from bayes_sora.study.methods import analyse  # noqa: PLC0415

        return analyse(method, replicates, [replace(one, toxicity=np.zeros(one.n_patients)) for one in cohorts])

    methods = [Method(name=kind, kind=kind) for kind in ("roc", "roc_bootstrap", "bayesian_bootstrap")]
    rows = analyse_block(MODERATE, 0, 2, methods=methods, seed=1, analyse=of_untoxic)
    assert set(rows.status) == {"ok"}
    assert (rows.p_exists == 0.0).all()
    assert (rows.upper_share_defined == 0.0).all()
    assert not rows.window_used.any()
    assert rows[[f"{name}_q50" for name in LIMITS if name != "lower"]].isna().all(axis=None)
