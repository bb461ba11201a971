"""What a fit says of its robust priors: trust, window.json and report; and one real fit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.fitting.borrowing import borrowed_priors
from bayes_sora.fitting.document import window_document
from bayes_sora.report.html import render_report
from tests.conftest import make_fake_fit
from tests.fits import joint_fit, sharpened

ROBUST = "sorafenib_robust.v1"
SLOPES = {"toxicity_slope": 0.8, "response_slope": 0.5}


@cache
def robust_fit():
    """Return a fit by hand with a toxicity slope near 0.9 and a response slope near 3."""
    return make_fake_fit(model=ROBUST)


def of_slopes(toxicity, response, *, spread=0.2):
    """Return what is said of draws around these slopes."""
    rng = np.random.default_rng(1)
    centres = {"toxicity_slope": toxicity, "response_slope": response}
    draws = {
        name: (("chain", "draw"), centre + spread * rng.standard_normal((4, 500))) for name, centre in centres.items()
    }
    return {one.parameter: one for one in borrowed_priors(xr.Dataset(draws), bs.load_model(ROBUST))}


def test_every_robust_prior_is_told_and_no_other():
    """The slopes of the released file have an entry each; a model without robust priors has none."""
    assert {one.parameter: one.prior.weight for one in robust_fit().borrowed} == SLOPES
    assert joint_fit().borrowed == ()


def test_evidence_that_agrees_gains_weight_and_evidence_that_does_not_loses_it():
    """Near the informative mean its weight rises and p is large; far away it is gone and p is small."""
    near, far = of_slopes(0.5, 0.8), of_slopes(3.5, 6.0)
    for name, before in SLOPES.items():
        assert near[name].posterior_weight > before > far[name].posterior_weight
        assert near[name].conflict_p > 0.5
        assert far[name].in_conflict
        assert not near[name].in_conflict


def test_a_conflict_is_a_reason_of_the_verdict():
    """Only the slope that contradicts the literature is named, with both weights."""
    fit = sharpened(robust_fit(), factor=0.3)
    reasons = [reason for reason in fit.trust.reasons if reason.startswith("earlier evidence and data disagree")]
    named = [one for one in fit.borrowed if one.in_conflict]
    assert [one.reason for one in named] == reasons
    assert [one.parameter for one in named] == ["response_slope"]
    assert "went from 0.50 to 0.2" in reasons[0]


def test_window_json_and_report_say_it():
    """One entry and one row a robust prior; a fit without any has neither."""
    document = window_document(robust_fit())
    assert [entry["parameter"] for entry in document["borrowing"]["priors"]] == list(SLOPES)
    assert set(document["borrowing"]["priors"][0]) == {"parameter", "prior", "posterior_weight", "data", "conflict_p"}
    assert "borrowing" not in window_document(joint_fit())
    page = render_report(robust_fit(), {})
    assert "Earlier evidence against the data" in page
    assert "Earlier evidence against the data" not in render_report(joint_fit(), {})


def test_draws_that_are_not_finite_have_no_p():
    """NaN in, None out: the verdict refuses such draws elsewhere."""
    found = of_slopes(np.nan, 1.0)["toxicity_slope"]
    assert found.conflict_p is None
    assert np.isnan(found.posterior_weight)


@pytest.mark.mcmc
@pytest.mark.slow
def test_the_robust_model_is_sampled():
    """The shipped literal cohort: no divergence, and the steep response takes weight from the literature."""
    fit = bs.fit(bs.read_cohort(bs.shipped_cohort("literal_26")), model=ROBUST, seed=1, tune=500, draws=500)
    assert fit.trust.diagnostics.divergences == 0
    assert fit.trusted
    found = {one.parameter: one for one in fit.borrowed}
    assert found["response_slope"].posterior_weight < 0.5
