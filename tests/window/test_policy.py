"""The value of keeping patients within limits against Monte Carlo, quadrature and closed forms."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from bayes_sora.questions import Utility
from bayes_sora.types import Span
from bayes_sora.window.policy import find_policies, policy_value
from tests.window.hand_made import SPAN, hand_made_curves
from tests.window.test_utility import DRAWS, utility

GRID = SPAN.log_grid(257)


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize(("low", "high"), [(1.40, 3.45), (3.75, 10.0), (0.5, 2.0)])
def test_value_is_the_mean_of_moved_patients(name, low, high):
    """Half a million patients of the draw's population, moved one by one, have the mean utility that is stated."""
    toxicity, survival = DRAWS[name]
    curves = hand_made_curves(toxicity=toxicity, survival=survival, log_median=0.9, log_sd=0.5)
    exposure = np.clip(np.exp(0.9 + 0.5 * np.random.default_rng(1).normal(size=500_000)), low, high)
    grid = np.geomspace(low, high, 200)
    each = np.interp(np.log(exposure), np.log(grid), [utility(c, toxicity, survival) for c in grid])
    error = each.std() / np.sqrt(each.size)
    (value,) = find_policies(curves, Utility()).value(Span(low, high))
    assert value == pytest.approx(each.mean(), abs=4 * error + 1e-3)


def test_value_of_a_utility_linear_in_log_exposure():
    """For U = log c the value is the mean of a doubly censored normal variable, to rounding and between grid points."""
    low, high, mu, sd = 1.3, 4.1, 0.7, 0.6
    a, b = ((np.log(end) - mu) / sd for end in (low, high))
    mean = (
        np.log(low) * norm.cdf(a)
        + np.log(high) * norm.sf(b)
        + mu * (norm.cdf(b) - norm.cdf(a))
        - sd * (norm.pdf(b) - norm.pdf(a))
    )
    (value,) = policy_value(np.log(GRID)[None], GRID, Span(low, high), mu=np.array([mu]), sd=np.array([sd]))
    assert value == pytest.approx(mean, rel=1e-12)


def test_leaving_everybody_is_the_mean_of_the_population():
    """The population lies within the range: V(nothing) is the integral of U over its log-normal."""
    toxicity, survival = DRAWS["off centre"]
    curves = hand_made_curves(toxicity=toxicity, survival=survival, log_median=0.8, log_sd=0.2)
    (untouched,) = find_policies(curves, Utility()).untouched()
    truth = quad(lambda x: norm.pdf(x, 0.8, 0.2) * utility(np.exp(x), toxicity, survival), -0.6, 2.2)[0]
    assert untouched == pytest.approx(truth, abs=5e-4)  # linear interpolation between 257 points


def test_a_window_that_holds_everybody_moves_nobody():
    """Where the population lies inside the window its value is that of leaving everybody."""
    toxicity, survival = DRAWS["rising"]
    policies = find_policies(
        hand_made_curves(toxicity=toxicity, survival=survival, log_median=0.7, log_sd=0.05), Utility()
    )
    assert policies.value(Span(1.0, 4.0)) == pytest.approx(policies.untouched(), abs=1e-12)


@pytest.mark.parametrize(("log_median", "end"), [(np.log(0.6), 3.0), (np.log(9.0), 4.0)])
def test_a_window_that_holds_nobody_moves_all_to_one_end(log_median, end):
    """A population far below or above the window is at its nearer end, however narrow it is."""
    toxicity, survival = DRAWS["rising"]
    for sd in (0.05, 1e-6):
        curves = hand_made_curves(toxicity=toxicity, survival=survival, log_median=log_median, log_sd=sd)
        (value,) = find_policies(curves, Utility()).value(Span(3.0, 4.0))
        assert value == pytest.approx(utility(end, toxicity, survival), abs=1e-3)


def test_ends_on_and_beside_grid_points():
    """An end at a grid point, or a rounding error from it, gives the value of its neighbourhood and never NaN."""
    toxicity, survival = DRAWS["rising"]
    policies = find_policies(hand_made_curves(toxicity=toxicity, survival=survival), Utility())
    ends = [GRID[100], np.nextafter(GRID[100], 0.0), np.nextafter(GRID[100], 9.0)]
    values = [policies.value(Span(low, 5.0))[0] for low in ends]
    assert values == pytest.approx([values[0]] * 3, rel=1e-12)
