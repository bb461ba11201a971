"""Survival over rows of follow-up against hazards integrated numerically, closed forms and SciPy."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy import stats

import bayes_sora as bs
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile.outcomes import KINDS
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.engine.density import cohort_arrays, make_density
from tests.course.courses import cohort_with_course, model_of, patient_density, survival_density
from tests.inference.oracle import draw_parameters

CASES = {
    "entry": (model_of(), cohort_with_course(intervals=False, doses=False, onset=False)),
    "entry and intervals": (model_of(), cohort_with_course(doses=False, onset=False)),
    "doses": (model_of(time="dose"), cohort_with_course(entry=False, intervals=False, onset=False)),
    "landmark": (model_of(landmark=8.0), cohort_with_course(doses=False)),
    "everything": (model_of(kind="weibull_onset", time="dose", landmark=3.0), cohort_with_course()),
}


def point(model, seed):
    """Return plausible parameters of a model as floats."""
    drawn = draw_parameters(np.random.default_rng(seed), form="latent") | {"survival_onset": 0.7}
    return {name: drawn[name] for name in model.priors}


def survival_terms(at, x, model, cohort):
    """Return the kind's own log-likelihood of every patient at centred log exposures x."""
    block = model.outcomes["survival"]
    data = block.outcome.arrays(cohort, block)
    return block.outcome.log_likelihood(NUMPY, x, at, block, data)


@pytest.mark.parametrize("case", CASES)
def test_survival_is_the_hazard_integrated_numerically(case):
    """Every patient's term equals quadrature of a hazard that is read off entry, doses, onset and interval."""
    model, cohort = CASES[case]
    at, x = point(model, 1), np.linspace(-0.8, 0.9, cohort.n_patients)
    found = survival_terms(at, x, model, cohort)
    block = model.outcomes["survival"]
    for i in range(cohort.n_patients):
        truth = survival_density(
            x[i] + np.log(2.91),
            at,
            cohort,
            i,
            landmark=block.landmark_months,
            doses=block.follows_dose,
            onset=block.kind == "weibull_onset",
        )
        assert found[i] == pytest.approx(np.log(truth), abs=1e-7)


@pytest.mark.parametrize("case", ["doses", "everything"])
def test_patients_agree_with_a_fine_integral(case):
    """The marginal log-likelihood, troughs brought to the starting dose, equals an integral over SciPy's densities."""
    model, cohort = CASES[case]
    at = point(model, 2)
    arrays = {name: np.array([value]) for name, value in at.items()}
    found = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=41)
    for i in (1, 2, 5):
        truth = np.log(patient_density(at, cohort, i, model))
        assert found.log_likelihood["patient"][0, i] == pytest.approx(truth, abs=2e-3)


def test_one_row_from_time_zero_is_the_plain_weibull():
    """Without entry, interval, landmark or change of dose the kind with rows gives the numbers of the kind weibull."""
    cohort = bs.simulate("moderate", n=20, seed=4).cohort
    plain, rows = bs.load_model("sorafenib_joint.v1"), model_of(landmark=0.0)
    at, x = point(plain, 3), np.linspace(-1.0, 1.0, 20)
    np.testing.assert_allclose(survival_terms(at, x, rows, cohort), survival_terms(at, x, plain, cohort), rtol=1e-12)


def test_doses_that_never_change_change_nothing():
    """A second record of the same dose cuts the follow-up where the exposure stays: the terms are those of one row."""
    cohort = cohort_with_course(entry=False, intervals=False, onset=False)
    flat = replace(cohort, doses=replace(cohort.doses, dose_mg=np.full(cohort.doses.dose_mg.size, 400.0)))
    at, x = point(model_of(), 5), np.linspace(-1.0, 1.0, cohort.n_patients)
    np.testing.assert_allclose(
        survival_terms(at, x, model_of(time="dose"), flat), survival_terms(at, x, model_of(), cohort), rtol=1e-12
    )


def test_left_truncation_is_the_density_given_survival_to_entry():
    """SciPy's density over SciPy's survival to entry, for a death; survival over survival, for a censored time."""
    cohort = cohort_with_course(intervals=False, doses=False, onset=False)
    at = point(model_of(), 6)
    k, m, x = at["survival_shape"], at["survival_median"], 0.4
    g = at["survival_linear"] * x + at["survival_curvature"] * x**2
    law = stats.weibull_min(k, scale=m * (np.log(2.0) * np.exp(g)) ** (-1.0 / k))
    truth = np.where(cohort.death == 1, law.logpdf(cohort.os_months), law.logsf(cohort.os_months))
    found = survival_terms(at, np.full(cohort.n_patients, x), model_of(), cohort)
    np.testing.assert_allclose(found, truth - law.logsf(cohort.entry_months), rtol=1e-9)


