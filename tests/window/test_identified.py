"""The verdict: a window passes only when every condition holds, and each failure is named with its number."""

from dataclasses import replace

import pytest

from bayes_sora.questions import Limits, Youden
from bayes_sora.window import PriorQuantity, Quantity, window_draws
from bayes_sora.window.identified import IdentifiedRule, not_identified_because
from tests.window.hand_made import hand_made_curves

GOOD = Quantity(
    given="window exists",
    mean=2.0,
    sd=0.3,
    q025=1.4,
    q25=1.8,
    q50=2.0,
    q75=2.2,
    q975=2.6,
    share_defined=1.0,
    p_at_low_edge=0.0,
    p_at_high_edge=0.0,
    p_outside_data=0.02,
    data_share=0.8,
    prior=PriorQuantity(),
)


def windows(*, existing=10, of=10, settings=None):
    """Draws of which some have a window: the others have toxicity everywhere, or falling curves."""
    missing = of - existing
    curves = hand_made_curves(
        toxicity=([0.0] * existing + [4.0] * missing, [1.0] * existing + [-0.1] * missing), response=(1.0, 1.0)
    )
    return window_draws(curves, settings or Limits())


def verdict(*, lower=GOOD, upper=GOOD, posterior=None, trusted=True):
    """Judge two limits, both good unless said."""
    return not_identified_because(posterior or windows(), {"lower": lower, "upper": upper}, trusted=trusted)


def test_a_good_window_is_identified():
    """Nothing speaks against a window that meets every condition."""
    assert verdict() == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"p_at_high_edge": 0.04, "p_at_low_edge": 0.011}, "edge of the range or is undefined in 5.1 % of the draws"),
        ({"share_defined": 0.94}, "edge of the range or is undefined in 6 % of the draws (needs < 5 %)"),
        ({"p_outside_data": 0.12}, "outside the observed troughs or is undefined in 12 % of the draws (needs < 10 %)"),
        ({"q975": 7.0}, "the 95 % interval of the lower limit spans 5.0-fold (needs < 4)"),
        ({"q975": None, "q025": None}, "the 95 % interval of the lower limit is undefined"),
        ({"data_share": 0.3}, "of what is known of the curve at the lower limit comes from the data (needs ≥ 50 %)"),
        ({"data_share": None}, "comes from the data is unknown"),
    ],
)
def test_each_reason(change, words):
    """Each condition fails alone and is named with its number, for the limit that fails."""
    (reason,) = verdict(lower=replace(GOOD, **change))
    assert words in reason
    assert "lower limit" in reason
    (reason,) = verdict(upper=replace(GOOD, **change))
    assert "upper limit" in reason


def test_thresholds_are_as_stated():
    """Just inside every threshold the window passes: edge and outside mass below, fold below, share at its bound."""
    just_inside = replace(
        GOOD, p_at_low_edge=0.0499, p_outside_data=0.0999, q025=1.0, q975=3.999, data_share=0.5, share_defined=1.0
    )
    assert verdict(lower=just_inside, upper=just_inside) == ()
    assert len(verdict(lower=replace(GOOD, q025=1.0, q975=4.0))) == 1
    assert len(verdict(lower=replace(GOOD, p_at_low_edge=0.05))) == 1
    assert len(verdict(lower=replace(GOOD, p_outside_data=0.10))) == 1


def test_undefined_draws_count_as_failing_outside_the_data():
    """A limit outside in 5 % of the 94 % of draws that define it fails outside the data in 10.7 % of all."""
    reasons = verdict(lower=replace(GOOD, p_outside_data=0.05, share_defined=0.94))
    assert any("outside the observed troughs or is undefined in 10.7 %" in reason for reason in reasons)


def test_existence_and_trust():
    """A window that exists too rarely, and a fit that is not trusted, are named first."""
    reasons = verdict(posterior=windows(existing=8), trusted=False)
    assert reasons == ("the fit is not trusted", "a window exists with probability 0.80 (needs ≥ 0.90)")
    assert verdict(posterior=windows(existing=9)) == ()


def test_youden_needs_both_curves_rising():
    """For youden both limits must be defined in 95 % of the draws."""
    rarely = windows(existing=18, of=20, settings=Youden())
    assert "both rise through their prevalence with probability 0.90 (needs ≥ 0.95)" in verdict(posterior=rarely)[-1]
    assert verdict(posterior=windows(existing=19, of=20, settings=Youden())) == ()


def test_rule_can_be_tuned():
    """Another rule judges by its own thresholds."""
    strict = IdentifiedRule(min_data_share={"limits": 0.9})
    reasons = not_identified_because(windows(), {"lower": GOOD}, trusted=True, rule=strict)
    assert reasons == ("80 % of what is known of the curve at the lower limit comes from the data (needs ≥ 90 %)",)
