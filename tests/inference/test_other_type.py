"""Toxicity of no recorded type: a type "other" enters, and the likelihood is a sum over what may have happened."""

from __future__ import annotations

import itertools
from dataclasses import replace

import jax
import numpy as np
import pytest
import xarray as xr
from scipy import integrate

import bayes_sora as bs
from bayes_sora.cohort.describe import describe_cohort
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.predict import draw_replicates
from bayes_sora.modelfile import bind_model, parse_model
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort, draw_truth
from bayes_sora.study.engine.density import cohort_arrays, make_density
from tests.inference import oracle
from tests.inference.test_kinds import curves_of, drawn, p_type

MODEL = "sorafenib_event_types.v1"
N = 8


def cohort(**changed):
    """Return patients in whom toxicity and two types are known, partly known or not."""
    plain = bs.simulate("moderate", n=N, seed=3).cohort
    nan = np.nan
    types = {
        "rash": np.array([0.0, 1.0, 0.0, nan, nan, nan, 0.0, 1.0]),
        "pain": np.array([0.0, 0.0, 0.0, 0.0, 0.0, nan, 1.0, nan]),
    }
    toxicity = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])
    return replace(plain, **({"event_types": types, "toxicity": toxicity} | changed))


def bound(seen, **toxicity):
    """Return the released model file, some of its settings changed, for a cohort."""
    text = {"schema": 1, "name": "t.v1", "title": "t", "extends": MODEL}
    return bind_model(parse_model({**text, "toxicity": toxicity}) if toxicity else bs.load_model(MODEL), seen)


def p_by_enumeration(at, x, seen, i, labels):
    """P of what is known of patient i: the sum over every event that may have been, of those that agree with it."""
    total = np.zeros_like(x)
    for events in itertools.product((0.0, 1.0), repeat=len(labels)):
        recorded = zip(events, labels, strict=True)
        cells = [(event, seen.event_types[label][i]) for event, label in recorded if label in seen.event_types]
        agrees = all(np.isnan(cell) or cell == event for event, cell in cells)
        any_event = float(any(events))
        if agrees and (np.isnan(seen.toxicity[i]) or seen.toxicity[i] == any_event):
            p = [p_type(at, x, label) for label in labels]
            total = total + np.prod([q if event else 1.0 - q for q, event in zip(p, events, strict=True)], axis=0)
    return total


def test_log_likelihood_is_a_sum_over_what_may_have_happened():
    """Blanks, no type seen, no toxicity: every patient agrees with an enumeration of what may have been."""
    seen = cohort()
    loaded, _ = bound(seen)
    labels = ("rash", "pain", "other")
    assert loaded.outcomes["toxicity"].vectors[0].labels == labels
    points, arrays = drawn(loaded, size=2)
    found = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41)
    for draw, at in enumerate(points):
        for i, patient in enumerate(oracle.patients_of(seen)):
            log_c, density = oracle.exposure_density(at, patient, ("response", "survival"))
            density = density * p_by_enumeration(at, log_c - np.log(oracle.REFERENCE), seen, i, labels)
            truth = np.log(integrate.trapezoid(density, log_c))
            assert found.log_likelihood["patient"][draw, i] == pytest.approx(truth, abs=2e-3)


def test_probabilities_of_everything_that_can_be_seen_add_up_to_one():
    """Over all cells and toxicities of a patient with one blank type the likelihood of toxicity sums to 1."""
    seen = cohort()
    loaded, _ = bound(seen)
    at = {name: value[0] for name, value in drawn(loaded, size=1)[1].items()}
    block, x = loaded.outcomes["toxicity"], np.full(3, 0.3)
    types = {"rash": np.full(3, np.nan), "pain": np.array([1.0, 0.0, 0.0])}
    possible = replace(
        bs.simulate("moderate", n=3, seed=1).cohort, event_types=types, toxicity=np.array([1.0, 0.0, 1.0])
    )
    p = np.exp(block.outcome.log_likelihood(NUMPY, x, at, block, block.outcome.arrays(possible, block)))
    assert p.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_fast_engine_has_the_same_likelihood():
    """JAX and NumPy give the same log-likelihood of every patient on the same nodes, and JAX has finite slopes."""
    seen = cohort()
    loaded, _ = bound(seen)
    _, arrays = drawn(loaded, size=3)
    truth = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=11)
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([seen], loaded))
        density = make_density(loaded)
        found = jax.jit(density.log_likelihood)(arrays, one)
        slope = jax.grad(lambda u: density.log_posterior(u, one).sum())(np.full((len(density.names), 1), 0.1))
    np.testing.assert_allclose(np.asarray(found), truth.log_likelihood["patient"].T, atol=1e-9)
    assert np.isfinite(np.asarray(slope)).all()


