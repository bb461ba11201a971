"""The limits window against closed forms: linear logits cross at c_ref·exp((logit π − α)/β)."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit

from bayes_sora.questions import Limits
from bayes_sora.types import ExposureUnit, Span
from bayes_sora.window import acceptable_probability, credible_set, window_draws
from tests.window.hand_made import REFERENCE, SPAN, hand_made_curves, in_mg_l


def crossing(p, intercept, slope):
    """Exposure at which a linear logit reaches p."""
    return REFERENCE * np.exp((logit(p) - intercept) / slope)


def posterior(n=400, seed=5):
    """Draw intercepts and slopes of toxicity and response."""
    rng = np.random.default_rng(seed)
    toxicity = rng.normal(-0.2, 0.4, n), rng.normal(1.2, 0.6, n)
    response = rng.normal(1.2, 0.5, n), rng.normal(2.0, 0.9, n)
    return toxicity, response


def test_linear_logits_have_closed_form_limits():
    """Rising curves have the closed-form limits, clipped to the range; the window exists where they are in order."""
    toxicity, response = posterior()
    rising = (toxicity[1] > 0.05) & (response[1] > 0.05)
    toxicity, response = ([part[rising] for part in pair] for pair in (toxicity, response))
    found = window_draws(hand_made_curves(toxicity=toxicity, response=response), Limits(max_toxicity=0.4)).draws
    lower = np.clip(crossing(0.5, *response), SPAN.low, None)
    upper = np.clip(crossing(0.4, *toxicity), None, SPAN.high)
    exists = lower <= upper
    assert np.array_equal(in_mg_l(found["exists"]), exists)
    assert in_mg_l(found["lower"])[exists] == pytest.approx(lower[exists], rel=1e-9)
    assert in_mg_l(found["upper"])[exists] == pytest.approx(upper[exists], rel=1e-9)
    assert np.isnan(in_mg_l(found["lower"])[~exists]).all()
    assert 0.05 < exists.mean() < 0.95


def test_who_sets_a_limit():
    """The lower limit is set by response unless the range ends first, the upper one by toxicity likewise."""
    curves = hand_made_curves(toxicity=([0.0, -9.0], 1.0), response=([1.0, 9.0], 1.0))
    found = window_draws(curves, Limits())
    assert in_mg_l(found.draws["lower_by_response"]).tolist() == [True, False]
    assert in_mg_l(found.draws["upper_by_toxicity"]).tolist() == [True, False]
    assert in_mg_l(found.at_low_edge("lower")).tolist() == [False, True]
    assert in_mg_l(found.at_high_edge("upper")).tolist() == [False, True]


def test_falling_toxicity_sets_the_lower_limit():
    """Where toxicity falls and response is always enough, the lower limit is toxicity's and not set by response."""
    found = window_draws(hand_made_curves(toxicity=(0.5, -1.0), response=(3.0, 0.0)), Limits()).draws
    assert in_mg_l(found["lower"]) == pytest.approx([crossing(0.5, 0.5, -1.0)])
    assert not in_mg_l(found["lower_by_response"])[0]


def test_survival_condition():
    """A required survival of 0.6 at 12 months ends the window where S(12 | c), solved by brentq, is 0.6."""
    median, shape, first, second = 14.0, 1.25, 0.1, 0.8
    curves = hand_made_curves(survival=(median, shape, first, second), toxicity=(-4.0, 0.1), size=4097)
    found = window_draws(curves, Limits(min_survival=0.55, survival_months=9.0)).draws

    def excess(c):
        x = np.log(c / REFERENCE)
        return np.exp(-np.log(2) * (9.0 / median) ** shape * np.exp(first * x + second * x**2)) - 0.55

    assert in_mg_l(found["lower"]) == pytest.approx([brentq(excess, 0.5, 2.7)], rel=1e-6)
    assert in_mg_l(found["upper"]) == pytest.approx([brentq(excess, 2.8, 10.0)], rel=1e-6)
    assert not in_mg_l(found["upper_by_toxicity"])[0]


def test_disconnected_sets_take_the_widest():
    """Toxicity humped in the middle leaves two intervals; the one wider on the log scale is the window."""
    # 2 − 4(x + 0.3)² > 0 between x = −1.007 and 0.407: acceptable below 1.06 and above 4.37 mg/L.
    curves = hand_made_curves(toxicity=(2.0 - 0.36, -2.4, -4.0), response=(5.0, 0.0))
    found = window_draws(curves, Limits()).draws
    assert in_mg_l(found["disconnected"]).tolist() == [True]
    assert in_mg_l(found["lower"]) == pytest.approx([REFERENCE * np.exp(np.sqrt(0.5) - 0.3)], rel=1e-4)
    assert in_mg_l(found["upper"]) == [10.0]


