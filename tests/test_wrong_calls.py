"""The Python door: a call that cannot be meant ends in a UsageError with what was expected and what came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_sora as bs
from bayes_sora.cohort import Troughs
from tests.fits import joint_fit

CSV = bs.shipped_cohort("literal_26")
COHORT = bs.read_cohort(CSV)
FRAME = pd.read_csv(CSV)
MODEL = "sorafenib_joint.v1"


def fit(cohort=CSV, **arguments):
    """Return a call of `bs.fit`."""
    return lambda: bs.fit(cohort, **arguments)


def compare(fits=None, **arguments):
    """Return a call of `bs.compare` with two fits, unless others are given."""
    return lambda: bs.compare([joint_fit(), joint_fit()] if fits is None else fits, **arguments)


def read(**arguments):
    """Return a call of `bs.read_cohort`."""
    return lambda: bs.read_cohort(CSV, **arguments)


def prior(model=MODEL, **arguments):
    """Return a call of `bs.prior_predictive`."""
    return lambda: bs.prior_predictive(model, **arguments)


def simulate(**arguments):
    """Return a call of `bs.simulate` in which one argument is another."""
    return lambda: bs.simulate(**{"scenario": "literal", "n": 26, "seed": 1} | arguments)


def made(**fields):
    """Return the making of a cohort in which some fields are others."""
    return lambda: replace(COHORT, **fields)


# (call, the argument that is wrong, what came as the message repeats it)
WRONG = [
    (fit(None), "cohort", "None"),
    (fit([1, 2]), "cohort", "a list"),
    (fit({"patient_id": ["a"]}), "cohort", "a dict"),
    (fit(26), "cohort", "26"),
    (fit(FRAME["toxicity"]), "cohort", "a Series"),
    (fit(model=None), "model", "None"),
    (fit(model=1), "model", "1"),
    (fit(model={"name": "x"}), "model", "a dict"),
    (fit(seed=None), "seed", "None"),
    (fit(seed="1"), "seed", "the text '1'"),
    (fit(seed=1.5), "seed", "1.5"),
    (fit(seed=-1), "seed", "-1"),
    (fit(seed=2**32), "seed", "4294967296"),
    (fit(seed=True), "seed", "True"),
    (fit(draws=500.0), "draws", "500.0"),
    (fit(draws="500"), "draws", "the text '500'"),
    (fit(tune=[500]), "tune", "a list"),
    (fit(chains=4.0), "chains", "4.0"),
    (fit(engine=None), "engine", "None"),
    (fit(engine=["nutpie"]), "engine", "a list"),
    (fit(cores=0), "cores", "0"),
    (fit(cores="2"), "cores", "the text '2'"),
    (fit(progress=True), "progress", "True"),
    (lambda: bs.compare(joint_fit()), "fits", "a Fit"),
    (compare(["one", "two"]), "fits", "a list"),
    (compare("results"), "fits", "the text 'results'"),
    (compare({"a": "one", "b": "two"}), "fits", "a dict"),
    (compare(3), "fits", "3"),
    (compare(seed=None), "seed", "None"),
    (compare(force="yes"), "force", "the text 'yes'"),
    (compare(refit=False), "refit", "False"),
    (compare(progress=1), "progress", "1"),
    (lambda: bs.Limits(max_toxicity="0.4"), "max_toxicity", "the text '0.4'"),
    (lambda: bs.Limits(min_response=None), "min_response", "None"),
    (lambda: bs.Limits(min_survival=[0.5]), "min_survival", "a list"),
    (lambda: bs.Limits(max_toxicity=40), "max_toxicity", "40"),
    (lambda: bs.Limits(max_toxicity=np.array([0.4, 0.5])), "max_toxicity", "a ndarray"),
    (lambda: bs.Limits(survival_months="12"), "survival_months", "the text '12'"),
    (lambda: bs.Limits(credible_levels=0.95), "credible_levels", "0.95"),
    (lambda: bs.Limits(credible_levels=("0.5",)), "credible_levels", "a tuple"),
    (lambda: bs.Utility(tau_months="24"), "tau_months", "the text '24'"),
    (lambda: bs.Utility(toxicity_cost_months=None), "toxicity_cost_months", "None"),
    (lambda: bs.Utility(tolerance_months=float("inf")), "tolerance_months", "inf"),
    (lambda: joint_fit().window("limits"), "settings", "the text 'limits'"),
    (lambda: joint_fit().window(bs.Limits), "settings", "a type"),
    (lambda: joint_fit().window(0.5), "settings", "0.5"),
    (lambda: joint_fit().at_grade("3"), "grade", "the text '3'"),
    (lambda: joint_fit().at_grade(2.5), "grade", "2.5"),
    (lambda: joint_fit().at_grade(9), "grade", "9"),
    (lambda: bs.make_window(joint_fit(), bs.Limits()), "curves", "a Fit"),
    (lambda: bs.make_window(joint_fit().curves, "youden"), "settings", "the text 'youden'"),
    (lambda: bs.make_window(joint_fit().curves, bs.Youden(), prior_curves=joint_fit()), "prior_curves", "a Fit"),
    (lambda: bs.make_window(joint_fit().curves, bs.Youden(), trusted="ok"), "trusted", "the text 'ok'"),
    (lambda: bs.Curves(draws=None, observed_span=None), "draws", "None"),
    (lambda: joint_fit().curves.probability("survival"), "endpoint", "the text 'survival'"),
    (lambda: joint_fit().curves.has(None), "endpoint", "None"),
    (lambda: joint_fit().curves.survival("12"), "months", "the text '12'"),
    (lambda: joint_fit().curves.restricted_mean_survival(None), "months", "None"),
    (prior(5), "model", "5"),
    (prior(n="26"), "n", "the text '26'"),
    (prior(n=1), "n", "1"),
    (prior(troughs_per_patient=1.0), "troughs_per_patient", "1.0"),
    (prior(draws=None), "draws", "None"),
    (prior(seed=1.0), "seed", "1.0"),
    (prior(cohort=3), "cohort", "3"),
    (lambda: bs.map_prior(3), "evidence", "3"),
    (lambda: bs.map_prior([1.0, 2.0]), "evidence", "a list"),
    (lambda: bs.map_prior("x.csv", sd_between_scale="0.5"), "sd_between_scale", "the text '0.5'"),
    (lambda: bs.map_prior("x.csv", exposure_sd=None), "exposure_sd", "None"),
    (lambda: bs.EarlierResult(study="A", estimate="0.4", standard_error=0.2), "estimate", "the text '0.4'"),
    (lambda: bs.EarlierResult(study="A", estimate=0.4, standard_error=0.0), "standard_error", "0.0"),
    (lambda: bs.confounding_sensitivity(None), "cohort", "None"),
    (lambda: bs.confounding_sensitivity(CSV, correlations=0.5), "correlations", "0.5"),
    (lambda: bs.confounding_sensitivity(CSV, effects=["0.4"]), "effects", "a list"),
    (lambda: bs.load_model(None), "name_or_path", "None"),
    (lambda: bs.lint_model(1), "name_or_path", "1"),
    (lambda: bs.parse_model(1), "text_or_mapping", "1"),
    (lambda: bs.parse_model([("name", "x")]), "text_or_mapping", "a list"),
    (lambda: bs.read_cohort(None), "source", "None"),
    (read(columns=3), "columns", "3"),
    (read(troughs=[1.0]), "troughs", "a list"),
    (read(doses=400), "doses", "400"),
    (read(dialect=1), "dialect", "1"),
    (read(covariates="age"), "covariates", "the text 'age'"),
    (read(covariates=[1]), "covariates", "a list"),
    (read(drop_incomplete="no"), "drop_incomplete", "the text 'no'"),
    (read(molar_mass_g_mol="464.8"), "molar_mass_g_mol", "the text '464.8'"),
    (lambda: bs.describe_cohort(None), "cohort", "None"),
    (lambda: bs.classical_analysis(None, MODEL), "cohort", "None"),
    (lambda: bs.classical_analysis(CSV, None), "model", "None"),
    (lambda: bs.classical_analysis(CSV, MODEL, seed="1"), "seed", "the text '1'"),
    (lambda: bs.write_cohort(FRAME, "x.csv"), "cohort", "a DataFrame"),
    (lambda: bs.write_cohort(COHORT, None), "path", "None"),
    (lambda: bs.Cohort(patient_id=("a",), troughs=None), "troughs", "None"),
    (lambda: bs.Cohort(patient_id=("a",), troughs=COHORT.troughs), "troughs.patient", "places from 0 to 25"),
    (made(patient_id="abc"), "patient_id", "the text 'abc'"),
    (fit(replace(COHORT, patient_id=("a",) * 26)), "patient_id", "'a' twice"),
    (fit(replace(COHORT, toxicity=np.full(26, 5.0))), "toxicity", "5 for patient 1"),
    (fit(replace(COHORT, response=np.full(26, np.inf))), "response", "inf for patient 1"),
    (fit(replace(COHORT, death=np.full(26, 0.5))), "death", "0.5 for patient 1"),
    (fit(replace(COHORT, os_months=np.where(np.arange(26) == 3, 0.0, 1.0))), "os_months", "0 for patient 4"),
    (fit(replace(COHORT, grade=np.full(26, 2.5))), "grade", "2.5 for patient 1"),
    (fit(replace(COHORT, dose_mg=np.full(26, -1.0))), "dose_mg", "-1 for patient 1"),
    (made(source="file.csv"), "source", "the text 'file.csv'"),
    (made(notes=["a note"]), "notes", "a list"),
    (made(n_dropped="3"), "n_dropped", "the text '3'"),
    (lambda: bs.Limits(max_toxicity=10**400), "max_toxicity", "a number of 1329 bits"),
    (lambda: bs.Utility(tau_months=10**400), "tau_months", "a number of 1329 bits"),
    (lambda: bs.write_cohort(COHORT, "nowhere/cohort.csv"), "path", "'nowhere/cohort.csv': No such file"),
    (lambda: bs.write_cohort(COHORT, "a\0b"), "path", "'a"),
    (lambda: bs.write_cohort(COHORT, ""), "path", "'.': Is a directory"),
    (made(toxicity="yes"), "toxicity", "the text 'yes'"),
    (made(toxicity=[0, 1]), "toxicity", "a list"),
    (made(toxicity=np.zeros(3)), "toxicity", "an array of shape (3,) and type float64"),
    (made(response=np.array(["yes"] * 26)), "response", "an array of shape (26,) and type <U3"),
    (made(site=("A", "B")), "site", "a tuple of 2"),
    (made(covariates={"age": np.zeros(3)}), "age", "an array of shape (3,) and type float64"),
    (made(covariates=[1]), "covariates", "a list"),
    (
        lambda: Troughs(patient="0", value_mg_l=np.ones(1), censoring=np.zeros(1), day=np.ones(1)),
        "patient",
        "the text '0'",
    ),
    (simulate(scenario=None), "scenario", "None"),
    (simulate(n=26.0), "n", "26.0"),
    (simulate(seed=None), "seed", "None"),
    (simulate(troughs="2"), "troughs", "the text '2'"),
    (simulate(lloq_mg_l="0.1"), "lloq_mg_l", "the text '0.1'"),
    (simulate(history=2), "history", "2"),
    (lambda: bs.true_windows(3), "scenario", "3"),
    (lambda: bs.true_windows("literal", scale="x"), "scale", "the text 'x'"),
    (lambda: bs.true_windows("literal", span=(0.5, 10)), "span", "a tuple"),
    (lambda: bs.true_windows("literal", questions=bs.Limits()), "questions", "a Limits"),
    (lambda: bs.shipped_cohort(None), "name", "None"),
    (lambda: bs.shipped_study(["noda26"]), "name", "a list"),
    (lambda: bs.read_result(None), "folder", "None"),
    (lambda: bs.read_result(["x"]), "folder", "a list"),
    (lambda: bs.write_result(None, "x"), "fit", "None"),
    (lambda: bs.write_result(joint_fit(), None), "folder", "None"),
    (lambda: bs.write_result(joint_fit(), "x", overwrite="yes"), "overwrite", "the text 'yes'"),
    (lambda: bs.write_result(joint_fit(), "x", command="fit"), "command", "the text 'fit'"),
]


@pytest.mark.parametrize(("call", "name", "came"), WRONG, ids=[f"{i} {wrong[1]}" for i, wrong in enumerate(WRONG)])
def test_wrong_call_is_a_usage_error(call, name, came):
    """The error names the argument, says what was expected, and repeats what came."""
    with pytest.raises(bs.UsageError) as caught:
        call()
    message = str(caught.value)
    assert message.startswith(f"{name}: expected ")
    assert f", got {came}" in message


def test_every_public_function_is_tried():
    """Each public function that takes an argument is called wrongly above."""
    functions = {name for name in bs.__all__ if callable(getattr(bs, name)) and not isinstance(getattr(bs, name), type)}
    source = Path(__file__).read_text(encoding="utf-8")
    assert functions - {"list_models"} == {name for name in functions if f"bs.{name}(" in source}


@pytest.mark.parametrize("given", [CSV, str(CSV), FRAME], ids=["path", "text", "frame"])
def test_a_path_or_a_frame_is_taken_as_a_cohort_is(given):
    """What is computed of a path or a frame is what is computed of the cohort read from it."""
    assert bs.describe_cohort(given).median_trough_mg_l == bs.describe_cohort(COHORT).median_trough_mg_l
    one, other = (bs.classical_analysis(x, MODEL) for x in (given, COHORT))
    assert one.as_dict() == other.as_dict()
    one, other = (bs.prior_predictive(MODEL, draws=100, cohort=x) for x in (given, COHORT))
    assert repr(one.statistics) == repr(other.statistics)


@pytest.mark.mcmc
def test_fit_takes_a_path_and_a_frame():
    """`bs.fit` of a path, a frame and the cohort read from them gives the same draws."""
    settings = {"model": "toxicity_only.v1", "draws": 100, "tune": 100, "chains": 2}
    slopes = [bs.fit(x, **settings).parameters["toxicity_slope"].to_numpy() for x in (CSV, FRAME, COHORT)]
    np.testing.assert_array_equal(slopes[0], slopes[1])
    np.testing.assert_array_equal(slopes[0], slopes[2])


def test_numbers_of_numpy_pass():
    """NumPy's numbers are numbers, and a list serves where a tuple does."""
    assert bs.simulate("literal", n=np.int64(5), seed=np.uint8(1)).cohort.n_patients == 5
    assert bs.Limits(max_toxicity=np.float64(0.4), credible_levels=[0.5]).credible_levels == (0.5,)


def test_version():
    """`bs.__version__` is the version of the installed package."""
    assert bs.__version__[0].isdigit()
    assert "__version__" in dir(bs)
