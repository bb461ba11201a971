"""Kaplan–Meier against a textbook, lifelines, and counts by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from bayes_sora.classical.logrank import log_rank_test
from bayes_sora.classical.survival import kaplan_meier
from tests.classical import freireich


def follow_up(*, n=30, seed=1):
    """Draw follow-up in whole months, so that deaths and censored times tie."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 15, size=n).astype(float), rng.integers(0, 2, size=n).astype(float)


def test_textbook_curve():
    """The 6-MP arm of Freireich's trial has the survival that every textbook prints."""
    curve = kaplan_meier(freireich.MERCAPTOPURINE_WEEKS, freireich.MERCAPTOPURINE_RELAPSE)
    printed = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert curve.survival_at(np.array(list(printed), dtype=float)) == pytest.approx(list(printed.values()), abs=5e-4)
    assert curve.median_months == 23.0
    assert (curve.n, curve.n_deaths) == (21, 9)


def test_textbook_medians_of_placebo():
    """The placebo arm has its printed median of 8 weeks and log-log interval of 4 to 11."""
    curve = kaplan_meier(freireich.PLACEBO_WEEKS, freireich.PLACEBO_RELAPSE)
    assert curve.median_months == 8.0
    assert curve.median_ci95 == (4.0, 11.0)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_lifelines(seed):
    """Survival, band and numbers at risk are those of lifelines wherever the log-log scale exists."""
    months, death = follow_up(seed=seed)
    curve = kaplan_meier(months, death)
    theirs = KaplanMeierFitter().fit(months, death)
    np.testing.assert_array_equal(curve.time_months, theirs.timeline)
    np.testing.assert_allclose(curve.survival, theirs.survival_function_.to_numpy()[:, 0], atol=1e-12)
    np.testing.assert_array_equal(curve.at_risk, theirs.event_table["at_risk"])
    np.testing.assert_array_equal(curve.deaths, theirs.event_table["observed"])
    np.testing.assert_array_equal(curve.censored, theirs.event_table["censored"])
    alive = curve.survival > 0.0
    band = theirs.confidence_interval_.to_numpy()
    np.testing.assert_allclose(curve.lower95[alive], band[alive, 0], atol=1e-10)
    np.testing.assert_allclose(curve.upper95[alive], band[alive, 1], atol=1e-10)


def median_in_fractions(months, death, entry):
    """Return the median from whole numbers: deaths and patients at risk are counted one by one, S is a fraction."""
    survival, first, rows = Fraction(1), None, list(zip(months, death, entry, strict=True))
    for time in sorted({month for month, died, _ in rows if died}):
        at_risk = sum(begin < time <= month for month, _, begin in rows)
        survival *= 1 - Fraction(sum(died and month == time for month, died, _ in rows), at_risk)
        if first is None and survival <= Fraction(1, 2):
            first = time
        if survival < Fraction(1, 2):
            return (first + time) / 2
    return first


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=14),
    st.lists(st.booleans(), min_size=14, max_size=14),
)
def test_median_is_the_middle_of_the_flat_piece(spans, deaths):
    """The median follows from whole numbers, with ties, censoring and late entry, however the product rounds."""
    months, entry = [begin + length for length, begin in spans], [begin for _, begin in spans]
    died = [*deaths[: len(spans) - 1], True]
    curve = kaplan_meier(np.array(months, float), np.array(died, float), entry=np.array(entry, float))
    assert curve.median_months == median_in_fractions(months, died, entry)
    plain = kaplan_meier(np.array(months, float), np.array(died, float))
    assert plain.median_months == median_in_fractions(months, died, [0] * len(months))


@pytest.mark.parametrize("n", [*range(1, 31), 100, 1_000, 99_998])
def test_median_without_censoring_is_the_sample_median(n):
    """Of n deaths the median is the middle one, or the middle between the middle two."""
    curve = kaplan_meier(np.arange(1.0, n + 1), np.ones(n))
    assert curve.median_months == (n + 1) / 2


@pytest.mark.parametrize(
    ("months", "death", "median"),
    [
        pytest.param([2, 3, 5, 8], [1, 1, 1, 1], 4.0, id="S = 3/4, 1/2 from 3 to 5"),
        pytest.param([2, 3, 4, 5, 8], [1, 0, 1, 0, 1], 8.0, id="4/5, then 4/5·2/3 = 8/15, not touched"),
        pytest.param([2, 2, 3, 3, 4, 7], [1, 1, 0, 0, 1, 1], 4.0, id="4/6, then 4/6·1/2 = 1/3"),
        pytest.param([1, 2, 3, 4, 6, 9], [0, 0, 1, 1, 0, 1], 6.5, id="3/4, 1/2 from 4, a censoring at 6, to 9"),
        pytest.param([1, 2, 3, 5], [1, 1, 0, 0], 2.0, id="ends at 1/2: the time at which it comes there"),
        pytest.param([3, 4, 5, 9], [1, 0, 0, 0], None, id="never below 3/4"),
        pytest.param([4, 4], [1, 1], 4.0, id="from 1 to 0 at once"),
    ],
)
def test_medians_by_hand(months, death, median):
    """The middle of the piece on which S = 1/2, as R's survfit and SAS print it."""
    assert kaplan_meier(np.array(months, float), np.array(death, float)).median_months == median