def test_nothing_acceptable():
    """With toxicity everywhere above the limit no window exists in any draw, and nothing is made up."""
    found = window_draws(hand_made_curves(toxicity=(4.0, 0.0), response=(1.0, 1.0)), Limits()).draws
    assert not found["exists"].any()
    assert found["lower"].isnull().all()
    assert not found["disconnected"].any()


def test_toxicity_alone_leaves_the_lower_end_to_the_range():
    """Without response only toxicity bounds the window; the lower limit is the edge of the range."""
    found = window_draws(hand_made_curves(toxicity=(0.0, 1.0)), Limits())
    assert in_mg_l(found.draws["lower"]).tolist() == [0.5]
    assert in_mg_l(found.draws["upper"]) == pytest.approx([REFERENCE])
    assert "lower_by_response" not in found.draws


def test_order_of_draws_does_not_matter():
    """Permuting the draws permutes the limits."""
    toxicity, response = posterior(n=60)
    order = np.random.default_rng(1).permutation(60)
    plain = window_draws(hand_made_curves(toxicity=toxicity, response=response), Limits()).draws
    permuted = window_draws(
        hand_made_curves(toxicity=[v[order] for v in toxicity], response=[v[order] for v in response]), Limits()
    ).draws
    for name in ("lower", "upper", "exists"):
        assert np.array_equal(in_mg_l(plain[name])[order], in_mg_l(permuted[name]), equal_nan=True)


def test_chains_are_kept():
    """Draws laid out as four chains give the same limits at the same places."""
    toxicity, response = posterior(n=40)
    one = window_draws(hand_made_curves(toxicity=toxicity, response=response), Limits()).draws["lower"]
    four = window_draws(hand_made_curves(toxicity=toxicity, response=response, chains=4), Limits()).draws["lower"]
    assert four.shape == (4, 10)
    assert np.array_equal(in_mg_l(one), in_mg_l(four), equal_nan=True)


@pytest.mark.parametrize("factor", [1000.0, 1e-3])
def test_unit_of_exposure_does_not_matter(factor):
    """Scaling every exposure scales the limits and nothing else."""
    toxicity, response = posterior(n=60)
    plain = window_draws(hand_made_curves(toxicity=toxicity, response=response), Limits()).draws
    scaled = window_draws(
        hand_made_curves(
            toxicity=toxicity,
            response=response,
            reference=REFERENCE * factor,
            span=Span(0.5 * factor, 10.0 * factor),
            unit=ExposureUnit("scaled", factor),
        ),
        Limits(),
    ).draws
    assert np.array_equal(in_mg_l(plain["exists"]), in_mg_l(scaled["exists"]))
    assert in_mg_l(scaled["lower"]) / factor == pytest.approx(in_mg_l(plain["lower"]), rel=1e-9, nan_ok=True)


def test_acceptable_probability_by_hand():
    """P(c acceptable) at each grid point is the share of draws in which both conditions hold there."""
    toxicity, response = posterior(n=200)
    curves = hand_made_curves(toxicity=toxicity, response=response)
    probability = acceptable_probability(curves, Limits(min_response=0.6))
    at = 140
    x = np.log(probability["exposure"].to_numpy()[at] / REFERENCE)
    by_hand = (expit(toxicity[0] + toxicity[1] * x) <= 0.5) & (expit(response[0] + response[1] * x) >= 0.6)
    assert probability.to_numpy()[at] == pytest.approx(by_hand.mean())


def test_credible_sets_nest_and_may_be_empty():
    """Higher levels give smaller sets within the lower ones; a level beyond the best probability gives none."""
    toxicity, response = posterior()
    curves = hand_made_curves(toxicity=toxicity, response=response)
    best = float(acceptable_probability(curves, Limits()).max())
    sets = credible_set(curves, Limits(), (0.2, 0.4, min(best + 0.01, 0.999)))
    wide, narrow, none = sets.values()
    assert narrow
    for inner_low, inner_high in narrow:
        assert any(low <= inner_low <= inner_high <= high for low, high in wide)
    assert none == []


def test_credible_set_of_two_intervals():
    """When every draw forbids the middle, the credible set has two intervals that end where the curve crosses."""
    curves = hand_made_curves(toxicity=(np.full(5, 1.64), -2.4, -4.0), response=(5.0, 0.0))
    first, second = credible_set(curves, Limits(), (0.5,))[0.5]
    step = (10.0 / 0.5) ** (1 / 256)
    assert first[0] == 0.5
    assert first[1] == pytest.approx(REFERENCE * np.exp(-np.sqrt(0.5) - 0.3), rel=step - 1)
    assert second[0] == pytest.approx(REFERENCE * np.exp(np.sqrt(0.5) - 0.3), rel=step - 1)
    assert second[1] == 10.0
