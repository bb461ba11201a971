"""Importance sampling against posteriors that are known without it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from bayes_sora.study.engine.density import CohortArrays
from bayes_sora.study.engine.importance import Case, Rounds, Target, base_draws, draw_weighted

ROUNDS = Rounds(sizes=(300, 500, 1200))
NO_COHORT = CohortArrays(*(jnp.zeros(0),) * 3, {}, {})
MEAN, SD = np.array([3.0, -2.0]), np.array([0.5, 3.0])
CORRELATION = 0.95


def draw(log_density, n_parameters, *, seed=1):
    """Draw from a density of positions that no cohort enters; return positions and normalised weights."""

    def target(position, cohort):  # noqa: ARG001 - as the engine calls it
        return log_density(position)

    with jax.enable_x64(new_val=True):
        normals, chi = base_draws(np.random.default_rng(seed), n_parameters, ROUNDS)
        case = Case(NO_COHORT, jnp.asarray(normals), jnp.asarray(chi), jnp.zeros(n_parameters))
        position, log_weight = jax.jit(lambda one: draw_weighted(Target(target, target), ROUNDS, one))(case)
    weight = np.exp(np.asarray(log_weight))
    return np.asarray(position), weight / weight.sum()


def correlated(position):
    """Log density of a narrow, tilted normal far from where the search begins."""
    a, b = ((position[i] - MEAN[i]) / SD[i] for i in (0, 1))
    return -0.5 * (a**2 - 2.0 * CORRELATION * a * b + b**2) / (1.0 - CORRELATION**2)


def skewed(position):
    """Log density of the log of a Gamma(2, 1) variable, and of an independent t with five degrees of freedom."""
    return 2.0 * position[0] - jnp.exp(position[0]) - 3.0 * jnp.log1p(position[1] ** 2 / 5.0)


def test_moments_of_a_tilted_normal_are_found():
    """Weighted means, spreads and correlation are the true ones within four Monte Carlo errors."""
    position, weight = draw(correlated, 2)
    effective = 1.0 / (weight**2).sum()
    assert effective > 1000
    error = 4.0 / np.sqrt(effective)
    mean = position @ weight
    covariance = np.cov(position, aweights=weight, bias=True)
    np.testing.assert_array_less(np.abs(mean - MEAN), error * SD)
    np.testing.assert_array_less(np.abs(np.sqrt(np.diag(covariance)) / SD - 1.0), error)
    assert covariance[0, 1] / np.sqrt(np.prod(np.diag(covariance))) == pytest.approx(CORRELATION, abs=error)


def test_quantiles_of_skewed_and_heavy_tails_are_found():
    """What no normal approximation has: the quantiles of a log gamma and of a heavy-tailed t."""
    position, weight = draw(skewed, 2)
    effective = 1.0 / (weight**2).sum()
    assert effective > 1000
    for values, truth in ((np.exp(position[0]), stats.gamma(2.0)), (position[1], stats.t(5))):
        for probability in (0.025, 0.25, 0.5, 0.75, 0.975):
            below = weight[values <= truth.ppf(probability)].sum()
            assert below == pytest.approx(probability, abs=4.0 * np.sqrt(probability * (1 - probability) / effective))


def test_proposals_are_made_of_normals_and_chi_squares():
    """A round draws as many as it says, from the distributions that make a multivariate t."""
    normals, chi = base_draws(np.random.default_rng(3), 4, ROUNDS)
    assert normals.shape == (4, sum(ROUNDS.sizes))
    assert stats.kstest(normals.ravel(), stats.norm.cdf).pvalue > 0.001
    assert stats.kstest(chi * ROUNDS.df, stats.chi2(ROUNDS.df).cdf).pvalue > 0.001
