"""Leave-one-patient-out against closed forms and brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

import bayes_sora as bs
from bayes_sora.comparison.loo import Predicted, largest_good_k, leave_out, log_predictive, psis, refit_without
from bayes_sora.fitting.provenance import Attempt
from tests.comparison.hand_made import no_refit, with_log_likelihood
from tests.conftest import make_fake_fit

CHAINS, DRAWS = 4, 1000
PRIOR_SD = 3.0
SIGMAS = 5.0


class NormalMean:
    """y_i ~ N(θ, 1), θ ~ N(0, 3²): posterior and leave-one-out predictive are normal."""

    def __init__(self, y):
        self.y = np.asarray(y)

    def posterior(self, y):
        """Mean and SD of θ given y."""
        precision = y.size + PRIOR_SD**-2
        return y.sum() / precision, precision**-0.5

    def log_likelihood(self, *, seed):
        """Log p(y_i | θ) at independent draws of the posterior, over (chain, draw, patient)."""
        mean, sd = self.posterior(self.y)
        theta = np.random.default_rng(seed).normal(mean, sd, size=(CHAINS, DRAWS, 1))
        return stats.norm.logpdf(self.y, theta, 1.0)

    def left_out(self, i):
        """Log p(y_i | the others)."""
        mean, sd = self.posterior(np.delete(self.y, i))
        return float(stats.norm.logpdf(self.y[i], mean, np.hypot(1.0, sd)))

    def all_left_out(self):
        """Return the same of every patient."""
        return np.array([self.left_out(i) for i in range(self.y.size)])


def error_of_importance_sampling(log_likelihood):
    """Monte Carlo error of −log mean(1 / p) over draws, by the delta method."""
    inverse = np.exp(-log_likelihood.reshape(-1, log_likelihood.shape[-1]))
    return inverse.std(axis=0) / inverse.mean(axis=0) / np.sqrt(len(inverse))


def fit_of(model):
    """Return a Fit with as many patients as the normal model and its log-likelihood in place of the fit's own."""
    cohort = bs.simulate("null", n=model.y.size, seed=1).cohort
    return with_log_likelihood(
        make_fake_fit(cohort, chains=CHAINS, draws=DRAWS, model="toxicity_only.v1"), model.log_likelihood(seed=1)
    )


def test_importance_sampling_gives_the_exact_predictive():
    """Of a normal mean, within five Monte Carlo errors for every observation."""
    model = NormalMean(np.random.default_rng(4).normal(1.0, 1.0, size=20))
    log_likelihood = model.log_likelihood(seed=2)
    elpd, pareto_k = psis(log_likelihood)
    assert (pareto_k < 0.5).all()
    assert np.abs(elpd - model.all_left_out()) == pytest.approx(
        0.0, abs=SIGMAS * error_of_importance_sampling(log_likelihood).max()
    )


def test_outlier_is_refitted_and_the_others_are_not():
    """One observation 30 SD away cannot be left out by weighting draws; with its refit all are exact."""
    model = NormalMean([*np.random.default_rng(4).normal(size=19), 30.0])
    asked, heard = [], []

    def refit(fit, patient, *, progress):  # noqa: ARG001 - the signature of a refit
        asked.append(patient)
        return Predicted(log_density=model.left_out(patient))

    fit = fit_of(model)
    found = leave_out("normal", fit, refit=refit, progress=lambda *step: heard.append(step))
    assert asked == [19]
    assert found.refitted == (fit.cohort.patient_id[19],)
    assert found.pareto_k[19] > largest_good_k(CHAINS * DRAWS)
    assert found.elpd[19] == model.left_out(19)
    error = error_of_importance_sampling(model.log_likelihood(seed=1)[..., :19]).max()
    assert found.elpd[:19] == pytest.approx(model.all_left_out()[:19], abs=SIGMAS * error)
    assert heard == [(f"normal: refit 1 of 1, without patient {fit.cohort.patient_id[19]}", 0, 1)]


def test_effective_parameters_of_a_normal_mean():
    """p_loo, the sum of log p(y_i | y) − log p(y_i | others), is near the one parameter that there is."""
    model = NormalMean(np.random.default_rng(4).normal(1.0, 1.0, size=40))
    found = leave_out("normal", fit_of(model), refit=no_refit, progress=lambda *_: None)
    mean, sd = model.posterior(model.y)
    exact = stats.norm.logpdf(model.y, mean, np.hypot(1.0, sd)) - model.all_left_out()
    assert found.p_loo.sum() == pytest.approx(exact.sum(), abs=0.05)


def test_log_likelihood_that_is_not_finite_is_refitted():
    """A draw under which a patient is impossible spoils the importance sampling of that patient alone."""
    model = NormalMean(np.random.default_rng(4).normal(size=10))
    values = model.log_likelihood(seed=1)
    values[0, 0, 3] = -np.inf
    fit = with_log_likelihood(fit_of(model), values)
    found = leave_out("x", fit, refit=lambda *_, **__: Predicted(log_density=-1.5), progress=lambda *_: None)
    assert found.refitted == (fit.cohort.patient_id[3],)
    assert np.isfinite(found.elpd).all()
    assert np.isfinite(found.p_loo).all()


