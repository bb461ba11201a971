"""The simulator of calibration against the formulas that fits use and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest

import bayes_sora as bs
from bayes_sora.modelfile.vocabulary import FAMILIES
from bayes_sora.numerics.priors import FAMILIES as DISTRIBUTIONS
from bayes_sora.study.calibration.simulate import DRAW, draw_cohort, draw_truth

ARGUMENTS = {
    "normal": {"mean": 0.5, "sd": 2.0},
    "student_t": {"df": 3.0, "location": -1.0, "scale": 0.5},
    "half_normal": {"sd": 0.5},
    "log_normal": {"median": 0.3, "sd_log": 0.35},
    "exponential": {"mean": 2.5},
    "gamma": {"shape": 2.0, "rate": 4.0},
    "robust_normal": {"mean": 0.4, "sd": 0.5, "weight": 0.7, "vague_mean": -0.5, "vague_sd": 2.0},
}
TRUTH = {
    "exposure_log_median": 1.1,
    "exposure_sd_between": 0.5,
    "exposure_sd_within": 0.3,
    "exposure_sd": 0.6,
    "toxicity_intercept": -0.4,
    "toxicity_slope": 0.9,
    "response_intercept": 1.0,
    "response_slope": -2.0,
    "survival_median": 9.0,
    "survival_shape": 1.4,
    "survival_linear": 0.3,
    "survival_curvature": 0.5,
}
N = 40_000


@pytest.mark.parametrize("family", FAMILIES)
def test_prior_draws_follow_the_density_that_is_fitted(family):
    """Every prior family of a model file is drawn from the distribution that its density describes."""
    rng = np.random.default_rng(11)
    draws = [DRAW[family](rng, ARGUMENTS[family]) for _ in range(2_000)]
    assert kstest(draws, DISTRIBUTIONS[family](**ARGUMENTS[family]).cdf).pvalue > 0.001


def test_truth_has_every_parameter():
    """One number a parameter of the model file, from its prior."""
    model = bs.load_model("sorafenib_joint.v1")
    truth = draw_truth(model, np.random.default_rng(1))
    assert list(truth) == list(model.priors)
    assert truth["survival_median"] > 0.0


@pytest.mark.parametrize(("name", "sd"), [("sorafenib_joint.v1", np.hypot(0.5, 0.3)), ("sorafenib_observed.v1", 0.6)])
def test_troughs_have_their_spread(name, sd):
    """Log troughs are normal around μ with the total spread of the form of exposure."""
    cohort = draw_cohort(bs.load_model(name), TRUTH, n=N, rng=np.random.default_rng(2))
    assert kstest((np.log(cohort.trough_mg_l) - 1.1) / sd, "norm").pvalue > 0.001


def test_outcomes_follow_the_curves_of_the_measured_trough():
    """With exposure as measured, outcomes near one trough have the probabilities and the survival of the formulas."""
    model = bs.load_model("sorafenib_observed.v1")
    cohort = draw_cohort(model, TRUTH, n=N, rng=np.random.default_rng(3))
    x = np.log(cohort.trough_mg_l / 2.91)
    near = np.abs(x - 0.5) < 0.05
    se = 0.5 / np.sqrt(near.sum())
    assert cohort.toxicity[near].mean() == pytest.approx(expit(-0.4 + 0.9 * 0.5), abs=4 * se)
    assert cohort.response[near].mean() == pytest.approx(expit(1.0 - 2.0 * 0.5), abs=4 * se)
    # Nobody is censored before 6 months.
    survival = np.exp(-np.log(2.0) * (6.0 / 9.0) ** 1.4 * np.exp(0.3 * 0.5 + 0.5 * 0.25))
    assert (cohort.os_months[near] > 6.0).mean() == pytest.approx(survival, abs=4 * se)


def test_outcomes_of_a_latent_exposure_follow_the_average_trough():
    """The outcomes obey C, not the measured y: among all patients the share toxic is E[p(C)], and y blurs it."""
    model = bs.load_model("sorafenib_joint.v1")
    steep = TRUTH | {"toxicity_slope": 30.0, "toxicity_intercept": 0.0, "exposure_log_median": float(np.log(2.91))}
    cohort = draw_cohort(model, steep, n=N, rng=np.random.default_rng(4))
    x = np.log(cohort.trough_mg_l / 2.91)
    # With so steep a curve T is C > 2.91, and corr(log C, log y) = 0.5 / hypot(0.5, 0.3).
    disagree = np.arccos(0.5 / np.hypot(0.5, 0.3)) / np.pi
    assert ((x > 0.0) != (cohort.toxicity == 1.0)).mean() == pytest.approx(disagree, abs=0.012)


def test_censoring_is_uniform_from_6_to_60_months():
    """Of those who would live for ever, follow-up ends uniformly over 6 to 60 months, and nobody dies."""
    model = bs.load_model("sorafenib_observed.v1")
    cohort = draw_cohort(model, TRUTH | {"survival_median": 1e9}, n=2_000, rng=np.random.default_rng(5))
    assert not cohort.death.any()
    assert kstest((cohort.os_months - 6.0) / 54.0, "uniform").pvalue > 0.001


def test_only_endpoints_of_the_model_are_drawn():
    """A model without response and survival gives a cohort without them."""
    cohort = draw_cohort(bs.load_model("toxicity_only.v1"), TRUTH, n=5, rng=np.random.default_rng(6))
    assert cohort.endpoints == ("toxicity",)
