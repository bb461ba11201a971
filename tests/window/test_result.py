"""The window as a reader gets it: documents, tables and sentences."""

import json

import numpy as np
import pytest

from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.types import ExposureUnit
from bayes_sora.window import make_window
from tests.window.hand_made import hand_made_curves

SETS = ("credible_sets", "credible_sets_p_all", "simultaneous_sets")
QUANTITY_KEYS = {
    *("given", "mean", "sd", "q025", "q25", "q50", "q75", "q975"),
    *("share_defined", "p_at_low_edge", "p_at_high_edge", "p_outside_data", "data_share", "prior"),
}


def curves(*, spread, seed=3, n=600, **changes):
    """Draw curves around the moderate scenario."""
    rng = np.random.default_rng(seed)
    parts = {
        "toxicity": (rng.normal(0.0, 0.5 * spread, n), rng.normal(2.0, 0.5 * spread, n)),
        "response": (rng.normal(2.0, 0.5 * spread, n), rng.normal(3.0, 0.7 * spread, n)),
        "survival": (14.0, 1.25, rng.normal(0, 0.2 * spread, n), rng.normal(0.6, 0.3 * spread, n)),
        "log_median": rng.normal(1.07, 0.1 * spread, n),
    }
    return hand_made_curves(**(parts | changes))


def window(settings, **changes):
    """Make a window from many informative patients."""
    return make_window(curves(spread=0.3, **changes), settings, prior_curves=curves(spread=3.0, seed=4, **changes))


@pytest.mark.parametrize("settings", [Limits(), Youden(), Utility()], ids=lambda s: s.kind)
def test_document_is_plain_json_with_the_keys_of_the_contract(settings):
    """as_dict survives strict JSON and has every key that window.json promises."""
    document = json.loads(json.dumps(window(settings).as_dict(), allow_nan=False))
    promised = {"p_exists", "identified", "why", "lower", "upper", "width"}
    promised |= {
        "limits": {"settings", "p_lower_by_response", "p_upper_by_toxicity", "p_disconnected", *SETS},
        "youden": set(),
        "utility": {"settings", "optimum", "p_disconnected"},
    }[settings.kind]
    assert promised <= set(document)
    for name in ("lower", "upper", "width", *(["optimum"] if settings.kind == "utility" else [])):
        assert set(document[name]) == QUANTITY_KEYS
        assert set(document[name]["prior"]) == {"mean", "sd", "q025", "q50", "q975"}


def test_credible_sets_in_the_document():
    """Levels are keys as text, intervals lists in the unit of the model file."""
    sets = window(Limits(), unit=ExposureUnit("ng/mL", 1e-3)).as_dict()["credible_sets"]
    assert list(sets) == ["0.5", "0.8", "0.95"]
    ((low, high),) = sets["0.5"]
    assert 1000 < low < 2500 < high < 4000


def test_identified_window_in_a_sentence():
    """An identified window is said with its limits, intervals and probability."""
    found = window(Limits())
    assert found.identified
    assert found.why == ()
    sentence = found.sentence()
    assert sentence.startswith("Average trough window 1.")
    assert "mg/L (95 % intervals 1." in sentence
    assert "exists with probability 1.00" in sentence


def test_unidentified_window_in_a_sentence():
    """Without prior draws the data's share is unknown, and the sentence says why no window is identified."""
    found = make_window(curves(spread=0.3), Limits())
    assert not found.identified
    assert found.sentence().startswith(
        "No window identified: how much of the lower limit comes from the data is unknown"
    )
    assert not make_window(curves(spread=0.3), Limits(), trusted=False).identified


def test_no_window_is_an_answer():
    """Where nothing is acceptable there is no point estimate, only P(exists) = 0 with an interval that has a length."""
    found = make_window(curves(spread=0.3, toxicity=(4.0, 0.0)), Limits())
    assert found.p_exists == 0.0
    low, high = found.p_exists_interval
    assert low == 0.0
    assert 0.0 < high < 0.01
    assert found.lower.q50 is None
    assert found.p_disconnected is None
    assert "a window exists with probability 0.00" in found.sentence()
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_null_cohort_is_not_identified():
    """When the posterior is the prior no window of any kind is identified, however it is asked for."""
    vague = curves(spread=2.0)
    for settings in (Limits(), Youden(), Utility()):
        found = make_window(vague, settings, prior_curves=curves(spread=2.0, seed=9))
        assert not found.identified
        # Nothing is asked of the data's share in a youden limit, which follows the median trough.
        assert settings.kind == "youden" or any("comes from the data" in reason for reason in found.why)


def test_shares_are_given_the_window():
    """Who set a limit is counted among the draws in which the window exists."""
    toxicity = ([0.0, 0.0, 4.0, -9.0], [1.0, 1.0, 0.0, 1.0])
    found = make_window(hand_made_curves(toxicity=toxicity, response=(1.0, 1.0)), Limits())
    assert found.p_exists == 0.75
    assert found.p_lower_by_response == 1.0
    assert found.p_upper_by_toxicity == pytest.approx(2 / 3)
    assert make_window(hand_made_curves(toxicity=toxicity), Limits()).p_lower_by_response is None


def test_summary_table():
    """The table has one row a quantity, with prior columns beside the posterior's."""
    table = window(Utility()).summary()
    assert list(table.index) == ["lower", "upper", "width", "optimum"]
    assert {"given", "q50", "share_defined", "prior_q50"} <= set(table.columns)
    assert table.loc["optimum", "q50"] == window(Utility()).optimum.q50


def test_few_draws_are_said():
    """An interval that rests on fewer than 400 draws is printed as too few draws."""
    few = make_window(curves(spread=0.3, n=300), Limits(), prior_curves=curves(spread=3.0, n=300, seed=4))
    assert few.identified
    assert "too few draws" in few.sentence()


def test_edges_are_printed_as_bounds():
    """A utility that only rises has its optimum and upper end beyond the range, printed as ≥ 10 and not identified."""
    found = make_window(curves(spread=0.1, survival=(11.0, 1.25, -0.8, 0.0), toxicity=(-5.0, 0.0)), Utility())
    assert found.upper.p_at_high_edge == 1.0
    assert any("the upper limit lies at an edge of the range" in reason for reason in found.why)
