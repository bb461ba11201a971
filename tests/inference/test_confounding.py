"""An unmeasured factor in the likelihood and the curves: against SciPy's double integral, and the joint model."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import jax
import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.curves import build_curves
from bayes_sora.errors import InputError
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile import parse_model
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort, draw_truth
from bayes_sora.study.engine.density import cohort_arrays, make_density
from bayes_sora.types import Span
from tests.inference import oracle, terms_oracle

ASSUMED = {"correlation": -0.6, "survival": 0.8, "response": -0.5, "toxicity": 0.4}
BASES = {"latent": "sorafenib_joint.v1", "observed": "sorafenib_observed.v1"}
FACTOR = np.linspace(-8.0, 8.0, 81)


def model(*, form="latent", **assumed):
    """Return a model file with an unmeasured factor."""
    text = {"schema": 1, "name": "terms.v1", "title": "terms", "extends": BASES[form]}
    return parse_model(text | {"confounding": assumed or ASSUMED})


def cohort(n=5):
    """Return a small cohort."""
    return bs.simulate("moderate", n=n, seed=3).cohort


def drawn(loaded, *, size, seed=5):
    """Return plausible parameter vectors as dicts of floats and as arrays by name."""
    rng = np.random.default_rng(seed)
    drawn_points = [oracle.draw_parameters(rng, form=loaded.exposure.form) for _ in range(size)]
    points = [{name: point[name] for name in loaded.priors} for point in drawn_points]
    return points, {name: np.array([point[name] for point in points]) for name in loaded.priors}


def given_factor(at, u, *, form):
    """Return the parameters of a patient whose factor is u: outcomes shifted, exposure moved and less spread."""
    rho = ASSUMED["correlation"]
    name = "exposure_sd_between" if form == "latent" else "exposure_sd"
    own = dict(at)
    own["exposure_log_median"] += at[name] * rho * u
    own[name] = at[name] * sqrt(1.0 - rho**2)
    own["toxicity_intercept"] += ASSUMED["toxicity"] * u
    own["response_intercept"] += ASSUMED["response"] * u
    return terms_oracle.scaled(own, ASSUMED["survival"] * u)


@pytest.mark.parametrize("form", BASES)
def test_log_likelihood_agrees_with_scipy(form):
    """Written the other way round, exposure given the factor, a patient's double integral is the same."""
    loaded, seen = model(form=form), cohort()
    points, arrays = drawn(loaded, size=2)
    found = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=61)
    for draw, at in enumerate(points):
        for i, patient in enumerate(oracle.patients_of(seen)[:3]):
            with np.errstate(divide="ignore"):  # 8 SDs of the factor make some outcomes impossible
                logs = [
                    oracle.patient_log_likelihood(
                        given_factor(at, u, form=form), patient, form=form, endpoints=loaded.endpoints
                    )
                    for u in FACTOR
                ]
            density = np.exp(logs) * stats.norm.pdf(FACTOR)
            truth = float(np.log(integrate.trapezoid(density, FACTOR)))
            assert found.log_likelihood["patient"][draw, i] == pytest.approx(truth, abs=2e-3)


@pytest.mark.parametrize("form", BASES)
def test_the_fast_engine_has_the_same_likelihood(form):
    """JAX and NumPy give the same log-likelihood of every patient on the same nodes."""
    loaded, seen = model(form=form), cohort()
    _, arrays = drawn(loaded, size=3)
    truth = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=21)
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([seen], loaded))
        density = make_density(loaded, n_nodes=21)
        found = jax.jit(density.log_likelihood)(arrays, one)
    np.testing.assert_allclose(np.asarray(found), truth.log_likelihood["patient"].T, atol=1e-9)
    assert not density.quick


