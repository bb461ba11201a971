"""The published dose–toxicity counts: the hierarchical model against maximum likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

import bayes_sora as bs
from bayes_sora.resources import shipped_folder

REFERENCE = 400.0
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(31)
PUBLISHED = {"slope": (1.48, 0.36), "sd": 0.44}


def arms():
    """Return study, log dose, toxicities and patients of each arm, read without the package."""
    path = shipped_folder("data/published") / "sorafenib_dlt.csv"
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    return table["study"], np.log(table["dose_mg"] / REFERENCE), table["n_toxicity"], table["n_treated"]


def negative_log_likelihood(theta, study, x, events, treated):
    """Logistic regression with a random study intercept, integrated over by 31 Gauss–Hermite nodes."""
    intercept, slope, log_sd = theta
    p = special.expit(intercept + slope * x[:, None] + np.exp(log_sd) * NODES)
    arm = stats.binom.logpmf(events[:, None], treated[:, None], p)
    by_study = np.stack([arm[study == name].sum(axis=0) for name in np.unique(study)])
    return -special.logsumexp(by_study, b=WEIGHTS / WEIGHTS.sum(), axis=1).sum()


@pytest.fixture(scope="module")
def maximum_likelihood():
    """Estimates and standard errors of intercept, slope and log SD."""
    found = optimize.minimize(negative_log_likelihood, [-1.5, 1.0, -1.0], args=arms(), method="BFGS")
    return found.x, np.sqrt(np.diag(found.hess_inv))


def test_maximum_likelihood_is_the_published_one(maximum_likelihood):
    """The comparator of the test below gives the slope, its standard error and the SD that were published."""
    (_, slope, log_sd), (_, error, _) = maximum_likelihood
    assert slope == pytest.approx(PUBLISHED["slope"][0], abs=0.01)
    assert error == pytest.approx(PUBLISHED["slope"][1], abs=0.02)
    assert np.exp(log_sd) == pytest.approx(PUBLISHED["sd"], abs=0.01)


@pytest.mark.mcmc
def test_the_posterior_agrees_with_maximum_likelihood(maximum_likelihood):
    """Slope and study SD lie within a standard error of maximum likelihood, with as much uncertainty."""
    cohort = bs.read_cohort(shipped_folder("data/published") / "sorafenib_dlt.csv")
    fitted = bs.fit(cohort, model="sorafenib_dlt.v1", seed=1, tune=400, draws=400)
    draws = {name: values.to_numpy().ravel() for name, values in fitted.parameters.items()}
    (intercept, slope, log_sd), errors = maximum_likelihood
    assert abs(np.median(draws["toxicity_slope"]) - slope) < 0.3 * errors[1]
    assert abs(np.median(draws["toxicity_intercept"]) - intercept) < 0.6 * errors[0]
    assert draws["toxicity_slope"].std() == pytest.approx(errors[1], rel=0.2)
    low, high = np.quantile(draws["study_sd_toxicity_intercept"], [0.16, 0.84])
    assert low < np.exp(log_sd) < high
    assert fitted.trust.diagnostics.divergences == 0
    assert fitted.curves.scale == "dose"
