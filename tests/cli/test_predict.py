"""`predict`: one patient against a result folder; the numbers themselves are tested in tests/fitting."""

from __future__ import annotations

import json

import pytest

import bayes_sora as bs
from bayes_sora.fitting.patient import predict_patient
from bayes_sora.modelfile import bind_model


@pytest.fixture
def folder_holds(monkeypatch):
    """Let `predict` find a fit made by hand in whatever folder it is asked to read."""
    return lambda fit: monkeypatch.setattr(bs, "read_result", lambda _folder: fit)


def test_predict_prints_the_numbers_of_the_library(call, folder_holds, trusted_fit):
    """The JSON is the prediction for these troughs, window and dose."""
    folder_holds(trusted_fit)
    done = call("predict", "DIR", "--trough", "2.1", "--trough", "2.6", "--dose", "400", "--window", "youden", "--json")
    assert done.exit_code == 0
    expected = predict_patient(trusted_fit, troughs=(2.1, 2.6), kind="youden", dose_mg=400.0).as_dict()
    assert json.loads(done.stdout) == json.loads(json.dumps(expected))


def test_predict_speaks_plainly_and_with_caveats(call, folder_holds, trusted_fit):
    """Standing, outcomes, survival, dose as arithmetic, and that these are associations."""
    folder_holds(trusted_fit)
    text = call("predict", "DIR", "--trough", "2.1", "--dose", "400").stdout
    for words in (
        "P(in the window)",
        "grade ≥ 3 toxicity",
        "median overall survival",
        "alive at 12 months",
        "arithmetic, not advice",
        "instead of 400 mg",
        "associations",
    ):
        assert words in text


def test_predict_without_a_window_gives_no_dose(call, folder_holds, fake_fit, monkeypatch):
    """Where no draw has a window, no dose is made up."""
    fit = fake_fit()
    parameters = (
        fit.posterior["posterior"]
        .to_dataset()
        .assign(toxicity_intercept=lambda draws: draws["toxicity_intercept"] + 40)
    )
    fit.posterior["posterior"] = parameters
    monkeypatch.setattr(bs.Fit, "trusted", True)
    folder_holds(fit)
    done = call("predict", "DIR", "--trough", "2", "--dose", "400")
    assert "P(no window exists)  > 0.99" in done.stdout
    assert "no dose" in done.stdout


def test_predict_of_a_model_of_measured_troughs_speaks_of_them(call, folder_holds, fake_fit, monkeypatch):
    """No average trough is claimed where the model takes the measured one; of several their mean is named."""
    monkeypatch.setattr(bs.Fit, "trusted", True)
    folder_holds(fake_fit(model="sorafenib_observed.v1", draws=100))
    text = call("predict", "DIR", "--trough", "1", "--trough", "4", "--dose", "400").stdout
    claims = [line for line in text.splitlines() if "average trough" in line]
    assert claims == ["taken for the exposure as it is: the geometric mean, 2 mg/L, no average trough is estimated"]
    for words in (
        "measured trough against the limits window",
        "with such a measured trough",
        "for a measured trough that",
    ):
        assert words in text
    document = json.loads(call("predict", "DIR", "--trough", "2", "--json").stdout)
    assert document["scale"] == "measured trough"


def test_predict_takes_what_is_known_of_the_patient(call, folder_holds, fake_fit, monkeypatch):
    """Covariates by name; the answer moves, and says what was used and what was averaged over."""
    cohort = bs.simulate("covariates", n=30, seed=1).cohort
    model, _ = bind_model(bs.load_model("sorafenib_covariates.v1"), cohort)
    monkeypatch.setattr(bs.Fit, "trusted", True)
    folder_holds(fake_fit(cohort, model=model, from_prior=True, draws=100))
    asked = ("predict", "DIR", "--trough", "2", "--covariate", "age=75")
    text = call(*asked).stdout
    assert "Known covariates were used: age 75." in text
    assert "Not given: sex." in text
    told = json.loads(call(*asked, "--covariate", "sex=male", "--json").stdout)
    expected = predict_patient(bs.read_result("DIR"), troughs=[2.0], covariates={"age": 75.0, "sex": "male"})
    assert told["toxicity"] == expected.as_dict()["toxicity"]
    assert (
        told["average_trough"] != json.loads(call("predict", "DIR", "--trough", "2", "--json").stdout)["average_trough"]
    )
    for wrong in (("--covariate", "height=180"), ("--covariate", "age=75"), ("--covariate", "sex=x"), ("--site", "A")):
        assert call(*asked, *wrong).exit_code == 2


@pytest.mark.parametrize("given", ["age", "=70", "age="])
def test_covariate_is_written_as_name_and_value(call, given):
    """Exit code 2 before the folder is even read."""
    done = call("predict", "no_such_folder", "--trough", "2", "--covariate", given)
    assert done.exit_code == 2
    assert "NAME=VALUE" in done.stderr


@pytest.mark.parametrize("trough", ["nan", "inf", "0", "-1", "two"])
def test_trough_must_be_a_positive_number(call, trough):
    """Exit code 2 before the folder is even read."""
    done = call("predict", "no_such_folder", "--trough", trough)
    assert done.exit_code == 2
    assert "expected a number above 0" in done.stderr


def test_predict_needs_a_trough(call):
    """Exit code 2."""
    assert call("predict", "DIR").exit_code == 2


def test_predict_refuses_a_fit_that_is_not_trustworthy(call, folder_holds, refused_fit):
    """Exit code 4 and the reasons, no number."""
    folder_holds(refused_fit)
    done = call("predict", "DIR", "--trough", "2", "--json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["error"]["reasons"] == list(refused_fit.trust.reasons)


def test_predict_from_a_folder_that_is_not_there(call):
    """A missing result folder is bad input, exit code 3."""
    done = call("predict", "no_such_folder", "--trough", "2")
    assert done.exit_code == 3
    assert "no_such_folder" in done.stderr


@pytest.mark.mcmc
def test_predict_reads_a_real_result_folder(fitted, call):
    """From the folder that `fit` wrote: the four probabilities add up to one."""
    done = call("predict", fitted[1] / "literal_26", "--trough", "2.5", "--json")
    document = json.loads(done.stdout)
    parts = [document[name] for name in ("p_below", "p_inside", "p_above", "p_no_window")]
    assert sum(parts) == pytest.approx(1.0)
    assert document["unit"] == "mg/L"
