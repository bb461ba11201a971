"""The density of the fast engine against PyMC's model, our own 101-node formulas, and itself in single precision."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

import bayes_sora as bs
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.numerics.priors import FAMILIES
from bayes_sora.study.engine.density import CohortArrays, cohort_arrays, make_density
from bayes_sora.study.engine.families import FAMILIES as ENGINE_FAMILIES
from bayes_sora.study.engine.fast import SECOND
from tests.study.engine import examples

CASES = {
    "joint": lambda: (bs.load_model("sorafenib_joint.v1"), examples.with_blanks(examples.cohort())),
    "as measured": lambda: (bs.load_model("sorafenib_observed.v1"), examples.with_blanks(examples.cohort())),
    "every family, three troughs, no effect": lambda: (examples.every_family("constant"), examples.cohort(troughs=3)),
    "curves with a location": lambda: (bs.load_model("sorafenib_joint.v2"), examples.with_blanks(examples.cohort())),
    "Emax": lambda: (bs.load_model("sorafenib_emax.v1"), examples.with_blanks(examples.cohort())),
    "sigmoid Emax": lambda: (bs.load_model("sorafenib_sigmoid.v1"), examples.with_blanks(examples.cohort())),
    "splines": lambda: (bs.load_model("sorafenib_spline.v1"), examples.with_blanks(examples.cohort())),
    "every family, quadratic": lambda: (examples.every_family("quadratic"), examples.with_blanks(examples.cohort())),
}


@pytest.fixture(autouse=True)
def _double_precision():
    with jax.enable_x64(new_val=True):
        yield


@pytest.fixture(params=CASES)
def case(request):
    """Give a model file and a cohort that it can analyse."""
    return CASES[request.param]()


def one_cohort(cohort, model):
    """Return a cohort as the density takes it."""
    one: CohortArrays = jax.tree.map(lambda array: array[0], cohort_arrays([cohort], model))
    return one


def positions(density, *, size, seed=7, spread=0.6):
    """Draw positions around the middle of the prior, shape (n_parameters, size)."""
    return spread * np.random.default_rng(seed).normal(size=(len(density.names), size))


def as_arrays(parameters):
    """Return JAX parameters as NumPy arrays."""
    return {name: np.asarray(value) for name, value in parameters.items()}


def log_size_of_map(density):
    """Return position ↦ log |det ∂θ/∂u| of the map from a position to the parameters, by differentiation."""
    jacobian = jax.jit(jax.jacfwd(lambda u: jnp.stack(list(density.parameters(u).values()))))
    return lambda position: np.linalg.slogdet(np.asarray(jacobian(position)))[1]


def test_log_posterior_is_that_of_the_pymc_model(case):
    """The log density equals PyMC's on the scale of the parameters, plus the log of the size of the map."""
    model, cohort = case
    density = make_density(model)
    at = positions(density, size=3)
    found = np.asarray(jax.jit(density.log_posterior)(at, one_cohort(cohort, model)))
    parameters = as_arrays(jax.jit(density.parameters)(at))
    built = build_model(model, cohort)
    log_size = log_size_of_map(density)
    log_density = built.compile_logp(jacobian=False, mode="FAST_COMPILE")
    parameters |= {one.name: np.stack([parameters[name] for name in one.entries], axis=-1) for one in model.vectors}
    for draw in range(at.shape[1]):
        point = {}
        for variable in built.free_RVs:
            value = parameters[variable.name][draw]
            transformed = built.rvs_to_transforms[variable] is not None
            point[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
        truth = float(log_density(point)) + log_size(at[:, draw])
        assert found[draw] == pytest.approx(truth, abs=1e-6)


def test_log_likelihood_is_that_of_a_fine_quadrature(case):
    """With 101 nodes a patient's log-likelihood is that of the package's own formulas, and 11 nodes nearly so."""
    model, cohort = case
    density = make_density(model)
    parameters = jax.jit(density.parameters)(positions(density, size=5))
    truth = evaluate_patients(as_arrays(parameters), model, cohort, rng=np.random.default_rng(0), n_nodes=101)
    patients = truth.log_likelihood["patient"].T
    arrays = one_cohort(cohort, model)
    fine, usual = (jax.jit(make_density(model, n_nodes=n).log_likelihood)(parameters, arrays) for n in (101, 11))
    np.testing.assert_allclose(fine, patients, atol=1e-9)
    # Splines of the prior may be steep within the reach of one patient's nodes.
    np.testing.assert_allclose(usual, patients, atol=1e-2 if "toxicity_spline[1]" in density.names else 5e-3)


@pytest.mark.parametrize("name", ["sorafenib_joint.v1", "sorafenib_observed.v1"])
def test_quick_density_is_right_wherever_a_draw_may_count(name):
    """Single precision changes log weights by less than 1e-3 near the posterior, and makes no far draw important.

    Far out the quick density may be anything but large: the heaviest tail that a proposal has stays below the mode.
    """
    model, cohort = bs.load_model(name), examples.with_blanks(examples.cohort(n=26))
    density, arrays = make_density(model), one_cohort(cohort, model)
    exact_density, quick_density = jax.jit(density.log_posterior), jax.jit(density.quick_log_posterior)
    mode, root = mode_and_root(exact_density, arrays, size=len(density.names))
    rng = np.random.default_rng(2)
    tails = rng.normal(size=(mode.size, 4000)) / np.sqrt(rng.chisquare(SECOND.df, size=4000) / SECOND.df)
    draws = mode[:, None] + np.sqrt(SECOND.widening) * root @ tails
    exact, quick = (np.asarray(one(draws, arrays)) for one in (exact_density, quick_density))
    top = float(exact_density(mode[:, None], arrays)[0])
    assert not np.isnan(exact).any()
    near = exact > top - 30.0
    assert near.mean() > 0.5
    assert np.abs(quick - exact)[near].max() < 1e-3
    assert quick[~near & np.isfinite(quick)].max() < top - 25.0


def test_every_prior_family_has_its_twin():
    """The engine knows the families that a model file may name, all of them."""
    assert set(ENGINE_FAMILIES) == set(FAMILIES)


def test_troughs_outside_the_limits_of_quantification_are_refused():
    """The engine says that it takes none, rather than take them as measured."""
    cohort = bs.simulate("moderate", n=10, seed=3, lloq_mg_l=2.5).cohort
    assert cohort.troughs.n_censored > 0
    with pytest.raises(ValueError, match="limits of quantification"):
        cohort_arrays([cohort], bs.load_model("sorafenib_joint.v1"))


def mode_and_root(log_posterior, arrays, *, size):
    """Find the mode by SciPy, with a root of the inverse curvature there: independent of the engine's own search."""

    def fall(position):
        return -log_posterior(position[:, None], arrays)[0]

    found = optimize.minimize(jax.jit(jax.value_and_grad(fall)), np.zeros(size), jac=True, method="BFGS")
    return found.x, np.linalg.cholesky(found.hess_inv)
