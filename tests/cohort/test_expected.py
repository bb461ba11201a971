"""Whether a cohort is plausible is judged by the model file: range, prior of survival, window of response."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import check_expected, hold_against, read_cohort
from bayes_sora.errors import InputError
from bayes_sora.fitting import fit
from bayes_sora.modelfile import load_model, parse_model
from tests.cohort.tables import CASES, sound_columns

SORAFENIB = load_model("sorafenib_joint.v1").expected
SUNITINIB = load_model("sunitinib_example.v1").expected  # 15 to 250 ng/mL, median survival 24 months


@pytest.fixture
def sound():
    """Give a cohort with nothing to say about: median trough 3.0 mg/L, median follow-up 11.6 months."""
    return read_cohort(pd.DataFrame(sound_columns()))


def found(cohort, expected):
    """Return code and severity of what does not meet a model file."""
    return [(str(problem.code), problem.severity) for problem in check_expected(cohort, expected)]


def with_median_trough(cohort, median):
    """Scale all troughs to a median in mg/L."""
    values = cohort.troughs.value_mg_l * median / np.median(cohort.troughs.value_mg_l)
    return replace(cohort, troughs=replace(cohort.troughs, value_mg_l=values))


def with_median_time(cohort, median):
    """Scale all times to a median in months."""
    return replace(cohort, os_months=cohort.os_months * median / np.median(cohort.os_months))


@pytest.mark.parametrize(
    ("expected", "median_mg_l", "severity"),
    [
        (SORAFENIB, 3.0, None),
        (SORAFENIB, 0.51, None),
        (SORAFENIB, 0.4, "warning"),  # a low dose is possible, but the range is searched from 0.5
        (SORAFENIB, 15.0, "warning"),
        (SORAFENIB, 3000.0, "error"),  # ng/mL
        (SORAFENIB, 0.003, "error"),
        (SUNITINIB, 0.06, None),
        (SUNITINIB, 60.0, "error"),  # ng/mL under trough_mg_l
        (SUNITINIB, 3.0, "warning"),  # no unit explains it
    ],
)
def test_the_median_trough_is_judged_by_the_range_of_the_drug(sound, expected, median_mg_l, severity):
    """Outside the range it is noted, and refused where it is far off and another unit would mend it."""
    outcome = found(with_median_trough(sound, median_mg_l), expected)
    assert outcome == ([] if severity is None else [("C044", severity)])


@pytest.mark.parametrize(
    ("expected", "median_months", "severity"),
    [
        (SORAFENIB, 11.6, None),
        (SORAFENIB, 45.0, None),
        (SORAFENIB, 2.0, None),
        (SORAFENIB, 11.6 * 12.0, "warning"),  # years of months
        (SORAFENIB, 11.6 * 30.4, "error"),  # days taken for months
        (SORAFENIB, 11.6 / 12.0, "warning"),
        (SORAFENIB, 11.6 / 30.4, "error"),
        (SUNITINIB, 100.0, None),
        (SUNITINIB, 24.0 * 30.4, "error"),
    ],
)
def test_the_median_follow_up_is_judged_by_the_prior_of_survival(sound, expected, median_months, severity):
    """Ratios near 12 are noted, those near 30 refused: naming the column by its unit mends them."""
    cohort = with_median_time(sound, median_months)
    cohort = replace(cohort, source=replace(cohort.source, time_unit="months" if median_months > 1 else "days"))
    outcome = [one for one in found(cohort, expected) if one[0] == "C045"]
    assert outcome == ([] if severity is None else [("C045", severity)])


def test_hours_in_a_column_of_days_are_named(sound):
    """No column is for hours, so that it is a note which says to divide by 24."""
    cohort = with_median_time(sound, 11.6 * 24.0)
    cohort = replace(cohort, source=replace(cohort.source, time_unit="days"))
    (note,) = check_expected(cohort, SORAFENIB)
    assert note.severity == "warning"
    assert "looks like hours" in note.why
    assert "Divide the times by 24" in note.remedy


@pytest.mark.parametrize(("file", "model"), [("tacro_ng.csv", "tacro.toml"), ("longfu_days.csv", "sorafenib_joint.v1")])
def test_cohorts_of_other_drugs_and_long_follow_up_are_accepted(file, model):
    """Tacrolimus in ng/mL is what its model file expects; fifteen years of follow-up in days are at most noted."""
    path = CASES / model if model.endswith(".toml") else model
    cohort = read_cohort(CASES / file, expected=load_model(path).expected)
    assert {note.code for note in cohort.notes} <= {"C045", "C050"}
    assert not [note for note in cohort.notes if "os_months" in note.remedy or "trough_mg_l" in note.remedy]


def test_tacrolimus_under_the_model_of_sorafenib_says_which_model_to_use():
    """The refusal names the model file as a remedy, beside the unit."""
    with pytest.raises(InputError, match=r"C044 .* below the range 0.5 to 10 mg/L .* use the model file of the drug"):
        read_cohort(CASES / "tacro_ng.csv", expected=SORAFENIB)


def test_without_a_model_file_nothing_is_judged_by_a_drug():
    """The same file is read in Python before any model is named."""
    assert read_cohort(CASES / "tacro_ng.csv").notes == ()


def test_doses_are_not_judged_as_troughs(sound):
    """A cohort of troughs under a model of doses is refused where it is fitted, by a code of its own."""
    assert found(sound, load_model("sorafenib_dlt.v1").expected) == []


def test_a_model_without_a_range_expects_twenty_times_about_the_reference(sound):
    """The range of windows then comes from the cohort, and the reference says where exposures should lie."""
    text = load_model("sorafenib_joint.v1").text.replace('"range":[0.5,10],', "")
    expected = parse_model(json.loads(text)).expected
    assert expected.span.low == pytest.approx(2.91 / 20)
    assert found(with_median_trough(sound, 60.0), expected) == [("C044", "warning")]


@pytest.mark.parametrize(
    ("family", "arguments", "median"),
    [
        ("exponential", {"mean": 10.0}, 6.931),
        ("half_normal", {"sd": 10.0}, 6.745),
        ("gamma", {"shape": 4.0, "rate": 0.4}, 9.18),
    ],
)
def test_the_expected_survival_is_the_median_of_any_positive_prior(family, arguments, median):
    """Against the quantiles of SciPy: that of a gamma of shape 4 and rate 0.4 is 9.18."""
    model = load_model("survival_only.v1")
    block = model.outcomes["survival"]
    prior = replace(block.priors["median"], family=family, arguments=arguments)
    changed = replace(model, outcomes={"survival": replace(block, priors=dict(block.priors) | {"median": prior})})
    assert changed.expected.survival_months == pytest.approx(median, rel=2e-3)


EARLY = {
    "os_months": [2.0, 2.9, 3.0, 2.0, 1.0, 1.5, *[9.0] * 6],
    "death": [1, 1, 1, 0, 1, 0, *[1] * 6],
    "response": [1, 1, 1, 1, "", "", 0, *[1] * 5],
}


def early_notes(months):
    """Return the notes about response of twelve patients, some of whom die or are lost early."""
    cohort = read_cohort(
        pd.DataFrame(sound_columns() | EARLY), expected=replace(SORAFENIB, response_window_months=months)
    )
    return {note.code: note for note in cohort.notes if note.column == "response"}


def test_response_as_recorded_stays_and_is_said():
    """Without a window the note says that the recorded value is used; exactly 3 months is not early."""
    notes = early_notes(None)
    assert list(notes) == ["C050"]
    assert (notes["C050"].row, notes["C050"].patient) == (1, "P01")
    assert "2 patients: P01, P02" in notes["C050"].why
    assert "takes response as recorded" in notes["C050"].why


def test_response_judged_over_a_window_meets_early_death_and_early_loss():
    """Death counts as no response, recorded or blank; a response of a patient lost before is not evaluable."""
    notes = early_notes(3.0)
    assert {code: note.patient for code, note in notes.items()} == {"C050": "P01", "C054": "P05", "C055": "P04"}
    assert "counts as no response" in notes["C050"].why
    assert "counts as no response" in notes["C054"].why
    assert "counts as not evaluable" in notes["C055"].why


def test_notes_of_one_model_give_way_to_those_of_another():
    """What a cohort was read against is not said of the model it is fitted with; notes that hold for both stay once."""
    cohort = read_cohort(pd.DataFrame(sound_columns() | EARLY), expected=SORAFENIB)
    assert [note.code for note in cohort.notes if note.column == "response"] == ["C050"]
    assert hold_against(cohort, SORAFENIB).notes == cohort.notes
    again = hold_against(cohort, replace(SORAFENIB, model="mine", response_window_months=3.0))
    assert [note.code for note in again.notes if note.column == "response"] == ["C050", "C054", "C055"]
    assert all("mine" in note.why for note in again.notes if note.column == "response")


def test_response_is_taken_as_the_model_judges_it():
    """Dead before the end of the window: 0; lost before: not evaluable; later: as recorded. Twice is as once."""
    expected = replace(SORAFENIB, response_window_months=3.0)
    table = pd.DataFrame(sound_columns() | EARLY)
    cohort = read_cohort(table, expected=expected)
    np.testing.assert_array_equal(cohort.response, [0, 0, 1, np.nan, 0, np.nan, 0, *[1] * 5])
    again = hold_against(cohort, expected)
    np.testing.assert_array_equal(again.response, cohort.response)
    assert again.notes == cohort.notes
    np.testing.assert_array_equal(
        read_cohort(table, expected=SORAFENIB).response, [1, 1, 1, 1, np.nan, np.nan, 0, *[1] * 5]
    )


def judging(**changed):
    """Return the default model file with a window of response, as content."""
    content = json.loads(load_model("sorafenib_joint.v1").text)
    content["response"]["requires_event_free"] = {"endpoint": "survival", "months": 3} | changed
    return content | {"name": "mine"}


def test_a_model_file_says_over_which_window_response_is_judged():
    """The key of [response] arrives where cohorts are held against it, and survives a change of form."""
    assert parse_model(judging()).expected.response_window_months == 3.0
    assert load_model("sorafenib_joint.v1").expected.response_window_months is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (judging(months=0), "M010"),
        (judging(endpoint="toxicity"), "M011"),
        (judging(weeks=12), "M007"),
        ({key: value for key, value in judging().items() if key != "survival"}, "M016"),
    ],
)
def test_a_wrong_window_is_linted(content, code):
    """Each fault of the key has the code of its kind."""
    with pytest.raises(InputError) as caught:
        parse_model(content)
    assert code in {problem.code for problem in caught.value.problems}


def test_fitting_refuses_a_cohort_of_another_unit_before_it_samples():
    """A cohort that was read without a model file is judged by the one it is fitted with."""
    with pytest.raises(InputError, match="C044"):
        fit(read_cohort(CASES / "tacro_ng.csv"), model="sorafenib_joint.v1")
