"""Follow-up cut into rows against what a day-by-day diary says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.numerics.follow_up import INTERRUPTION_SHARE, dose_steps, log_dose_before, split_follow_up

TIMES = st.integers(0, 40)


def diary(begin, end, low, onset, changes):
    """Return (dose ratio, onset, in the interval) at the middle of every unit of time of the follow-up."""
    days = {}
    for day in range(begin, end):
        ratio = [share for time, share in changes if time <= day][-1]
        days[day] = (ratio, onset is not None and day >= onset, low is not None and day >= low)
    return days


@given(
    TIMES, TIMES, st.none() | TIMES, st.none() | TIMES, st.lists(st.tuples(TIMES, st.sampled_from([1.0, 0.5, 0.25])))
)
def test_rows_say_what_a_diary_says(begin, end, low, onset, changes):
    """Every day of follow-up lies in one row with its dose, onset and interval; rows end where something changes."""
    changes = [(0, 1.0), *sorted({time: share for time, share in changes if time > 0}.items())]
    steps = dose_steps(
        np.zeros(len(changes), dtype=int), np.array([t for t, _ in changes], float), np.array([s for _, s in changes])
    )
    given_or_nan = [np.array([np.nan if one is None else float(one)]) for one in (low, onset)]
    rows = split_follow_up(
        np.array([float(begin)]), np.array([float(end)]), low=given_or_nan[0], onset=given_or_nan[1], steps=steps
    )
    found, previous = {}, None
    for j in range(rows.log_stop.shape[1]):
        if rows.sure[0, j] + rows.between[0, j] == 0.0:
            continue
        assert rows.sure[0, j] + rows.between[0, j] == 1.0
        says = (float(np.exp(rows.log_dose[0, j])), bool(rows.onset[0, j]), bool(rows.between[0, j]))
        assert says != previous
        previous = says
        first, last = (round(float(np.exp(ends[0, j]))) for ends in (rows.log_start, rows.log_stop))
        for day in range(first, last):
            assert day not in found
            found[day] = says
    expected = diary(begin, end, low, onset, changes)
    assert found.keys() == expected.keys()
    for day, says in expected.items():
        assert found[day] == pytest.approx(says)


def test_a_patient_without_follow_up_has_rows_of_zeros():
    """Follow-up that ends where it begins weighs nothing."""
    rows = split_follow_up(np.array([2.0, 0.0]), np.array([2.0, 5.0]))
    assert all(not field[0].any() for field in rows)
    assert rows.sure[1].tolist() == [1.0]


def test_an_interruption_leaves_a_tenth():
    """0 mg is no log of zero; what follows is the ratio to the starting dose again."""
    steps = dose_steps(np.array([0, 0, 0, 1]), np.array([0.0, 10.0, 20.0, 0.0]), np.array([800.0, 0.0, 600.0, 400.0]))
    np.testing.assert_allclose(np.exp(steps.log_ratio), [1.0, INTERRUPTION_SHARE, 0.75, 1.0])


def test_the_dose_before_a_day_is_that_of_the_day_before():
    """On the day of a change the trough still tells of the old dose; without a day it counts as the starting dose."""
    steps = dose_steps(np.array([0, 0, 1]), np.array([0.0, 10.0, 0.0]), np.array([800.0, 400.0, 600.0]))
    who, day = np.array([0, 0, 0, 0, 1, 0]), np.array([0.0, 9.0, 10.0, 11.0, 50.0, np.nan])
    np.testing.assert_allclose(np.exp(log_dose_before(steps, who, day)), [1.0, 1.0, 1.0, 0.5, 1.0, 1.0])
