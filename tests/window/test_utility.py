"""The utility window against scipy.optimize."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit

from bayes_sora.questions import Utility
from bayes_sora.window import utility_curve, utility_weight_sensitivity, window_draws
from tests.window.hand_made import REFERENCE, hand_made_curves, in_mg_l

DRAWS = {
    "rising": ((0.0, 0.9), (14.0, 1.25, 0.0, 0.45)),
    "off centre": ((-0.7, 1.4), (9.0, 0.9, 0.4, 0.8)),
    "no toxicity effect": ((-0.5, 0.0), (20.0, 1.6, -0.3, 0.3)),
}


def utility(c, toxicity, survival, *, tau=24.0, weight=3.0):
    """U(c) with the restricted mean by numerical integration of S."""
    x = np.log(c / REFERENCE)
    median, shape, first, second = survival
    hazard = np.log(2) * np.exp(first * x + second * x**2)
    months = quad(lambda t: np.exp(-hazard * (t / median) ** shape), 0.0, tau)[0]
    return months - weight * expit(toxicity[0] + toxicity[1] * x)


@pytest.mark.parametrize("name", DRAWS)
def test_optimum_and_ends(name):
    """Optimum and both ends of the near-optimal window are those of scipy's optimiser and root finder."""
    toxicity, survival = DRAWS[name]
    found = window_draws(hand_made_curves(toxicity=toxicity, survival=survival), Utility()).draws
    best = minimize_scalar(
        lambda x: -utility(np.exp(x), toxicity, survival), bounds=np.log([0.5, 10.0]), options={"xatol": 1e-9}
    )
    optimum = np.exp(best.x)

    def excess(c):
        return utility(c, toxicity, survival) + best.fun + 0.5

    lower = 0.5 if excess(0.5) >= 0 else brentq(excess, 0.5, optimum)
    upper = 10.0 if excess(10.0) >= 0 else brentq(excess, optimum, 10.0)
    assert in_mg_l(found["optimum"]) == pytest.approx([optimum], rel=1e-4)
    assert in_mg_l(found["lower"]) == pytest.approx([lower], rel=2e-4)
    assert in_mg_l(found["upper"]) == pytest.approx([upper], rel=2e-4)
    assert found["exists"].all()


def test_published_truth_of_the_moderate_scenario():
    """On the curves of `moderate` the optimum is 2.581 and the window 1.714–3.912 mg/L, as in science.md §7."""
    curves = hand_made_curves(
        toxicity=(0.0, 0.9),
        survival=(
            14.0 * np.exp(-0.45 * np.log(REFERENCE / 2.9) ** 2 / 1.25),
            1.25,
            0.9 * np.log(REFERENCE / 2.9),
            0.45,
        ),
    )
    found = window_draws(curves, Utility()).draws
    assert [round(float(found[name].item()), 3) for name in ("optimum", "lower", "upper")] == [2.581, 1.714, 3.912]


@pytest.mark.parametrize(("slope", "edge"), [(-0.5, 10.0), (0.5, 0.5)])
def test_monotone_utility_ends_at_the_edge(slope, edge):
    """Where utility only rises or falls, optimum and one end are exactly the edge of the range."""
    found = window_draws(hand_made_curves(survival=(11.0, 1.25, slope, 0.0)), Utility())
    assert in_mg_l(found.draws["optimum"]).tolist() == [edge]
    at_edge = found.at_high_edge("upper") if edge == 10.0 else found.at_low_edge("lower")
    assert at_edge.all()


def test_flat_utility_is_near_optimal_everywhere():
    """Without any effect the window is the whole range."""
    found = window_draws(hand_made_curves(toxicity=(-0.85, 0.0), survival=(12.0, 1.25, 0.0, 0.0)), Utility()).draws
    assert (found["lower"].item(), found["upper"].item()) == (0.5, 10.0)


def test_two_peaks_are_disconnected():
    """A hazard high in the middle gives two nearly equal peaks; the window is around the better one and says so."""
    survival = (12.0, 1.25, -0.05, -1.5, 0.0, 0.35)
    found = window_draws(hand_made_curves(survival=survival), Utility(tolerance_months=2.0)).draws
    assert found["disconnected"].all()
    values = utility_curve(hand_made_curves(survival=survival), Utility()).to_numpy().ravel()
    grid = hand_made_curves(survival=survival).exposure_mg_l
    best = grid[values.argmax()]
    assert found["lower"].item() <= best <= found["upper"].item()
    assert not found["lower"].item() <= REFERENCE <= found["upper"].item()


def test_peak_narrower_than_the_grid():
    """A tolerance far below the grid's resolution still gives a window around the optimum."""
    curves = hand_made_curves(survival=(12.0, 1.25, 0.0, 3.0), size=33)
    found = window_draws(curves, Utility(tolerance_months=1e-9)).draws
    assert found["exists"].all()
    assert found["lower"].item() <= found["optimum"].item() <= found["upper"].item()


def test_curve_in_months():
    """U on the grid is the integral of S to the horizon less the cost of toxicity."""
    toxicity, survival = DRAWS["off centre"]
    curve = utility_curve(hand_made_curves(toxicity=toxicity, survival=survival), Utility(tau_months=36.0))
    for at in (0, 100, 256):
        c = float(curve["exposure"][at])
        assert curve.to_numpy()[0, 0, at] == pytest.approx(utility(c, toxicity, survival, tau=36.0), rel=1e-8)


def test_weight_sensitivity_is_the_window_at_each_weight():
    """Quantiles at a weight are those of the window asked for with that cost; dearer toxicity lowers the optimum."""
    rng = np.random.default_rng(2)
    curves = hand_made_curves(
        toxicity=(rng.normal(0, 0.3, 50), rng.normal(1, 0.2, 50)), survival=(14.0, 1.25, 0.0, rng.normal(0.5, 0.1, 50))
    )
    found = utility_weight_sensitivity(curves, Utility(), weights_months=(0.0, 6.0))
    window = window_draws(curves, Utility(toxicity_cost_months=6.0)).draws
    for name in ("optimum", "lower", "upper"):
        expected = np.quantile(in_mg_l(window[name]), [0.025, 0.5, 0.975])
        assert found[name].sel(toxicity_cost_months=6.0).to_numpy() == pytest.approx(expected)
    medians = found["optimum"].sel(quantile=0.5).to_numpy()
    assert medians[1] < medians[0]