def test_an_interval_is_a_difference_of_survivals_and_a_short_one_a_density():
    """log(S(low) − S(high)) of SciPy; over a thousandth of a month it is the density times the length."""
    end = np.array([2.0, 9.0, 14.0, 30.0])
    cohort = bs.simulate("moderate", n=4, seed=1).cohort
    cohort = replace(cohort, os_months=end, death=np.ones(4), os_months_low=np.array([0.0, 4.0, 13.999, np.nan]))
    at = point(model_of(), 7) | {"survival_linear": 0.0, "survival_curvature": 0.0}
    k, m = at["survival_shape"], at["survival_median"]
    law = stats.weibull_min(k, scale=m * np.log(2.0) ** (-1.0 / k))
    found = survival_terms(at, np.zeros(4), model_of(), cohort)
    assert found[0] == pytest.approx(law.logcdf(2.0), rel=1e-9)
    assert found[1] == pytest.approx(np.log(law.sf(4.0) - law.sf(9.0)), rel=1e-9)
    assert found[2] == pytest.approx(law.logpdf(14.0) + np.log(0.001), abs=1e-3)
    assert found[3] == pytest.approx(law.logpdf(30.0), rel=1e-9)


def test_who_is_not_known_alive_at_the_landmark_says_nothing():
    """Deaths before the landmark, and intervals that begin before it, add 0; later times are given survival to it."""
    model, cohort = CASES["landmark"]
    at, x = point(model, 8), np.zeros(cohort.n_patients)
    found = survival_terms(at, x, model, cohort)
    out = (cohort.os_months <= 8.0) | (cohort.os_months_low < 8.0)
    assert 0 < out.sum() < cohort.n_patients
    np.testing.assert_array_equal(found[out], 0.0)
    entered = replace(cohort, entry_months=np.maximum(cohort.entry_months, 8.0))
    np.testing.assert_allclose(found[~out], survival_terms(at, x, model_of(), entered)[~out])


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


def test_cohorts_of_different_numbers_of_rows_go_into_one_batch():
    """Rows that a cohort does not need are zeros, and its log-likelihood in the batch is the one it has alone."""
    model = model_of(time="dose")
    many = cohort_with_course(entry=False, intervals=False, onset=False)
    few = replace(many, doses=replace(many.doses, dose_mg=np.full(many.doses.dose_mg.size, 800.0)))
    at = {name: np.array([value]) for name, value in point(model, 10).items()}
    with jax.enable_x64(new_val=True):
        both, alone = cohort_arrays([many, few], model), cohort_arrays([few], model)
        density = make_density(model)
        in_batch = density.log_likelihood(at, jax.tree.map(lambda array: array[1], both))
        np.testing.assert_allclose(in_batch, density.log_likelihood(at, jax.tree.map(lambda a: a[0], alone)))


@pytest.mark.parametrize("case", ["entry", "everything"])
def test_replicates_are_deaths_of_patients_who_lived_to_their_entry(case):
    """The months drawn have, patient by patient, the survival that follows from the likelihood of a censored time."""
    model, cohort = CASES[case]
    block, n = model.outcomes["survival"], 4000
    at, x = point(model, 11), np.zeros((n, cohort.n_patients))
    data = block.outcome.arrays(cohort, block)
    drawn = block.outcome.draw_given(np.random.default_rng(1), x, at, block, data)
    seen = replace(cohort, death=np.zeros(cohort.n_patients), os_months_low=None)
    alive = np.exp(survival_terms(at, x[0], model, seen))
    counts = (data["death"] + data["interval"] == cohort.death) & (alive < 1.0)
    frequency = (drawn > cohort.os_months).mean(axis=0)
    error = np.sqrt(alive * (1.0 - alive) / n)
    assert np.abs(frequency - alive)[counts] == pytest.approx(0.0, abs=4.5 * error.max())
    begin = np.maximum(cohort.entry_months, block.landmark_months)
    assert (drawn >= begin * (1.0 - 1e-9)).all()


def test_only_kinds_with_rows_have_settings():
    """A landmark is a key of the kinds that can begin late, and of no other."""
    assert [name for name, kind in KINDS.items() if "landmark_months" in kind.settings] == [
        "weibull_rows",
        "weibull_onset",
    ]
