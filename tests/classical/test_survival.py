"""Kaplan–Meier against a textbook, lifelines, and counts by hand."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

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
    assert curve.median_months == theirs.median_survival_time_


@pytest.mark.parametrize("n", [2, 4, 6, 8, 10, 14, 18, 20])
def test_median_when_the_curve_touches_one_half(n):
    """Of n deaths in a row the median is the n/2-th, however the product of fractions rounds."""
    curve = kaplan_meier(np.arange(1.0, n + 1), np.ones(n))
    assert curve.median_months == n / 2


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
