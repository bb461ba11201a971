"""Splines against SciPy's own, by value and derivative, and what they promise: orthogonal, scaled, never falling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.splines import N_BENDS, N_RISES, monotone_rise, spline_deviation
from tests.splines import natural_bends, quadrature, rise, straight_beyond

ENDS = LOW, HIGH = -1.7, 1.3
INSIDE = np.linspace(LOW, HIGH, 301)
EVERYWHERE = np.linspace(LOW - 2.0, HIGH + 2.0, 701)
NUMBERS = st.floats(min_value=-30.0, max_value=30.0)


def bends(x, *, centred=False):
    """Return every B_k at x, shape (7, n)."""
    return np.array([spline_deviation(NUMPY, x, ENDS, unit, centred=centred) for unit in np.eye(N_BENDS)])


def derivative(curve, x, h=1e-3):
    """Differentiate a piecewise cubic between its knots: this difference of five points is exact but for rounding."""
    points = [curve(x + k * h) for k in (-2, -1, 1, 2)]
    return (points[0] - 8 * points[1] + 8 * points[2] - points[3]) / (12 * h)


def between_knots(n):
    """Return points far enough from every knot."""
    fractions = np.array([0.1, 0.5, 0.8])
    return LOW + (HIGH - LOW) / n * (np.arange(n)[:, None] + fractions).ravel()


def test_deviations_are_natural_splines_of_scipy():
    """Every B_k, and its slope, equals SciPy's natural cubic spline to 1e-10, and goes on straight beyond the range."""
    truth = natural_bends(ENDS)
    expected = straight_beyond(truth, truth.derivative(), ENDS, EVERYWHERE)
    np.testing.assert_allclose(bends(EVERYWHERE), expected.T, atol=1e-10)
    x = between_knots(8)
    np.testing.assert_allclose(derivative(bends, x), truth(x, 1).T, atol=1e-9)


def test_deviations_are_orthogonal_to_straight_lines_and_to_each_other():
    """Over the range no B_k has a mean or a slope, and no two have anything in common."""
    x, weights = quadrature(ENDS)
    values = bends(x)
    np.testing.assert_allclose(values @ weights, 0.0, atol=1e-12)
    np.testing.assert_allclose(values @ (weights * x), 0.0, atol=1e-12)
    products = values @ (weights[:, None] * values.T)
    np.testing.assert_allclose(products - np.diag(np.diag(products)), 0.0, atol=1e-12)
    assert (np.diff(np.diag(products)) < 0.0).all()


def test_mean_square_of_a_deviation_is_that_of_its_weights():
    """With weights of variance σ² the squared deviation, averaged over the range, is σ²."""
    x, weights = quadrature(ENDS)
    assert (bends(x) ** 2).sum(axis=0) @ weights == pytest.approx(1.0, rel=1e-12)


def test_a_centred_deviation_is_zero_at_the_reference():
    """Centring shifts the curve and changes nothing else."""
    np.testing.assert_allclose(bends(np.zeros(1), centred=True), 0.0, atol=1e-13)
    shift = bends(INSIDE) - bends(INSIDE, centred=True)
    np.testing.assert_allclose(shift, bends(np.zeros(1)) * np.ones(INSIDE.size), atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_rise_is_the_integral_of_scipys_quadratic_b_spline(seed):
    """F and its slope equal SciPy's to 1e-10 inside the range, and go on straight beyond it."""
    log_weights = 2.0 * np.random.default_rng(seed).normal(size=N_RISES)
    height, slope = rise(ENDS, log_weights)
    expected = straight_beyond(height, slope, ENDS, EVERYWHERE)
    np.testing.assert_allclose(monotone_rise(NUMPY, EVERYWHERE, ENDS, log_weights), expected, atol=1e-10)
    x = between_knots(6)
    found = derivative(lambda at: monotone_rise(NUMPY, at, ENDS, log_weights), x)
    np.testing.assert_allclose(found, slope(x), atol=1e-10)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(log_weights=st.lists(NUMBERS, min_size=N_RISES, max_size=N_RISES))
def test_rise_never_falls(log_weights):
    """Whatever the weights, F rises by 1 over the range, never falls, and is 0 at the reference."""
    height = monotone_rise(NUMPY, EVERYWHERE, ENDS, np.array(log_weights))
    assert np.diff(height).min() > -1e-12
    low, high, reference = monotone_rise(NUMPY, np.array([LOW, HIGH, 0.0]), ENDS, np.array(log_weights))
    assert high - low == pytest.approx(1.0, abs=1e-12)
    assert reference == pytest.approx(0.0, abs=1e-12)


def test_rise_of_equal_weights_is_the_straight_line():
    """With all weights alike, of any size, F is (x − 0) over the length of the range."""
    height = monotone_rise(NUMPY, EVERYWHERE, ENDS, np.full(N_RISES, 1e4))
    np.testing.assert_allclose(height, EVERYWHERE / (HIGH - LOW), atol=1e-13)


def test_draws_along_one_axis_and_exposures_along_another_give_their_table():
    """Weights over draws broadcast against x over exposures."""
    weights = np.random.default_rng(4).normal(size=(5, 1, N_BENDS))
    table = spline_deviation(NUMPY, INSIDE, ENDS, weights, centred=True)
    alone = spline_deviation(NUMPY, INSIDE, ENDS, weights[2, 0], centred=True)
    assert table.shape == (5, INSIDE.size)
    np.testing.assert_allclose(table[2], alone, rtol=1e-14)
