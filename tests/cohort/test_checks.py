"""What is wrong with, or worth knowing about, a cohort as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import Cohort, Troughs, check_cohort, read_cohort
from tests.cohort.tables import sound_columns


@pytest.fixture
def sound():
    """Give a cohort with nothing to say about."""
    return read_cohort(pd.DataFrame(sound_columns()))


def codes(cohort):
    """Return the codes of the problems of a cohort, sorted."""
    return sorted(str(problem.code) for problem in check_cohort(cohort))


def test_sound_cohort_has_no_problem(sound):
    """Nothing is said where there is nothing to say."""
    assert codes(sound) == []


@pytest.mark.parametrize(
    ("low", "high", "separated"),
    [(slice(0, 6), slice(6, 12), True), (slice(0, 7), slice(6, 12), False), (slice(6, 12), slice(0, 6), True)],
)
def test_complete_separation_in_either_direction(sound, low, high, separated):
    """The warning comes exactly when no trough of one group lies between those of the other."""
    toxicity = np.full(12, np.nan)
    toxicity[low], toxicity[high] = 0.0, 1.0
    toxicity[6] = toxicity[6] if separated else 1.0
    if not separated:
        toxicity[8] = 0.0
    assert codes(replace(sound, toxicity=toxicity)) == (["C049"] if separated else [])


def test_separation_looks_at_the_mean_trough_of_repeated_ones():
    """Two patients share single values, but their geometric means are separated."""
    troughs = Troughs(
        patient=np.repeat(np.arange(10), 2),
        value_mg_l=np.ravel([[mean / 2, mean * 2] for mean in range(1, 11)]).astype(float),
        censoring=np.zeros(20, dtype=np.int64),
        day=np.full(20, np.nan),
    )
    ids = tuple(map(str, range(10)))
    assert codes(Cohort(patient_id=ids, troughs=troughs, toxicity=np.repeat([0.0, 1.0], 5))) == ["C049"]


def test_grade_5_must_agree_with_death_and_toxicity(sound):
    """Grade 5 counts as both; each that is 0 is noted."""
    grade = np.array([5.0, *[1.0] * 11])
    assert codes(replace(sound, grade=grade)) == ["C051"]  # P01 died without toxicity
    death = np.array([0.0, *sound.death[1:]])
    assert codes(replace(sound, grade=grade, death=death)) == ["C051", "C051"]


def test_equal_troughs_censored_and_measured_are_two_values(sound):
    """A censored trough at the value of the others is still another observation."""
    censoring = np.array([-1, *[0] * 11])
    troughs = replace(sound.troughs, value_mg_l=np.full(12, 2.0), censoring=censoring)
    assert codes(replace(sound, troughs=troughs)) == ["C043"]
