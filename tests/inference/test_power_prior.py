"""Power priors: weight one is full data, weight zero leaves the study out, in every engine; and what a fit says."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.cohort import take_patients
from bayes_sora.comparison.comparable import check_comparable
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.tree import draw_priors
from bayes_sora.inference.weights import counted_log_likelihood
from bayes_sora.modelfile import bind_model, parse_model
from bayes_sora.study.engine.density import cohort_arrays, make_density
from tests.conftest import make_fake_fit

EARLIER = "Earlier 2018"
N, N_EARLIER = 10, 4


def cohort():
    """Return ten patients, the first four of an earlier study."""
    study = tuple(EARLIER if i < N_EARLIER else "Ours" for i in range(N))
    return replace(bs.simulate("moderate", n=N, seed=3).cohort, study=study)


def present():
    """Return the six patients of the present study."""
    return take_patients(cohort(), np.arange(N_EARLIER, N))


def model(weight, *, base="sorafenib_joint.v1"):
    """Return a model file that gives the earlier study a weight, bound to the cohort; None gives none."""
    text = {"schema": 1, "name": "power.v1", "title": "power", "extends": base}
    if weight is not None:
        text["borrowing"] = {"study": {EARLIER: weight}}
    return bind_model(parse_model(text), cohort())[0]


def draws(loaded, *, size=6):
    """Return parameters drawn from the prior, by name."""
    found = draw_priors(loaded, rng=np.random.default_rng(2), size=size)
    return {name: found[name].to_numpy().reshape(-1) for name in loaded.priors}


def pymc_log_density(loaded, at, *, patients):
    """Return the log density of the PyMC model at every draw."""
    built = build_model(loaded, patients)
    log_density = built.compile_logp(jacobian=False)
    found = []
    for draw in range(len(at["toxicity_slope"])):
        point = {}
        for variable in built.free_RVs:
            value = at[variable.name][draw]
            transformed = built.rvs_to_transforms[variable] is not None
            point[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
        found.append(float(log_density(point)))
    return np.array(found)


def jax_log_density(loaded, *, patients, quick=False):
    """Return the fast engine's log density at fixed positions."""
    with jax.enable_x64(new_val=True):
        density = make_density(loaded)
        arrays = jax.tree.map(lambda array: array[0], cohort_arrays([patients], loaded))
        position = 0.5 * np.random.default_rng(4).normal(size=(len(density.names), 5))
        return np.asarray((density.quick_log_posterior if quick else density.log_posterior)(position, arrays))


def test_weights_follow_the_column_study():
    """Patients of the study named have its weight, the others one; nobody has any without the table."""
    assert model(0.3).patient_weights(cohort()).tolist() == [0.3] * N_EARLIER + [1.0] * (N - N_EARLIER)
    assert model(None).patient_weights(cohort()) is None


@pytest.mark.mcmc
def test_pymc_counts_the_earlier_study_by_its_weight():
    """PyMC's density is that of the present study plus a times what the earlier one adds, at a = 0, 0.3 and 1."""
    at = draws(model(None))
    full, without = (pymc_log_density(model(None), at, patients=some) for some in (cohort(), present()))
    assert np.abs(full - without).min() > 0.1
    for weight in (0.0, 0.3, 1.0):
        found = pymc_log_density(model(weight), at, patients=cohort())
        assert found == pytest.approx(without + weight * (full - without), abs=1e-8)


@pytest.mark.parametrize("quick", [False, True])
def test_the_fast_engine_counts_the_earlier_study_by_its_weight(quick):
    """The same of the fast engine, exactly and in single precision."""
    full, without = (jax_log_density(model(None), patients=some, quick=quick) for some in (cohort(), present()))
    for weight in (0.0, 0.3, 1.0):
        found = jax_log_density(model(weight), patients=cohort(), quick=quick)
        assert found == pytest.approx(without + weight * (full - without), abs=1e-3 if quick else 1e-8)


def test_log_likelihoods_stay_whole_and_are_counted_where_they_are_used():
    """The group log_likelihood is that of full data; what diagnostics take is weighted, without weights of zero."""
    cohorts = cohort()
    half, nothing = (make_fake_fit(cohorts, model=model(weight), chains=2, draws=50) for weight in (0.5, 0.0))
    whole = half.posterior["log_likelihood"]["patient"].to_numpy()
    own = {name: values.to_numpy().reshape(-1) for name, values in half.parameters.items()}
    truth = evaluate_patients(own, model(None), cohorts, rng=np.random.default_rng(0)).log_likelihood["patient"]
    assert whole.reshape(-1, N) == pytest.approx(truth, abs=1e-12)
    counted = counted_log_likelihood(half.posterior).to_numpy()
    assert counted[..., :N_EARLIER] == pytest.approx(0.5 * whole[..., :N_EARLIER])
    assert counted[..., N_EARLIER:] == pytest.approx(whole[..., N_EARLIER:])
    assert counted_log_likelihood(nothing.posterior).sizes["patient_id"] == N - N_EARLIER


def test_a_fit_says_who_counts_in_part():
    """window.json and the report name the study, its weight and its patients; comparison refuses such a fit."""
    from bayes_sora.fitting.document import window_document  # noqa: PLC0415 - heavy
    from bayes_sora.report.html import render_report  # noqa: PLC0415

    fit = make_fake_fit(cohort(), model=model(0.5))
    studies = window_document(fit)["borrowing"]["studies"]
    assert studies == [{"study": EARLIER, "weight": 0.5, "n_patients": N_EARLIER}]
    assert f"{N_EARLIER} of {EARLIER} count 0.5 each" in render_report(fit, {})
    with pytest.raises(bs.UsageError, match="counts patients of earlier studies in part"):
        check_comparable({"in part": fit, "in full": make_fake_fit(cohort(), model=model(None))})


def test_a_study_that_the_cohort_lacks_is_left_out_and_named():
    """Neither a cohort without the study nor one without the column is an error."""
    unbound = parse_model(
        {"schema": 1, "name": "p.v1", "title": "p", "extends": "sorafenib_joint.v1", "borrowing": {"study": {"X": 0.5}}}
    )
    for some, word in ((cohort(), "has no patient of it"), (replace(cohort(), study=None), "has no column study")):
        bound, reasons = bind_model(unbound, some)
        assert bound.study_weights == {}
        assert reasons == (f"the cohort {word}: the weight of study X is left out",)
        assert bound.patient_weights(some) is None


BAD = {
    "not a table": (0.5, "borrowing"),
    "empty": ({}, "borrowing.study"),
    "no study": ({"study": {}}, "borrowing.study"),
    "a number for a table": ({"study": 3}, "borrowing.study"),
    "above one": ({"study": {"A": 1.5}}, "borrowing.study.A"),
    "text": ({"study": {"A": "half"}}, "borrowing.study.A"),
    "true": ({"study": {"A": True}}, "borrowing.study.A"),
    "no name": ({"study": {" ": 0.5}}, "borrowing.study"),
    "control character": ({"study": {"a\x07": 0.5}}, "borrowing.study"),
    "site": ({"site": {"A": 0.5}}, "borrowing.site"),
    "too many": ({"study": {f"S{i}": 0.5 for i in range(60)}}, "borrowing.study"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_linter_names_what_is_wrong(case):
    """Each fault is reported at its key."""
    table, path = BAD[case]
    text = {"schema": 1, "name": "p.v1", "title": "p", "extends": "sorafenib_joint.v1", "borrowing": table}
    with pytest.raises(bs.InputError) as caught:
        parse_model(text)
    assert path in {problem.column for problem in caught.value.problems}
