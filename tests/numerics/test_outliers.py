"""Values far from the rest: slips of the decimal point are found, ordinary samples are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_sora.numerics.outliers import far_amounts, far_times

RUNS = 400


def troughs(rng, n):
    """Draw troughs as wide as those of sorafenib: SD of the logs 0.63."""
    return 2.9 * np.exp(0.63 * rng.normal(size=n))


def times(rng, n):
    """Draw Weibull times of shape 1.25 and median 12, censored at 60 months."""
    return np.minimum(12.0 * (rng.exponential(size=n) / np.log(2.0)) ** 0.8, 60.0)


@pytest.mark.parametrize("n", [12, 26, 100, 1000])
@pytest.mark.parametrize(("draw", "far", "most"), [(troughs, far_amounts, 0.06), (times, far_times, 0.01)])
def test_ordinary_samples_are_left_alone(n, draw, far, most):
    """Few samples have any value flagged; the bounds leave three Monte Carlo errors."""
    rng = np.random.default_rng(n)
    assert np.mean([far(draw(rng, n)).any() for _ in range(RUNS)]) < most + 3 * np.sqrt(most / RUNS)


@pytest.mark.parametrize("n", [12, 26, 100, 1000])
@pytest.mark.parametrize(
    ("draw", "far", "factors"), [(troughs, far_amounts, (0.01, 100, 1000)), (times, far_times, (100, 1000))]
)
def test_slips_of_two_and_three_places_are_found(n, draw, far, factors):
    """One value multiplied by 100 or 1000 is the only one flagged, in at least 9 of 10 samples."""
    rng = np.random.default_rng(n)
    for factor in factors:
        found = 0
        for _ in range(RUNS):
            values = draw(rng, n)
            values[0] *= factor
            found += far(values)[0]
        assert found / RUNS > 0.9


def test_a_slip_of_one_place_is_found_where_the_rest_is_narrow():
    """A factor of 10 is beyond anything a spread of 0.3 gives."""
    rng = np.random.default_rng(1)
    values = 5.0 * np.exp(0.3 * rng.normal(size=40))
    values[3] *= 10.0
    assert np.flatnonzero(far_amounts(values)).tolist() == [3]


def test_doses_of_which_most_are_equal_have_no_outlier_but_the_slip():
    """Half a dose and a quarter of one are usual; ten times the dose is not."""
    doses = np.array([800.0] * 20 + [400.0] * 6 + [200.0] * 2)
    assert not far_amounts(doses).any()
    assert np.flatnonzero(far_amounts(np.append(doses, 8000.0))).tolist() == [28]


def test_an_early_death_is_no_slip():
    """The logs of times have a long tail towards zero: a death on the first day is not flagged."""
    assert not far_times(np.append(times(np.random.default_rng(2), 60), 0.03)).any()


def test_few_or_unknown_values_say_nothing():
    """Seven values are too few; NaN is skipped."""
    assert not far_amounts(np.array([1.0] * 6 + [1000.0])).any()
    values = np.array([np.nan, *[1.0, 1.1, 0.9, 1.2] * 3, 1000.0])
    assert np.flatnonzero(far_amounts(values)).tolist() == [13]
