"""Frailty with late entry: patients with a low one live to their entry more often, and the likelihood knows it."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from bayes_sora.cohort import Cohort, Troughs
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.predict import draw_replicates
from bayes_sora.modelfile import parse_model
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.calibration.simulate import draw_cohort
from bayes_sora.study.engine.density import cohort_arrays, make_density
from tests.course.courses import (
    binary_density,
    cohort_with_course,
    density_of_hazards,
    exposure_density,
    gathered_hazards,
)
from tests.inference.oracle import draw_parameters

HALF = {"family": "half_normal", "sd": 0.5}
FRAILTY = {"frailty": {"toxicity": HALF, "response": HALF, "survival": HALF}}
CONFOUNDING = {"confounding": {"correlation": -0.5, "survival": 0.8, "response": -0.6}}
LOADINGS = {"frailty_toxicity": 0.7, "frailty_response": 0.9, "frailty_survival": 0.8}
WITH_DOSES = {"exposure": {"time": "dose"}}
B = np.linspace(-7.0, 7.0, 281)


def model_of(table, *, base="sorafenib_joint.v1", **more):
    """Return a model file with rows of follow-up and a latent of the patients beside exposure."""
    survival = {"kind": "weibull_rows", **more.pop("survival", {})}
    text = {"schema": 1, "name": "f.v1", "title": "f", "extends": base, "survival": survival}
    return parse_model({**text, **table, **more})


CASES = {
    "entry": (model_of(FRAILTY), cohort_with_course(intervals=False, doses=False, onset=False)),
    "entry and intervals": (model_of(FRAILTY), cohort_with_course(doses=False, onset=False)),
    "entry and doses": (model_of(FRAILTY, **WITH_DOSES), cohort_with_course(onset=False)),
    "landmark": (model_of(FRAILTY, survival={"landmark_months": 2.0}), cohort_with_course(doses=False, onset=False)),
    "confounding": (model_of(CONFOUNDING), cohort_with_course(intervals=False, doses=False, onset=False)),
}


def point(model, seed):
    """Return plausible parameters of a model as floats."""
    drawn = draw_parameters(np.random.default_rng(seed), form=model.exposure.form) | LOADINGS
    return {name: drawn[name] for name in model.priors}


def tilts(at, z, case):
    """Return what latents B of a patient at a standardised log exposure add to both logits and to the log hazard."""
    if case == "confounding":
        u = -0.5 * z + np.sqrt(0.75) * B
        return 0.0 * u, -0.6 * u, 0.8 * u
    return at["frailty_toxicity"] * B, -at["frailty_response"] * B, at["frailty_survival"] * B


def log_density(at, cohort, i, model, case, *, n=101):
    """Return log ∫ p(y|C) p(C) [∫ φ p_T p_R f(t) db / ∫ φ S(entry) db] dC, with f and S from time zero."""
    log_c, density = exposure_density(at, cohort, i, model, n=n)
    survival = model.outcomes["survival"]
    for place in np.flatnonzero(density > density.max() * 1e-10):
        z = (log_c[place] - at["exposure_log_median"]) / at["exposure_sd_between"]
        toxicity, response, log_hazard = tilts(at, z, case)
        known = gathered_hazards(
            log_c[place], at, cohort, i, landmark=survival.landmark_months, doses=survival.follows_dose
        )
        shifted = {
            f"{name}_intercept": at[f"{name}_intercept"] + by
            for name, by in (("toxicity", toxicity), ("response", response))
        }
        entering = stats.norm.pdf(B) * np.exp(-known["before"] * np.exp(log_hazard))
        seen = binary_density(log_c[place], {**at, **shifted}, cohort, i) * density_of_hazards(
            known, np.exp(log_hazard)
        )
        density[place] *= integrate.trapezoid(entering * seen, B) / integrate.trapezoid(entering, B)
    return float(np.log(integrate.trapezoid(density, log_c)))


@pytest.mark.parametrize("case", CASES)
def test_patients_agree_with_a_fine_integral(case):
    """A patient's density is divided by the share of those with the exposure who live to entry, b ~ N(0, 1) before."""
    model, cohort = CASES[case]
    at = point(model, 2)
    arrays = {name: np.array([value]) for name, value in at.items()}
    found = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=41)
    for i in (1, 2, 5, 8):
        truth = log_density(at, cohort, i, model, case)
        assert found.log_likelihood["patient"][0, i] == pytest.approx(truth, abs=2e-3)


