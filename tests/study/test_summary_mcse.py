"""Monte Carlo standard errors: closed forms, numbers worked by hand, and what repetition shows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bayes_sora.figures.rates import clopper_pearson
from bayes_sora.study.mcse import (
    estimate_mean,
    estimate_median_ratio,
    estimate_minimum,
    estimate_quantile,
    estimate_root_mean_square,
    estimate_share,
    estimate_spread,
    exact_interval,
)

VALUES = np.array([0.1, -0.2, 0.4, 0.1, -0.1])


def test_formulas_by_hand():
    """Mean, empirical SE, RMSE and share of five replicates, worked on paper with the formulas of Morris et al."""
    # mean 0.06; squared deviations .0016 .0676 .1156 .0016 .0256 sum .212
    mean = estimate_mean(VALUES)
    assert mean.value == pytest.approx(0.06)
    assert mean.mcse == pytest.approx(math.sqrt(0.212 / 4 / 5))
    spread = estimate_spread(VALUES)
    assert spread.value == pytest.approx(math.sqrt(0.212 / 4))
    assert spread.mcse == pytest.approx(math.sqrt(0.212 / 4) / math.sqrt(8))
    # squares .01 .04 .16 .01 .01: MSE .046, squared deviations sum 3·.036² + .006² + .114² = .01692
    error = estimate_root_mean_square(VALUES)
    assert error.value == pytest.approx(math.sqrt(0.046))
    assert error.mcse == pytest.approx(math.sqrt(0.01692 / 20) / (2 * math.sqrt(0.046)))
    share = estimate_share(np.array([1.0, 1.0, 0.0, 1.0]))
    assert share[:2] == pytest.approx((0.75, math.sqrt(0.75 * 0.25 / 4)))
    assert share.n_used == 4


@pytest.mark.parametrize(
    "estimate",
    [estimate_mean, estimate_spread, estimate_root_mean_square, estimate_quantile, estimate_median_ratio],
    ids=lambda function: function.__name__,
)
def test_mcse_is_what_repetition_shows(estimate):
    """The mean MCSE of 2,000 studies of 200 normal replicates is the standard deviation of their estimates."""
    rng = np.random.default_rng(3)
    found = [estimate(rng.normal(0.2, 0.5, 200)) for _ in range(2000)]
    seen = np.std([one.value for one in found], ddof=1)
    # The SD of 2,000 values is known to 1.6 %, and Woodruff's interval is read at 1.96 SD where it is a little wide.
    assert np.mean([one.mcse for one in found]) == pytest.approx(seen, rel=0.07)
    truths = {estimate_mean: 0.2, estimate_spread: 0.5, estimate_root_mean_square: math.hypot(0.2, 0.5)}
    truth = truths.get(estimate, math.exp(0.2) if estimate is estimate_median_ratio else 0.2)
    inside = np.mean([one.low <= truth <= one.high for one in found])
    assert inside == pytest.approx(0.95, abs=0.02)


def test_median_mcse_of_a_large_sample_is_the_asymptotic_one():
    """For normal values the MCSE of the median tends to √(π/2) σ/√n, and of a quartile to its density formula."""
    values = np.random.default_rng(5).normal(0.0, 2.0, 100_000)
    assert estimate_quantile(values).mcse == pytest.approx(math.sqrt(math.pi / 2) * 2 / math.sqrt(100_000), rel=0.05)
    density = stats.norm.pdf(stats.norm.ppf(0.25)) / 2.0
    expected = math.sqrt(0.25 * 0.75 / 100_000) / density
    assert estimate_quantile(values, 0.25).mcse == pytest.approx(expected, rel=0.05)


def test_exact_interval_is_that_of_the_figures():
    """The interval of a proportion equals the one that the figures draw, and closed forms at 0 of n and n of n."""
    for events, n in ((0, 10), (3, 10), (10, 10), (57, 1000)):
        assert exact_interval(events, n) == pytest.approx(clopper_pearson(events, n))
    assert exact_interval(0, 50)[1] == pytest.approx(1 - 0.025 ** (1 / 50))


def test_small_samples_say_what_they_do_not_know():
    """Nothing gives NaN with no replicates used; one value has no standard error; a constant has none of zero size."""
    for estimate in (estimate_mean, estimate_share, estimate_spread, estimate_quantile, estimate_minimum):
        nothing = estimate(np.array([]))
        assert nothing.n_used == 0
        assert math.isnan(nothing.value)
    for estimate in (estimate_mean, estimate_quantile, estimate_root_mean_square, estimate_median_ratio):
        assert math.isnan(estimate(np.array([0.3])).mcse)
    assert math.isnan(estimate_spread(np.array([0.3])).value)
    assert estimate_root_mean_square(np.zeros(4))[:2] == (0.0, 0.0)
    assert estimate_minimum(np.array([3.0, 1.0, 2.0])).value == 1.0
