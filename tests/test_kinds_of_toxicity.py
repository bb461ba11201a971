"""Grades and types of adverse events with odd cohorts and model files: from reading to studies."""

from __future__ import annotations

import itertools
from dataclasses import replace

import jax
import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.cohort.describe import describe_cohort
from bayes_sora.comparison import compare
from bayes_sora.curves import build_curves
from bayes_sora.errors import InputError
from bayes_sora.figures.words import endpoint_label
from bayes_sora.fitting.document import window_document
from bayes_sora.inference import build_model
from bayes_sora.inference.predict import draw_replicates
from bayes_sora.modelfile import bind_model, model_from_json, parse_model
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.study.bayes import analyse_bayes
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort, draw_truth
from bayes_sora.study.engine.jax_ops import JAX
from bayes_sora.study.plan import Cell, Method, Replicate
from bayes_sora.study.plan_file import parse_plan
from bayes_sora.study.rows import Failure
from bayes_sora.types import Span

GRADES, TYPES = "sorafenib_grades.v1", "sorafenib_event_types.v1"


def read(folder, text, **options):
    """Read a cohort of the given CSV text."""
    path = folder / "cohort.csv"
    path.write_text(text, encoding="utf-8")
    return bs.read_cohort(path, **options)


def typed_cohort(**changed):
    """Return nine patients with types of adverse events, some columns changed or added."""
    drawn = bs.simulate("event_types", n=9, seed=4).cohort
    return replace(drawn, event_types={**drawn.event_types, **changed})


def graded_fit(fake_fit):
    """Return a fit of the grades made by hand, on draws of its prior."""
    return fake_fit(bs.simulate("grades", n=26, seed=1).cohort, model=GRADES, from_prior=True, draws=50)


def ordinal_with_another_grade():
    """Return a model file whose windows are about grade ≥ 2."""
    asked = {"schema": 1, "name": "g", "title": "g", "extends": GRADES}
    return parse_model({**asked, "windows": {"limits": {"toxicity_grade": 2}}})


# Reading a cohort.


@pytest.mark.parametrize("column", ["ae_term,rash,,pain", "ae_date,2020-01-01,2020-02-01,", "ae_grade,0,3,1"])
def test_other_columns_of_adverse_events_are_left_alone(tmp_path, column):
    """A cohort that could be read before there were types can still be read: such a column was named and not used."""
    name, *cells = column.split(",")
    rows = "".join(f"P{i},{i}.5,{i % 2},{cell}\n" for i, cell in enumerate(cells, start=1))
    read(tmp_path, f"patient_id,trough_mg_l,toxicity,{name}\n{rows}")


def test_a_column_declared_as_grade_is_no_type(tmp_path):
    """What [columns] says a column is, it is, whatever its name begins with."""
    rows = "P1,1.0,0,1\nP2,2.0,1,3\nP3,3.0,0,0\n"
    text = f"patient_id,trough_mg_l,toxicity,ae_grade\n{rows}"
    np.testing.assert_array_equal(read(tmp_path, text, columns={"grade": "ae_grade"}).grade, [1.0, 3.0, 0.0])


def test_a_column_declared_as_toxicity_is_no_type(tmp_path):
    """A cohort whose toxicity is called ae_any has no types of adverse event."""
    rows = "P1,1.0,0\nP2,2.0,1\nP3,3.0,0\n"
    cohort = read(tmp_path, f"patient_id,trough_mg_l,ae_any\n{rows}", columns={"toxicity": "ae_any"})
    assert cohort.event_types is None


def test_columns_may_declare_a_type(tmp_path):
    """A type of adverse event under another name can be declared as every other column can."""
    rows = "P1,1.0,0\nP2,2.0,1\nP3,3.0,0\n"
    cohort = read(tmp_path, f"patient_id,trough_mg_l,AEHFSR\n{rows}", columns={"ae_hfsr": "AEHFSR"})
    assert list(cohort.event_types) == ["hfsr"]


def test_a_type_contradicts_a_toxicity_derived_from_the_grade(tmp_path):
    """A severe event of some type in a patient of grade 0 is an error, as it is beside a column toxicity of 0."""
    (tmp_path / "columns.toml").write_text("[toxicity]\nfrom_grade = 3\n", encoding="utf-8")
    rows = "P1,1.0,0,1\nP2,2.0,3,1\nP3,3.0,0,0\n"
    text = f"patient_id,trough_mg_l,grade,ae_rash\n{rows}"
    with pytest.raises(InputError, match="C039"):
        read(tmp_path, text, columns=tmp_path / "columns.toml")


def test_an_event_fills_a_blank_toxicity(tmp_path):
    """A patient with a severe event of some type had a toxicity, also where that cell is blank."""
    rows = "P1,1.0,,1\nP2,2.0,1,1\nP3,3.0,0,0\n"
    cohort = read(tmp_path, f"patient_id,trough_mg_l,toxicity,ae_rash\n{rows}")
    np.testing.assert_array_equal(cohort.toxicity, [1.0, 1.0, 0.0])


