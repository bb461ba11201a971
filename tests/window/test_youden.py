"""Youden's limits against brute-force maximisation of J, and at the edges of the range."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm

from bayes_sora.questions import Youden
from bayes_sora.window import window_draws
from tests.window.hand_made import REFERENCE, hand_made_curves, in_mg_l


def brute_force(coefficients, *, mu, sd, low=0.5, high=10.0):
    """Exposure within [low, high] at which P(C > c | 1) − P(C > c | 0) is largest, by sums over 200,001 points."""
    log_c = np.linspace(mu - 9 * sd, mu + 9 * sd, 200_001)
    weight = norm.pdf(log_c, mu, sd)
    x = log_c - np.log(REFERENCE)
    p = expit(sum(b * x**k for k, b in enumerate(coefficients)))
    above = np.cumsum((weight * p)[::-1])[::-1] / np.sum(weight * p)
    above_without = np.cumsum((weight * (1 - p))[::-1])[::-1] / np.sum(weight * (1 - p))
    inside = (log_c >= np.log(low)) & (log_c <= np.log(high))
    return np.exp(log_c[inside][np.argmax((above - above_without)[inside])])


@settings(max_examples=40, deadline=None)
@given(intercept=st.floats(-1.5, 1.5), slope=st.floats(0.2, 5.0), median=st.floats(1.5, 5.0), sd=st.floats(0.25, 0.9))
def test_linear_curves_maximise_youden(intercept, slope, median, sd):
    """For a rising curve the crossing of the prevalence is where Youden's index is largest."""
    curves = hand_made_curves(toxicity=(intercept, slope), log_median=np.log(median), log_sd=sd)
    found = in_mg_l(window_draws(curves, Youden()).draws["upper"])[0]
    assert found == pytest.approx(brute_force((intercept, slope), mu=np.log(median), sd=sd), rel=3e-4)


def test_closed_form_when_the_curve_is_centred():
    """A curve with p = ½ at the median trough has prevalence ½ and its crossing at the median, whatever the slope."""
    curves = hand_made_curves(toxicity=(0.0, [0.3, 1.0, 6.0]), log_median=np.log(REFERENCE))
    assert in_mg_l(window_draws(curves, Youden()).draws["upper"]) == pytest.approx(np.full(3, REFERENCE), rel=1e-9)


def test_a_curve_that_falls_through_its_prevalence_defines_nothing():
    """A negative slope, and a curve that does not move, leave the limit undefined."""
    curves = hand_made_curves(toxicity=(0.3, [-1.0, 0.0]), response=(0.3, [1.0, 1.0]))
    found = window_draws(curves, Youden()).draws
    assert found["upper"].isnull().all()
    assert found["lower"].notnull().all()
    assert not found["exists"].any()


@pytest.mark.parametrize(("median", "edge"), [(0.1, 0.5), (60.0, 10.0)])
def test_crossings_beyond_the_range_count_at_its_edge(median, edge):
    """When troughs lie far below (above) the range, a rising curve crosses there and counts at the low (high) edge."""
    curves = hand_made_curves(toxicity=(0.0, 1.0), log_median=np.log(median), log_sd=0.3)
    assert in_mg_l(window_draws(curves, Youden()).draws["upper"]).tolist() == [edge]


def test_falling_beyond_the_range_defines_nothing():
    """A falling curve with all troughs beyond the range defines no limit on either side."""
    for median in (0.1, 60.0):
        curves = hand_made_curves(toxicity=(0.0, -1.0), log_median=np.log(median), log_sd=0.3)
        assert window_draws(curves, Youden()).draws["upper"].isnull().all()


def test_hump_counts_its_rising_side():
    """A curve that rises and falls again has its limit on the rising side."""
    coefficients = (1.0, 0.5, -3.0)
    found = window_draws(hand_made_curves(response=coefficients), Youden()).draws
    expected = brute_force(coefficients, mu=np.log(2.91), sd=0.55)
    assert in_mg_l(found["lower"]) == pytest.approx([expected], rel=3e-4)
    assert expected < REFERENCE


@pytest.mark.parametrize("tilt", [-0.4, 0.4])
def test_of_several_crossings_the_best_youden_counts(tilt):
    """A wave in the logit rises through the prevalence twice; the crossing with the larger J is the limit."""
    coefficients = (0.0, -3.0, tilt, 6.0)
    found = in_mg_l(window_draws(hand_made_curves(response=coefficients, log_sd=0.8), Youden()).draws["lower"])
    assert found == pytest.approx([brute_force(coefficients, mu=np.log(2.91), sd=0.8)], rel=2e-3)


def test_exists_where_both_are_defined_in_order():
    """The window exists only where response crosses below toxicity."""
    curves = hand_made_curves(toxicity=([-1.0, 2.0], 2.0), response=([2.0, -1.0], 2.0))
    found = window_draws(curves, Youden()).draws
    assert in_mg_l(found["exists"]).tolist() == [True, False]
    assert found["lower"].notnull().all()
    assert found["upper"].notnull().all()


def test_both_beyond_the_same_edge_is_no_window():
    """Two limits at the same edge of the range are not in order, so that no window exists."""
    curves = hand_made_curves(toxicity=(0.0, 1.0), response=(1.0, 2.0), log_median=np.log(0.1), log_sd=0.3)
    assert not window_draws(curves, Youden()).draws["exists"].any()
