"""Shapes of the exposure effect."""

import numpy as np
import pytest

from bayes_sora.numerics.forms import polynomial_effect

X = np.linspace(-2.0, 2.0, 9)


def test_polynomial_without_intercept():
    """Coefficients are those of numpy's polynomial with a zero constant, for none, one and two of them."""
    for coefficients in ((), (1.5,), (1.5, -0.7)):
        expected = np.polynomial.Polynomial([0.0, *coefficients])(X)
        assert polynomial_effect(X, *coefficients) == pytest.approx(expected)


def test_zero_at_the_reference():
    """Every form is zero at the reference exposure."""
    assert polynomial_effect(0.0, 3.0, 4.0) == 0.0


def test_broadcasts_over_draws():
    """Exposures along one axis and draws along another give their table."""
    slopes = np.array([[1.0], [2.0]])
    assert polynomial_effect(X, slopes).shape == (2, 9)
