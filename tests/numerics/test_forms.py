"""Shapes of the exposure effect."""

import numpy as np
import pytest

from bayes_sora.numerics.forms import emax_effect, polynomial_effect
from bayes_sora.numerics.numpy_ops import NUMPY

X = np.linspace(-2.0, 2.0, 9)


def test_polynomial_without_intercept():
    """Coefficients are those of numpy's polynomial with a zero constant, for none, one and two of them."""
    for coefficients in ((), (1.5,), (1.5, -0.7)):
        expected = np.polynomial.Polynomial([0.0, *coefficients])(X)
        assert polynomial_effect(X, *coefficients) == pytest.approx(expected)


def test_zero_at_the_reference():
    """A polynomial is zero at the reference exposure."""
    assert polynomial_effect(0.0, 3.0, 4.0) == 0.0


def test_broadcasts_over_draws():
    """Exposures along one axis and draws along another give their table."""
    slopes = np.array([[1.0], [2.0]])
    assert polynomial_effect(X, slopes).shape == (2, 9)


@pytest.mark.parametrize("hill", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("emax", [-2.0, 3.0])
def test_emax_is_the_formula_of_the_textbooks(emax, hill):
    """On the scale of concentrations it is E·C^γ / (C^γ + EC50^γ)."""
    reference, ec50 = 2.91, 1.4
    concentration = reference * np.exp(X)
    expected = emax * concentration**hill / (concentration**hill + ec50**hill)
    assert emax_effect(NUMPY, X, emax, np.log(ec50 / reference), hill) == pytest.approx(expected)


def test_emax_reaches_nothing_half_and_all():
    """Nothing at no exposure, half at the EC50, all at a very high exposure, without overflow."""
    assert emax_effect(NUMPY, np.array([-1e4, 0.3, 1e4]), 2.0, 0.3, 5.0) == pytest.approx([0.0, 1.0, 2.0])


def test_steep_emax_is_a_step():
    """The steeper, the closer to nothing below the EC50 and everything above it."""
    assert emax_effect(NUMPY, np.array([-0.01, 0.01]), 3.0, 0.0, 1e4) == pytest.approx([0.0, 3.0])
