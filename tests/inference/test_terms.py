"""Sites, studies and frailties: likelihoods against SciPy, the engines against each other, and the simpler model."""

from __future__ import annotations

import pickle
from dataclasses import replace

import jax
import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.inference import build_model
from bayes_sora.inference.labels import flat_parameters, labelled_parameters
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.tree import draw_priors
from bayes_sora.modelfile import bind_model, parse_model
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.engine.density import cohort_arrays, make_density
from tests.inference import oracle, terms_oracle

HALF = {"family": "half_normal", "sd": 0.5}
SITES = {
    "exposure": {"log_median": HALF},
    "toxicity": {"intercept": HALF, "slope": HALF},
    "response": {"intercept": HALF},
    "survival": {"log_hazard": HALF, "linear": HALF},
}
FRAILTY = {"toxicity": HALF, "response": HALF, "survival": HALF}
TABLES = {
    "sites": {"site": SITES},
    "frailty": {"frailty": FRAILTY},
    "sites and frailty": {"site": SITES, "frailty": FRAILTY},
}
BASES = {"latent": "sorafenib_joint.v1", "observed": "sorafenib_observed.v1"}


def cohort(*, n=9, sites=3):
    """Return a small cohort at some sites, with outcomes that are not evaluable."""
    drawn = bs.simulate("moderate", n=n, seed=3).cohort
    toxicity, response = drawn.toxicity.copy(), drawn.response.copy()
    toxicity[1] = response[2] = np.nan
    site = tuple(f"Site {1 + i % sites}" for i in range(n))
    return replace(drawn, toxicity=toxicity, response=response, site=site)


def model(tables, *, form="latent", at=None):
    """Return a model file with these tables, bound to a cohort."""
    text = {"schema": 1, "name": "terms.v1", "title": "terms", "extends": BASES[form], **TABLES.get(tables, tables)}
    return bind_model(parse_model(text), cohort() if at is None else at)[0]


def drawn(loaded, *, size, seed=5):
    """Return plausible parameter vectors as dicts of floats and as arrays by name."""
    rng = np.random.default_rng(seed)
    points = []
    for _ in range(size):
        point = oracle.draw_parameters(rng, form=loaded.exposure.form)
        own = {name: abs(rng.normal(0.0, 0.5)) for name in loaded.priors if "_sd_" in name or "frailty" in name}
        own |= {name: rng.normal() for name in loaded.priors if "_z_" in name}
        points.append({name: (point | own)[name] for name in loaded.priors})
    return points, {name: np.array([point[name] for point in points]) for name in loaded.priors}


@pytest.mark.parametrize("form", BASES)
@pytest.mark.parametrize("tables", TABLES)
def test_log_likelihood_agrees_with_scipy(tables, form):
    """A patient's marginal log-likelihood is an integral of SciPy's densities over exposure and frailty."""
    loaded, seen = model(tables, form=form), cohort()
    points, arrays = drawn(loaded, size=2)
    found = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41)
    for draw, at in enumerate(points):
        for i, patient in enumerate(oracle.patients_of(seen)[:5]):
            truth = terms_oracle.patient_log_likelihood(
                at, patient, seen.site[i], form=loaded.exposure.form, endpoints=loaded.endpoints
            )
            assert found.log_likelihood["patient"][draw, i] == pytest.approx(truth, abs=2e-3)


@pytest.mark.parametrize("form", BASES)
@pytest.mark.parametrize("tables", TABLES)
def test_the_fast_engine_has_the_same_likelihood(tables, form):
    """JAX and NumPy give the same log-likelihood of every patient on the same nodes."""
    loaded, seen = model(tables, form=form), cohort()
    _, arrays = drawn(loaded, size=3)
    truth = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41)
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([seen], loaded))
        found = jax.jit(make_density(loaded, n_nodes=41).log_likelihood)(arrays, one)
    np.testing.assert_allclose(np.asarray(found), truth.log_likelihood["patient"].T, atol=1e-9)


@pytest.mark.mcmc
@pytest.mark.parametrize("tables", TABLES)
def test_density_of_the_pymc_model_is_prior_plus_patients(tables):
    """PyMC samples the log prior, entries of vectors included, plus the patients' log-likelihood."""
    loaded, seen = model(tables), cohort()
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


@pytest.mark.parametrize("tables", TABLES)
def test_without_variation_it_is_the_joint_model(tables):
    """With every SD and loading at 0 the likelihood is that of the model it extends."""
    loaded, seen, joint = model(tables), cohort(), bs.load_model(BASES["latent"])
    _, arrays = drawn(loaded, size=3)
    still = {name: np.zeros(3) if name not in joint.priors else values for name, values in arrays.items()}
    found, plain = (
        evaluate_patients(still, one, seen, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (loaded, joint)
    )
    np.testing.assert_allclose(found, plain, atol=1e-10)


@pytest.mark.parametrize("site", [None, ("Basel",) * 9])
def test_one_site_collapses_with_a_note(site):
    """With one site, or without the column, the hierarchy is left out, and it is said why."""
    bound, left_out = bind_model(model("sites and frailty"), replace(cohort(), site=site))
    assert set(bound.priors) == set(bs.load_model(BASES["latent"]).priors) | {f"frailty_{name}" for name in FRAILTY}
    (reason,) = left_out
    assert "one site" in reason if site else "no column site" in reason
    assert "toxicity_intercept" in reason


def test_sites_are_told_apart_whatever_their_order():
    """Patients in another order have the same likelihood each: labels count, not places."""
    seen = cohort()
    order = np.random.default_rng(1).permutation(seen.n_patients)
    troughs = replace(seen.troughs, value_mg_l=seen.troughs.value_mg_l[order])
    columns = {name: getattr(seen, name)[order] for name in ("toxicity", "response", "os_months", "death")}
    other = replace(seen, troughs=troughs, site=tuple(seen.site[i] for i in order), **columns)
    loaded = model("sites")
    _, arrays = drawn(loaded, size=2)
    found, again = (
        evaluate_patients(arrays, loaded, one, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (seen, other)
    )
    np.testing.assert_allclose(found[:, order], again, rtol=1e-12)


def test_vectors_are_labelled_and_flat_again():
    """Draws as one variable over sites hold the same numbers as one variable an entry."""
    loaded = model("sites")
    flat = draw_priors(loaded, rng=np.random.default_rng(0), size=5)
    labelled = labelled_parameters(flat, loaded)
    assert labelled["site_z_toxicity_slope"].dims == ("chain", "draw", "site")
    assert flat_parameters(labelled, loaded).identical(flat[list(loaded.priors)])


@pytest.mark.parametrize("name", [one.name for one in bs.list_models()])
def test_a_bound_model_travels_between_processes(name):
    """The second process of a fit, and the workers of a study, get the model file by pickle."""
    recorded = replace(cohort(), covariates={"age": np.arange(50.0, 59.0), "sex": ("m", "f", "m") * 3})
    loaded = bind_model(bs.load_model(name), recorded)[0]
    travelled = pickle.loads(pickle.dumps(loaded))
    assert travelled.identity == loaded.identity
    assert travelled.priors == loaded.priors
    of_patients = travelled.patient_columns(recorded)
    for column, values in loaded.patient_columns(recorded).items():
        np.testing.assert_array_equal(of_patients[column], values)