@pytest.mark.mcmc
def test_density_of_the_pymc_model_is_prior_plus_patients():
    """PyMC samples the log prior, the further type included, plus the patients' log-likelihood."""
    seen = cohort()
    loaded, _ = bound(seen)
    built = build_model(loaded, seen)
    (point,), arrays = drawn(loaded, size=1)
    patients = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=11)
    prior = sum(prior_log_density(arrays[name], p.family, p.arguments) for name, p in loaded.priors.items())
    vectors = {vector.name: vector.entries for vector in loaded.vectors}
    values = {}
    for variable in built.free_RVs:
        names = vectors.get(variable.name)
        value = point[variable.name] if names is None else np.array([point[name] for name in names])
        transformed = built.rvs_to_transforms[variable] is not None
        values[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
    found = float(built.compile_logp(jacobian=False, mode="FAST_COMPILE")(values))
    assert found == pytest.approx(prior[0] + patients.log_likelihood["patient"][0].sum(), abs=1e-6)


def test_the_note_counts_them():
    """Who is meant by the further type is said with a number, once for one and several patients."""
    assert "3 patients have toxicity and no type of event seen" in bound(cohort())[1][0]
    one = cohort(toxicity=np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]))
    assert "1 patient has toxicity" in bound(one)[1][0]
    assert "'other'" in bound(one)[1][0]


