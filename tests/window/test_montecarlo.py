"""Monte Carlo intervals of probabilities."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from bayes_sora.window.montecarlo import probability_interval


def test_independent_draws_give_the_jeffreys_interval():
    """For independent draws the effective number is about the number of draws and the interval Jeffreys'."""
    event = np.random.default_rng(1).random((4, 1000)) < 0.3
    k = event.sum()
    expected = beta(k + 0.5, 4000 - k + 0.5).ppf([0.025, 0.975])
    assert probability_interval(event) == pytest.approx(expected, abs=0.005)


def test_sticky_draws_give_a_longer_interval():
    """Draws repeated ten times over carry a tenth of the information."""
    event = np.repeat(np.random.default_rng(1).random((4, 100)) < 0.3, 10, axis=1)
    low, high = probability_interval(event)
    fresh_low, fresh_high = probability_interval(np.random.default_rng(2).random((4, 1000)) < 0.3)
    assert (high - low) / (fresh_high - fresh_low) == pytest.approx(np.sqrt(10), rel=0.35)


@pytest.mark.parametrize("always", [False, True])
def test_never_and_always_keep_a_length(always):
    """An event of no draw, or of every draw, still has an interval that covers small chances."""
    low, high = probability_interval(np.full((4, 250), always))
    assert high - low == pytest.approx(beta(0.5, 1000.5).ppf(0.975), rel=1e-6)
    assert binom.pmf(0, 1000, high - low) == pytest.approx(0.08, abs=0.01)
    assert (low, high)[always] == float(always)


def test_a_handful_of_draws():
    """Fewer draws than an effective sample size needs count as independent."""
    assert probability_interval(np.array([[True, False]])) == pytest.approx(tuple(beta(1.5, 1.5).ppf([0.025, 0.975])))