def test_a_refit_that_cannot_be_trusted_is_told():
    """With the model, the patient and the reason."""
    model = NormalMean([*np.random.default_rng(4).normal(size=19), 30.0])
    fit = fit_of(model)
    found = leave_out(
        "m",
        fit,
        refit=lambda *_, **__: Predicted(log_density=-1.0, distrust=("R-hat", "ESS")),
        progress=lambda *_: None,
    )
    assert found.notes == (f"m without patient {fit.cohort.patient_id[19]}: R-hat; ESS",)


def test_without_refits_the_doubtful_are_told():
    """A note counts them and importance sampling stays as it is; a density that is not a number is refused."""
    model = NormalMean([*np.random.default_rng(4).normal(size=19), 30.0])
    fit = fit_of(model)
    found = leave_out("m", fit, refit=None, progress=lambda *_: None)
    assert found.refitted == ()
    assert found.notes == ("m: 1 of 20 patients with a large Pareto k, and no refits, as asked",)
    values = model.log_likelihood(seed=1)
    values[0, 0, 3] = -np.inf
    with pytest.raises(bs.UsageError, match="not finite"):
        leave_out("m", with_log_likelihood(fit, values), refit=None, progress=lambda *_: None)


@pytest.mark.parametrize(("draws", "k"), [(100, 0.5), (1000, 2.0 / 3.0), (4000, 0.7), (100_000, 0.7)])
def test_largest_good_k(draws, k):
    """1 − 1/log₁₀ S, at most 0.7."""
    assert largest_good_k(draws) == pytest.approx(k)


@pytest.mark.parametrize("model", ["sorafenib_joint.v1", "sorafenib_observed.v1", "sorafenib_sites.v1"])
def test_one_patient_is_evaluated_as_among_all(model):
    """A patient alone has the log-likelihood that the patient has in the whole cohort, labels of sites included."""
    cohort = bs.simulate("sites", n=12, seed=2).cohort
    bound, _ = bs.modelfile.bind_model(bs.load_model(model), cohort)
    fit, other = (make_fake_fit(cohort, model=bound, draws=50, seed=seed, from_prior=True) for seed in (1, 2))
    in_cohort = other.posterior["log_likelihood"]["patient"].to_numpy().reshape(-1, 12)
    expected = special.logsumexp(in_cohort, axis=0) - np.log(len(in_cohort))
    rng = np.random.default_rng(1)
    found = [log_predictive(other, fit, i, rng=rng) for i in range(12)]
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.mcmc
def test_refit_is_the_exact_predictive():
    """Of troughs as measured and toxicity, against integrals over grids of the parameters, left out one patient."""
    cohort = bs.simulate("moderate", n=12, seed=5).cohort
    joint = bs.load_model("sorafenib_observed.v1")
    model = replace(joint, outcomes={"toxicity": joint.outcomes["toxicity"]})
    fake = make_fake_fit(cohort, model=model, draws=50)
    attempt = Attempt(chains=4, tune=300, draws=500, target_accept=0.9, seconds=0.0)
    fit = replace(fake, provenance=replace(fake.provenance, attempts=(attempt,), engine={"name": "nutpie"}))
    predicted = refit_without(fit, 3)
    assert predicted.distrust == ()
    assert predicted.log_density == pytest.approx(exact_left_out(cohort, 3), abs=0.05)


def exact_left_out(cohort, i):
    """Log p(y_i, T_i | the others), its two factors integrated over grids (the priors of science.md, §6)."""
    log_y, toxic = np.log(cohort.trough_mg_l), cohort.toxicity
    x = log_y - np.log(2.91)
    mu, sd = np.meshgrid(np.linspace(-1.0, 3.0, 401), np.geomspace(0.1, 4.0, 401), indexing="ij")
    # With respect to log sd, evenly spaced.
    prior = stats.norm.logpdf(mu, np.log(3.0), 0.5) + stats.norm.logpdf(np.log(sd), np.log(0.6), 0.3)
    each = [stats.norm.logpdf(value, mu, sd) for value in log_y]
    exposure = left_out_on_grid(prior, each, i)
    intercept, slope = np.meshgrid(np.linspace(-8.0, 8.0, 401), np.linspace(-5.0, 6.0, 401), indexing="ij")
    prior = stats.norm.logpdf(intercept, 0.0, 1.5) + stats.norm.logpdf(slope, 0.5, 1.0)
    each = [
        special.log_expit((intercept + slope * at) * (1.0 if event else -1.0))
        for at, event in zip(x, toxic, strict=True)
    ]
    return exposure + left_out_on_grid(prior, each, i)


def left_out_on_grid(prior, each, i):
    """Log ∫ p(y_i | θ) p(θ | others) on an even grid."""
    others = prior + sum(values for j, values in enumerate(each) if j != i)
    return special.logsumexp(others + each[i]) - special.logsumexp(others)