@pytest.mark.mcmc
@pytest.mark.parametrize("form", BASES)
def test_density_of_the_pymc_model_is_prior_plus_patients(form):
    """PyMC samples the log prior plus the patients' log-likelihood."""
    loaded, seen = model(form=form), cohort()
    built = build_model(loaded, seen)
    log_density = built.compile_logp(jacobian=False, mode="FAST_COMPILE")
    _, arrays = drawn(loaded, size=2)
    patients = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=101)
    prior = sum(prior_log_density(arrays[name], p.family, p.arguments) for name, p in loaded.priors.items())
    for draw in range(2):
        point = {}
        for variable in built.free_RVs:
            value = arrays[variable.name][draw]
            transformed = built.rvs_to_transforms[variable] is not None
            point[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
        truth = prior[draw] + patients.log_likelihood["patient"][draw].sum()
        assert float(log_density(point)) == pytest.approx(truth, abs=5e-3)


def test_without_an_effect_it_is_the_joint_model():
    """A factor that acts on nothing changes nothing, and one without a correlation is a frailty of fixed loading."""
    seen, joint = cohort(), bs.load_model(BASES["latent"])
    _, arrays = drawn(joint, size=3)
    fixed = {f"frailty_{endpoint}": np.full(3, 0.7) for endpoint in ("toxicity", "survival")}
    half = {"family": "half_normal", "sd": 0.5}
    text = {"schema": 1, "name": "f.v1", "title": "f", "extends": BASES["latent"]}
    frail = parse_model(text | {"frailty": {"toxicity": half, "survival": half}})

    def of(one, at=arrays):
        return evaluate_patients(at, one, seen, rng=np.random.default_rng(0)).log_likelihood["patient"]

    np.testing.assert_allclose(of(model(correlation=-0.5, survival=0.0)), of(joint), atol=1e-12)
    unrelated = model(correlation=0.0, survival=0.7, toxicity=0.7)
    np.testing.assert_allclose(of(unrelated), of(frail, {**arrays, **fixed}), atol=1e-12)


def test_curves_are_those_of_setting_the_exposure():
    """p(c) and S(t | c) average over the whole population of the factor, whatever its correlation with exposure."""
    loaded = model()
    at, _ = drawn(loaded, size=1)
    draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in at[0].items()})
    span = Span(0.5, 10.0)
    curves = build_curves(draws, loaded, span=span, observed_span=span, size=5)
    for place, c in enumerate(curves.exposure_mg_l):
        x = log(c / 2.91)
        logit_p = at[0]["toxicity_intercept"] + at[0]["toxicity_slope"] * x
        truth = integrate.quad(lambda u, eta=logit_p: expit(eta + 0.4 * u) * stats.norm.pdf(u), -9, 9)[0]
        assert float(curves.probability("toxicity")[0, 0, place]) == pytest.approx(truth, abs=2e-4)
        g = at[0]["survival_linear"] * x + at[0]["survival_curvature"] * x**2
        hazard = log(2.0) * (12.0 / at[0]["survival_median"]) ** at[0]["survival_shape"] * np.exp(g)
        alive = integrate.quad(lambda u, h=hazard: np.exp(-h * np.exp(0.8 * u)) * stats.norm.pdf(u), -9, 9)[0]
        assert float(curves.survival(12.0)[0, 0, place]) == pytest.approx(alive, abs=2e-4)


def test_cohorts_for_calibration_have_the_correlation_that_is_assumed():
    """In simulated patients who die late exposure is higher, as the correlation and the effect say."""
    loaded = bind_example(model(correlation=-0.9, survival=2.0), n=4000)
    rng = np.random.default_rng(1)
    truth = draw_truth(loaded, rng) | {"survival_linear": 0.0, "survival_curvature": 0.0, "exposure_sd_between": 0.6}
    drawn_cohort = draw_cohort(loaded, truth, n=4000, rng=rng)
    log_trough = np.log(drawn_cohort.trough_mg_l)
    total = np.hypot(0.6, truth["exposure_sd_within"])
    assert log_trough.std() == pytest.approx(total, rel=4 / sqrt(8000))
    dead = drawn_cohort.death == 1.0
    # −log H of the typical patient is −2U plus noise of SD π/√6; U has correlation −0.9·0.6/total with the log trough.
    assert np.corrcoef(log_trough[dead], np.log(drawn_cohort.os_months[dead]))[0, 1] > 0.3


FAULTS = [
    ({"correlation": 1.0, "survival": 0.5}, "M010"),
    ({"survival": 0.5}, "M008"),
    ({"correlation": 0.5}, "M008"),
    ({"correlation": 0.5, "survival": 9.0}, "M010"),
    ({"correlation": 0.5, "survival": 0.5, "death": 1.0}, "M007"),
]


@pytest.mark.parametrize(("table", "code"), FAULTS)
def test_the_linter_gives_each_fault_its_code(table, code):
    """Numbers that make no sense are refused by name."""
    with pytest.raises(InputError) as caught:
        model(**table)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_second_latent_factor_is_refused():
    """A frailty and an unmeasured factor would have to be integrated over two dimensions."""
    half = {"family": "half_normal", "sd": 0.5}
    text = {"schema": 1, "name": "f.v1", "title": "f", "extends": "sorafenib_joint.v1", "confounding": ASSUMED}
    with pytest.raises(InputError, match=r"M016.*one latent factor"):
        parse_model(text | {"frailty": {"toxicity": half, "survival": half}})


def test_replicates_go_with_the_exposure_they_are_drawn_at():
    """Posterior predictive deaths come earlier where the factor makes low exposure dangerous."""
    from bayes_sora.inference.predict import draw_replicates  # noqa: PLC0415 - this test alone

    loaded = model(correlation=-0.95, survival=3.0)
    at, _ = drawn(loaded, size=1)
    still = at[0] | {"survival_linear": 0.0, "survival_curvature": 0.0}
    size = 2000
    arrays = {name: np.full(size, value) for name, value in still.items()}
    mu, sd = still["exposure_log_median"], still["exposure_sd_between"]
    log_exposure = np.tile([mu - sd, mu + sd, mu, mu, mu], (size, 1))
    months = draw_replicates(arrays, log_exposure, loaded, cohort(), rng=np.random.default_rng(2))["os_months"]
    ratio = np.log(months[:, 1]).mean() - np.log(months[:, 0]).mean()
    # Two SDs of exposure are 2·0.95·3 of log hazard, over the shape k in log time.
    noise = sqrt(2 * ((np.pi**2 / 6 + 9 * (1 - 0.95**2)) / still["survival_shape"] ** 2) / size)
    assert ratio == pytest.approx(2 * 0.95 * 3.0 / still["survival_shape"], abs=4 * noise)
    assert replace(loaded, terms=()).patient_terms == ()
