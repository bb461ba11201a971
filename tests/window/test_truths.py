"""Curves of the simulated truths, as a posterior of one draw, give the windows tabulated in science.md §7."""

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm

from bayes_sora.curves import Curves
from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.window import window_draws
from tests.window.hand_made import OBSERVED, SPAN

SIZE = 4097


def rising(log_odds, slope, centre=2.91):
    """Probability whose logit is linear in log exposure."""
    return lambda c: expit(log_odds + slope * np.log(c / centre))


def step(base, height, centre):
    """Probability that rises from base by height around the centre."""
    return lambda c: base + height * expit(8.0 * np.log(c / centre))


def hump(c):
    """Median 14 at 2.9, log hazard ratio 0.45 log²(c/2.9)."""
    return 14.0, 0.45 * np.log(c / 2.9) ** 2


MODERATE = rising(0.0, 0.9), rising(0.0, 3.0, 1.4)
TRUTHS = {
    "moderate": (2.91, *MODERATE, hump),
    "moderate_shift": (2.4, rising(-0.7, 0.9), MODERATE[1], hump),
    "monotone": (2.91, *MODERATE, lambda c: (11.0, -0.5 * np.log(c / 2.91))),
    "step": (2.91, step(0.28, 0.57, 3.45), rising(0.0, 8.0, 1.15), hump),
    "null": (2.91, rising(-0.85, 0.0), rising(0.6, 0.0), lambda c: (12.0, 0.0 * c)),
}
# youden, limits, optimum, near-optimal; ends printed short of the root, or to two digits, are given at the root.
TABLE = {
    "moderate": ((2.327, 2.910), (1.400, 2.910), 2.581, (1.714, 3.912)),
    "moderate_shift": ((2.026, 2.525), (1.400, 6.334), 2.624, (1.750, 3.951)),
    "monotone": ((2.327, 2.910), (1.400, 2.910), 10.0, (8.132, 10.0)),
    "step": ((1.625, 3.257), (1.150, 3.255), 2.492, (1.793, 3.244)),
}


def truth(name):
    """Curves of one draw that is the truth of a scenario."""
    median, toxicity, response, survival = TRUTHS[name]
    grid = SPAN.log_grid(SIZE)
    at = ("chain", "draw", "exposure")
    months, log_hazard_ratio = survival(grid)
    named = {
        "exposure_log_median": np.log(median),
        "exposure_log_sd": 0.55,
        "survival_median": months,
        "survival_shape": 1.25,
    }
    for endpoint, p in (("toxicity", toxicity), ("response", response)):
        named[f"prevalence_{endpoint}"] = quad(lambda z, p=p: norm.pdf(z) * p(median * np.exp(0.55 * z)), -9, 9)[0]
    draws = {key: (at[:2], np.full((1, 1), value)) for key, value in named.items()}
    curves = {"logit_toxicity": logit(toxicity(grid)), "logit_response": logit(response(grid))}
    curves["log_hazard_ratio"] = log_hazard_ratio
    draws |= {key: (at, values[None, None]) for key, values in curves.items()}
    return Curves(draws=xr.Dataset(draws, coords={"exposure": grid}), observed_span=OBSERVED)


def ends(name, settings):
    """Lower and upper limit of the true window."""
    found = window_draws(truth(name), settings).draws
    return found["lower"].item(), found["upper"].item()


@pytest.mark.parametrize("name", TABLE)
def test_windows_of_the_truth(name):
    """Youden, limits, optimum and near-optimal window agree with the table to its printed digits."""
    youden, limits, optimum, near_optimal = TABLE[name]
    assert ends(name, Youden()) == pytest.approx(youden, abs=6e-4)
    assert ends(name, Limits()) == pytest.approx(limits, abs=6e-4)
    assert ends(name, Utility()) == pytest.approx(near_optimal, abs=1.1e-3)
    assert window_draws(truth(name), Utility()).draws["optimum"].item() == pytest.approx(optimum, abs=6e-4)


def test_null_has_no_window_to_find():
    """Under `null` youden is undefined, everything is acceptable, and the whole range is near-optimal."""
    assert np.isnan(ends("null", Youden())).all()
    assert ends("null", Limits()) == (0.5, 10.0)
    assert ends("null", Utility()) == (0.5, 10.0)
