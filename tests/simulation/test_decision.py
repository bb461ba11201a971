"""The value of a window against brute force."""

import numpy as np
import pytest

from bayes_sora.simulation import decision_value, true_curves, true_windows

N_DRAWS = 200_000


def _by_brute_force(name, window, *, seed):
    """Return mean and standard error of the true utility of patients moved by their measured trough (driver C)."""
    rng = np.random.default_rng(seed)
    median = 2.4 if name == "moderate_shift" else 2.91
    c = median * np.exp(0.55 * rng.normal(size=N_DRAWS))
    y = c * np.exp(0.29 * rng.normal(size=N_DRAWS))
    utility = true_curves(name).utility(c * np.clip(y, *window) / y)
    return utility.mean(), utility.std() / np.sqrt(N_DRAWS)


@pytest.mark.parametrize("name", ["moderate", "moderate_shift", "step", "monotone"])
@pytest.mark.parametrize("window", [(1.40, 3.45), (3.75, np.inf), (2.5, 2.5)])
def test_value_of_a_window_is_the_mean_over_moved_patients(name, window):
    """V(w) lies within 4 standard errors of a simulation written again."""
    mean, error = _by_brute_force(name, window, seed=1)
    got = decision_value(name, (window[0], None if np.isinf(window[1]) else window[1]))
    assert abs(got.value_months - mean) < 4.0 * error


def test_no_window_leaves_doses_alone():
    """Without a window, and with one that is open on both sides, V is V(none) and the benefit is nothing."""
    for window in (None, (None, None), (1e-9, 1e9)):
        value = decision_value("moderate", window)
        assert value.benefit_months == pytest.approx(0.0, abs=1e-5)
        assert value.regret_months == pytest.approx(value.best_months - value.untouched_months, abs=1e-5)


def test_moving_everyone_to_the_optimum_of_the_measured_driver_leaves_no_regret():
    """In `literal` outcomes follow the measured trough, so that dosing can put everyone at c*."""
    optimum = true_windows("literal", scale="y").optimum
    value = decision_value("literal", (optimum, optimum))
    assert value.regret_months == pytest.approx(0.0, abs=1e-5)
    assert value.gain == pytest.approx(1.0, abs=1e-5)


def test_a_flat_truth_has_nothing_to_gain_or_lose():
    """Under `null` every window is worth the same and gain is undefined."""
    value = decision_value("null", (1.40, 3.45))
    assert value.regret_months == pytest.approx(0.0, abs=1e-9)
    assert value.benefit_months == pytest.approx(0.0, abs=1e-9)
    assert value.gain is None


def test_a_window_that_is_too_high_harms():
    """The target of 3.75 mg/L and more costs utility where toxicity matters and survival does not improve."""
    assert decision_value("reverse", (3.75, None)).benefit_months < 0.0


@pytest.mark.parametrize("window", [(3.0, 2.0), (0.0, 2.0), (None, 0.0), (-1.0, None), (np.nan, 2.0)])
def test_an_impossible_window_is_refused(window):
    """Limits are positive and in order."""
    with pytest.raises(ValueError, match=rf"expected 0 < lower ≤ upper .* got {window[0]} and {window[1]}"):
        decision_value("null", window)


def test_limits_equal_but_for_rounding_are_a_point():
    """A lower limit one unit in the last place above the upper one is the same exposure, not an impossible window."""
    point = decision_value("moderate", (2.1, 2.1)).value_months
    assert decision_value("moderate", (float(np.nextafter(2.1, 3.0)), 2.1)).value_months == point
