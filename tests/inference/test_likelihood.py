"""Log-likelihoods against SciPy, and the PyMC model against our own formulas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.parameters import PRIORS
from bayes_sora.numerics.priors import FAMILIES, prior_log_density
from tests.inference import oracle

CASES = {
    "one trough": ("sorafenib_joint.v1", {}),
    "three troughs, some below LLOQ": ("sorafenib_joint.v1", {"troughs": 3, "lloq_mg_l": 1.5}),
    "one trough, some below LLOQ": ("sorafenib_joint.v1", {"lloq_mg_l": 1.5}),
    "as measured": ("sorafenib_observed.v1", {}),
    "curves with a location, toxicity between a floor and a ceiling": ("sorafenib_joint.v2", {}),
    "the same, as measured": ("sorafenib_observed.v2", {}),
    "toxicity only": ("toxicity_only.v1", {}),
    "response only": ("response_only.v1", {}),
    "survival only": ("survival_only.v1", {}),
    "Emax in response and survival": ("sorafenib_emax.v1", {}),
    "sigmoid Emax in toxicity and response": ("sorafenib_sigmoid.v1", {}),
    "splines in every endpoint": ("sorafenib_spline.v1", {}),
}


def cohort_of(case, *, n=10, seed=3):
    """Return a small cohort with two outcomes that are not evaluable."""
    cohort = bs.simulate("moderate", n=n, seed=seed, **CASES[case][1]).cohort
    toxicity, response = cohort.toxicity.copy(), cohort.response.copy()
    toxicity[1] = response[2] = np.nan
    return replace(cohort, toxicity=toxicity, response=response)


def drawn(model, *, size, seed=5):
    """Return `size` plausible parameter vectors, as dicts of floats and as arrays by name."""
    rng = np.random.default_rng(seed)
    drawn_points = [oracle.draw_parameters(rng, form=model.exposure.form) for _ in range(size)]
    points = [{name: point[name] for name in model.priors} for point in drawn_points]
    arrays = {name: np.array([point[name] for point in points]) for name in model.priors}
    return points, arrays


@pytest.mark.parametrize("case", CASES)
def test_log_likelihood_of_every_patient_agrees_with_scipy(case):
    """The marginal log-likelihood of every patient equals a fine integral over SciPy's own densities."""
    model, cohort = bs.load_model(CASES[case][0]), cohort_of(case)
    points, arrays = drawn(model, size=6)
    found = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=41)
    patients = oracle.patients_of(cohort)
    for draw, at in enumerate(points):
        for i, patient in enumerate(patients):
            truth = oracle.patient_log_likelihood(at, patient, form=model.exposure.form, endpoints=model.endpoints)
            assert found.log_likelihood["patient"][draw, i] == pytest.approx(truth, abs=2e-3)


@pytest.mark.parametrize("case", CASES)
def test_endpoint_terms_are_ratios_of_marginals(case):
    """An endpoint's own term is log p(endpoint | troughs): the marginal with it less the marginal without it."""
    model, cohort = bs.load_model(CASES[case][0]), cohort_of(case)
    points, arrays = drawn(model, size=2)
    found = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=41)
    patients = oracle.patients_of(cohort)
    for draw, at in enumerate(points):
        for i, patient in enumerate(patients[:5]):
            exposure = oracle.patient_log_likelihood(at, patient, form=model.exposure.form, endpoints=())
            assert found.log_likelihood["exposure"][draw, i] == pytest.approx(exposure, abs=2e-3)
            for endpoint in model.endpoints:
                both = oracle.patient_log_likelihood(at, patient, form=model.exposure.form, endpoints=(endpoint,))
                assert found.log_likelihood[endpoint][draw, i] == pytest.approx(both - exposure, abs=2e-3)


# PyMC compiles splines for half a minute; tests/modelfile/test_forms.py holds their formula in PyTensor every time.
COMPILED = [pytest.param(case, marks=pytest.mark.slow) if "splines" in case else case for case in CASES]


