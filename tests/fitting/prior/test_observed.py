"""An observed cohort beside the cohorts of the priors: conflicts are caught, and what agrees is left in peace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.cohort.table import BELOW_LLOQ
from bayes_sora.errors import InputError, UsageError
from bayes_sora.fitting.prior import PriorNumber
from bayes_sora.fitting.prior.pattern import pattern_of
from bayes_sora.fitting.prior.plain import can_be_replicated
from bayes_sora.fitting.prior.statistics import observed_statistics
from bayes_sora.study.calibration.simulate import draw_cohort, draw_truth
from tests.conftest import make_fake_fit
from tests.fits import joint_fit

JOINT = "sorafenib_joint.v1"


@pytest.fixture(scope="module")
def literal():
    """Return the shipped cohort of 26 patients."""
    return bs.read_cohort(bs.shipped_cohort("literal_26"))


def scaled(cohort, factor):
    """Return a cohort with all troughs times a factor."""
    return replace(cohort, troughs=replace(cohort.troughs, value_mg_l=cohort.troughs.value_mg_l * factor))


def test_planted_conflict_is_caught(literal):
    """Troughs ten times too high, as by a slip of the unit, are named, and nothing else is."""
    prior = bs.prior_predictive(JOINT, cohort=scaled(literal, 10.0), draws=1000)
    assert [one.name for one in prior.conflicts] == ["median_trough"]
    assert "contradicts the priors: median trough 33.7, expected" in prior.sentence()
    assert prior.as_dict()["conflicts"] == ["median_trough"]


def test_planted_survival_conflict_is_caught(literal):
    """Survival read in days but given as months lies far beyond what the priors expect."""
    slow = replace(literal, os_months=literal.os_months * 30.0)
    found = bs.prior_predictive(JOINT, cohort=slow, draws=1000)
    assert {"median_survival", "dead_by_12_months"} <= {one.name for one in found.conflicts}


def test_cohort_drawn_from_the_prior_is_left_in_peace():
    """A cohort that the model itself made raises no conflict."""
    model, rng = bs.load_model(JOINT), np.random.default_rng(4)
    cohort = draw_cohort(model, draw_truth(model, rng), n=26, rng=rng)
    prior = bs.prior_predictive(model, cohort=cohort, draws=1000)
    assert prior.conflicts == ()
    assert prior.sentence().endswith("The observed cohort of 26 patients lies within what the priors expect.")


def test_flags_are_as_rare_as_stated():
    """Over 150 cohorts drawn from the priors, each statistic is flagged in about 2 %, both sides together."""
    model, rng = bs.load_model(JOINT), np.random.default_rng(6)
    prior = bs.prior_predictive(model, draws=4000)
    flagged = dict.fromkeys((one.name for one in prior.statistics), 0)
    for _ in range(150):
        cohort = draw_cohort(model, draw_truth(model, rng), n=26, rng=rng)
        seen = observed_statistics(cohort, model, pattern_of(cohort))
        for one in prior.statistics:
            flagged[one.name] += replace(one, observed=seen.get(one.name)).conflict
    # 2 % of 150 is 3 with a standard deviation of 1.7; counts near their ends are rarer.
    assert max(flagged.values()) <= 3 + 4 * 1.7
    assert sum(flagged.values()) >= 3


@pytest.mark.parametrize(
    ("observed", "position", "tail"), [(2.0, 0.375, 0.5), (0.5, 0.0, 0.0), (9.0, 1.0, 0.0), (None, None, None)]
)
def test_position_and_tail_by_hand(observed, position, tail):
    """Ties count half in the position and whole in the tail; what is undefined counts nowhere."""
    one = PriorNumber(
        name="x", label="X", scale="fold", values=np.array([1.0, 2.0, np.nan, 3.0, 4.0]), observed=observed
    )
    assert (one.position, one.tail) == (position, tail)
    assert one.conflict is (tail == 0.0)


def test_observed_statistics_by_hand():
    """Rates leave out who is not evaluable, survival is Kaplan–Meier's, an AUC is a count of pairs."""
    cohort = bs.simulate("moderate", n=5, seed=1).cohort
    cohort = replace(
        cohort,
        troughs=replace(cohort.troughs, value_mg_l=np.array([1.0, 2.0, 3.0, 4.0, 5.0])),
        toxicity=np.array([0.0, 1.0, np.nan, 0.0, 1.0]),
        response=np.array([1.0, 1.0, 1.0, 1.0, 1.0]),
        os_months=np.array([3.0, 6.0, 10.0, 14.0, 20.0]),
        death=np.array([1.0, 0.0, 1.0, 1.0, 0.0]),
    )
    found = observed_statistics(cohort, bs.load_model(JOINT), pattern_of(cohort))
    assert found["median_trough"] == pytest.approx(3.0)
    assert found["toxicity_rate"] == 0.5
    assert found["toxicity_auc"] == 0.75  # of (2, 5) against (1, 4), three pairs of four
    assert found["response_rate"] == 1.0
    assert "response_auc" not in found
    assert found["dead_by_12_months"] == pytest.approx(1.0 - 4 / 5 * 2 / 3)
    assert found["median_survival"] == 14.0


