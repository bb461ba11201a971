"""Covariates in the likelihood: against SciPy, formulaic's own matrix, the other engines, and the joint model."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy import integrate, stats

import bayes_sora as bs
from bayes_sora.cohort import take_patients
from bayes_sora.errors import InputError
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients, patients_at
from bayes_sora.modelfile import bind_model, parse_model
from bayes_sora.modelfile.terms.covariates import TARGETS
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort, draw_truth
from bayes_sora.study.engine.density import cohort_arrays, make_density
from tests.inference import oracle, terms_oracle

NORMAL = {"family": "normal", "mean": 0.0, "sd": 0.5}
FORMULAS = {
    "exposure": "sex + age",
    "toxicity": "age * C(ecog)",
    "response": "ecog",
    "survival": "(age + sex) ** 2 - sex",
}
BASES = {"latent": "sorafenib_joint.v1", "observed": "sorafenib_observed.v1"}
N = 9
AGE = np.array([50.0, 61.0, np.nan, 70.0, 66.0, 58.0, 81.0, 44.0, 63.0])
SEX = ("male", "female", "male", "", "female", "male", "male", "female", "male")
ECOG = np.array([0.0, 1.0, 2.0, 1.0, 0.0, 0.0, 1.0, 2.0, 1.0])


def cohort():
    """Return nine patients with covariates, of whom one lacks the age and another the sex."""
    drawn = bs.simulate("moderate", n=N, seed=3).cohort
    toxicity = drawn.toxicity.copy()
    toxicity[1] = np.nan
    return replace(drawn, toxicity=toxicity, covariates={"age": AGE, "sex": SEX, "ecog": ECOG})


def model(*, form="latent", formulas=FORMULAS, shrinkage=None, at=None):
    """Return a model file with covariates, bound to a cohort."""
    prior = {"coefficient": NORMAL} if shrinkage is None else {"shrinkage": shrinkage}
    text = {"schema": 1, "name": "terms.v1", "title": "terms", "extends": BASES[form]}
    loaded = parse_model(text | {"covariates": {"formulas": formulas, **prior}})
    return bind_model(loaded, cohort() if at is None else at)[0]


def drawn(loaded, *, size, seed=5):
    """Return plausible parameter vectors as dicts of floats and as arrays by name."""
    rng = np.random.default_rng(seed)
    points = []
    for _ in range(size):
        point = oracle.draw_parameters(rng, form=loaded.exposure.form)
        for name in loaded.priors:
            if "covariate" in name:
                point[name] = abs(rng.normal()) + 0.1 if loaded.priors[name].family != "normal" else rng.normal(0, 0.5)
        points.append({name: point[name] for name in loaded.priors})
    return points, {name: np.array([point[name] for point in points]) for name in loaded.priors}


def shifted(at, i, *, age):
    """Return the parameters of a patient by hand: what the formulas say, written out."""
    z = age if np.isnan(AGE[i]) else (AGE[i] - np.nanmean(AGE)) / np.nanstd(AGE)
    male, unknown = SEX[i] == "male", SEX[i] == ""
    one, two = ECOG[i] == 1, ECOG[i] == 2
    b = {name: value for name, value in at.items() if "covariates[" in name}
    own = dict(at)
    own["exposure_log_median"] += (
        b["exposure_covariates[sex=male]"] * male
        + b["exposure_covariates[sex=missing]"] * unknown
        + b["exposure_covariates[age]"] * z
    )
    own["toxicity_intercept"] += (
        b["toxicity_covariates[age]"] * z
        + b["toxicity_covariates[ecog=1]"] * one
        + b["toxicity_covariates[ecog=2]"] * two
        + (b["toxicity_covariates[age:ecog=1]"] * one + b["toxicity_covariates[age:ecog=2]"] * two) * z
    )
    own["response_intercept"] += b["response_covariates[ecog]"] * (ECOG[i] - ECOG.mean()) / ECOG.std()
    # age + age:sex without sex alone: both sexes have a slope of their own beside that of age.
    slopes = {name: b.get(f"survival_covariates[age:sex={name}]", 0.0) for name in ("male", "missing", "female")}
    log_hazard = (b["survival_covariates[age]"] + slopes[SEX[i] or "missing"]) * z
    return terms_oracle.scaled(own, log_hazard)


@pytest.mark.parametrize("form", BASES)
def test_log_likelihood_agrees_with_scipy(form):
    """A patient's marginal log-likelihood is that of SciPy's densities with the formulas written out by hand."""
    loaded, seen = model(form=form), cohort()
    points, arrays = drawn(loaded, size=2)
    found = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41)
    for draw, at in enumerate(points):
        for i, patient in enumerate(oracle.patients_of(seen)[:5]):
            own = shifted(at, i, age=at["covariate_missing_age[P003]"])
            truth = oracle.patient_log_likelihood(own, patient, form=form, endpoints=loaded.endpoints)
            assert found.log_likelihood["patient"][draw, i] == pytest.approx(truth, abs=2e-3)


def test_a_missing_age_is_integrated_over_its_prior():
    """Averaged over the prior of the missing age, a patient's likelihood is SciPy's double integral."""
    loaded, seen = model(), cohort()
    (at,), _ = drawn(loaded, size=1)
    grid = np.linspace(-6.0, 6.0, 61)
    arrays = {name: np.full(grid.size, value) for name, value in at.items()}
    arrays["covariate_missing_age[P003]"] = grid
    found = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41).log_likelihood["patient"]
    averaged = integrate.trapezoid(np.exp(found[:, 2]) * stats.norm.pdf(grid), grid)
    patient = oracle.patients_of(seen)[2]

    def density(age):
        own = shifted(at, 2, age=age)
        log_likelihood = oracle.patient_log_likelihood(own, patient, form="latent", endpoints=loaded.endpoints)
        return np.exp(log_likelihood) * stats.norm.pdf(age)

    truth = integrate.quad(density, -6.0, 6.0, epsrel=1e-4, limit=60)[0]
    assert averaged == pytest.approx(truth, rel=2e-3)
    assert np.ptp(found[:, [0, 1, 3, 4]], axis=0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("shrinkage", [None, {"family": "regularised_horseshoe"}], ids=["normal", "horseshoe"])
def test_the_fast_engine_has_the_same_likelihood(shrinkage):
    """JAX and NumPy give the same log-likelihood of every patient on the same nodes."""
    loaded, seen = model(shrinkage=shrinkage), cohort()
    _, arrays = drawn(loaded, size=3)
    truth = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=21)
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([seen], loaded))
        found = jax.jit(make_density(loaded, n_nodes=21).log_likelihood)(arrays, one)
    np.testing.assert_allclose(np.asarray(found), truth.log_likelihood["patient"].T, atol=1e-9)


@pytest.mark.mcmc
@pytest.mark.parametrize("shrinkage", [None, {"family": "regularised_horseshoe"}], ids=["normal", "horseshoe"])
def test_density_of_the_pymc_model_is_prior_plus_patients(shrinkage):
    """PyMC samples the log prior, missing ages included, plus the patients' log-likelihood."""
    loaded, seen = model(shrinkage=shrinkage, formulas={"toxicity": "age + sex", "survival": "age"}), cohort()
    built = build_model(loaded, seen)
    log_density = built.compile_logp(jacobian=False, mode="FAST_COMPILE")
    _, arrays = drawn(loaded, size=2)
    patients = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=101)
    prior = sum(prior_log_density(arrays[name], p.family, p.arguments) for name, p in loaded.priors.items())
    vectors = {vector.name: vector.entries for vector in loaded.vectors}
    for draw in range(2):
        point = {}
        for variable in built.free_RVs:
            names = vectors.get(variable.name)
            value = arrays[variable.name][draw] if names is None else np.array([arrays[n][draw] for n in names])
            transformed = built.rvs_to_transforms[variable] is not None
            point[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
        truth = prior[draw] + patients.log_likelihood["patient"][draw].sum()
        assert float(log_density(point)) == pytest.approx(truth, abs=5e-3)


def test_without_effects_it_is_the_joint_model():
    """With every coefficient at 0 the likelihood is that of the model it extends, whatever the missing age."""
    loaded, seen, joint = model(), cohort(), bs.load_model(BASES["latent"])
    _, arrays = drawn(loaded, size=3)
    still = {name: values if "covariates[" not in name else np.zeros(3) for name, values in arrays.items()}
    found, plain = (
        evaluate_patients(still, one, seen, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (loaded, joint)
    )
    np.testing.assert_allclose(found, plain, atol=1e-10)


@pytest.mark.parametrize("formulas", [FORMULAS, {"toxicity": "C(ecog):age:sex + ecog"}, {"survival": "age:sex"}])
def test_shifts_are_those_of_formulaic_own_matrix(formulas):
    """What the terms add to a parameter is formulaic's model matrix times the coefficients."""
    formulas = {block: text.replace("+ ecog", "+ age") for block, text in formulas.items()}
    loaded, seen = model(formulas=formulas), cohort()
    (at,), _ = drawn(loaded, size=1)
    block = loaded.terms[0]
    base = {name: np.zeros((1, 1)) for name in TARGETS.values()} | {n: np.full((1, 1), v) for n, v in at.items()}
    added = patients_at(base, loaded, loaded.patient_columns(seen), np.zeros(1))
    truth = block.draw_shifts(at, seen, np.random.default_rng(0))
    assert set(truth) == {TARGETS[name] for name in formulas}
    for target, shift in truth.items():
        np.testing.assert_allclose((added[target] - base[target])[0], shift, atol=1e-12)


def test_the_horseshoe_is_its_formula():
    """Coefficients follow from the half-Cauchy and slab variables as the reference has them."""
    loaded = model(shrinkage={"family": "regularised_horseshoe", "global_scale": 0.3, "slab_scale": 2.0})
    (at,), _ = drawn(loaded, size=1)
    found = loaded.derived(NUMPY, at)
    tau = 0.3 * at["covariates_global"] / np.sqrt(at["covariates_global_precision"])
    local = at["toxicity_covariates_local[age]"] / np.sqrt(at["toxicity_covariates_local_precision[age]"])
    c = np.sqrt(1.0 / at["covariates_slab_precision"])
    truth = at["toxicity_covariates_z[age]"] * tau * c * local / np.sqrt(c**2 + tau**2 * local**2)
    assert found["toxicity_covariates[age]"] == pytest.approx(truth)
    slab = loaded.priors["covariates_slab_precision"]
    assert slab.arguments == {"shape": 2.0, "rate": 8.0}


def test_a_half_normal_over_the_root_of_that_gamma_is_half_cauchy():
    """The quantiles of the pair that stands for a half-Cauchy are those of one."""
    priors = model(shrinkage={"family": "regularised_horseshoe"}).priors
    rng, size = np.random.default_rng(1), 200_000
    shape, rate = (priors["covariates_global_precision"].arguments[name] for name in ("shape", "rate"))
    ratio = np.abs(rng.standard_normal(size)) / np.sqrt(rng.gamma(shape, 1.0 / rate, size))
    probability = np.array([0.25, 0.5, 0.75])
    assert stats.halfcauchy.cdf(np.quantile(ratio, probability)) == pytest.approx(probability, abs=5e-3)


def test_cohorts_for_calibration_are_drawn_with_covariates():
    """A simulated cohort has the covariates of the formulas, the same ages missing, and can be evaluated."""
    unbound = replace(model(), terms=(replace(model().terms[0], design=None),))
    bound = bind_example(unbound, n=40)
    rng = np.random.default_rng(2)
    truth = draw_truth(bound, rng)
    drawn_cohort = draw_cohort(bound, truth, n=40, rng=rng)
    assert np.isnan(drawn_cohort.covariates["sex"]).sum() == 2
    arrays = {name: np.array([value]) for name, value in truth.items()}
    found = evaluate_patients(arrays, bound, drawn_cohort, rng=rng).log_likelihood["patient"]
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("covariates", "code", "words"),
    [
        ({}, "F008", "age"),
        ({"age": np.full(N, 60.0)}, "F009", "does not vary"),
        ({"age": np.full(N, np.nan)}, "F009", "does not vary"),
        ({"age": ("x",) * N}, "F009", "one level"),
    ],
)
def test_a_cohort_without_what_the_formulas_need_is_refused(covariates, code, words):
    """Binding says which covariate is missing or of no use, with its code."""
    with pytest.raises(InputError) as caught:
        model(formulas={"toxicity": "age"}, at=replace(cohort(), covariates=covariates))
    assert [problem.code for problem in caught.value.problems] == [code]
    assert words in str(caught.value)
    assert caught.value.problems[0].column == "age"


def test_other_cohorts_are_standardised_as_the_one_a_model_is_bound_to():
    """Centre and SD are kept, so that a patient's columns do not depend on who else is in the cohort."""
    loaded, seen = model(formulas={"toxicity": "age"}), cohort()
    older = replace(seen, covariates=seen.covariates | {"age": AGE + 10.0})
    difference = loaded.patient_columns(older)["covariate age"] - loaded.patient_columns(seen)["covariate age"]
    known = ~np.isnan(AGE)
    np.testing.assert_allclose(difference[known], 10.0 / np.nanstd(AGE))
    with pytest.raises(ValueError, match="missing in other patients"):
        loaded.patient_columns(replace(seen, covariates=seen.covariates | {"age": AGE[::-1] * np.nan}))


def test_a_part_of_the_cohort_keeps_its_columns():
    """Leaving one patient out leaves the likelihood of the others, whether that patient's age is known or not."""
    loaded, seen = model(), cohort()
    _, arrays = drawn(loaded, size=2)
    rng = np.random.default_rng(0)
    whole = evaluate_patients(arrays, loaded, seen, rng=rng).log_likelihood["patient"]
    for left_out in (0, 2):
        others = np.delete(np.arange(N), left_out)
        part = evaluate_patients(arrays, loaded, take_patients(seen, others), rng=rng).log_likelihood["patient"]
        np.testing.assert_allclose(part, whole[:, others], rtol=1e-12)
        alone = evaluate_patients(arrays, loaded, take_patients(seen, np.array([left_out])), rng=rng)
        np.testing.assert_allclose(alone.log_likelihood["patient"][:, 0], whole[:, left_out], rtol=1e-12)
