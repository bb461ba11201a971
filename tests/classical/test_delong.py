"""AUC and DeLong's error against SciPy, scikit-learn, pairs counted one by one, and a published example."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from bayes_sora.classical.delong import Auc, auc_above_half, auc_interval, delong_auc


def troughs(*, seed, n_1=12, n_0=9):
    """Draw troughs rounded so that classes tie."""
    rng = np.random.default_rng(seed)
    return np.round(rng.lognormal(1.2, 0.6, n_1), 0), np.round(rng.lognormal(0.9, 0.6, n_0), 0)


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_mann_whitney(seed):
    """The AUC is U divided by the number of pairs, and scikit-learn's."""
    case, control = troughs(seed=seed)
    auc = delong_auc(case, control).estimate
    assert auc == pytest.approx(mannwhitneyu(case, control).statistic / (case.size * control.size))
    label = np.repeat([1, 0], [case.size, control.size])
    assert auc == pytest.approx(roc_auc_score(label, np.concatenate([case, control])))


@pytest.mark.parametrize("seed", range(5))
def test_error_from_pairs_counted_one_by_one(seed):
    """The standard error is the one of placement values counted pair by pair."""
    case, control = troughs(seed=seed)
    wins = [[1.0 if a > b else 0.5 if a == b else 0.0 for b in control] for a in case]
    by_case = [sum(row) / control.size for row in wins]
    by_control = [sum(row[j] for row in wins) / case.size for j in range(control.size)]
    variance = np.var(by_case, ddof=1) / case.size + np.var(by_control, ddof=1) / control.size
    assert delong_auc(case, control).standard_error == pytest.approx(np.sqrt(variance))


def test_published_example():
    """Hanley and McNeil's 109 CT readings: AUC 0.8932, DeLong's error 0.0307, 0.8330–0.9534 (roctab manual)."""
    rating = np.arange(1.0, 6.0)
    normal, abnormal = np.repeat(rating, [33, 6, 6, 11, 2]), np.repeat(rating, [3, 2, 2, 11, 33])
    auc = delong_auc(abnormal, normal)
    assert auc.estimate == pytest.approx(0.8932, abs=5e-5)
    assert auc.standard_error == pytest.approx(0.0307, abs=5e-5)
    assert auc_interval(auc) == pytest.approx((0.83295, 0.95339), abs=5e-5)


def test_near_hanley_mcneil():
    """On normal data the error is near Hanley and McNeil's formula."""
    rng = np.random.default_rng(5)
    n = 400
    auc, error = delong_auc(rng.normal(1.0, 1.0, n), rng.normal(0.0, 1.0, n))
    q_1, q_2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    theirs = np.sqrt((auc * (1 - auc) + (n - 1) * (q_1 + q_2 - 2 * auc**2)) / n**2)
    assert error == pytest.approx(theirs, rel=0.1)


def test_interval_is_cut_at_one():
    """An interval that would pass one or zero ends there."""
    assert auc_interval(Auc(0.97, 0.02)) == pytest.approx((0.97 - 0.0392, 1.0), abs=1e-4)
    assert auc_interval(Auc(0.03, 0.02)) == pytest.approx((0.0, 0.03 + 0.0392), abs=1e-4)


@pytest.mark.parametrize(
    ("case", "control"),
    [
        pytest.param([3.0, 4.0], [1.0, 2.0], id="complete separation"),
        pytest.param([1.0, 2.0], [3.0, 4.0], id="separation the other way"),
        pytest.param([3.0], [1.0, 4.0], id="one patient with the event"),
        pytest.param([3.0, 5.0], [4.0], id="one patient without"),
    ],
)
def test_no_interval_from_no_variance(case, control):
    """Where DeLong's variance is zero or has no estimate there is no interval."""
    auc = delong_auc(np.array(case), np.array(control))
    assert 0.0 <= auc.estimate <= 1.0
    assert auc_interval(auc) == (None, None)


@pytest.mark.parametrize(
    ("auc", "above"),
    [
        (Auc(0.7, 0.1), True),
        (Auc(0.7, 0.11), False),
        (Auc(0.2, 0.01), False),
        (Auc(1.0, 0.0), True),  # complete separation
        (Auc(0.0, 0.0), False),  # complete separation the other way round
        (Auc(1.0, float("nan")), False),  # one patient in a class
    ],
)
def test_above_one_half(auc, above):
    """0.7 − 1.96 · 0.1 = 0.504 lies above one half, 0.7 − 1.96 · 0.11 = 0.484 does not."""
    assert auc_above_half(auc) is above
