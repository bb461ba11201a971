"""Dated troughs: decline and occasions against SciPy's multivariate normal, in every engine, and their limits."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy import stats

import bayes_sora as bs
from bayes_sora.errors import InputError
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile import bind_model, parse_model
from bayes_sora.modelfile.dated import given_troughs, slot_arrays, trough_occasions
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort, draw_truth
from bayes_sora.study.engine.density import cohort_arrays, make_density

DECLINE = "sorafenib_decline.v1"
N = 7


def seen(*, n=N, seed=2):
    """Return a model bound to a cohort drawn from it, and one draw of its prior."""
    model = bind_example(bs.load_model(DECLINE), n=n)
    truth = draw_truth(model, np.random.default_rng(seed))
    return model, draw_cohort(model, truth, n=n, rng=np.random.default_rng(seed)), truth


def some_missing(cohort):
    """Leave out troughs, so that patients have one to four."""
    kept = np.array([(i % 4 == 0) or (i % 7 > 2) for i in np.arange(cohort.troughs.patient.size)])
    troughs = cohort.troughs
    fields = {name: getattr(troughs, name)[kept] for name in ("patient", "value_mg_l", "censoring", "day")}
    return replace(cohort, troughs=replace(troughs, **fields))


def by_hand(cohort, at, i):
    """Mean and covariance of a patient's log troughs, written out."""
    day = cohort.troughs.day[cohort.troughs.patient == i]
    month = day / 30.4375
    decline = np.exp(-month / at["exposure_decline_months"]) - np.exp(-30.0 / 30.4375 / at["exposure_decline_months"])
    together = np.abs(day[:, None] - day) <= 2.0
    cov = at["exposure_sd_between"] ** 2 + at["exposure_occasion_sd"] ** 2 * together
    cov = cov + at["exposure_sd_within"] ** 2 * np.eye(day.size)
    return at["exposure_log_median"] + at["exposure_decline_size"] * decline, cov


def test_troughs_are_multivariate_normal():
    """Marginal density, and mean and SD of log C given the troughs, by conditioning SciPy's normal by hand."""
    model, whole, truth = seen()
    cohort = some_missing(whole)
    assert set(np.bincount(cohort.troughs.patient)) >= {1, 3}
    slots = slot_arrays(cohort, model.exposure, np.zeros(cohort.troughs.patient.size))
    given = given_troughs(NUMPY, truth, model.exposure, slots)
    for i in range(N):
        log_y = np.log(cohort.troughs.value_mg_l[cohort.troughs.patient == i])
        mean, cov = by_hand(cohort, truth, i)
        assert given.marginal[i] == pytest.approx(stats.multivariate_normal(mean, cov).logpdf(log_y), abs=1e-9)
        gain = truth["exposure_sd_between"] ** 2 * np.linalg.solve(cov, np.ones(log_y.size))
        assert given.centre[i] == pytest.approx(truth["exposure_log_median"] + gain @ (log_y - mean), abs=1e-9)
        left = truth["exposure_sd_between"] ** 2 * (1.0 - gain.sum())
        assert given.spread[i] == pytest.approx(np.sqrt(left), abs=1e-9)


@pytest.mark.mcmc
def test_engines_have_one_likelihood():
    """PyMC and JAX give NumPy's likelihood of the patients, with troughs missing here and there."""
    model, whole, truth = seen()
    cohort = some_missing(whole)
    arrays = {name: np.array([value]) for name, value in truth.items()}
    found = evaluate_patients(arrays, model, cohort, rng=np.random.default_rng(0), n_nodes=21).log_likelihood["patient"]
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([cohort], model))
        fast = jax.jit(make_density(model, n_nodes=21).log_likelihood)(arrays, one)
    np.testing.assert_allclose(np.asarray(fast)[:, 0], found[0], atol=1e-9)
    built = build_model(model, cohort, n_nodes=21)
    log_density = built.compile_logp(vars=built.potentials, jacobian=False)
    point = {}
    for variable in built.free_RVs:
        value = built.rvs_to_values[variable]
        positive = built.rvs_to_transforms[variable] is not None
        point[value.name] = np.log(truth[variable.name]) if positive else truth[variable.name]
    assert float(log_density(point)) == pytest.approx(found[0].sum(), abs=1e-7)