def test_derived_toxicity_keeps_its_rate_where_cells_are_blank_at_random(tmp_path):
    """Every outcome of two types under every pattern of one blank: the rate of any is 3/4, and 7/8 is found.

    The binary kind, ROC and the predictive check all take that column.
    """
    cells = [
        [("" if blank == place else seen) for place, seen in enumerate(pair)]
        for pair in itertools.product("01", repeat=2)
        for blank in (None, 0, 1)
    ]
    rows = "".join(f"P{i},{i}.5,{a},{b}\n" for i, (a, b) in enumerate(cells, start=1))
    toxicity = read(tmp_path, f"patient_id,trough_mg_l,ae_rash,ae_pain\n{rows}").toxicity
    assert np.nanmean(toxicity) == pytest.approx(0.75)


@pytest.mark.parametrize(("scenario", "word"), [("grades", "grade"), ("event_types", "diarrhoea")])
def test_check_says_what_it_understood_of_grades_and_types(scenario, word):
    """The answer of bayes-sora check counts every column that a model may use."""
    assert word in "\n".join(describe_cohort(bs.simulate(scenario, n=26, seed=1).cohort).text())


# From a cohort to a model.


def test_the_label_of_a_type_may_hold_a_slash():
    """A column such as ae_nausea/vomiting is fitted, or refused when it is read."""
    seen = typed_cohort(**{"nausea/vomiting": np.zeros(9)})
    build_model(bind_model(bs.load_model(TYPES), seen)[0], seen)


def test_a_type_that_nobody_was_evaluable_for_is_left_out():
    """A column of blanks says nothing, so that the probability of any event does not move with it."""
    seen = typed_cohort(hypertension_grade_4=np.full(9, np.nan))
    bound = bind_model(bs.load_model(TYPES), seen)[0]
    assert bound.outcomes["toxicity"].vectors[0].labels == tuple(typed_cohort().event_types)


@pytest.mark.parametrize("how", ["not bound", "no types"])
def test_types_without_labels_are_refused(how):
    """A model of types that knows of none is an error: nothing of the cohort's toxicity would be used."""
    seen, model = typed_cohort(), bs.load_model(TYPES)
    if how == "no types":
        seen = replace(seen, event_types={})
        model = bind_model(model, seen)[0]
    with pytest.raises(InputError):
        build_model(model, seen)


def test_an_ordinal_model_refuses_a_toxicity_of_another_cut():
    """Toxicity as grade ≥ 2 contradicts a model in which it is grade ≥ 3, and a predictive check against it is void."""
    drawn = bs.simulate("grades", n=26, seed=1).cohort
    seen = replace(drawn, toxicity=(drawn.grade >= 2).astype(float))
    with pytest.raises(InputError):
        build_model(bs.load_model(GRADES), seen)


# Curves.


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("eta", [-30.0, -36.0, -40.0])
def test_any_of_one_rare_type_is_that_type(eta):
    """With one type and no variation the logit of any event is the logit of the type, in NumPy as in JAX."""
    plain = bs.simulate("moderate", n=9, seed=1).cohort
    bound = bind_model(bs.load_model(TYPES), replace(plain, event_types={"any": plain.toxicity}))[0]
    block = bound.outcomes["toxicity"]
    at = {name: np.zeros(()) for name in bound.priors} | {"toxicity_intercept": np.array(eta)}
    with jax.enable_x64(new_val=True):
        assert float(block.outcome.logit_event(JAX, np.zeros(()), at, block)) == pytest.approx(eta, rel=1e-9)
    assert float(block.outcome.logit_event(NUMPY, np.zeros(()), at, block)) == pytest.approx(eta, rel=1e-9)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_sure_toxicity_of_sites_has_a_prevalence():
    """Averaged over sites the logit is finite however sure the event, as it is for the binary kind."""
    half = {"family": "half_normal", "sd": 0.5}
    drawn = replace(bs.simulate("grades", n=9, seed=1).cohort, site=("A", "B", "C") * 3)
    for base in ("sorafenib_joint.v1", GRADES):
        text = {"schema": 1, "name": "s", "title": "s", "extends": base, "site": {"toxicity": {"intercept": half}}}
        loaded = bind_model(parse_model(text), drawn)[0]
        at = dict.fromkeys(loaded.priors, 0.5) | {"toxicity_intercept": 60.0}
        draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in at.items()})
        curves = build_curves(draws, loaded, span=Span(0.5, 10.0), observed_span=Span(0.5, 10.0), size=3)
        assert np.isfinite(curves.draws["logit_toxicity"]).all()
        assert np.isfinite(curves.draws["prevalence_toxicity"]).all()


