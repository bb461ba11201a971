"""The parts of the search: what scores a cohort, what a size says, the curve, and the words."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import beta, norm

from bayes_sora.errors import InputError, UsageError
from bayes_sora.study import load_truths
from bayes_sora.study.plan import Target
from bayes_sora.study.plan_file import load_plan
from bayes_sora.study.sample_size import Benefit, Identified, NarrowLimit, criterion_of, smoothing
from bayes_sora.study.sample_size.answer import SizeAnswer
from bayes_sora.study.sample_size.curve import CurveDraws, draw_curve
from bayes_sora.study.sample_size.tally import Tally
from tests.study.size_mocks import BENEFIT, NARROW, ask, p_narrow, search_known

GOOD = {"q025": 2.0, "q975": 3.9, "share_defined": 1.0, "p_low_edge": 0.0, "p_high_edge": 0.01}


def rows(**changes):
    """Return one row whose upper limit is narrow, with some fields changed."""
    row = {f"upper_{name}": value for name, value in (GOOD | changes).items() if name in GOOD}
    other = {"status": "ok", "identified": True, "declared": True, "window_used": True}
    months = {"window_value_months": 11.0, "untouched_months": 9.5}
    return pd.DataFrame([row | other | months | {name: v for name, v in changes.items() if name not in GOOD}])


def tally(n, scores):
    """Return the tally of scores at a size."""
    return Tally(n=n).plus(np.asarray(scores, dtype=float), failures=0)


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 1.0),
        ({"q975": 4.0}, 0.0),
        ({"share_defined": 0.89}, 0.0),
        ({"p_high_edge": 0.025}, 0.0),
        ({"p_low_edge": 0.03}, 0.0),
        ({"p_low_edge": math.nan, "p_high_edge": math.nan}, 1.0),
        ({"q025": math.nan, "q975": math.nan}, 0.0),
        ({"status": "failed"}, 0.0),
    ],
)
def test_interval_is_narrow_only_when_it_is_one(changes, score):
    """Below the fold, of a limit that is defined, with both ends inside the range, from an analysis that worked."""
    assert NARROW.scores(rows(**changes)).tolist() == [score]


@pytest.mark.parametrize(
    ("changes", "benefit"),
    [
        ({}, 1.5),
        ({"window_value_months": 9.0}, -0.5),
        ({"declared": False}, 0.0),
        ({"window_used": False}, 0.0),
        ({"status": "failed"}, 0.0),
    ],
)
def test_benefit_is_that_of_a_declared_window(changes, benefit):
    """V(w) − V(none), harm included; none where doses are left alone."""
    assert BENEFIT.scores(rows(**changes)).tolist() == [benefit]


def test_identified_is_the_verdict():
    """1, 0, and 0 for an analysis that failed."""
    asked = Identified(window="limits", probability=0.8)
    cases = ({}, {"identified": False}, {"status": "failed"})
    assert [asked.scores(rows(**changes))[0] for changes in cases] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["sample_size", "noda26", "quick"])
def test_targets_of_shipped_plans_are_criteria(name):
    """What a plan may ask for the search can look for."""
    for target in load_plan(name).targets:
        assert criterion_of(target).window == target.window
    target = Target(measure="narrow_limit", window="youden", limit="lower", max_fold=1.5, probability=0.8)
    assert criterion_of(target) == NarrowLimit(window="youden", limit="lower", max_fold=1.5, probability=0.8)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: replace(NARROW, probability=1.0), "Give 80 % as 0.8"),
        (lambda: replace(NARROW, max_fold=1.0), "above 1"),
        (lambda: replace(NARROW, limit="optimum"), "lower, upper"),
        (lambda: Identified(window="limits", probability=math.nan), "between 0 and 1"),
        (lambda: Benefit(window="limits", months=0.0), "above 0"),
        (lambda: criterion_of(Target(measure="benefit", window="limits")), "above 0"),
    ],
    ids=["probability", "fold", "limit", "nan", "months", "target without months"],
)
def test_criterion_that_makes_no_sense_is_refused(make, words):
    """With what was expected."""
    with pytest.raises(UsageError, match=words):
        make()


def test_tally_in_parts_is_the_tally_of_the_whole():
    """Estimate and error are the mean and its standard error, whatever the parts."""
    scores = np.random.default_rng(1).normal(size=70)
    parts = Tally(n=9).plus(scores[:20], failures=1).plus(scores[20:], failures=2)
    assert (parts.replicates, parts.failures) == (70, 3)
    assert parts.estimate == pytest.approx(scores.mean())
    assert parts.mcse == pytest.approx(scores.std(ddof=1) / math.sqrt(70))


def test_interval_of_a_share_is_jeffreys():
    """Also where all scores are equal and the standard error is 0."""
    assert tally(9, np.ones(50)).interval(binary=True) == pytest.approx(beta(50.5, 0.5).interval(0.95))
    assert tally(9, np.ones(50)).interval(binary=False) == pytest.approx((1.0, 1.0))


def test_impossible_tally_is_refused():
    """More failures than replicates are a fault of the program."""
    with pytest.raises(ValueError, match="2 failures of 1"):
        Tally(n=9, replicates=1, failures=2)


def test_crossing_is_read_off_between_two_sizes():
    """Straight in log n: half-way up is the geometric mean; before the first size 0, beyond the last ∞."""
    levels = np.array([[0.0, 2.0], [1.0, 2.0], [0.0, 0.9]])
    draws = CurveDraws(n=np.array([100.0, 400.0]), levels=levels, rising=levels, goal=1.0)
    assert draws.crossing.tolist() == pytest.approx([200.0, 0.0, np.inf])


def test_posterior_at_one_size_is_that_of_its_scores():
    """With nothing else to learn from, the level is the probit of Beta(k + ½, R − k + ½)."""
    draws = draw_curve([tally(50, np.arange(80) < 60)], NARROW, lattice=(50, 60), seed=1)
    exact = ndtri(beta(60.5, 20.5).ppf([0.025, 0.5, 0.975]))
    # 3,000 draws know their quantiles within some 0.1 SD.
    assert np.quantile(draws.rising, [0.025, 0.5, 0.975]) == pytest.approx(exact, abs=0.12 * 0.16)


@pytest.mark.parametrize("all_scores", [0.0, 1.0])
def test_equal_scores_bound_the_level_as_their_likelihood_does(all_scores):
    """The distribution of p given R equal scores under this prior, held against quadrature."""
    n_cohorts = 100
    draws = draw_curve([tally(50, np.full(n_cohorts, all_scores))], NARROW, lattice=(50,), seed=1)
    f = np.linspace(-150.0, 150.0, 300_001)
    towards = f if all_scores else -f
    weight = np.exp(norm.logpdf(f, scale=smoothing.LEVEL_SD) + n_cohorts * norm.logcdf(towards))
    exact = np.interp([0.05, 0.5, 0.95], np.cumsum(weight) / weight.sum(), f)
    assert np.quantile(draws.levels, [0.05, 0.5, 0.95]) == pytest.approx(exact, rel=0.1)


def test_straight_curve_costs_the_prior_nothing():
    """Between two sizes known exactly the curve is the line through them, and stays close to it."""
    log_n = np.log([50.0, 60.0, 72.0, 86.0])
    found = smoothing.Levels(np.array([-1.0, 2.0]), np.full(2, 1e-4), np.zeros(2))
    drawn = smoothing.draw_levels(np.random.default_rng(1), log_n, np.array([0, 3]), found, draws=4000)
    line = np.interp(log_n, log_n[[0, 3]], [-1.0, 2.0])
    assert drawn.mean(axis=0) == pytest.approx(line, abs=0.05)
    assert drawn.std(axis=0).max() < 0.5


def test_mean_scores_that_are_all_equal_keep_a_spread():
    """100 cohorts without benefit leave room for some: the SD of the mean is that of one score at the target."""
    found = smoothing.mean_levels([tally(50, np.zeros(100))], target=2.0)
    assert found.mean[0] == 0.0
    assert found.sd[0] == pytest.approx(math.sqrt(100.0 / 101.0) / 100.0)


def test_answer_is_plain_json_and_agrees_with_itself():
    """Finite numbers or null; what stands at the top is found in the curve."""
    answer = search_known(ask(), p_narrow)
    document = json.loads(json.dumps(answer.as_dict(), allow_nan=False))
    at = next(point for point in document["curve"] if point["n"] == document["n"])
    assert (document["estimate"], document["mcse"]) == (at["estimate"], at["mcse"])
    assert document["replicates"] == sum(point["replicates"] for point in document["curve"])
    assert document["question"]["criterion"] == {
        "kind": "NarrowLimit",
        "window": "limits",
        "limit": "upper",
        "max_fold": 2.0,
        "probability": 0.8,
    }
    simulated = [point["n"] for point in document["curve"]]
    assert set(simulated) <= {point["n"] for point in document["fitted"]}
    assert (simulated[0], simulated[-1]) == (document["fitted"][0]["n"], document["fitted"][-1]["n"])


def test_answer_that_contradicts_itself_is_refused():
    """A size that was not simulated, a size where there is none, a crossing outside the range."""
    answer = search_known(ask(), p_narrow)
    for changes in ({"n": 291}, {"n": None}, {"crossing": None}, {"status": "not_reached"}):
        with pytest.raises(ValueError, match=r"was not simulated|cannot"):
            replace(answer, **changes)


def test_sentence_says_what_was_found_and_how_well():
    """One sentence: size, achieved with its error, truth, method, crossing with its interval."""
    answer: SizeAnswer = search_known(ask(), p_narrow)
    low, high = answer.interval
    assert answer.sentence() == (
        f"{answer.n} patients: there P(95 % interval of the limits window's upper limit narrower than 2-fold) is "
        f"{answer.at.estimate:.3f} (MCSE {answer.at.mcse:.3f}) under moderate, analysed with sorafenib_observed.v1; "
        f"the target of 0.8 is reached at {answer.crossing:.0f} (95 % Monte Carlo interval {low:.0f} to {high:.0f})."
    )
    months = search_known(ask(criterion=BENEFIT), p_narrow)
    assert "the mean benefit of dosing to the declared limits window is 0." in months.sentence()
    assert "the target of 0.5 months" in months.sentence()


TRUTHS = """
[truths]
base = "moderate"
[truths.toxicity.slope]
family = "normal"
mean = 0.9
sd = 0.3
"""


def test_truths_are_read_as_in_a_plan(tmp_path):
    """A file with the [truths] of a plan gives its base and its priors."""
    path = tmp_path / "truths.toml"
    path.write_text(TRUTHS, encoding="utf-8")
    truths = load_truths(path)
    assert truths.base == "moderate"
    assert str(truths.priors["toxicity.slope"]) == "normal(mean = 0.9, sd = 0.3)"
    assert (
        "over the prior of truths around moderate (assurance)" in search_known(ask(truth=truths), p_narrow).sentence()
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"P008 .*column truths: is missing"),
        (TRUTHS.replace("slope", "slop"), "Did you mean slope"),
        (TRUTHS.replace('"moderate"', '"modrate"'), "Did you mean moderate"),
        ("[truths", "P005"),
    ],
)
def test_truths_that_make_no_sense_are_refused(tmp_path, text, words):
    """With every problem, as in a plan."""
    path = tmp_path / "truths.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_truths(path)