@pytest.mark.mcmc
@pytest.mark.parametrize("case", COMPILED)
def test_density_of_the_pymc_model_is_prior_plus_patients(case):
    """The density PyMC samples is the log prior plus the patients' log-likelihood of our own 101-node formulas."""
    model, cohort = bs.load_model(CASES[case][0]), cohort_of(case)
    built = build_model(model, cohort)
    log_density = built.compile_logp(jacobian=False)
    _, arrays = drawn(model, size=8)
    patients = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=101)
    prior = sum(prior_log_density(arrays[name], p.family, p.arguments) for name, p in model.priors.items())
    entries = {vector.name: vector.entries for vector in model.vectors}
    for draw in range(8):
        point = {}
        for variable in built.free_RVs:
            named = entries.get(variable.name)
            value = np.array([arrays[name][draw] for name in named]) if named else arrays[variable.name][draw]
            transformed = built.rvs_to_transforms[variable] is not None
            point[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
        truth = prior[draw] + patients.log_likelihood["patient"][draw].sum()
        assert float(log_density(point)) == pytest.approx(truth, abs=5e-3)


def test_prior_families_of_pymc_are_those_of_the_formulas():
    """Every prior family means the same distribution to PyMC as to our own log density."""
    import pymc as pm  # noqa: PLC0415 - slow, wanted by this test alone

    arguments = {
        "normal": {"mean": 0.3, "sd": 0.7},
        "student_t": {"df": 3.0, "location": 0.1, "scale": 2.5},
        "half_normal": {"sd": 0.5},
        "log_normal": {"median": 0.55, "sd_log": 0.3},
        "exponential": {"mean": 2.0},
        "gamma": {"shape": 2.0, "rate": 3.0},
        "robust_normal": {"mean": 0.4, "sd": 0.5, "weight": 0.7, "vague_mean": -0.5, "vague_sd": 2.0},
    }
    assert set(PRIORS) == set(FAMILIES) == set(arguments)
    values = np.array([0.05, 0.4, 1.3, 2.2])
    for family, given in arguments.items():
        with pm.Model():
            variable = PRIORS[family]("theta", **given)
        assert pm.logp(variable, values).eval() == pytest.approx(prior_log_density(values, family, given))


def test_exposures_are_drawn_from_their_conditional_distribution():
    """Mean and SD of a patient's redrawn log exposure are those of the normalised integrand."""
    case = "three troughs, some below LLOQ"
    model, cohort = bs.load_model(CASES[case][0]), cohort_of(case)
    points, _ = drawn(model, size=1)
    size = 20_000
    arrays = {name: np.full(size, points[0][name]) for name in model.priors}
    log_exposure = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(4)).log_exposure
    for i, patient in enumerate(oracle.patients_of(cohort)):
        grid, density = oracle.exposure_density(points[0], patient, model.endpoints)
        mean = np.average(grid, weights=density)
        sd = np.sqrt(np.average((grid - mean) ** 2, weights=density))
        assert log_exposure[:, i].mean() == pytest.approx(mean, abs=5 * sd / np.sqrt(size) + 2e-3)
        assert log_exposure[:, i].std() == pytest.approx(sd, rel=0.03)


def test_order_of_patients_does_not_matter():
    """Reversing the patients reverses their log-likelihoods and changes nothing else."""
    cohort = cohort_of("one trough")
    model = bs.load_model("sorafenib_joint.v1")
    order = np.arange(cohort.n_patients)[::-1]
    turned = replace(
        cohort,
        patient_id=tuple(cohort.patient_id[i] for i in order),
        troughs=replace(cohort.troughs, value_mg_l=cohort.troughs.value_mg_l[order]),
        toxicity=cohort.toxicity[order],
        response=cohort.response[order],
        os_months=cohort.os_months[order],
        death=cohort.death[order],
    )
    _, arrays = drawn(model, size=3)
    straight, reverse = (
        evaluate_patients(arrays, model, one, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (cohort, turned)
    )
    np.testing.assert_allclose(reverse, straight[:, order], rtol=1e-12)
