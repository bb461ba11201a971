"""The robust prior against SciPy's mixture and conjugate posteriors; the p-value where the prior is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bayes_sora.numerics.robust import DataAlone, RobustNormal, conflict_p, data_alone, without_informative

PRIOR = RobustNormal(mean=0.4, sd=0.6, weight=0.8, vague_mean=0.0, vague_sd=2.0)


def scipy_mixture(prior):
    """Return the same prior as SciPy's own mixture."""
    parts = [stats.Normal(mu=prior.mean, sigma=prior.sd), stats.Normal(mu=prior.vague_mean, sigma=prior.vague_sd)]
    return stats.Mixture(parts, weights=[prior.weight, 1.0 - prior.weight])


def conjugate_posterior(prior, estimate, error):
    """Return the posterior for a normal likelihood, itself such a mixture (closed form)."""
    parts = []
    for mean, sd in ((prior.mean, prior.sd), (prior.vague_mean, prior.vague_sd)):
        precision = sd**-2 + error**-2
        parts.append(((mean * sd**-2 + estimate * error**-2) / precision, precision**-0.5))
    seen = [stats.norm.pdf(estimate, mean, np.hypot(sd, error)) for mean, sd in ((0.4, 0.6), (0.0, 2.0))]
    weight = prior.weight * seen[0] / (prior.weight * seen[0] + (1.0 - prior.weight) * seen[1])
    (mean, sd), (vague_mean, vague_sd) = parts
    return RobustNormal(mean=mean, sd=sd, weight=weight, vague_mean=vague_mean, vague_sd=vague_sd)


def test_density_distribution_and_quantiles_are_those_of_scipy():
    """Log density, distribution function and quantiles agree with scipy.stats.Mixture."""
    other, values = scipy_mixture(PRIOR), np.linspace(-7.0, 7.0, 29)
    assert PRIOR.logpdf(values) == pytest.approx(other.logpdf(values), rel=1e-12)
    assert PRIOR.cdf(values) == pytest.approx(other.cdf(values), rel=1e-12)
    q = np.array([1e-6, 0.025, 0.5, 0.9, 0.999])
    assert PRIOR.ppf(q) == pytest.approx(other.icdf(q), abs=1e-6)


def test_quantiles_undo_the_distribution_function_where_components_lie_far_apart():
    """F(F⁻¹(q)) = q also with a gap between the components."""
    apart = RobustNormal(mean=50.0, sd=0.1, weight=0.3, vague_mean=-40.0, vague_sd=2.0)
    q = np.array([0.001, 0.2, 0.699, 0.701, 0.95])
    assert apart.cdf(apart.ppf(q)) == pytest.approx(q, abs=1e-9)


def test_draws_follow_the_density():
    """A Kolmogorov–Smirnov test against SciPy's distribution function."""
    drawn = PRIOR.rvs(size=4000, random_state=np.random.default_rng(1))
    assert stats.kstest(drawn, scipy_mixture(PRIOR).cdf).pvalue > 0.01


@pytest.mark.parametrize("estimate", [0.5, 2.0, 4.0])
def test_posterior_weight_is_that_of_the_conjugate_posterior(estimate):
    """The mean of P(component | θ) over posterior draws is the closed form, within four Monte Carlo errors."""
    exact = conjugate_posterior(PRIOR, estimate, 0.5)
    shares = PRIOR.informative_share(exact.rvs(size=20_000, random_state=np.random.default_rng(2)))
    assert shares.mean() == pytest.approx(exact.weight, abs=4.0 * shares.std() / np.sqrt(20_000) + 1e-12)


@pytest.mark.parametrize("estimate", [0.5, 2.0, 4.0])
def test_data_alone_are_found_again_from_draws_under_the_mixture(estimate):
    """Weighted to the vague component and freed of it, draws give back the likelihood they came from."""
    error = 0.5
    draws = conjugate_posterior(PRIOR, estimate, error).rvs(size=40_000, random_state=np.random.default_rng(3))
    moments = without_informative(draws, PRIOR)
    assert moments is not None
    found = data_alone(*moments, prior_mean=0.0, prior_sd=2.0)
    assert found is not None
    assert found.estimate == pytest.approx(estimate, abs=0.04)
    assert found.standard_error == pytest.approx(error, rel=0.05)


def test_data_alone_undoes_the_conjugate_update():
    """From the exact posterior moments the estimate and its error come back exactly; without a gain there are none."""
    precision = 1.0**-2 + 0.3**-2
    mean = (0.5 + 2.0 * 0.3**-2) / precision
    found = data_alone(mean, precision**-0.5, prior_mean=0.5, prior_sd=1.0)
    assert found is not None
    assert (found.estimate, found.standard_error) == pytest.approx((2.0, 0.3))
    assert data_alone(0.5, 1.0, prior_mean=0.5, prior_sd=1.0) is None


def test_the_p_value_is_uniform_where_the_prior_is_right():
    """Over parameters from the informative component, p from posterior draws is uniform (Kolmogorov–Smirnov)."""
    rng, found = np.random.default_rng(4), []
    for _ in range(400):
        estimate = rng.normal(rng.normal(0.4, 0.6), 0.5)
        draws = conjugate_posterior(PRIOR, estimate, 0.5).rvs(size=4000, random_state=rng)
        moments = without_informative(draws, PRIOR)
        assert moments is not None
        data = data_alone(*moments, prior_mean=0.0, prior_sd=2.0)
        assert data is not None
        found.append(conflict_p(data, prior_mean=0.4, prior_sd=0.6))
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_the_p_value_is_the_tail_of_what_the_prior_predicts():
    """Two-sided tail of N(m, s² + SE²), by SciPy."""
    p = conflict_p(DataAlone(estimate=2.3, standard_error=0.5), prior_mean=0.4, prior_sd=0.6)
    assert p == pytest.approx(2.0 * stats.norm.sf(1.9 / np.sqrt(0.61)))


def test_nothing_is_said_where_no_draw_is_of_the_vague_component():
    """Draws that all sit where the informative component towers over the other leave too few effective ones."""
    narrow = RobustNormal(mean=0.0, sd=1e-3, weight=0.999, vague_mean=0.0, vague_sd=100.0)
    draws = np.concatenate([np.zeros(999), [0.02]])
    assert without_informative(draws, narrow) is None
