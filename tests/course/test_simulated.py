"""Simulated courses of treatment: the shipped scenarios with a history, and the simulator of calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

import bayes_sora as bs
from bayes_sora.errors import UsageError
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.simulation import DoseReductions, Scenario, simulate
from bayes_sora.study.calibration.simulate import bind_example, draw_cohort
from tests.course.courses import DAYS_PER_MONTH, model_of

LARGE = 20_000


@pytest.mark.parametrize("name", ["reverse", "immortal", "landmark", "moderate"])
def test_a_history_adds_to_the_cohort_and_changes_no_patient(name):
    """Troughs, outcomes and deaths are those without a history; times count from the start of treatment."""
    plain, told = (simulate(name, n=50, seed=3, history=history).cohort for history in (False, True))
    start = 2.0 if name == "landmark" else 0.0
    for field in ("toxicity", "response", "death", "trough_mg_l"):
        np.testing.assert_array_equal(getattr(told, field), getattr(plain, field))
    np.testing.assert_allclose(told.os_months, plain.os_months + start)
    assert (plain.doses, plain.entry_months) == (None, None)
    assert (told.entry_months is None) == (start == 0.0)
    assert np.isfinite(told.troughs.day).all()
    assert set(told.doses.patient.tolist()) == set(range(50))


def test_toxic_patients_of_reverse_are_cut_by_half_on_day_30():
    """800 mg for all, 400 mg from day 30 on for the toxic; troughs are those of day 61."""
    cohort = simulate("reverse", n=40, seed=1, history=True).cohort
    cut = cohort.doses.patient[cohort.doses.day > 0]
    assert cut.tolist() == np.flatnonzero(cohort.toxicity == 1).tolist()
    assert set(zip(cohort.doses.day.tolist(), cohort.doses.dose_mg.tolist(), strict=True)) == {(0, 800), (30, 400)}
    assert set(cohort.troughs.day.tolist()) == {61.0}


def test_doses_of_immortal_fall_with_time_and_the_trough_is_the_last_one():
    """Gaps are exponential with mean 6 months while patients live; log y − log C is the log dose ratio plus noise."""
    simulation = simulate("immortal", n=LARGE, seed=1, history=True)
    cohort, doses = simulation.cohort, simulation.cohort.doses
    first = np.full(LARGE, np.inf)
    changed = np.flatnonzero(np.diff(doses.patient, prepend=-1) == 0)
    order = changed[::-1]
    first[doses.patient[order]] = doses.day[order]
    at_risk = cohort.os_months > 3.0
    share = (first[at_risk] <= np.floor(3.0 * DAYS_PER_MONTH)).mean()
    assert share == pytest.approx(1.0 - np.exp(-0.5), abs=5 * 0.5 / np.sqrt(at_risk.sum()) + 0.005)
    assert (doses.day < cohort.os_months[doses.patient] * DAYS_PER_MONTH + 1.0).all()
    assert set(doses.dose_mg.tolist()) == {800.0, 400.0, 200.0}
    last = np.array([doses.dose_mg[doses.patient == i][-1] for i in range(500)])
    days = np.array([doses.day[doses.patient == i][-1] for i in range(500)])
    before = np.where(days < cohort.troughs.day[:500], last, np.nan)
    noise = np.log(cohort.trough_mg_l / simulation.true_exposure_mg_l)[:500] - np.log(before / 800.0)
    assert kstest(noise[np.isfinite(noise)] / 0.29, "norm").pvalue > 1e-3


def test_doses_that_fall_need_a_trough_at_the_end():
    """A scenario cannot have falling doses and another time of sampling."""
    with pytest.raises(ValueError, match="fall with time"):
        Scenario(
            name="wrong",
            meaning="",
            toxicity=bs.SCENARIOS["null"].toxicity,
            response=bs.SCENARIOS["null"].response,
            survival=bs.SCENARIOS["null"].survival,
            sampling_month=2.0,
            reductions=DoseReductions(gap_months=1.0, factor=0.5, most=1),
        )


def test_a_history_is_in_the_truth_and_needs_its_files(tmp_path):
    """The truth says that there is one; writing needs names that end in .csv."""
    simulation = simulate("reverse", n=5, seed=1, history=True)
    document = simulation.truth.as_dict()
    assert (document["history"], document["time_zero"]) == (True, "start of treatment")
    assert "history" not in simulate("reverse", n=5, seed=1).truth.as_dict()
    with pytest.raises(UsageError):
        bs.simulation.write_simulation(simulation, tmp_path / "a.txt")


TRUTH = {
    "exposure_log_median": 1.1,
    "exposure_sd": 0.6,
    "toxicity_intercept": -0.4,
    "toxicity_slope": 0.9,
    "response_intercept": 1.0,
    "response_slope": 1.5,
    "survival_median": 10.0,
    "survival_shape": 1.3,
    "survival_linear": 0.6,
    "survival_curvature": 0.3,
    "survival_onset": 0.8,
}
MODELS = {
    "late entry and visits": lambda: model_of(base="sorafenib_observed.v1"),
    "doses and visits": lambda: model_of(base="sorafenib_observed.v1", time="dose"),
    "doses, onset and visits": lambda: model_of(base="sorafenib_observed.v1", time="dose", kind="weibull_onset"),
}


@pytest.mark.parametrize("case", MODELS)
def test_the_likelihood_has_no_slope_at_the_truth_of_drawn_cohorts(case):
    """Of cohorts drawn for calibration the score is zero on average: simulator and likelihood are of one model."""
    n = 6_000
    model = bind_example(MODELS[case](), n=n)
    truth = {name: TRUTH[name] for name in model.priors}
    cohort = draw_cohort(model, truth, n=n, rng=np.random.default_rng(8))
    assert np.isfinite(cohort.os_months_low).sum() > 1000
    assert (cohort.os_months > cohort.os_months_low)[np.isfinite(cohort.os_months_low)].all()
    # Two draws a parameter, a small step down and up.
    step = 1e-4 * np.array([-1.0, 1.0])
    at = {name: value + np.concatenate([step * (other == name) for other in truth]) for name, value in truth.items()}
    found = evaluate_patients(at, model, cohort, rng=np.random.default_rng(0)).log_likelihood["patient"]
    for place, name in enumerate(truth):
        score = found[2 * place + 1] - found[2 * place]
        assert abs(score.mean()) < 4.5 * score.std() / np.sqrt(n), name


def test_calibration_would_see_an_entry_that_is_ignored():
    """The same score is far from zero where the likelihood takes follow-up as complete from time zero."""
    n = 6_000
    model = bind_example(MODELS["late entry and visits"](), n=n)
    cohort = draw_cohort(model, TRUTH, n=n, rng=np.random.default_rng(8))
    ignored = replace(cohort, entry_months=np.zeros(n))
    at = {name: np.full(2, value) for name, value in TRUTH.items()}
    at["survival_shape"] = at["survival_shape"] + 1e-4 * np.array([-1.0, 1.0])
    found = evaluate_patients(at, model, ignored, rng=np.random.default_rng(0)).log_likelihood["patient"]
    score = found[1] - found[0]
    assert abs(score.mean()) > 8.0 * score.std() / np.sqrt(n)
