"""Settings refuse nonsense with a remedy, and say what an endpoint's absence means."""

import numpy as np
import pytest

from bayes_sora.errors import UsageError
from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.window import applicable, window_draws
from tests.window.hand_made import hand_made_curves

TOXICITY, RESPONSE, SURVIVAL = (0.0, 1.0), (1.0, 2.0), (10.0, 1.2, 0.0, 0.4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Limits(max_toxicity=0.0), "max_toxicity: expected a probability between 0 and 1"),
        (lambda: Limits(min_response=50), "Give 50 % as 0.5"),
        (lambda: Limits(min_survival=float("nan")), "min_survival: expected a probability"),
        (lambda: Limits(survival_months=0.0), "survival_months: expected a number of months above 0"),
        (
            lambda: Limits(credible_levels=(0.5, 1.0)),
            "credible_levels: expected a list or tuple",
        ),
        (lambda: Utility(tau_months=float("inf")), "tau_months: expected a number of months"),
        (lambda: Utility(toxicity_cost_months=-1.0), "toxicity_cost_months: expected a number of months, 0 or more"),
        (lambda: Utility(tolerance_months=0.0), "tolerance_months: expected a number of months above 0"),
    ],
)
def test_nonsense_is_refused(make, words):
    """A setting outside its range is refused in words that name it."""
    with pytest.raises(UsageError, match=words):
        make()


def test_settings_as_in_window_json():
    """The documents of the settings carry the keys of window.json, survival only when asked for."""
    assert Limits().as_dict() == {"max_toxicity": 0.5, "min_response": 0.5}
    assert set(Limits(min_survival=0.4).as_dict()) == {
        "max_toxicity",
        "min_response",
        "min_survival",
        "survival_months",
    }
    assert Utility().as_dict() == {"tau_months": 24.0, "toxicity_cost_months": 3.0, "tolerance_months": 0.5}
    assert Youden().as_dict() == {}


@pytest.mark.parametrize(
    ("settings", "present", "reason"),
    [
        (Limits(), {"toxicity": TOXICITY}, None),
        (Limits(), {"response": RESPONSE}, None),
        (Limits(), {"survival": SURVIVAL}, "needs toxicity or response"),
        (Limits(min_survival=0.5), {"survival": SURVIVAL}, None),
        (Limits(min_survival=0.5), {"toxicity": TOXICITY}, "min_survival needs survival"),
        (Youden(), {"survival": SURVIVAL}, "the youden window needs toxicity or response"),
        (Youden(), {"toxicity": TOXICITY}, None),
        (Utility(), {"toxicity": TOXICITY, "response": RESPONSE}, "the utility window needs survival"),
        (Utility(), {"survival": SURVIVAL}, None),
    ],
)
def test_applicable(settings, present, reason):
    """A window that has no meaning without an endpoint says so, and window_draws then refuses in the same words."""
    curves = hand_made_curves(**present)
    said = applicable(settings, curves)
    if reason is None:
        assert said is None
        assert window_draws(curves, settings).draws.sizes["draw"] == 1
    else:
        assert reason in said
        with pytest.raises(UsageError, match=reason):
            window_draws(curves, settings)


def test_missing_endpoints_are_noted():
    """What is left out for want of an endpoint is said: no condition, no limit, utility of survival alone."""
    only_survival = hand_made_curves(survival=SURVIVAL)
    assert "sets no condition" in window_draws(hand_made_curves(toxicity=TOXICITY), Limits()).notes[0]
    assert "cannot exist" in window_draws(hand_made_curves(response=RESPONSE), Youden()).notes[0]
    assert "survival alone" in window_draws(only_survival, Utility()).notes[0]
    both = hand_made_curves(toxicity=TOXICITY, response=RESPONSE)
    assert window_draws(both, Limits()).notes == ()


def test_one_endpoint_defines_one_youden_limit():
    """With toxicity alone youden's upper limit is still found, the lower is undefined and no window exists."""
    found = window_draws(hand_made_curves(toxicity=TOXICITY), Youden()).draws
    assert np.isfinite(found["upper"]).all()
    assert found["lower"].isnull().all()
    assert not found["exists"].any()