def test_without_decline_and_occasions_it_is_the_joint_model():
    """With D = 0 and σ_o = 0 everything is as if the days were not known."""
    model, cohort, truth = seen()
    plain = {name: np.array([value]) for name, value in truth.items()}
    none = plain | {"exposure_decline_size": np.zeros(1), "exposure_occasion_sd": np.zeros(1)}
    dated = evaluate_patients(none, model, cohort, rng=np.random.default_rng(0))
    joint = evaluate_patients(plain, bs.load_model("sorafenib_joint.v1"), cohort, rng=np.random.default_rng(0))
    for name, values in joint.log_likelihood.items():
        np.testing.assert_allclose(dated.log_likelihood[name], values, atol=1e-10)
    np.testing.assert_allclose(dated.log_exposure, joint.log_exposure, atol=1e-10)


def test_drawn_cohorts_decline_and_resemble_within_an_occasion():
    """Mean and covariance of ten thousand patients' log troughs are those written out by hand."""
    model = bind_example(bs.load_model(DECLINE), n=10_000)
    typical = {"exposure_sd_within": 0.2, "exposure_occasion_sd": 0.3, "exposure_sd_between": 0.5}
    truth = draw_truth(model, np.random.default_rng(1)) | typical
    cohort = draw_cohort(model, truth, n=10_000, rng=np.random.default_rng(1))
    log_y = np.log(cohort.troughs.value_mg_l).reshape(-1, 4)
    hands = [by_hand(cohort, truth, i)[0] for i in range(500)]
    np.testing.assert_allclose((log_y[:500] - hands).mean(axis=0), 0.0, atol=4.0 * 0.62 / np.sqrt(500))
    centred = log_y - log_y.mean(axis=0)
    found = centred.T @ centred / len(log_y)
    assert found[0, 1] - found[0, 3] == pytest.approx(0.3**2, abs=0.03)
    days = cohort.troughs.day.reshape(-1, 4)
    np.testing.assert_array_equal(days[:, 1] - days[:, 0], 1.0)


def test_occasions_are_counted_within_patients():
    """An occasion takes in what lies within so many days of its first trough."""
    model, cohort, _ = seen()
    assert trough_occasions(cohort, model.exposure).tolist() == [0, 0, 1, 2] * N


def test_single_troughs_leave_no_occasion():
    """One trough a patient: the parameter goes, with a note; the decline stays."""
    model, cohort, _ = seen()
    first = replace(
        cohort.troughs,
        **{name: getattr(cohort.troughs, name)[::4] for name in ("patient", "value_mg_l", "censoring", "day")},
    )
    bound, reasons = bind_model(bs.load_model(DECLINE), replace(cohort, troughs=first))
    assert "exposure_occasion_sd" not in bound.priors
    assert "exposure_decline_size" in bound.priors
    assert "no patient has two measured troughs within 2 days" in reasons[0]
    assert bound.identity != model.identity


@pytest.mark.parametrize("fault", ["no day", "below the limit"])
def test_troughs_that_cannot_be_used_are_refused(fault):
    """F012 names the patient."""
    model, cohort, _ = seen()
    day, censoring = cohort.troughs.day.copy(), cohort.troughs.censoring.copy()
    if fault == "no day":
        day[5] = np.nan
    else:
        censoring[5] = -1
    with pytest.raises(InputError, match="F012") as caught:
        build_model(model, replace(cohort, troughs=replace(cohort.troughs, day=day, censoring=censoring)))
    assert caught.value.problems[0].patient == cohort.patient_id[1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"form": "observed"}, "as measured"),
        ({"time": "dose"}, "follows the dose"),
        ({"occasion_sd": None}, "needs its prior"),
    ],
)
def test_the_linter_names_what_does_not_go_together(changes, words):
    """Troughs as measured, doses, and a setting without its prior."""
    import json  # noqa: PLC0415

    content = json.loads(bs.load_model(DECLINE).text) | {"name": "d.v1"}
    for name, value in changes.items():
        if value is None:
            del content["exposure"][name]
        else:
            content["exposure"][name] = value
    with pytest.raises(InputError, match=words):
        parse_model(content)