def test_interval_of_the_median_of_ten_by_hand():
    """Ten deaths at 1 to 10: S = 1/2 from 5 to 6, hence 5.5, and the bands come to 1/2 at 1 and at 8.

    With r alive, S = r/10 and Greenwood's sum is (10 − r)/(10 r): the lower band is 0.473 at 1, the upper one 0.578 at
    7 and 0.475 at 8.
    """
    curve = kaplan_meier(np.arange(1.0, 11.0), np.ones(10))
    alive = np.arange(9.0, 0.0, -1.0)
    width = 1.959964 * np.sqrt((10.0 - alive) / (10.0 * alive)) / -np.log(alive / 10.0)
    upper = (alive / 10.0) ** np.exp(-width)
    assert (alive[0] / 10.0) ** np.exp(width[0]) == pytest.approx(0.473, abs=5e-4)
    assert upper[6:8] == pytest.approx([0.578, 0.475], abs=5e-4)
    assert (curve.median_months, curve.median_ci95) == (5.5, (1.0, 8.0))


def test_interval_takes_the_middle_of_a_flat_band(monkeypatch):
    """A band that equals one half between two deaths has the middle of that piece, as S has."""
    from bayes_sora.classical import survival  # noqa: PLC0415

    def touching(s, *_, **__):
        return np.where(s == 0.75, 0.5, 0.4), np.where(s >= 0.25, 0.8, 0.5)

    monkeypatch.setattr(survival, "_log_log_band", touching)
    curve = kaplan_meier(np.array([2.0, 4.0, 7.0, 9.0]), np.ones(4))
    assert curve.median_ci95[0] == 3.0


def test_times_equal_but_for_rounding_are_one_time():
    """Deaths and entries recorded in days and in months tie where they are the same time."""
    days = np.arange(1.0, 400.0, 7.0)
    months, other = days / 30.4375, days * (1.0 / 30.4375)
    assert (months != other).any()
    both = np.concatenate([months, other])
    curve = kaplan_meier(both, np.ones(both.size))
    assert curve.time_months.size == days.size + 1
    assert (curve.deaths[1:] == 2).all()
    group = np.repeat([0, 1], days.size)
    same = log_rank_test(np.tile(months, 2), np.ones(both.size), group)
    assert log_rank_test(both, np.ones(both.size), group) == same
    late = kaplan_meier(months + 20.0, np.ones(days.size), entry=other)
    assert late.at_risk.tolist() == kaplan_meier(months + 20.0, np.ones(days.size), entry=months).at_risk.tolist()


def test_entry_just_before_the_end_is_at_risk_at_the_end():
    """A patient who enters less than rounding before the own death is at risk at it: nothing is divided by zero."""
    curve = kaplan_meier(np.array([12.0]), np.ones(1), entry=np.array([np.nextafter(12.0, 0.0)]))
    assert curve.at_risk.tolist() == [1, 1]
    assert curve.survival.tolist() == [1.0, 0.0]


def test_nobody_died():
    """Without deaths the curve stays at one and has no median."""
    curve = kaplan_meier(np.array([3.0, 5.0]), np.zeros(2))
    np.testing.assert_array_equal(curve.survival, 1.0)
    np.testing.assert_array_equal(curve.lower95, 1.0)
    assert curve.median_months is None
    assert curve.median_ci95 == (None, None)


def test_everybody_died_at_once():
    """One death of one patient: the median is there, its interval is not, and nothing is infinite."""
    curve = kaplan_meier(np.array([4.0]), np.ones(1))
    assert curve.median_months == 4.0
    assert curve.median_ci95 == (None, None)
    np.testing.assert_array_equal(curve.lower95, [1.0, 0.0])
    np.testing.assert_array_equal(curve.upper95, [1.0, 1.0])


def test_nobody():
    """Without patients the curve is the point (0, 1)."""
    curve = kaplan_meier(np.empty(0), np.empty(0))
    assert curve.time_months.tolist() == [0.0]
    assert curve.survival.tolist() == [1.0]
    assert (curve.n, curve.n_deaths, curve.median_months) == (0, 0, None)


def test_steps_and_risk_table():
    """S drops at the death itself, and those whose follow-up reaches a time are at risk at it."""
    curve = kaplan_meier(np.array([2.0, 2.0, 4.0, 5.0]), np.array([1.0, 0.0, 1.0, 0.0]))
    months = np.array([0.0, 1.9, 2.0, 3.0, 4.0, 5.0, 9.0])
    assert curve.survival_at(months).tolist() == [1.0, 1.0, 0.75, 0.75, 0.375, 0.375, 0.375]
    assert curve.at_risk_at(months).tolist() == [4, 4, 4, 2, 2, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_band_holds_the_curve(seed):
    """The band lies in [0, 1], around S, and is finite to the end."""
    curve = kaplan_meier(*follow_up(seed=seed, n=8))
    assert np.all((curve.lower95 >= 0) & (curve.lower95 <= curve.survival) & (curve.survival <= curve.upper95))
    assert np.all(curve.upper95 <= 1.0)