@pytest.mark.parametrize("form", ["spline", "monotone_spline"])
@pytest.mark.parametrize("scenario", ["grades", "event_types"])
def test_a_spline_of_grades_and_types_has_curves(scenario, form):
    """What the linter lets pass and the sampler samples has curves; any form goes with any kind."""
    half = {"family": "half_normal", "sd": 0.5}
    first = {"slope": {"family": "normal", "mean": 0.0, "sd": 1.0}} if form == "spline" else {"rise": half}
    text = {"schema": 1, "name": "s", "title": "s", "extends": GRADES if scenario == "grades" else TYPES}
    asked = parse_model({**text, "toxicity": {"form": form, "smoothness": half, **first}})
    loaded = bind_model(asked, bs.simulate(scenario, n=9, seed=1).cohort)[0]
    draws = xr.Dataset({name: (("chain", "draw"), [[0.5]]) for name in loaded.priors})
    curves = build_curves(draws, loaded, span=Span(0.5, 10.0), observed_span=Span(0.5, 10.0), size=3)
    assert curves.probability("toxicity").shape == (1, 1, 3)


# Another grade.


def test_a_fit_at_another_grade_is_written_as_such(fake_fit):
    """The text of a model file, from which a result folder is read, says the grade that the windows in it are about."""
    moved = graded_fit(fake_fit).at_grade(2).model_file
    assert model_from_json(moved.text).questions.toxicity_grade == 2


def test_the_label_follows_the_grade(fake_fit):
    """Figures and reports name the grade that the curve is about."""
    fit = graded_fit(fake_fit)
    named = (endpoint_label(fit.at_grade(2), "toxicity"), ordinal_with_another_grade().outcomes["toxicity"].label)
    assert not any("≥ 3" in label for label in named)


def test_the_observed_events_follow_the_grade(fake_fit):
    """Beside a curve of grade ≥ 2 stand the patients of grade ≥ 2."""
    from bayes_sora.figures.exposure_response import caption  # noqa: PLC0415 - Matplotlib

    fit = graded_fit(fake_fit).at_grade(2)
    assert f"{int((fit.cohort.grade >= 2).sum())} with the event" in caption(fit, endpoint="toxicity")


def test_window_json_says_the_grade(fake_fit):
    """Who reads window.json alone can tell which toxicity its limits are about."""
    fit = graded_fit(fake_fit)
    third, second = (window_document(fit.at_grade(g), force=True)["windows"]["limits"]["settings"] for g in (3, 2))
    assert third != second


def test_a_grade_of_another_type_is_refused(fake_fit):
    """A grade that is no whole number is a usage error, or the whole number it equals."""
    fit = graded_fit(fake_fit)
    np.testing.assert_array_equal(
        fit.at_grade(np.int64(2)).curves.probability("toxicity"), fit.at_grade(2).curves.probability("toxicity")
    )


def test_curves_of_different_grades_are_not_averaged(fake_fit):
    """Stacking averages windows of one event; P(grade ≥ 2) and P(grade ≥ 3) are not one."""
    seen = bs.simulate("grades", n=26, seed=1).cohort
    fit = fake_fit(seen, model=GRADES, from_prior=True)
    found = compare({"two": fit.at_grade(2), "three": fit}, refit=None, force=True)
    assert found.averaged == {}
    assert "grade ≥ 2" in found.not_averaged


# Prediction, simulation and studies.


def test_grades_are_replicated():
    """A replicate of an ordinal toxicity holds grades, from which grade ≥ 3 follows."""
    seen, loaded = bs.simulate("grades", n=9, seed=1).cohort, bs.load_model(GRADES)
    at = {name: np.full(1, 0.5) for name in loaded.priors}
    found = draw_replicates(at, np.zeros((1, 9)), loaded, seen, rng=np.random.default_rng(0))
    assert "grade" in found


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_sure_type_of_event_is_drawn():
    """Far out on the logit scale everybody has the event, as under the binary kind."""
    loaded = bind_example(bs.load_model(TYPES), n=9)
    truth = draw_truth(loaded, np.random.default_rng(0)) | {"toxicity_intercept": 800.0}
    assert draw_cohort(loaded, truth, n=9, rng=np.random.default_rng(1)).toxicity.all()


def test_a_study_of_grades_on_cohorts_without_them_is_a_failure():
    """What NUTS returns as a failure with its reason, the fast engine returns too."""
    method = Method(name="grades", kind="bayes", model=GRADES)
    replicate = Replicate(cell=Cell(scenario="moderate", n=9), index=0, seed=1, truth=None)
    found = analyse_bayes(method, [replicate], [bs.simulate("moderate", n=9, seed=1).cohort])
    assert isinstance(found[0], Failure)


@pytest.mark.parametrize("model", [GRADES, TYPES])
def test_a_plan_that_cannot_run_is_refused(model):
    """The linter refuses a method whose model file needs columns that no scenario of the plan has."""
    method = {"name": "joint", "kind": "bayes", "model": model}
    plan = {"schema": 1, "name": "p", "title": "p", "scenarios": ["moderate"], "sizes": [26], "replicates": 20}
    with pytest.raises(InputError):
        parse_plan({**plan, "seed": 1, "methods": [method]})
