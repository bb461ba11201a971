"""Quadrature against exact moments of the normal and adaptive integration."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from bayes_sora.numerics.quadrature import normal_nodes, uniform_nodes


@pytest.mark.parametrize("size", [1, 5, 11, 61, 101])
def test_moments_of_the_normal(size):
    """Weights add up to one and even moments up to degree 2·size − 1 are (d − 1)!!."""
    nodes, weights = normal_nodes(size)
    assert weights.sum() == pytest.approx(1.0)
    for degree in range(2, min(2 * size, 12), 2):
        assert weights @ nodes**degree == pytest.approx(math.prod(range(1, degree, 2)))
    assert weights @ nodes == pytest.approx(0.0, abs=1e-12)


def logistic_normal_mean(slope):
    """E[expit(0.4 + slope·Z)] by adaptive quadrature."""
    return quad(lambda z: norm.pdf(z) * expit(0.4 + slope * z), -12, 12)[0]


@pytest.mark.parametrize(("slope", "tolerance"), [(0.5, 1e-9), (2.0, 1e-9), (5.0, 1e-4)])
def test_gauss_hermite_mean_of_a_logistic_curve(slope, tolerance):
    """With 61 nodes Gauss–Hermite is right for gentle curves and loses digits for steep ones."""
    nodes, weights = normal_nodes(61)
    assert weights @ expit(0.4 + slope * nodes) == pytest.approx(logistic_normal_mean(slope), abs=tolerance)


@pytest.mark.parametrize(("slope", "tolerance"), [(0.5, 1e-8), (2.0, 1e-8), (5.0, 1e-8), (10.0, 1e-4)])
def test_even_nodes_mean_of_a_logistic_curve(slope, tolerance):
    """With 61 nodes on ±6 the trapezoidal rule is right for steep curves too, as a prevalence needs."""
    nodes, weights = uniform_nodes(61, half_width=6.0)
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ expit(0.4 + slope * nodes) == pytest.approx(logistic_normal_mean(slope), abs=tolerance)


def test_shared_nodes_cannot_be_changed():
    """Nodes are computed once and shared, so that writing to them is refused."""
    for nodes, _ in (normal_nodes(7), uniform_nodes(7)):
        with pytest.raises(ValueError, match="read-only"):
            nodes[0] = np.inf
