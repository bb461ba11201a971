"""bs.fit: what it refuses, what it gives, and that no window needs a refit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.fitting.provenance import provenance_from_dict
from bayes_sora.fitting.result import optimisation_span

GROUPS = {
    "posterior",
    "sample_stats",
    "log_likelihood",
    "log_prior",
    "prior",
    "posterior_predictive",
    "observed_data",
    "constant_data",
}


@pytest.fixture
def cohort():
    """Return a cohort of 26."""
    return bs.simulate("moderate", n=26, seed=1).cohort


def test_a_missing_endpoint_is_refused_before_sampling(cohort):
    """A model that needs response names the column and the model files that do without it."""
    without = replace(cohort, response=None)
    with pytest.raises(bs.InputError) as caught:
        bs.fit(without)
    (problem,) = caught.value.problems
    assert problem.code == "F001"
    assert problem.column == "response"
    assert "toxicity_only.v1" in problem.remedy
    assert "survival_only.v1" in problem.remedy


def test_a_censored_trough_needs_a_latent_exposure():
    """A model that takes troughs as measured refuses one below the limit of quantification."""
    cohort = bs.simulate("moderate", n=26, seed=1, lloq_mg_l=1.5).cohort
    with pytest.raises(bs.InputError, match="F002"):
        bs.fit(cohort, model="sorafenib_observed.v1")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"engine": "stan"}, "known: nutpie, pymc"),
        ({"chains": 1}, "chains = 1"),
        ({"draws": 10}, "draws = 10"),
        ({"tune": 0}, "tune = 0"),
        ({"seed": -1}, "seed: expected a whole number"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(cohort, wrong, words):
    """An unknown engine or an impossible number is refused with words that name it."""
    with pytest.raises(bs.UsageError, match=words):
        bs.fit(cohort, **wrong)


def test_windows_follow_the_endpoints(fake_fit):
    """A model gives the windows that its endpoints allow."""
    assert set(fake_fit().windows) == {"limits", "youden", "utility"}
    assert "utility" not in fake_fit(model="toxicity_only.v1").windows
    assert "limits" not in fake_fit(model="survival_only.v1").windows


def test_a_window_asked_again_needs_no_refit(fake_fit):
    """Stricter limits on the same draws give a window that is nowhere wider."""
    fit = fake_fit()
    strict = fit.window(bs.Limits(max_toxicity=0.4, min_response=0.6))
    default = fit.windows["limits"]
    assert strict.p_exists <= default.p_exists
    both = strict.posterior.draws["exists"] & default.posterior.draws["exists"]
    lower = strict.posterior.draws["upper"] <= default.posterior.draws["upper"] + 1e-12
    assert bool((lower | ~both).all())


def test_the_range_comes_from_the_cohort_when_the_model_has_none(cohort):
    """Without a range the optimisation runs from 0.75 × the smallest to 1.25 × the largest trough."""
    model = bs.load_model("sorafenib_joint.v1")
    open_range = replace(model, drug=replace(model.drug, span=None))
    span = optimisation_span(open_range, cohort)
    assert span.low == pytest.approx(0.75 * cohort.trough_mg_l.min())
    assert span.high == pytest.approx(1.25 * cohort.trough_mg_l.max())


def test_provenance_survives_json(fake_fit):
    """What as_dict writes, provenance_from_dict reads."""
    provenance = fake_fit().provenance
    assert provenance_from_dict(provenance.as_dict()) == provenance


def test_every_log_prior_is_that_of_its_parameter(fake_fit):
    """The log_prior group holds log densities of science.md §6, checked for one normal and one log-normal."""
    fit = fake_fit()
    slope = fit.parameters["response_slope"].to_numpy()
    truth = -0.5 * ((slope - 1.0) / 2.0) ** 2 - np.log(2.0) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(fit.posterior["log_prior"]["response_slope"].to_numpy(), truth)
    shape = fit.parameters["survival_shape"].to_numpy()
    z = (np.log(shape) - np.log(1.25)) / 0.25
    truth = -0.5 * z**2 - np.log(0.25 * shape) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(fit.posterior["log_prior"]["survival_shape"].to_numpy(), truth)


def test_replicates_follow_the_model(fake_fit):
    """Replicated toxicities, responses and deaths by 12 months occur as often as the model says they should."""
    fit = fake_fit(draws=500)
    x = fit.posterior["posterior"]["patient_log_exposure"] - np.log(2.91)
    p = fit.parameters
    toxicity = 1 / (1 + np.exp(-(p["toxicity_intercept"] + p["toxicity_slope"] * x)))
    g = p["survival_linear"] * x + p["survival_curvature"] * x**2
    dead = 1 - np.exp(-np.log(2) * (12.0 / p["survival_median"]) ** p["survival_shape"] * np.exp(g))
    replicated = fit.posterior["posterior_predictive"]
    error = 4 * 0.5 / np.sqrt(toxicity.size)
    assert float(replicated["toxicity"].mean()) == pytest.approx(float(toxicity.mean()), abs=error)
    assert float((replicated["os_months"] < 12.0).mean()) == pytest.approx(float(dead.mean()), abs=error)


@pytest.mark.mcmc
def test_arviz_accepts_the_posterior(sampled_fit):
    """Summary, leave-one-patient-out and power-scaling of ArviZ work on the DataTree as it is."""
    import arviz_stats as azs  # noqa: PLC0415 - wanted by this test alone

    tree = sampled_fit.posterior
    assert set(tree.children) == GROUPS
    summary = azs.summary(tree, var_names=list(sampled_fit.model_file.priors), ci_prob=0.95, ci_kind="eti")
    assert summary["r_hat"].astype(float).max() < 1.02
    loo = azs.loo(tree, var_name="patient")
    assert np.isfinite(loo.elpd)
    sensitivity = azs.psense(tree, var_names=["response_slope"], group="likelihood", group_var_names=["patient"])
    assert np.isfinite(float(sensitivity["response_slope"]))


@pytest.mark.mcmc
def test_the_pymc_model_is_handed_over(sampled_fit):
    """fit.model is the PyMC model with the parameters of the model file."""
    assert {variable.name for variable in sampled_fit.model.free_RVs} == set(sampled_fit.model_file.priors)


@pytest.mark.mcmc
def test_unit_of_the_cohort_does_not_matter(tmp_path):
    """The same cohort in ng/mL and in days gives the same draws."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    path = tmp_path / "other_units.csv"
    rows = ["patient_id,trough_ng_ml,toxicity,response,os_days,death"]
    rows += [
        f"{who},{float(c) * 1000!r},{t:g},{r:g},{float(os) * 30.4375!r},{d:g}"
        for who, c, t, r, os, d in zip(
            cohort.patient_id,
            cohort.trough_mg_l,
            cohort.toxicity,
            cohort.response,
            cohort.os_months,
            cohort.death,
            strict=True,
        )
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    plan = {"seed": 4, "tune": 200, "draws": 200, "chains": 2, "model": "sorafenib_observed.v1"}
    here, there = (bs.fit(one, **plan) for one in (cohort, bs.read_cohort(path)))
    for kind, window in here.windows.items():
        assert there.windows[kind].lower.q50 == pytest.approx(window.lower.q50, rel=0.05)