@pytest.mark.mcmc
@pytest.mark.parametrize("case", CASES)
def test_pymc_and_jax_have_the_density_of_our_own_formulas(case):
    """Both engines' log densities are the prior plus the patients' log-likelihood; their gradients are finite."""
    model, cohort = CASES[case]
    at = point(model, 9)
    arrays = {name: np.array([value]) for name, value in at.items()}
    patients = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=11)
    total = patients.log_likelihood["patient"].sum()
    prior = sum(float(prior_log_density(np.array(at[name]), p.family, p.arguments)) for name, p in model.priors.items())
    built = build_model(model, cohort)
    values = {}
    for variable in built.free_RVs:
        transformed = built.rvs_to_transforms[variable] is not None
        values[built.rvs_to_values[variable].name] = np.log(at[variable.name]) if transformed else at[variable.name]
    log_density = built.compile_logp(jacobian=False, mode="FAST_COMPILE")
    assert float(log_density(values)) == pytest.approx(prior + total, abs=1e-6)
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([cohort], model))
        density = make_density(model)
        found = density.log_likelihood({name: value[:, None][0] for name, value in arrays.items()}, one)
        assert float(found.sum()) == pytest.approx(total, abs=1e-6)
        position = np.zeros((len(density.names), 1))
        slope = jax.grad(lambda u: density.log_posterior(u, one).sum())(position)
        assert np.isfinite(np.asarray(slope)).all()


def test_without_a_loading_on_survival_entry_selects_nobody():
    """With λ_S = 0 the likelihood is that of a frailty of toxicity and response alone, whatever the entries."""
    model, cohort = CASES["entry"]
    plain = model_of({"frailty": {"toxicity": HALF, "response": HALF}})
    at = point(model, 4) | {"frailty_survival": 0.0}
    arrays = {name: np.array([value]) for name, value in at.items()}
    found, truth = (
        evaluate_patients(arrays, one, cohort, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (model, plain)
    )
    np.testing.assert_allclose(found, truth, atol=1e-10)


def test_a_certain_death_before_entry_is_no_nan():
    """A hazard at which nobody could have entered gives −∞ or a finite number."""
    model, cohort = CASES["entry"]
    at = point(model, 4) | {"survival_median": 1e-6, "survival_shape": 40.0}
    arrays = {name: np.array([value]) for name, value in at.items()}
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([cohort], model))
        assert not np.isnan(np.asarray(make_density(model).log_likelihood(arrays, one))).any()


def test_replicates_are_of_patients_who_entered():
    """Replicated toxicities have the frequency ∫ p(b) φ(b) S(entry | b) db / ∫ φ(b) S(entry | b) db of each patient."""
    model, cohort = CASES["entry"]
    at, n = point(model, 6) | {"survival_median": 6.0, "frailty_survival": 1.2, "frailty_toxicity": 1.5}, 6000
    arrays = {name: np.full(n, value) for name, value in at.items()}
    log_c = np.full((n, cohort.n_patients), np.log(2.91))
    drawn = draw_replicates(arrays, log_c, model, cohort, rng=np.random.default_rng(1))["toxicity"]
    before = np.log(2.0) * (cohort.entry_months[:, None] / at["survival_median"]) ** at["survival_shape"]
    entering = stats.norm.pdf(B) * np.exp(-before * np.exp(1.2 * B))
    toxic = stats.logistic.cdf(at["toxicity_intercept"] + 1.5 * B)
    truth = integrate.trapezoid(entering * toxic, B) / integrate.trapezoid(entering, B)
    assert np.ptp(truth) > 0.02
    np.testing.assert_allclose(drawn.mean(axis=0), truth, atol=4.5 * 0.5 / np.sqrt(n))


@pytest.mark.parametrize("table", [FRAILTY, CONFOUNDING])
def test_simulated_patients_entered(table):
    """Cohorts for calibration respond as those do, exposure by exposure, who live to entry when all are simulated."""
    model = model_of(table, base="sorafenib_observed.v1")
    at = dict.fromkeys(model.priors, 0.0) | LOADINGS | {"frailty_survival": 1.5}
    at |= {"exposure_log_median": np.log(2.91), "exposure_sd": 0.5, "survival_median": 6.0, "survival_shape": 1.3}
    seen = draw_cohort(model, at, n=10_000, rng=np.random.default_rng(1))
    n, rng = 160_000, np.random.default_rng(2)
    b, z, entry = rng.normal(size=n), rng.normal(size=n), rng.uniform(0.0, 4.0, size=n)
    u = -0.5 * z + np.sqrt(0.75) * b
    log_hazard, worse = (1.5 * b, 0.9 * b) if table is FRAILTY else (0.8 * u, 0.6 * u)
    died = 6.0 * (rng.exponential(size=n) / (np.log(2.0) * np.exp(log_hazard))) ** (1.0 / 1.3)
    responded = rng.uniform(size=n) < stats.logistic.cdf(-worse)
    entered, of_seen = died > entry, np.log(seen.trough_mg_l / 2.91) / 0.5
    for low, high in ((-1.2, -0.8), (-0.2, 0.2), (0.8, 1.2)):
        expected = responded[entered & (z > low) & (z < high)]
        found = seen.response[(of_seen > low) & (of_seen < high)]
        error = 0.5 * np.sqrt(1.0 / found.size + 1.0 / expected.size)
        assert found.mean() == pytest.approx(expected.mean(), abs=4.0 * error)


