"""Observed rates by tertile."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from bayes_sora.figures.rates import clopper_pearson, rates_by_tertile


@given(events=st.integers(1, 29))
def test_clopper_pearson_is_the_beta_quantile(events):
    """The exact interval ends where the beta distribution has 2.5 % on either side."""
    low, high = clopper_pearson(events, 30)
    assert low == pytest.approx(beta.ppf(0.025, events, 31 - events), rel=1e-6)
    assert high == pytest.approx(beta.ppf(0.975, events + 1, 30 - events), rel=1e-6)


def test_clopper_pearson_of_textbook():
    """Seven of 26: each end is the probability at which so few, or so many, have a chance of 2.5 %."""
    low, high = clopper_pearson(7, 26)
    assert binom.sf(6, 26, low) == pytest.approx(0.025)
    assert binom.cdf(7, 26, high) == pytest.approx(0.025)


@pytest.mark.parametrize(("events", "expected"), [(0, (0.0, 1 - 0.025**0.1)), (10, (0.025**0.1, 1.0))])
def test_clopper_pearson_at_the_ends(events, expected):
    """None or all of ten: one end is certain, the other has a closed form."""
    assert clopper_pearson(events, 10) == pytest.approx(expected)


def test_tertiles_split_nine_patients_in_threes():
    """Nine distinct troughs give three tertiles of three, each placed at its median trough."""
    trough = np.arange(1.0, 10.0)
    outcome = np.array([0, 0, 1, 0, 1, 1, 1, 1, 1], dtype=float)
    found = rates_by_tertile(trough[::-1], outcome[::-1])
    assert [(rate.median_trough, rate.events, rate.n) for rate in found] == [(2.0, 1, 3), (5.0, 2, 3), (8.0, 3, 3)]
    assert [rate.rate for rate in found] == pytest.approx([1 / 3, 2 / 3, 1.0])


@given(trough=st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=1, max_size=20))
def test_nobody_is_lost_and_equal_troughs_stay_together(trough):
    """Every patient counts once, and two tertiles never share a trough."""
    values = np.array(trough)
    found = rates_by_tertile(values, np.ones(values.size))
    assert sum(rate.n for rate in found) == values.size
    assert all((values == rate.median_trough).sum() <= rate.n for rate in found)
    assert [rate.median_trough for rate in found] == sorted({rate.median_trough for rate in found})


def test_nobody_evaluable_has_no_rates():
    """Without evaluable patients there is nothing to draw."""
    assert rates_by_tertile(np.empty(0), np.empty(0)) == ()
