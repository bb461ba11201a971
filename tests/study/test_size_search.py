"""The search: its answers against known curves, what it spends, and that nothing but the question decides."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from scipy.special import ndtr
from scipy.stats import binom

from bayes_sora.errors import UsageError
from bayes_sora.modelfile import Prior
from bayes_sora.study.plan import TruthPrior
from bayes_sora.study.sample_size import Effort, find_sample_size
from bayes_sora.study.sample_size.lattice import MOST_SIZES, size_lattice
from tests.study.size_mocks import (
    BENEFIT,
    NARROW,
    analyse_known,
    analyse_slopes,
    ask,
    p_narrow,
    search_known,
    true_size,
)

SEARCHES = 40


def covers(answer, true):
    """Say whether the Monte Carlo interval holds the true size; an end that is None is open."""
    low, high = answer.interval
    return (0.0 if low is None else low) <= true <= (math.inf if high is None else high)


@pytest.mark.parametrize(
    ("criterion", "probability", "months", "true"),
    [
        (NARROW, p_narrow, 1.0, true_size(0.8)),
        (NARROW, lambda n: p_narrow(n, spread=0.15), 1.0, true_size(0.8, spread=0.15)),
        (NARROW, lambda n: 0.9 * p_narrow(n), 1.0, true_size(0.8 / 0.9)),
        (BENEFIT, p_narrow, 0.8, true_size(0.5 / 0.8)),
    ],
    ids=["probit", "steep", "never above 0.9", "benefit"],
)
def test_interval_holds_the_true_size_as_often_as_it_says(criterion, probability, months, true):
    """Of 40 searches with different seeds about 95 % cover, and all are closer than 25 %."""
    answers = [
        search_known(ask(criterion=criterion, seed=seed), probability, months=months) for seed in range(SEARCHES)
    ]
    covered = sum(covers(answer, true) for answer in answers)
    # With true coverage 0.93, fewer come once in 1,000.
    assert covered >= binom(SEARCHES, 0.93).ppf(0.001)
    assert max(abs(math.log(answer.crossing / true)) for answer in answers) < math.log(1.25)


def test_interval_is_as_narrow_as_asked():
    """A search that says it is precise has an interval within the tolerance, or between neighbouring sizes."""
    for seed in range(10):
        answer = search_known(ask(seed=seed), p_narrow)
        low, high = answer.interval
        between = [n for n in answer.question.lattice if low < n < high]
        assert answer.stopped == "precise"
        assert high / low <= 1.15 or not between


def test_size_named_is_one_that_was_simulated_and_achieves_it():
    """The size is on the lattice, has its own cohorts, and at most one step above the crossing."""
    answer = search_known(ask(), p_narrow)
    lattice = answer.question.lattice
    assert answer.status == "reached"
    assert answer.n in lattice
    assert answer.at.n == answer.n
    assert answer.at.replicates >= 100
    assert lattice[lattice.index(answer.n) - 1] < answer.crossing <= answer.n


def test_replicates_go_where_the_target_is_crossed():
    """Sizes far from the crossing get no more than the first look, and no size is much larger than needed."""
    answer = search_known(ask(effort=Effort(tolerance=1.06)), p_narrow)
    true = true_size(0.8)
    far = [point.replicates for point in answer.curve if abs(math.log(point.n / true)) > math.log(2.0)]
    near = sum(point.replicates for point in answer.curve) - sum(far)
    assert set(far) == {100}
    assert near > 0.6 * answer.replicates
    assert answer.curve[-1].n < 3.0 * true


@pytest.mark.parametrize("budget", [100, 130, 450, 1000])
def test_budget_is_never_exceeded(budget):
    """However few cohorts are allowed, there is an answer that says so."""
    answer = search_known(ask(effort=Effort(replicates=budget, tolerance=1.001), n_min=100, n_max=150), p_narrow)
    assert 100 <= answer.replicates <= budget
    assert answer.stopped in {"replicates", "not_reached"}
    assert (answer.stopped == "replicates") == any("budget" in one for one in answer.notes)


def test_search_that_ran_out_on_its_way_up_says_where_it_was():
    """Ended below the largest size, it does not say that the target cannot be reached."""
    answer = search_known(ask(effort=Effort(replicates=200)), p_narrow)
    assert answer.status == "not_reached"
    assert answer.sentence().startswith("Not found yet: the search ended at 43 of at most 2000 patients")


def test_target_beyond_the_largest_size_is_not_extrapolated():
    """The answer names the estimate at the largest size, and no size."""
    answer = search_known(ask(n_max=150), p_narrow)
    assert (answer.status, answer.n, answer.crossing, answer.interval) == ("not_reached", None, None, (None, None))
    assert answer.at.n == 150
    assert answer.fitted[-1].n == 150
    assert answer.at.low < p_narrow(150) < answer.at.high
    assert answer.sentence().startswith("Not reached up to 150 patients")
    assert answer.replicates < 1000


def test_target_reached_at_the_smallest_size_is_said_so():
    """Nothing smaller is claimed, and little is spent."""
    answer = search_known(ask(n_min=600), p_narrow)
    assert (answer.status, answer.n, answer.crossing, answer.interval) == ("already_reached", 600, None, (None, None))
    assert answer.sentence().startswith("600 patients, the smallest size asked about, are already enough")
    assert answer.replicates == 100


def test_one_size_is_a_question_too():
    """With n_min = n_max the answer is whether that size is enough."""
    assert search_known(ask(n_min=400, n_max=400), p_narrow).n == 400
    assert search_known(ask(n_min=100, n_max=100), p_narrow).n is None


@pytest.mark.parametrize(("level", "status"), [(0.0, "not_reached"), (1.0, "already_reached")])
def test_scores_that_are_all_equal_are_believed_for_what_they_are(level, status):
    """Never, or always: a decided answer at the least cost, for probabilities and months."""
    for criterion in (NARROW, BENEFIT):
        answer = search_known(ask(criterion=criterion), lambda _: level)
        assert answer.status == status
        assert {point.replicates for point in answer.curve} == {100}


def test_jump_between_neighbouring_sizes_is_found():
    """Where no cohort of 200 is enough and every one of 240 is, the answer is 240."""
    answer = search_known(ask(), lambda n: float(n >= 240))
    assert (answer.n, answer.stopped) == (240, "precise")
    low, high = answer.interval
    assert 200 <= low < high <= 240
    assert high / low > 1.02


def test_curve_that_falls_is_reported():
    """More patients that achieve less: the answer warns against itself."""
    answer = search_known(ask(criterion=replace(NARROW, probability=0.9)), lambda n: 0.85 - 0.3 * (n > 100))
    assert any("falls with more patients" in one for one in answer.notes)


def test_same_question_has_the_same_answer():
    """Twice the same numbers, timing apart; another seed gives others."""
    first, second = (replace(search_known(ask(), p_narrow), seconds=0.0) for _ in range(2))
    assert first.as_dict() == second.as_dict()
    assert search_known(ask(seed=2), p_narrow).crossing != first.crossing


def test_workers_change_nothing():
    """Cohorts simulated and analysed by three threads give the answer of one, and failures are counted."""
    question = ask(n_min=40, n_max=80, criterion=replace(NARROW, probability=0.03))
    alone = find_sample_size(question, analyse=analyse_known)
    with ThreadPoolExecutor(3) as executor:
        shared = find_sample_size(question, analyse=analyse_known, executor=executor)
    assert replace(alone, seconds=0.0).as_dict() == replace(shared, seconds=0.0).as_dict()
    assert alone.failures == sum(point.replicates // 40 + (point.replicates % 40 == 39) for point in alone.curve)
    assert any("failed" in one for one in alone.notes)


def test_search_through_simulated_cohorts_finds_the_size():
    """From cohorts through rows to scores: the interval holds the size at which 20 % of cohorts are narrow."""
    target = 0.2 * 39 / 40
    question = ask(n_min=60, n_max=400, criterion=replace(NARROW, probability=target), effort=Effort(tolerance=1.2))
    heard = []
    answer = find_sample_size(question, analyse=analyse_known, progress=lambda *words: heard.append(words))
    assert covers(answer, true_size(0.2))
    assert heard[0] == ("simulating cohorts of 60", 1, 2)
    assert len(heard) == answer.replicates / 50


def test_assurance_over_a_prior_is_below_the_power_at_its_mean():
    """Above one half, uncertainty about the truth costs probability: more patients are needed than at the mean."""
    prior = TruthPrior(
        base="moderate",
        priors={"toxicity.slope": Prior(family="normal", arguments={"mean": 0.9, "sd": 0.5})},
    )
    effort = Effort(replicates=200, first=200)
    size = ask(n_min=28, n_max=28, effort=effort)
    power = find_sample_size(size, analyse=analyse_slopes).at
    assurance = find_sample_size(replace(size, truth=prior), analyse=analyse_slopes).at
    # Φ(log(1.4)/0.4) at the mean; over the prior Φ(log(1.4)/√(0.4² + 1²)).
    assert power.low < ndtr(math.log(1.4) / 0.4) < power.high
    assert assurance.low < ndtr(math.log(1.4) / math.hypot(0.4, 1.0)) < assurance.high
    assert assurance.estimate < power.estimate - 2.0 * power.mcse


def test_time_limit_ends_the_search_after_a_round():
    """One look is always taken; then the limit counts, and the answer says that it did."""
    answer = search_known(ask(effort=Effort(seconds=1e-9)), p_narrow)
    assert (answer.replicates, answer.stopped) == (100, "seconds")
    assert any("another machine" in one for one in answer.notes)


@pytest.mark.parametrize(("n_min", "n_max"), [(20, 2000), (3, 100_000), (100, 101), (26, 60), (7, 7)])
def test_lattice_is_short_rising_and_keeps_its_ends(n_min, n_max):
    """At most 25 sizes; the first and the last are those asked for."""
    lattice = size_lattice(n_min, n_max)
    assert (lattice[0], lattice[-1]) == (n_min, n_max)
    assert len(lattice) <= MOST_SIZES
    assert list(lattice) == sorted(set(lattice))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"truth": "moderat"}, "did you mean 'moderate'"),
        ({"n_min": 2}, "3 ≤ n_min"),
        ({"n_min": 50, "n_max": 40}, "n_min ≤ n_max"),
        ({"troughs": 0}, "at least 1 trough"),
        ({"follow_up_months": 0.0}, "above 0"),
        ({"criterion": replace(BENEFIT, window="utility"), "method": replace(ask().method, kind="roc")}, "youden"),
    ],
)
def test_question_that_makes_no_sense_is_refused(changes, words):
    """With what was expected, before anything is simulated."""
    with pytest.raises(UsageError, match=words):
        ask(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"replicates": 99}, "budget of 99"),
        ({"task": 150}, "tasks of 150"),
        ({"tolerance": 1.0}, "ratio above 1"),
        ({"seconds": 0.0}, "above 0 seconds"),
    ],
)
def test_effort_that_makes_no_sense_is_refused(changes, words):
    """With what was expected."""
    with pytest.raises(UsageError, match=words):
        Effort(**changes)