def test_twelve_thousand_patients_give_shape_and_loading_back():
    """Everybody is simulated from time zero, those alive at entry are seen: the truth is within two standard errors.

    With frailty as N(0, 1) among those who entered, the median and the intercept of toxicity were off by 3 and 5.
    """
    model = model_of(FRAILTY, base="sorafenib_observed.v1")
    truth = dict.fromkeys(model.priors, 0.0) | {
        "exposure_log_median": np.log(2.91),
        "exposure_sd": 0.55,
        "toxicity_intercept": -0.3,
        "toxicity_slope": 0.9,
        "response_intercept": 0.8,
        "response_slope": 1.0,
        "survival_median": 12.0,
        "survival_shape": 1.25,
        "frailty_toxicity": 0.8,
        "frailty_response": 0.8,
        "frailty_survival": 0.8,
    }
    found = fitted(model, entering_cohort(truth, n=12_000, rng=np.random.default_rng(9)))
    for name in ("survival_shape", "frailty_survival", "survival_median", "frailty_toxicity", "toxicity_intercept"):
        estimate, error = found[name]
        assert abs(estimate - truth[name]) < 2.0 * error, name
    assert found["frailty_survival"][1] < 0.06


def entering_cohort(truth, *, n, rng):
    """Return the first n of simulated patients who live to an entry that is uniform over 6 months."""
    b, x = rng.normal(size=4 * n), truth["exposure_sd"] * rng.normal(size=4 * n)
    rate = np.log(2.0) * np.exp(truth["frailty_survival"] * b)
    died = truth["survival_median"] * (rng.exponential(size=4 * n) / rate) ** (1.0 / truth["survival_shape"])
    entry = rng.uniform(0.0, 6.0, size=4 * n)
    last = entry + rng.uniform(6.0, 60.0, size=4 * n)
    logits = [
        truth[f"{name}_intercept"] + truth[f"{name}_slope"] * x + sign * truth[f"frailty_{name}"] * b
        for name, sign in (("toxicity", 1.0), ("response", -1.0))
    ]
    toxic, responded = (rng.uniform(size=4 * n) < stats.logistic.cdf(logit) for logit in logits)
    seen = np.flatnonzero(died > entry)[:n]
    return Cohort(
        patient_id=tuple(f"P{i}" for i in range(n)),
        troughs=Troughs(
            patient=np.arange(n),
            value_mg_l=2.91 * np.exp(x[seen]),
            censoring=np.zeros(n, dtype=int),
            day=np.full(n, np.nan),
        ),
        toxicity=toxic[seen].astype(float),
        response=responded[seen].astype(float),
        os_months=np.minimum(died, last)[seen],
        death=(died <= last)[seen].astype(float),
        entry_months=entry[seen],
    )


def fitted(model, cohort):
    """Return the maximum of the likelihood and standard errors from its curvature, by parameter."""
    with jax.enable_x64(new_val=True):
        density = make_density(model)
        one = jax.tree.map(lambda array: array[0], cohort_arrays([cohort], model))

        def loss(u):
            return -density.log_likelihood(density.parameters(u[:, None]), one).sum()

        def stacked(u):
            return jax.numpy.stack([density.parameters(u)[name] for name in density.names])

        value = jax.jit(jax.value_and_grad(loss))
        best = optimize.minimize(lambda u: tuple(map(np.asarray, value(u))), np.zeros(len(density.names)), jac=True).x
        slope = jax.jit(jax.grad(loss))
        steps = 1e-4 * np.eye(best.size)
        curvature = np.array([(np.asarray(slope(best + h)) - np.asarray(slope(best - h))) / 2e-4 for h in steps])
        to_natural = np.asarray(jax.jacobian(stacked)(best))
        estimates = np.asarray(stacked(best))
    covariance = to_natural @ np.linalg.inv(0.5 * (curvature + curvature.T)) @ to_natural.T
    return dict(zip(density.names, zip(estimates, np.sqrt(np.diag(covariance)), strict=True), strict=True))
