"""The trust verdict: what refuses, what warns, what is exempt, and the one automatic retry."""

from __future__ import annotations

from dataclasses import replace

import arviz as az
import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.fitting.trust import refusals
from bayes_sora.inference.diagnose import diagnose_draws, diagnose_where_defined, patients_pareto_k
from bayes_sora.report.fit_tables import diagnostics_table

RNG = np.random.default_rng(11)


def white(*, chains=4, draws=1000):
    """Independent normal draws."""
    return RNG.normal(size=(chains, draws))


def test_white_noise_converges():
    """Independent draws have R-hat near 1 and an ESS near their number."""
    found = diagnose_draws("theta", white())
    assert found.rhat == pytest.approx(1.0, abs=0.005)
    assert found.ess_bulk == pytest.approx(4000, rel=0.25)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_draw_that_is_not_finite_is_seen(wrong):
    """One NaN or infinity among thousands of draws is enough."""
    draws = white()
    draws[2, 17] = wrong
    assert not diagnose_draws("theta", draws).finite


def test_a_constant_is_exempt():
    """A constant has no R-hat and is not refused."""
    found = diagnose_draws("theta", np.ones((4, 1000)))
    assert found.finite
    assert found.rhat is None


def test_a_chain_that_stays_elsewhere_is_seen():
    """One chain of four around another value lifts R-hat far above 1.01."""
    draws = white()
    draws[3] += 3.0
    assert diagnose_draws("theta", draws).rhat > 1.1


def test_a_limit_defined_in_few_draws_is_exempt():
    """A limit known in fewer than 400 draws is not diagnosed."""
    draws = np.where(RNG.uniform(size=(4, 1000)) < 0.05, white(), np.nan)
    found = diagnose_where_defined("limit", draws)
    assert found.rhat is None
    assert found.share_defined == pytest.approx(0.05, abs=0.02)


def test_a_limit_is_diagnosed_where_it_is_defined():
    """A limit known in half of the draws is diagnosed on those, against half of the needed ESS."""
    draws = np.where(RNG.uniform(size=(4, 1000)) < 0.5, white(), np.nan)
    found = diagnose_where_defined("limit", draws)
    assert found.ess_bulk == pytest.approx(2000, rel=0.3)
    assert found.share_defined == pytest.approx(0.5, abs=0.05)


def test_pareto_k_of_an_outlier_is_large():
    """A patient whose log-likelihood varies wildly over the draws has a large Pareto k; a quiet one has not."""
    quiet = -1.0 + 0.1 * white()[..., None]
    wild = -4.0 * white()[..., None]
    assert patients_pareto_k(quiet).max() < 0.5
    assert patients_pareto_k(np.concatenate([quiet, wild], axis=-1)).argmax() == quiet.shape[-1]


def test_a_good_fit_is_trusted(fake_fit):
    """Independent draws near a plausible truth are not refused."""
    fit = fake_fit(draws=400)
    assert fit.trust.verdict in {"ok", "warn"}
    assert not refusals(fit.convergence, fit.trust.diagnostics)


def test_many_divergences_refuse(fake_fit):
    """0.6 % divergent draws refuse, and the reason gives the count."""
    fit = fake_fit(draws=400, divergences=10)
    assert fit.trust.verdict == "refuse"
    assert any("10 of 1600 draws diverged" in reason for reason in fit.trust.reasons)


def test_few_divergences_warn(fake_fit):
    """Up to 0.5 % divergent draws warn."""
    fit = fake_fit(draws=400, divergences=3)
    assert fit.trust.verdict == "warn"
    assert any("3 of 1600 draws diverged" in reason for reason in fit.trust.reasons)


def test_too_few_effective_draws_refuse(fake_fit):
    """4 × 60 draws cannot reach an ESS of 400."""
    fit = fake_fit(draws=60)
    assert fit.trust.verdict == "refuse"
    assert any("effective sample size" in reason for reason in fit.trust.reasons)


def test_a_parameter_that_stands_still_refuses(fake_fit):
    """A parameter with one value in all draws was not sampled; that a window exists in all of them is no fault."""
    fit = fake_fit(draws=400)
    tree = fit.posterior.copy(deep=True)
    tree["posterior"]["toxicity_slope"] = xr.full_like(tree["posterior"]["toxicity_slope"], 1.5)
    still = replace(fit, posterior=tree)
    assert still.trust.verdict == "refuse"
    assert still.trust.reasons[0] == "toxicity_slope has the same value in all draws"


def test_a_refused_fit_identifies_no_window(fake_fit):
    """No window of a refused fit is identified, and its reason says so."""
    fit = fake_fit(draws=60)
    for window in fit.windows.values():
        assert not window.identified
        assert "the fit is not trusted" in window.why


