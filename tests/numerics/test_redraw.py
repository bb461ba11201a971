"""Drawing from a density that is known at a few even nodes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from bayes_sora.numerics.quadrature import draw_between_nodes, log_sum_exp, uniform_nodes

SIZE = 40_000


@pytest.mark.parametrize("steepness", [0.0, 1.5, 2.5])
def test_draws_follow_the_density(steepness):
    """Draws from 15 nodes of φ(z)·expit(a·z) have the distribution function of that density."""
    nodes, weights = uniform_nodes(15)
    log_density = np.log(weights) + special.log_expit(steepness * nodes)
    uniforms = np.random.default_rng(3).uniform(size=SIZE)
    drawn = draw_between_nodes(np.broadcast_to(log_density, (SIZE, 15)), nodes, uniforms)
    fine = np.linspace(-6.0, 6.0, 6001)
    density = stats.norm.pdf(fine) * special.expit(steepness * fine)
    cumulative = np.cumsum(density) / density.sum()
    distance = stats.kstest(drawn, lambda z: np.interp(z, fine, cumulative)).statistic
    assert distance < 1.63 / np.sqrt(SIZE) + 2e-3


def test_draws_rise_with_their_uniform():
    """The draw is the inverse of a distribution function: larger uniforms give larger draws, within the nodes."""
    nodes, weights = uniform_nodes(15)
    uniforms = np.linspace(0.0, 1.0, 501)
    drawn = draw_between_nodes(np.broadcast_to(np.log(weights), (501, 15)), nodes, uniforms)
    assert np.all(np.diff(drawn) >= 0.0)
    assert drawn.min() >= nodes[0]
    assert drawn.max() <= nodes[-1]


def test_log_sum_exp_agrees_with_scipy():
    """Including terms that are −∞ and terms far below what exp can hold."""
    terms = np.random.default_rng(4).normal(size=(50, 9)) * 400.0 - 2000.0
    terms[:, 3] = -np.inf
    np.testing.assert_allclose(log_sum_exp(terms), special.logsumexp(terms, axis=-1), rtol=1e-13)