def test_without_such_a_patient_nothing_changes():
    """Where every toxicity has a type, blanks or not, labels and log-likelihood are those of the columns alone."""
    seen = cohort(toxicity=np.array([0.0, 1.0, 0.0, 0.0, 0.0, np.nan, 1.0, 1.0]))
    loaded, notes = bound(seen)
    assert notes == ()
    assert loaded.outcomes["toxicity"].vectors[0].labels == ("rash", "pain")
    at = {name: value[0] for name, value in drawn(loaded, size=1)[1].items()}
    block, x = loaded.outcomes["toxicity"], np.linspace(-1.0, 1.0, N)
    found = block.outcome.log_likelihood(NUMPY, x, at, block, block.outcome.arrays(seen, block))
    expected = np.zeros(N)
    for label, values in seen.event_types.items():
        p = p_type(at, x, label)
        expected += np.where(np.isnan(values), 0.0, np.log(np.where(values == 1.0, p, 1.0 - p)))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_further_type_that_never_happens_changes_nothing():
    """With the probability of "other" at 0 and no blanks the likelihood is that without it: the limit of the model."""
    types = {"rash": np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0]), "pain": np.zeros(N)}
    seen = cohort(event_types=types, toxicity=types["rash"])
    loaded, _ = bound(seen, other="always")
    plain, _ = bound(seen)
    assert set(loaded.priors) - set(plain.priors) == {"toxicity_intercept_z[other]", "toxicity_slope_z[other]"}
    _, arrays = drawn(plain, size=2)
    never = arrays | {"toxicity_intercept_z[other]": np.full(2, -60.0), "toxicity_slope_z[other]": np.zeros(2)}
    found, truth = (
        evaluate_patients(at, model, seen, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for at, model in ((never, loaded), (arrays, plain))
    )
    np.testing.assert_allclose(found, truth, atol=1e-10)


def test_the_curve_and_replicates_are_of_any_event():
    """The probability of any event has the factor of the further type, and so has the rate of replicates."""
    seen = cohort()
    loaded, _ = bound(seen)
    (at,), _ = drawn(loaded, size=1)
    found = curves_of(loaded, at)
    x = np.log(found.exposure_mg_l / oracle.REFERENCE)
    none = np.prod([1.0 - p_type(at, x, label) for label in ("rash", "pain", "other")], axis=0)
    np.testing.assert_allclose(found.probability("toxicity")[0, 0], 1.0 - none, rtol=1e-10)
    n = 4000
    many = {name: np.full(n, value) for name, value in at.items()}
    log_exposure = np.full((n, N), np.log(oracle.REFERENCE) + x[4])
    rate = draw_replicates(many, log_exposure, loaded, seen, rng=np.random.default_rng(1))["toxicity"].mean()
    assert rate == pytest.approx(1.0 - none[4], abs=4 * 0.5 / np.sqrt(n * N))


def test_a_column_called_other_keeps_its_name():
    """A cohort may have a column ae_other; the type that no column records is called otherwise."""
    types = {"other": np.zeros(N), "other_2": np.zeros(N)}
    loaded, notes = bound(cohort(event_types=types))
    assert loaded.outcomes["toxicity"].vectors[0].labels == ("other", "other_2", "other_3")
    assert "'other_3'" in notes[0]


def test_from_a_file_nothing_is_lost(tmp_path):
    """Toxicities of no type are counted when a file is described and when a model is bound to it."""
    rows = "".join(f"P{i},{i}.5,{i % 2},0\n" for i in range(1, 9))
    (tmp_path / "c.csv").write_text(f"patient_id,trough_mg_l,toxicity,ae_rash\n{rows}", encoding="utf-8")
    seen = bs.read_cohort(tmp_path / "c.csv")
    described = describe_cohort(seen)
    assert described.n_without_type == 4
    assert "toxicity of none of them in 4" in "\n".join(described.text())
    assert bind_model(bs.load_model(MODEL), seen)[1][0].startswith("4 patients")


def test_always_is_simulated_with_toxicities_of_no_type():
    """Cohorts of a model file that says "always" have toxicities of no type, and cells that are blank."""
    text = {"schema": 1, "name": "t.v1", "title": "t", "extends": MODEL, "toxicity": {"other": "always"}}
    loaded = bind_example(parse_model(text), n=4000)
    truth = draw_truth(loaded, np.random.default_rng(0))
    truth |= {name: 0.0 for name in truth if name.startswith("toxicity")}
    made = draw_cohort(loaded, truth, n=4000, rng=np.random.default_rng(1))
    seen = np.stack(list(made.event_types.values()))
    assert np.isnan(seen).any()
    assert not ((made.toxicity == 0.0) & (seen == 1.0).any(axis=0)).any()
    assert made.toxicity.mean() == pytest.approx(1.0 - 0.5**4, abs=4 * 0.5 / np.sqrt(4000))


def test_results_of_earlier_versions_keep_their_types(fake_fit, tmp_path):
    """A folder whose draws know only the types of the columns is read as it was sampled."""
    seen = cohort()
    fit = fake_fit(seen, model=bound(seen)[0], from_prior=True, draws=50)
    entries = tuple(vector.name for vector in fit.model_file.outcomes["toxicity"].vectors)
    groups = {name: node.to_dataset() for name, node in fit.posterior.children.items()}
    earlier = {
        name: group.isel(event_type=slice(0, 2)) if "event_type" in group.dims else group
        for name, group in groups.items()
    }
    old = replace(fit, posterior=xr.DataTree.from_dict(earlier))
    block = replace(fit.model_file.outcomes["toxicity"], other=False)
    block = replace(block, vectors=tuple(vector._replace(labels=vector.labels[:-1]) for vector in block.vectors))
    old = replace(old, model_file=replace(fit.model_file, outcomes={**fit.model_file.outcomes, "toxicity": block}))
    bs.write_result(old, tmp_path / "result")
    read = bs.read_result(tmp_path / "result")
    assert read.model_file.outcomes["toxicity"].vectors[0].labels == ("rash", "pain")
    assert entries == ("toxicity_intercept_z", "toxicity_slope_z")
    np.testing.assert_allclose(read.curves.probability("toxicity"), old.curves.probability("toxicity"))


def test_results_with_the_further_type_are_read_back(fake_fit, tmp_path):
    """Draws of the further type survive the folder, and so does the curve that it is part of."""
    fit = fake_fit(cohort(), model=bound(cohort())[0], from_prior=True, draws=50)
    assert fit.model_file.outcomes["toxicity"].vectors[0].labels == ("rash", "pain", "other")
    bs.write_result(fit, tmp_path / "result")
    read = bs.read_result(tmp_path / "result")
    assert read.model_file.outcomes["toxicity"].vectors[0].labels == ("rash", "pain", "other")
    np.testing.assert_allclose(read.curves.probability("toxicity"), fit.curves.probability("toxicity"))
