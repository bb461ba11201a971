"""Bernoulli outcomes on the logit scale against SciPy."""

import numpy as np
import pytest
from scipy.special import logit as scipy_logit
from scipy.stats import bernoulli

from bayes_sora.numerics.logistic import bernoulli_log_likelihood, expit, logit


def test_logit_is_scipys_and_inverts_expit():
    """The logit of p is SciPy's, −∞ and ∞ at the ends, and undone by expit."""
    p = np.array([0.0, 1e-12, 0.3, 0.5, 1.0 - 1e-12, 1.0])
    assert logit(p) == pytest.approx(scipy_logit(p))
    assert expit(logit(0.3)) == pytest.approx(0.3)


def test_log_likelihood():
    """Outcomes 0 and 1 have the Bernoulli's log probability."""
    outcome, logit_p = np.array([0.0, 1.0, 0.0, 1.0]), np.array([-1.0, -1.0, 2.5, 2.5])
    assert bernoulli_log_likelihood(outcome, logit_p) == pytest.approx(bernoulli(expit(logit_p)).logpmf(outcome))


def test_not_evaluable_contributes_nothing():
    """A NaN outcome adds 0, whatever the logit."""
    assert bernoulli_log_likelihood(np.array([np.nan]), np.array([700.0])).tolist() == [0.0]


def test_far_logits_stay_finite():
    """At logits of ±800 the surprising outcome costs 800, the expected one nothing."""
    found = bernoulli_log_likelihood(np.array([1.0, 1.0, 0.0]), np.array([-800.0, 800.0, 800.0]))
    assert found == pytest.approx([-800.0, 0.0, -800.0])
