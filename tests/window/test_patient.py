"""One patient against the window: brute-force Bayes for a latent exposure, the indicator for a measured one."""

import numpy as np
import pytest
from scipy.stats import norm

from bayes_sora.errors import UsageError
from bayes_sora.questions import Limits
from bayes_sora.window import trough_in_window, window_chart, window_draws
from tests.window.hand_made import REFERENCE, hand_made_curves


def brute_force(troughs, *, lower, upper, mu, between, within):
    """P(C below, in, above the window | troughs) by weighting 400,001 values of log C with prior times likelihood."""
    log_c = np.linspace(np.log(0.01), np.log(100.0), 400_001)
    log_weight = norm.logpdf(log_c, mu, between)
    for trough in troughs:
        log_weight += norm.logpdf(np.log(trough), log_c, within)
    weight = np.exp(log_weight - log_weight.max())
    below, above = log_c < np.log(lower), log_c > np.log(upper)
    return [float(weight[part].sum() / weight.sum()) for part in (below, ~below & ~above, above)]


@pytest.mark.parametrize("troughs", [[2.0], [1.1, 1.6, 1.3]])
def test_latent_exposure_against_bayes(troughs):
    """For one draw the probabilities are those of the normal prior updated by the measured troughs."""
    curves = hand_made_curves(toxicity=(0.0, 1.0), response=(1.0, 1.0), log_median=1.0, log_sd=0.5, sd_within=0.35)
    found = trough_in_window(window_draws(curves, Limits()), curves, trough_mg_l=np.array(troughs))
    expected = brute_force(troughs, lower=REFERENCE * np.exp(-1.0), upper=REFERENCE, mu=1.0, between=0.5, within=0.35)
    assert [found.p_below, found.p_inside, found.p_above] == pytest.approx(expected, abs=1e-4)
    assert found.p_no_window == 0.0


def test_draws_without_window_are_a_fourth_answer():
    """Draws in which no window exists are counted apart, and the four probabilities add up to one."""
    curves = hand_made_curves(toxicity=([0.0, 0.2, 4.0, 5.0], [1.0, 1.0, 0.0, 0.0]), response=(1.0, 1.0))
    found = trough_in_window(window_draws(curves, Limits()), curves, trough_mg_l=np.array([2.0]))
    assert found.p_no_window == 0.5
    assert found.p_below + found.p_inside + found.p_above + found.p_no_window == pytest.approx(1.0)


def test_measured_exposure_is_an_indicator():
    """With exposure as measured the trough is below, inside or above each draw's window for certain."""
    curves = hand_made_curves(toxicity=([0.0, 1.0], 1.0), response=([1.0, 3.0], 1.0), sd_within=None)
    found = trough_in_window(window_draws(curves, Limits()), curves, trough_mg_l=np.array([2.0]))
    # Windows are 1.07–2.91 and 0.5–1.07 mg/L.
    assert (found.p_below, found.p_inside, found.p_above) == (0.0, 0.5, 0.5)


def test_chart_agrees_with_the_patient():
    """The chart at a trough is the answer for a patient with that one trough."""
    rng = np.random.default_rng(1)
    curves = hand_made_curves(toxicity=(rng.normal(0, 0.5, 40), 1.0), response=(rng.normal(1, 0.5, 40), 1.0))
    window = window_draws(curves, Limits())
    chart = window_chart(window, curves, trough_mg_l=np.array([0.7, 2.0, 8.0]))
    one = trough_in_window(window, curves, trough_mg_l=np.array([2.0]))
    assert chart["p_inside"].to_numpy()[1] == pytest.approx(one.p_inside)
    total = sum(chart[name] for name in ("p_below", "p_inside", "p_above", "p_no_window"))
    assert total.to_numpy() == pytest.approx(np.ones(3))
    assert np.all(np.diff(chart["p_above"].to_numpy()) > 0)


@pytest.mark.parametrize("troughs", [[], [0.0], [float("nan")], [-1.0, 2.0]])
def test_impossible_troughs_are_refused(troughs):
    """No trough, or one that is not a positive number, is refused."""
    curves = hand_made_curves(toxicity=(0.0, 1.0))
    with pytest.raises(UsageError, match="positive numbers in mg/L"):
        trough_in_window(window_draws(curves, Limits()), curves, trough_mg_l=np.array(troughs))
