"""The log-rank test against a textbook, lifelines and its own symmetries."""

import numpy as np
import pytest
from lifelines.statistics import multivariate_logrank_test

from bayes_sora.classical.logrank import log_rank_test
from tests.classical import freireich


def test_textbook_statistic():
    """Freireich's trial has χ² = 16.79 on one degree of freedom, p = 4.2e-5."""
    weeks = np.concatenate([freireich.MERCAPTOPURINE_WEEKS, freireich.PLACEBO_WEEKS])
    relapse = np.concatenate([freireich.MERCAPTOPURINE_RELAPSE, freireich.PLACEBO_RELAPSE])
    test = log_rank_test(weeks, relapse, np.repeat([0, 1], 21))
    assert test.chi_squared == pytest.approx(16.79, abs=0.005)
    assert test.degrees_of_freedom == 1
    assert test.p_value == pytest.approx(4.17e-5, rel=0.01)


def test_two_deaths_by_hand():
    """A dies at 1, B at 2, C is censored at 3: O − E of A is 1 − 1/3 and the variance 2/9, hence χ² = 2."""
    test = log_rank_test(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.0]), np.array([0, 1, 1]))
    assert test.chi_squared == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_lifelines(seed):
    """With three groups and tied times the statistic and p are those of lifelines."""
    rng = np.random.default_rng(seed)
    months = rng.integers(1, 12, size=40).astype(float)
    death, group = rng.integers(0, 2, size=40).astype(float), rng.integers(0, 3, size=40)
    test = log_rank_test(months, death, group)
    theirs = multivariate_logrank_test(months, group, death)
    assert test.chi_squared == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert test.p_value == pytest.approx(theirs.p_value, rel=1e-9)
    assert test.degrees_of_freedom == 2


def test_size_under_no_effect():
    """Under equal survival p < 0.05 in 5 % of 2,000 cohorts of 60, within three standard errors."""
    rng = np.random.default_rng(7)
    months = rng.exponential(10.0, size=(2000, 60))
    censored = rng.uniform(5.0, 30.0, size=months.shape)
    group = np.repeat([0, 1, 2], 20)
    p = np.array(
        [
            log_rank_test(np.minimum(t, c), (t <= c).astype(float), group).p_value
            for t, c in zip(months, censored, strict=True)
        ]
    )
    assert abs(np.mean(p < 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize(
    ("months", "death", "group"),
    [
        pytest.param([1, 2, 3], [0, 0, 0], [0, 1, 1], id="no deaths"),
        pytest.param([1, 2, 3], [1, 1, 0], [1, 1, 1], id="one group"),
        pytest.param([1, 1, 5, 6], [0, 0, 1, 1], [0, 0, 1, 1], id="a group gone before the first death"),
        pytest.param([4, 4, 4], [1, 1, 1], [0, 1, 1], id="everybody dies at the same time"),
        pytest.param([], [], [], id="nobody"),
    ],
)
def test_not_defined(months, death, group):
    """Where no comparison is possible there is no test, rather than a p of one or NaN."""
    assert log_rank_test(np.array(months, float), np.array(death, float), np.array(group, int)) is None


def test_group_gone_before_the_first_death_is_left_out():
    """A third group censored early changes neither the statistic nor the degrees of freedom."""
    months, death, group = np.array([2.0, 3.0, 5.0, 6.0]), np.array([1.0, 1.0, 0.0, 1.0]), np.array([0, 1, 0, 1])
    alone = log_rank_test(months, death, group)
    beside = log_rank_test(np.append(months, 1.0), np.append(death, 0.0), np.append(group, 2))
    assert beside == alone
