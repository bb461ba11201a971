"""The ROC analysis of one endpoint: its parts fit together, edge cases have reasons, its bootstrap is fast."""

import time

import numpy as np
import pytest
from sklearn.metrics import auc, roc_curve

from bayes_sora.classical.roc import roc_analysis


def cohort(*, n=26, seed=1):
    """Draw troughs and a toxicity that rises with them."""
    rng = np.random.default_rng(seed)
    log_y = np.log(2.91) + 0.62 * rng.standard_normal(n)
    p = 1.0 / (1.0 + np.exp(-1.6 * (log_y - np.log(2.91))))
    return np.round(np.exp(log_y), 1), (rng.random(n) < p).astype(float)


def test_points_are_those_of_scikit_learn():
    """The curve is scikit-learn's, whose thresholds are observed troughs where ours are midpoints."""
    trough, toxicity = cohort()
    roc = roc_analysis(trough, toxicity, seed=0, resamples=0)
    false_positive_rate, sensitivity, _ = roc_curve(toxicity, trough, drop_intermediate=False)
    np.testing.assert_allclose(roc.false_positive_rate, false_positive_rate)
    np.testing.assert_allclose(roc.sensitivity_curve, sensitivity)
    assert auc(roc.false_positive_rate, roc.sensitivity_curve) == pytest.approx(roc.auc)


def test_thresholds_make_their_points():
    """Calling troughs above each threshold positive gives the rates beside it."""
    trough, toxicity = cohort()
    roc = roc_analysis(trough, toxicity, seed=0, resamples=0)
    positive = trough > roc.threshold_mg_l[:, np.newaxis]
    np.testing.assert_allclose(positive[:, toxicity == 1.0].mean(axis=1), roc.sensitivity_curve)
    np.testing.assert_allclose(positive[:, toxicity == 0.0].mean(axis=1), roc.false_positive_rate)


def test_cut_off_is_the_top_of_the_curve():
    """J is the largest vertical distance of the curve from the diagonal, and sensitivity + specificity − 1."""
    roc = roc_analysis(*cohort(), seed=0, resamples=0)
    assert roc.youden == pytest.approx(np.max(roc.sensitivity_curve - roc.false_positive_rate))
    assert roc.youden == pytest.approx(roc.sensitivity + roc.specificity - 1.0)


def test_not_evaluable_patients_are_left_out():
    """A blank outcome changes nothing but by its absence."""
    trough, toxicity = cohort()
    toxicity[:4] = np.nan
    with_blanks = roc_analysis(trough, toxicity, seed=0)
    without = roc_analysis(trough[4:], toxicity[4:], seed=0)
    assert (with_blanks.n, with_blanks.n_events) == (22, int(np.nansum(toxicity)))
    assert with_blanks.cutoff_mg_l == without.cutoff_mg_l
    assert with_blanks.cutoff_ci95 == without.cutoff_ci95


def test_reversed_direction():
    """A lower trough that predicts the event gives an AUC below one half, the complement of the mirrored one."""
    trough, toxicity = cohort()
    roc, mirrored = (roc_analysis(trough, outcome, seed=0, resamples=0) for outcome in (1.0 - toxicity, toxicity))
    assert roc.auc < 0.5
    assert roc.auc == pytest.approx(1.0 - mirrored.auc)


@pytest.mark.parametrize(
    ("trough", "outcome", "reason"),
    [
        pytest.param([1.0, 2.0], [0.0, 0.0], "no evaluable patient had the event", id="none"),
        pytest.param([1.0, 2.0], [1.0, 1.0], "every evaluable patient had the event", id="all"),
        pytest.param([1.0, 2.0], [np.nan, np.nan], "no evaluable patient", id="blank"),
        pytest.param([2.0, 2.0], [0.0, 1.0], "all evaluable patients have the same trough", id="one trough"),
    ],
)
def test_not_defined(trough, outcome, reason):
    """One class or one trough gives no ROC, and says why."""
    roc = roc_analysis(np.array(trough), np.array(outcome), seed=0)
    assert not roc.defined
    assert roc.reason == reason
    assert roc.cutoff_mg_l is roc.youden is roc.auc is roc.sensitivity is roc.specificity is None
    assert roc.cutoff_ci95 == roc.auc_ci95 == (None, None)


def test_complete_separation():
    """Separation has AUC one and no interval of it; the cut-off still varies over resamples."""
    roc = roc_analysis(np.arange(1.0, 21.0), (np.arange(20) > 4).astype(float), seed=3)
    assert (roc.auc, roc.youden, roc.cutoff_mg_l) == (1.0, 1.0, 5.5)
    assert roc.auc_ci95 == (None, None)
    assert roc.cutoff_ci95[0] < 5.5 < roc.cutoff_ci95[1]


def test_one_class_resamples_are_counted():
    """Two of three patients: resamples with one class are 1/3³ + 2³/3³ of all and do not enter the interval."""
    roc = roc_analysis(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.0]), seed=1, resamples=3000)
    assert roc.n_resamples == 3000
    assert roc.n_resamples_one_class / 3000 == pytest.approx(1 / 3, abs=0.03)
    assert 1.5 <= roc.cutoff_ci95[0] <= roc.cutoff_ci95[1] <= 2.0


def test_no_resamples_no_interval():
    """Without resamples the interval of the cut-off is undefined and the rest is there."""
    roc = roc_analysis(*cohort(), seed=0, resamples=0)
    assert roc.cutoff_ci95 == (None, None)
    assert roc.auc_ci95[0] < roc.auc < roc.auc_ci95[1]


def test_seed_decides():
    """The same seed gives the same interval; another one moves it, as a Monte Carlo interval must."""
    trough, toxicity = cohort(n=60)
    first, again, *others = (roc_analysis(trough, toxicity, seed=seed, resamples=50) for seed in (5, 5, 6, 7, 8, 9))
    assert first.cutoff_ci95 == again.cutoff_ci95
    assert any(first.cutoff_ci95 != other.cutoff_ci95 for other in others)


def test_unit_moves_nothing_but_the_cut_off():
    """Multiplying every trough by two doubles the cut-off and its interval and leaves the rest."""
    trough, toxicity = cohort()
    one, two = (roc_analysis(factor * trough, toxicity, seed=0) for factor in (1.0, 2.0))
    assert two.cutoff_mg_l == pytest.approx(2 * one.cutoff_mg_l)
    assert two.cutoff_ci95 == pytest.approx(tuple(2 * end for end in one.cutoff_ci95))
    assert (two.auc, two.youden) == (one.auc, one.youden)


def test_fast_enough_for_a_study():
    """2,000 resamples of 26 patients take less than 0.3 s, the best of three."""
    trough, toxicity = cohort()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        roc_analysis(trough, toxicity, seed=0)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.3


def test_youden_is_optimistic_without_effect():
    """Under no effect J averages above 0.15 on the 26 patients it was chosen on, where the truth is zero."""
    rng = np.random.default_rng(8)
    youden = [
        roc_analysis(rng.lognormal(1.07, 0.62, 26), np.repeat([0.0, 1.0], 13), seed=0, resamples=0).youden
        for _ in range(400)
    ]
    assert np.mean(youden) > 0.15
