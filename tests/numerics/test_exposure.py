"""Measured troughs and the average trough behind them, against multivariate normals and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from bayes_sora.numerics.exposure import (
    censored_log_likelihood,
    conditional_log_exposure,
    measured_log_likelihood,
    summarise_troughs,
)

PATIENT = np.array([0, 0, 0, 1, 2, 2])
VALUE = np.array([1.0, 2.0, 4.0, 3.0, 0.05, 20.0])
CENSORING = np.array([0, 0, 0, 0, -1, 1])
spreads = st.floats(0.05, 2.0)


def test_summary_of_troughs():
    """Number, mean and squares are of the measured log troughs; censored ones are kept with their side."""
    found = summarise_troughs(PATIENT, VALUE, CENSORING, n_patients=4)
    assert found.n.tolist() == [3.0, 1.0, 0.0, 0.0]
    assert found.mean_log == pytest.approx([np.log(2.0), np.log(3.0), 0.0, 0.0])
    assert found.sum_squares == pytest.approx([2 * np.log(2.0) ** 2, 0.0, 0.0, 0.0])
    assert found.censored_patient.tolist() == [2, 2]
    assert found.censored_log_limit == pytest.approx(np.log([0.05, 20.0]))
    assert found.censored_sign.tolist() == [1.0, -1.0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-2, 3), min_size=1, max_size=6), st.floats(-1, 2), spreads, spreads)
def test_marginal_is_the_multivariate_normal(log_y, mu, between, within):
    """The troughs of a patient are normal with covariance σ_w² I + σ_b² J."""
    y = np.array(log_y)
    covariance = within**2 * np.eye(y.size) + between**2
    expected = multivariate_normal(np.full(y.size, mu), covariance).logpdf(y)
    found = measured_log_likelihood(
        y.size, y.mean(), ((y - y.mean()) ** 2).sum(), mu=mu, sd_between=between, sd_within=within
    )
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_no_measured_trough_says_nothing():
    """A patient whose troughs are all censored contributes 0 here and keeps the population's distribution."""
    assert measured_log_likelihood(0.0, 0.0, 0.0, mu=1.0, sd_between=0.5, sd_within=0.3) == 0.0
    assert conditional_log_exposure(0.0, 0.0, mu=1.0, sd_between=0.5, sd_within=0.3) == pytest.approx((1.0, 0.5))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1, 2), min_size=1, max_size=5), st.floats(-1, 2), st.floats(0.1, 1.5), st.floats(0.1, 1.5))
def test_conditional_by_brute_force(log_y, mu, between, within):
    """Mean and SD of log C given the troughs are those of prior times likelihood on a fine grid."""
    y = np.array(log_y)
    mean, sd = conditional_log_exposure(y.size, y.mean(), mu=mu, sd_between=between, sd_within=within)
    z = np.linspace(mean - 10 * sd, mean + 10 * sd, 4001)
    log_weight = norm.logpdf(z, mu, between) + norm.logpdf(y[:, None], z, within).sum(axis=0)
    weight = np.exp(log_weight - log_weight.max())
    brute_mean = np.average(z, weights=weight)
    assert mean == pytest.approx(brute_mean, abs=1e-6)
    assert sd == pytest.approx(np.sqrt(np.average((z - brute_mean) ** 2, weights=weight)), rel=1e-5)


def test_censored_terms_are_normal_tails():
    """Below the lower limit the term is the normal CDF, above the upper limit its complement."""
    log_c, limit = np.log(2.0), np.log(1.5)
    below = censored_log_likelihood(log_c, limit, 1.0, sd_within=0.3)
    above = censored_log_likelihood(log_c, limit, -1.0, sd_within=0.3)
    assert below == pytest.approx(norm.logcdf(limit, log_c, 0.3))
    assert above == pytest.approx(norm.logsf(limit, log_c, 0.3))
    assert np.isfinite(censored_log_likelihood(5.0, -5.0, 1.0, sd_within=0.1))