def test_separation_warns(fake_fit):
    """A cohort whose responders all lie above the others is fitted with a warning."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    separated = replace(cohort, response=(cohort.trough_mg_l > 2.0).astype(float))
    assert any("separates" in reason for reason in fake_fit(separated, draws=400).trust.reasons)


def test_a_slope_far_from_its_prior_warns(fake_fit):
    """A posterior slope in the prior's outer 2.5 % is a conflict of prior and data."""
    fit = fake_fit(draws=400)
    tree = fit.posterior.copy()
    posterior = tree["posterior"].to_dataset().assign(toxicity_slope=fit.parameters["toxicity_slope"] + 3.0)
    tree["posterior"] = xr.DataTree(posterior)
    moved = replace(fit, posterior=tree)
    assert any("disagree on toxicity_slope" in reason for reason in moved.trust.reasons)


class Recorder:
    """An engine that returns draws of the prior, the first time with many divergences or too few draws."""

    def __init__(self, model_file, *, first_divergences, first_draws):
        self.model_file = model_file
        self.first = {"divergences": first_divergences, "draws": first_draws}
        self.plans = []

    def __call__(self, _model):
        """Compile nothing."""
        return self.sample

    def sample(self, plan, progress):
        """Draw around 1, with the faults asked for at first."""
        is_first = not self.plans
        self.plans.append(plan)
        draws = self.first["draws"] if is_first else plan.draws
        rng = np.random.default_rng(len(self.plans))
        names = list(self.model_file.priors)
        coords = {"chain": np.arange(plan.chains), "draw": np.arange(draws)}
        posterior = xr.Dataset(
            {name: (("chain", "draw"), 1.0 + 0.1 * rng.normal(size=(plan.chains, draws))) for name in names}, coords
        )
        diverging = np.zeros((plan.chains, draws), dtype=bool)
        if is_first:
            diverging.reshape(-1)[: self.first["divergences"]] = True
        stats = xr.Dataset({"diverging": (("chain", "draw"), diverging)}, coords)
        progress(draws, draws)
        return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})


def fit_with(monkeypatch, **first):
    """Fit with a recording engine; return the engine and the fit."""
    model_file = bs.load_model("toxicity_only.v1")
    engine = Recorder(model_file, **first)
    monkeypatch.setattr("bayes_sora.inference.find_engine", lambda _: engine)
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    return engine, bs.fit(cohort, model=model_file, draws=500, tune=300)


def test_nothing_is_repeated_when_the_first_run_is_good(monkeypatch):
    """A good first run is the only one."""
    engine, fit = fit_with(monkeypatch, first_divergences=0, first_draws=500)
    assert len(engine.plans) == len(fit.provenance.attempts) == 1


def test_divergences_are_answered_with_a_smaller_step(monkeypatch):
    """Many divergences lead to one more run with a higher target acceptance, and the reason is kept."""
    engine, fit = fit_with(monkeypatch, first_divergences=100, first_draws=500)
    assert [plan.target_accept for plan in engine.plans] == [0.9, 0.99]
    assert "diverged" in fit.provenance.attempts[0].repeated_because[0]
    assert fit.trust.verdict != "refuse"


def test_poor_mixing_is_answered_with_more_draws(monkeypatch):
    """Too few effective draws lead to one more run with twice the draws."""
    engine, _ = fit_with(monkeypatch, first_divergences=0, first_draws=50)
    assert [plan.draws for plan in engine.plans] == [500, 1000]


def test_pareto_k_is_that_of_leaving_a_patient_out():
    """The k of each patient is that of ArviZ's own leave-one-out of the same log-likelihoods."""
    rng = np.random.default_rng(5)
    mean = rng.normal(0.0, 0.4, size=(4, 500, 1))
    log_likelihood = -0.5 * (np.array([0.1, 0.5, 4.0]) - mean) ** 2
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"mean": (("chain", "draw"), mean[..., 0])}),
            "log_likelihood": xr.Dataset({"patient": (("chain", "draw", "patient_id"), log_likelihood)}),
        }
    )
    truth = az.loo(tree, var_name="patient", pointwise=True, reff=1.0).pareto_k.to_numpy()
    np.testing.assert_allclose(patients_pareto_k(log_likelihood), truth, atol=1e-6)


def test_influential_patients_are_named_by_id(fake_fit):
    """A patient whose log-likelihood varies wildly over the draws is named in the reasons, and no quiet one is."""
    fit = fake_fit()
    likelihoods = fit.posterior["log_likelihood"].to_dataset()
    noise = np.random.default_rng(3).normal(size=likelihoods["patient"].shape)
    noise *= np.where(np.arange(noise.shape[-1]) == 7, 4.0, 0.1)
    likelihoods["patient"] = likelihoods["patient"].copy(data=noise)
    tree = fit.posterior.copy()
    tree["log_likelihood"] = xr.DataTree(likelihoods)
    fit = replace(fit, posterior=tree)
    who = fit.cohort.patient_id[7]
    assert [patient for patient, _ in fit.trust.diagnostics.influential] == [who]
    (reason,) = [reason for reason in fit.trust.reasons if "Pareto k" in reason]
    assert reason.startswith(f"1 patient sways the posterior strongly (Pareto k above 0.7): {who} (")
    shown = " ".join(cell for row in diagnostics_table(fit).rows for cell in row)
    assert f"Pareto k of {who}" in shown
