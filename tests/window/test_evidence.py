"""What a limit rests on, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.window import make_window
from bayes_sora.window.evidence import central_width, deciding_curves, heights, prior_tail, share_of_data
from tests.window.hand_made import hand_made_curves, in_mg_l


@pytest.mark.parametrize("settings", [Limits(), Youden(), Utility()], ids=lambda one: one.kind)
def test_deciding_curves_are_zero_at_the_limits(settings):
    """Inside the range a limit is where its curve is zero; of the utility the optimum is."""
    curves = hand_made_curves(
        toxicity=([-0.3, 0.2], [1.1, 2.0]), response=([1.0, 0.6], [1.5, 2.5]), survival=(14.0, 1.25, 0.0, [0.6, 0.9])
    )
    window = make_window(curves, settings)
    found = deciding_curves(curves, settings)
    names = ("optimum",) if settings.kind == "utility" else ("lower", "upper")
    for name in names:
        limits = in_mg_l(window.posterior.draws[name])
        assert ((limits > 0.51) & (limits < 9.9)).all()
        rows = found[name].transpose("chain", "draw", "exposure").to_numpy()[0]
        at_limits = heights(rows, np.log(curves.exposure_mg_l), np.log(limits))
        assert np.abs(at_limits).max() < (0.02 if settings.kind == "utility" else 1e-6)


def test_heights_go_on_as_straight_lines():
    """Between grid points and beyond both ends a straight line is met exactly."""
    grid = np.linspace(-1.0, 1.0, 5)
    lines = np.array([[0.5], [2.0]]) + np.array([[1.0], [-3.0]]) * grid
    for at in (-4.0, -0.9, 0.13, 1.0, 6.0):
        np.testing.assert_allclose(heights(lines, grid, at), [0.5 + at, 2.0 - 3.0 * at])
    np.testing.assert_allclose(heights(lines, grid, np.array([0.1, 0.7])), [0.6, -0.1])


def test_share_of_normal_curves_is_that_of_variances():
    """For normal draws the share is 1 − the ratio of variances."""
    z = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert share_of_data(central_width(2.0 * z), central_width(0.5 * z)) == pytest.approx(1.0 - 1.0 / 16.0)
    assert share_of_data(central_width(z), central_width(2.0 * z)) == 0.0
    assert share_of_data(0.0, 1.0) is None
    assert share_of_data(float("nan"), 1.0) is None
    assert central_width(np.array([np.inf, 1.0])) != central_width(np.array([np.inf, 1.0]))


@pytest.mark.parametrize("distance", [0.0, 1.0, 2.5, 3.5])
def test_prior_tail_is_that_of_a_chi_square(distance):
    """Two standard normal parameters at distance d have the tail of χ² with two degrees of freedom beyond d²."""
    rng = np.random.default_rng(3)
    before = stats.norm.logpdf(rng.normal(size=(2, 200_000))).sum(axis=0)
    after = np.full(10, stats.norm.logpdf([distance, 0.0]).sum())
    expected = stats.chi2.sf(distance**2, 2)
    assert prior_tail(before, after) == pytest.approx(expected, abs=4.0 * np.sqrt(expected / 200_000) + 1e-9)


def test_each_parameter_may_lie_well_inside_where_both_together_do_not():
    """At (2, 2) each has a two-sided tail of 4.6 %, both together one of 1.8 %; without draws nothing is known."""
    rng = np.random.default_rng(4)
    before = stats.norm.logpdf(rng.normal(size=(2, 100_000))).sum(axis=0)
    assert prior_tail(before, stats.norm.logpdf([[2.0], [2.0]]).sum(axis=0)) == pytest.approx(np.exp(-4.0), abs=2e-3)
    assert prior_tail(before, np.array([])) is None
