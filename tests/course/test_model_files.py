"""What a model file may say of time, and which cohorts it then takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.errors import InputError
from bayes_sora.inference.course import unused_course
from bayes_sora.inference.data import check_compatible, trough_log_dose, trough_statistics
from bayes_sora.modelfile.library import parse_model
from tests.course.courses import cohort_with_course, model_of
from tests.study.engine.examples import content_of


def lint(**changes):
    """Return (code, path) of what is wrong with the default model after changes to [exposure] and [survival]."""
    content = content_of("sorafenib_joint.v1") | {"name": "wrong.v1"}
    for block, keys in changes.items():
        content[block] |= keys
    with pytest.raises(InputError) as caught:
        parse_model(content)
    return [(problem.code, problem.column) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exposure": {"time": "hourly"}}, [("M011", "exposure.time")]),
        ({"survival": {"landmark_months": 2.0}}, [("M012", "survival.landmark_months")]),
        ({"survival": {"kind": "weibull_rows", "landmark_months": -1.0}}, [("M010", "survival.landmark_months")]),
        ({"survival": {"kind": "weibull_onset"}}, [("M008", "survival.onset")]),
        ({"toxicity": {"landmark_months": 2.0}}, [("M007", "toxicity.landmark_months")]),
    ],
)
def test_what_a_model_file_may_not_say(changes, expected):
    """A setting that the kind lacks, a negative landmark, an unknown word and a missing prior are faults."""
    assert lint(**changes) == expected


def test_released_files_say_what_they_are_for():
    """Doses drive exposure in one; both have survival in rows from time zero, with the priors of the default."""
    doses, entry = bs.load_model("sorafenib_doses.v1"), bs.load_model("sorafenib_entry.v1")
    assert (doses.exposure.time, entry.exposure.time) == ("dose", "constant")
    for model in (doses, entry):
        survival = model.outcomes["survival"]
        assert (survival.kind, survival.landmark_months) == ("weibull_rows", 0.0)
        assert model.priors == bs.load_model("sorafenib_joint.v1").priors
    assert doses.outcomes["survival"].follows_dose
    assert not entry.outcomes["survival"].follows_dose


def test_another_kind_drops_the_onset_it_has_no_use_for():
    """A file that extends one with an onset and asks for plain rows inherits no prior of it."""
    assert "survival_onset" in model_of(kind="weibull_onset").priors
    assert "survival_onset" not in model_of().priors


def refused(cohort, model):
    """Return (code, patient) of what keeps a cohort and a model apart."""
    with pytest.raises(InputError) as caught:
        check_compatible(cohort, model)
    assert all(problem.why and problem.remedy for problem in caught.value.problems)
    return [(problem.code, problem.patient) for problem in caught.value.problems]


def test_a_model_of_doses_needs_them_and_days():
    """F004 without doses; F005 where the dose changed and a trough has no day, or falls into an interruption."""
    cohort, model = cohort_with_course(entry=False, intervals=False), model_of(time="dose")
    check_compatible(cohort, model)
    assert refused(replace(cohort, doses=None), model) == [("F004", None)]
    undated = replace(cohort, troughs=replace(cohort.troughs, day=np.full(cohort.troughs.day.size, np.nan)))
    assert refused(undated, model) == [("F005", "P002")]
    paused = cohort.doses.day.copy()
    paused[(cohort.doses.patient == 2) & (cohort.doses.dose_mg == 0.0)] = 20.0
    assert refused(replace(cohort, doses=replace(cohort.doses, day=paused)), model) == [("F005", "P003")]


def test_late_entry_is_never_overlooked():
    """F006: a model that would take follow-up as complete from time zero refuses entries and intervals."""
    cohort = cohort_with_course(doses=False, onset=False)
    assert refused(cohort, bs.load_model("sorafenib_joint.v1")) == [("F006", None), ("F006", None)]
    check_compatible(cohort, bs.load_model("sorafenib_entry.v1"))
    check_compatible(cohort, bs.load_model("toxicity_only.v1"))
    from_zero = replace(cohort, entry_months=np.zeros(cohort.n_patients), os_months_low=None)
    check_compatible(from_zero, bs.load_model("sorafenib_joint.v1"))


def test_doses_that_a_model_makes_no_use_of_are_noted():
    """A model of constant exposure says how many patients changed their dose; one of doses says nothing."""
    cohort = bs.simulate("reverse", n=30, seed=5, history=True).cohort
    (words,) = unused_course(cohort, bs.load_model("sorafenib_joint.v1"))
    assert words.startswith(f"the dose of {int(cohort.toxicity.sum())} patients changed")
    assert unused_course(cohort, bs.load_model("sorafenib_doses.v1")) == ()
    assert unused_course(replace(cohort, doses=None), bs.load_model("sorafenib_joint.v1")) == ()


def test_onset_needs_its_month():
    """F007 without the column, and where a toxic patient has none."""
    cohort, model = cohort_with_course(doses=False), model_of(kind="weibull_onset")
    check_compatible(cohort, model)
    assert refused(replace(cohort, toxicity_month=None), model) == [("F007", None)]
    first = int(np.flatnonzero(cohort.toxicity == 1)[0])
    unknown = np.where(np.arange(cohort.n_patients) == first, np.nan, cohort.toxicity_month)
    assert refused(replace(cohort, toxicity_month=unknown), model) == [("F007", cohort.patient_id[first])]


def test_troughs_are_brought_to_the_starting_dose():
    """A trough on the day of a change still tells of the dose before; afterwards it is divided by the dose ratio."""
    cohort = bs.simulate("reverse", n=30, seed=5, troughs=3, history=True).cohort
    model = bs.load_model("sorafenib_doses.v1")
    toxic = cohort.toxicity[cohort.troughs.patient] == 1
    assert trough_log_dose(cohort, model) == pytest.approx(np.where(toxic, np.log(0.5), 0.0))
    on_the_day = replace(cohort, troughs=replace(cohort.troughs, day=np.full(cohort.troughs.day.size, 30.0)))
    assert not trough_log_dose(on_the_day, model).any()
    assert not trough_log_dose(cohort, bs.load_model("sorafenib_joint.v1")).any()
    shift = (
        trough_statistics(cohort, model).mean_log
        - trough_statistics(cohort, bs.load_model("sorafenib_joint.v1")).mean_log
    )
    assert shift == pytest.approx(np.where(cohort.toxicity == 1, np.log(2.0), 0.0))


def test_censored_troughs_have_their_limit_at_the_starting_dose_too():
    """Below 1 mg/L at half the dose is below 2 mg/L at the whole one."""
    cohort = bs.simulate("reverse", n=60, seed=5, lloq_mg_l=1.0, history=True).cohort
    found = trough_statistics(cohort, bs.load_model("sorafenib_doses.v1"))
    toxic = cohort.toxicity[found.censored_patient] == 1
    assert toxic.any()
    assert np.exp(found.censored_log_limit) == pytest.approx(np.where(toxic, 2.0, 1.0))


def test_an_interruption_counts_as_the_share_that_the_file_says():
    """An interruption at a share of 0.3 is a dose of 0.3 times the first, for hazards and troughs; absent, a tenth."""
    content = content_of("sorafenib_doses.v1") | {"name": "share.v1"}
    content["exposure"]["interruption_share"] = 0.3
    asked, default = parse_model(content), bs.load_model("sorafenib_doses.v1")
    cohort = cohort_with_course(entry=False, intervals=False, onset=False)
    none = cohort.doses.dose_mg == 0.0
    assert none.any()
    for model, share in ((asked, 0.3), (default, 0.1)):
        taken = replace(cohort.doses, dose_mg=np.where(none, share * 800.0, cohort.doses.dose_mg))
        block = model.outcomes["survival"]
        found, truth = (block.outcome.arrays(one, block) for one in (cohort, replace(cohort, doses=taken)))
        for name in found:
            np.testing.assert_allclose(found[name], truth[name], rtol=1e-12)
        np.testing.assert_allclose(trough_log_dose(cohort, model), trough_log_dose(replace(cohort, doses=taken), model))


@pytest.mark.parametrize(
    ("exposure", "expected"),
    [
        ({"interruption_share": 0.3}, [("M016", "exposure.interruption_share")]),
        ({"time": "dose", "interruption_share": 0.0}, [("M010", "exposure.interruption_share")]),
        ({"time": "dose", "interruption_share": 1.5}, [("M010", "exposure.interruption_share")]),
    ],
)
def test_a_share_that_means_nothing_is_refused(exposure, expected):
    """A share is above 0 and at most 1, and matters only where exposure follows the dose."""
    assert lint(exposure=exposure, survival={"kind": "weibull_rows"}) == expected