def test_survival_that_was_not_followed_is_not_compared():
    """With follow-up under 12 months there is no share dead by 12 months, and a median not reached is none."""
    cohort = bs.simulate("moderate", n=6, seed=1).cohort
    short = replace(cohort, os_months=np.full(6, 9.0), death=np.array([1.0, 0, 0, 0, 0, 0]))
    found = observed_statistics(short, bs.load_model("survival_only.v1"), pattern_of(short))
    assert {"dead_by_12_months", "median_survival"}.isdisjoint(found)
    table = bs.prior_predictive("survival_only.v1", cohort=short, draws=200)
    assert [one.observed for one in table.statistics[2:]] == [None, None]


def test_limits_of_quantification_count_for_drawn_and_measured_troughs(literal):
    """One trough below 2 mg/L that is only known to be so puts every trough at 2 mg/L or above."""
    censoring = literal.troughs.censoring.copy()
    censoring[0] = BELOW_LLOQ
    value = literal.troughs.value_mg_l.copy()
    value[0] = 2.0
    cohort = replace(literal, troughs=replace(literal.troughs, value_mg_l=value, censoring=censoring))
    prior = bs.prior_predictive(JOINT, cohort=cohort, draws=300)
    assert prior.statistics[0].values.min() == pytest.approx(2.0)
    assert np.median(np.maximum(value, 2.0)) == pytest.approx(prior.statistics[0].observed, rel=0.05)


def test_fit_is_compared_with_what_its_priors_expected():
    """A fit places the same observed statistics in cohorts as large as its own, from the prior draws it holds."""
    fit = joint_fit()
    apart = bs.prior_predictive(JOINT, cohort=fit.cohort, draws=4000)
    inside = fit.prior_predictive
    assert inside.design.cohorts == 1000
    assert [one.observed for one in inside.statistics] == [one.observed for one in apart.statistics]
    for one, other in zip(inside.statistics, apart.statistics, strict=True):
        assert one.position == pytest.approx(other.position, abs=4 * 0.5 * np.sqrt(1 / 1000 + 1 / 4000))


def test_a_large_cohort_is_compared_with_fewer_of_its_size():
    """With 2,000 patients a fit draws 500 cohorts, so that its report need not wait."""
    fit = make_fake_fit(bs.simulate("moderate", n=2000, seed=1).cohort, chains=2, draws=20)
    assert fit.prior_predictive.design.cohorts == 500
    assert fit.prior_predictive.design.n_patients == 2000


def test_same_seed_same_numbers():
    """Everything random follows from the seed."""
    one, two, other = (bs.prior_predictive("toxicity_only.v1", draws=100, seed=seed).as_dict() for seed in (1, 1, 2))
    assert one == two
    assert one["data"] != other["data"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"n": 1}, "n: expected a whole number from 2 to 100,000, or None, got 1"),
        ({"draws": 10}, "draws: expected a whole number from 100 to 20,000, got 10"),
        ({"troughs_per_patient": 0}, "troughs_per_patient: expected a whole number from 1 to 1,000, or None, got 0"),
        ({"seed": -1}, "seed must lie between 0 and"),
    ],
)
def test_numbers_without_sense_are_refused(asked, words):
    """A number out of its range is a usage error that names it."""
    with pytest.raises(UsageError, match=words):
        bs.prior_predictive("toxicity_only.v1", **asked)


def test_a_cohort_says_how_many_patients_there_are(literal):
    """A number of patients beside a cohort contradicts it."""
    with pytest.raises(UsageError, match="leave out n and troughs_per_patient"):
        bs.prior_predictive(JOINT, cohort=literal, n=26)


def test_a_cohort_without_an_endpoint_is_refused(literal):
    """A cohort that the model could not be fitted to is refused as `fit` does."""
    with pytest.raises(InputError, match="F001"):
        bs.prior_predictive(JOINT, cohort=replace(literal, response=None))


@pytest.mark.parametrize("name", [model.name for model in bs.list_models() if can_be_replicated(model)])
def test_every_released_model_is_told_in_words_and_numbers(name):
    """The sentence speaks in the drug's unit and holds no undefined number; the document is complete."""
    model = bs.load_model(name)
    prior = bs.prior_predictive(model, draws=150)
    unit = model.drug.unit
    sentence = prior.sentence()
    assert f"at an average trough of {model.drug.reference_mg_l / unit.mg_l:.3g} {unit.name}" in sentence.replace(
        "a measured", "an average"
    )
    assert "nan" not in sentence
    document = prior.as_dict()
    assert [one["name"] for one in document["priors"]] == list(model.priors)
    low, high = model.drug.span.low / unit.mg_l, model.drug.span.high / unit.mg_l
    assert document["curves"]["exposure"][0] == pytest.approx(low)
    assert document["curves"]["exposure"][-1] == pytest.approx(high)
    assert low / 3 < document["data"]["median_trough"]["q50"] < high * 3
    assert set(document["windows"]) <= {"limits", "youden", "utility"}
    assert document["windows"]


@pytest.mark.parametrize("name", [model.name for model in bs.list_models() if not can_be_replicated(model)])
def test_models_whose_patients_differ_otherwise_are_refused(name):
    """Sites, frailties, doses, grades and types are not drawn: the message says which file to take instead."""
    with pytest.raises(bs.UsageError, match="extends"):
        bs.prior_predictive(name, draws=100)
