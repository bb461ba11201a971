"""Predictive checks: against brute force and lifelines, and on data that a model cannot reproduce."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

import bayes_sora as bs
from bayes_sora.fitting.predictive_checks import EXTREME, exposure_thirds, predictive_checks, unlike_data
from bayes_sora.numerics.predictive import draw_censoring, survival_at, two_sided_p

MODEL = bs.load_model("sorafenib_joint.v1")
N_DRAWS = 400


def made(n=60, seed=1):
    """Return a cohort and replicates of it from its own probabilities: the model is right."""
    cohort, rng = bs.simulate("moderate", n=n, seed=seed).cohort, np.random.default_rng(seed)
    replicates = {
        "toxicity": (rng.uniform(size=(N_DRAWS, n)) < 0.4).astype(float),
        "response": (rng.uniform(size=(N_DRAWS, n)) < 0.7).astype(float),
        "os_months": rng.weibull(1.25, size=(N_DRAWS, n)) * 14.0,
    }
    return cohort, replicates


def by_name(cohort, replicates):
    """Return the checks by what is counted and of whom."""
    return {(one.check, one.group): one for one in predictive_checks(replicates, cohort, MODEL, seed=1)}


@pytest.mark.parametrize("seed", range(5))
def test_p_is_that_of_brute_force(seed):
    """Twice the smaller tail, equal values counted half, and never zero."""
    rng = np.random.default_rng(seed)
    replicated, observed = rng.binomial(20, 0.3, size=1000).astype(float), float(rng.binomial(20, 0.6))
    more = sum(1.0 if value > observed else 0.5 if value == observed else 0.0 for value in replicated) / 1000
    assert two_sided_p(observed, replicated) == pytest.approx(min(1.0, 2.0 * max(min(more, 1.0 - more), 0.0005)))


@pytest.mark.parametrize("entries", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_survival_of_many_data_sets_is_that_of_lifelines(seed, entries):
    """With censoring, tied times and late entry each row is the Kaplan–Meier estimate."""
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(12.0, size=(6, 40)) * 2.0) / 2.0 + 3.0
    death = rng.uniform(size=(6, 40)) < 0.6
    entry = rng.uniform(0.0, 3.0, size=40) if entries else None
    found = survival_at(10.0, time, death, entry=entry)
    for row in range(6):
        truth = KaplanMeierFitter().fit(time[row], death[row], entry=entry).survival_function_at_times(10.0)
        assert found[row] == pytest.approx(float(truth.iloc[0]))


def test_follow_up_of_those_who_died_is_drawn_from_that_of_the_others():
    """The censored keep theirs; the others have the censoring distribution of lifelines, given a later end."""
    rng = np.random.default_rng(3)
    time, death = rng.exponential(10.0, size=30), rng.uniform(size=30) < 0.5
    drawn = draw_censoring(time, death, n_draws=20_000, rng=rng)
    np.testing.assert_array_equal(drawn[:, ~death], np.broadcast_to(time[~death], drawn[:, ~death].shape))
    ends = KaplanMeierFitter().fit(time, ~death)
    for patient in np.flatnonzero(death):
        assert drawn[:, patient].min() > time[patient]
        at = time[patient] + 4.0
        beyond = ends.survival_function_at_times([time[patient], at]).to_numpy()
        assert np.mean(drawn[:, patient] > at) == pytest.approx(beyond[1] / beyond[0], abs=0.02)


def test_counts_are_those_of_brute_force():
    """Each count is of its own patients, those who are not evaluable left out, patient by patient."""
    cohort, replicates = made()
    toxicity = cohort.toxicity.copy()
    toxicity[:7] = np.nan
    cohort = replace(cohort, toxicity=toxicity)
    thirds, found = exposure_thirds(cohort), by_name(cohort, replicates)
    checks = [one for (check, _), one in found.items() if check == "toxicity by exposure" and one.number == "patients"]
    assert len(checks) == 3
    for third, one in enumerate(checks):
        theirs = [i for i in range(60) if thirds[i] == third and not np.isnan(toxicity[i])]
        assert (one.n, one.observed) == (len(theirs), sum(toxicity[i] for i in theirs))
        counts = sorted(sum(row[i] for i in theirs) for row in replicates["toxicity"])
        assert one.q50 == counts[N_DRAWS // 2 - 1]
    both = found["toxicity and response together", "patients of whom both are known"]
    assert both.n == 53
    assert both.observed == sum(t == r == 1.0 for t, r in zip(toxicity, cohort.response, strict=True))
    early = found["response and death within 3 months", "patients of whom both are known"]
    dead = [m <= 3.0 and d == 1.0 for m, d in zip(cohort.os_months, cohort.death, strict=True)]
    assert early.observed == sum(r == 1.0 and x for r, x in zip(cohort.response, dead, strict=True))
    assert early.n == sum(x or m > 3.0 for m, x in zip(cohort.os_months, dead, strict=True))


def test_differences_and_excesses_are_those_of_brute_force():
    """The bend of the rates over the thirds, and who has both beyond the product of the rates, one replicate a time."""
    cohort, replicates = made()
    thirds, found = exposure_thirds(cohort), by_name(cohort, replicates)

    def bend(values):
        low, middle, high = (np.mean([values[i] for i in range(60) if thirds[i] == third]) for third in range(3))
        return middle - (low + high) / 2.0

    bent = found["toxicity by exposure", "the middle third against the mean of the others"]
    assert bent.observed == pytest.approx(bend(cohort.toxicity))
    assert bent.q50 == pytest.approx(sorted(bend(row) for row in replicates["toxicity"])[N_DRAWS // 2 - 1])
    excess = found["toxicity and response together", "beyond what the two rates give"]
    assert excess.observed == pytest.approx(59.0 * np.cov(cohort.toxicity, cohort.response)[0, 1])
    pairs = zip(replicates["toxicity"], replicates["response"], strict=True)
    assert excess.q50 == pytest.approx(sorted(59.0 * np.cov(t, r)[0, 1] for t, r in pairs)[N_DRAWS // 2 - 1])


def test_thirds_hold_a_third_each_and_part_no_equal_troughs():
    """With distinct troughs each has a third of the patients; equal ones stay together, however their mean rounds."""
    cohort = bs.simulate("moderate", n=60, seed=1).cohort
    assert np.bincount(exposure_thirds(cohort)).tolist() == [20, 20, 20]
    assert (np.diff(exposure_thirds(cohort)[np.argsort(cohort.trough_mg_l)]) >= 0).all()
    value = np.where(np.arange(60) < 30, 1.7, 3.1) * (1.0 + 1e-15 * np.arange(60))
    tied = replace(cohort, troughs=replace(cohort.troughs, value_mg_l=value))
    assert len(set(exposure_thirds(tied)[:30])) == len(set(exposure_thirds(tied)[30:])) == 1


def test_a_hump_fails_by_thirds_and_not_in_total():
    """Toxicity that only the middle third has is not seen in the total and is extreme in the thirds."""
    cohort, replicates = made()
    cohort = replace(cohort, toxicity=(exposure_thirds(cohort) == 1).astype(float))
    assert two_sided_p(float(cohort.toxicity.sum()), replicates["toxicity"].sum(axis=1)) > 0.05
    hit = [one for one in predictive_checks(replicates, cohort, MODEL, seed=1) if one.extreme]
    assert {one.check for one in hit} >= {"toxicity by exposure"}
    reason = next(unlike_data(tuple(hit)))
    assert reason.startswith("the model does not reproduce toxicity by exposure: observed ")
    assert "mg/L" in reason


def test_what_comes_together_is_seen():
    """Toxicity in the responders alone, or responders who die at once, is extreme in its own check."""
    cohort, replicates = made()
    linked = replace(cohort, toxicity=1.0 - cohort.response)
    assert by_name(linked, replicates)["toxicity and response together", "beyond what the two rates give"].extreme
    months = np.where((cohort.response == 1.0) & (np.arange(60) % 2 == 0), 1.0, cohort.os_months)
    dying = replace(cohort, os_months=months, death=np.where(months == 1.0, 1.0, cohort.death))
    assert any(one.extreme for (check, _), one in by_name(dying, replicates).items() if "within 3" in check)


def test_survival_that_differs_between_thirds_is_seen():
    """Where the upper third dies in a month, its Kaplan–Meier estimate lies outside what the model gives."""
    cohort, replicates = made()
    upper = exposure_thirds(cohort) == 2
    cohort = replace(
        cohort,
        os_months=np.where(upper, 1.0, cohort.os_months),
        death=np.where(upper, 1.0, cohort.death),
    )
    extreme = [
        group for (check, group), one in by_name(cohort, replicates).items() if "survival" in check and one.extreme
    ]
    assert any("upper third" in group for group in extreme)


def test_sites_that_differ_are_seen():
    """Sites with all the toxicities and sites with none are extreme; without sites there is no such check."""
    cohort, replicates = made()
    assert not any("sites" in check for check, _ in by_name(cohort, replicates))
    site = tuple(f"S{i % 4}" for i in range(60))
    even = np.array([float(i // 4 % 5 < 2) for i in range(60)])
    there = by_name(replace(cohort, site=site, toxicity=even), replicates)
    assert not next(one for (check, _), one in there.items() if check == "toxicity between sites").extreme
    split = replace(cohort, site=site, toxicity=np.array([float(i % 4 == 0) for i in range(60)]))
    hit = next(one for (check, _), one in by_name(split, replicates).items() if check == "toxicity between sites")
    assert hit.extreme


def test_under_the_right_probabilities_p_is_uniform():
    """With known probabilities the mid-p of a count falls below 0.05 and below the limit as often as it says."""
    rng = np.random.default_rng(5)
    replicated = rng.binomial(20, 0.4, size=20_000).astype(float)
    p = np.array([two_sided_p(float(one), replicated) for one in rng.binomial(20, 0.4, size=4000)])
    assert np.mean(p < 0.05) < 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 4000)
    assert np.mean(p < EXTREME) < EXTREME + 3.0 * np.sqrt(EXTREME / 4000)
