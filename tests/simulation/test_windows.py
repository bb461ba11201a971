"""The true windows against the printed table, against quadrature written again, and at their edges."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from bayes_sora.errors import UsageError
from bayes_sora.questions import Limits, Questions
from bayes_sora.simulation import SCENARIOS, true_curves, true_windows
from bayes_sora.simulation.scenarios import TrueProbability
from bayes_sora.types import Span

# The table of science.md §7, as printed: youden, limits, c*, near-optimal.
TABLE = {
    ("literal", "C"): ("2.025–2.910", "1.250–2.910", "2.562", "2.069–3.176"),
    ("literal", "y"): ("1.699–2.910", "1.250–2.910", "2.537", "2.032–3.187"),
    ("moderate", "C"): ("2.327–2.910", "1.400–2.910", "2.581", "1.714–3.911"),
    ("moderate", "y"): ("2.356–2.910", "1.142–2.910", "2.508", "1.489–4.247"),
    ("moderate_shift", "C"): ("2.026–2.525", "1.400–6.334", "2.624", "1.750–3.950"),
    ("monotone", "C"): ("2.327–2.910", "1.400–2.910", "10", "8.13–10"),
    ("step", "C"): ("1.625–3.257", "1.150–3.255", "2.492", "1.793–3.243"),
    ("reverse", "C"): ("2.327–2.910", "1.400–2.910", "0.5", "0.5–1.370"),
    ("immortal", "C"): ("2.327–2.910", "1.400–2.910", "0.5", "0.5–1.370"),
}
# These were printed from the last grid point inside the set, less than 0.001 below the root. The root itself is held
# against quadrature in test_near_optimal_set_ends_where_utility_has_lost_the_tolerance.
TRUNCATED = {("moderate", "3.911"): "3.912", ("moderate_shift", "3.950"): "3.951", ("step", "3.243"): "3.244"}


def _printed(name, entry):
    return [TRUNCATED.get((name, text), text) for text in entry.split("–")]


def _assert_prints_as(value, text):
    decimals = len(text.partition(".")[2])
    assert value == pytest.approx(float(text), abs=0.5000001 * 10.0**-decimals)


@pytest.mark.parametrize(("name", "scale"), TABLE)
def test_true_windows_print_as_the_table_of_the_statistics_document(name, scale):
    """Every entry is reproduced to half a unit of its last printed digit."""
    windows = true_windows(name, scale=scale)
    youden, limits, optimum, near_optimal = TABLE[name, scale]
    for window, entry in ((windows.youden, youden), (windows.limits, limits), (windows.utility, near_optimal)):
        lower, upper = _printed(name, entry)
        assert window.exists
        assert not window.disconnected
        _assert_prints_as(window.lower, lower)
        _assert_prints_as(window.upper, upper)
    _assert_prints_as(windows.optimum, optimum)


@pytest.mark.parametrize("scale", ["C", "y"])
@pytest.mark.parametrize("name", ["null", "confounded"])
def test_no_effect_of_exposure_means_no_window_to_find(name, scale):
    """Where exposure changes nothing youden and the optimum are undefined and everything is acceptable."""
    windows = true_windows(name, scale=scale)
    assert (windows.youden.lower, windows.youden.upper, windows.youden.exists) == (None, None, False)
    assert windows.optimum is None
    for whole in (windows.limits, windows.utility):
        assert (whole.lower, whole.upper, whole.exists) == (0.5, 10.0, True)


def test_confounded_response_has_a_true_upper_limit_only():
    """Response that follows the covariate alone gives no youden limit; p_T = 0.5 at 2.91·exp(0.7/0.9)."""
    windows = true_windows("confounded_response")
    assert windows.youden.lower is None
    assert not windows.youden.exists
    assert windows.limits.upper == pytest.approx(2.91 * np.exp(0.7 / 0.9), rel=1e-9)
    assert windows.optimum == 0.5


def _utility(name, c):
    """U(c) of a scenario whose driver is C, by adaptive quadrature of its formulas."""
    truth = SCENARIOS[name]
    u = np.log(c / truth.survival.center_mg_l)
    g = truth.survival.linear * u + truth.survival.curvature * u**2
    rmst, _ = quad(lambda t: 0.5 ** ((t / truth.survival.median_months) ** 1.25 * np.exp(g)), 0, 24, epsabs=1e-12)
    p = truth.toxicity
    logit = p.intercept + p.slope * np.log(c / p.center_mg_l)
    return rmst - 3.0 * (p.floor + p.height / (1.0 + np.exp(-logit)))


@pytest.mark.parametrize("name", ["moderate", "moderate_shift", "step", "monotone", "reverse"])
def test_near_optimal_set_ends_where_utility_has_lost_the_tolerance(name):
    """At ends inside the range U is half a month below its best, by quadrature; the optimum beats its neighbours."""
    windows = true_windows(name)
    best = _utility(name, windows.optimum)
    for end in (windows.utility.lower, windows.utility.upper):
        if 0.5 < end < 10.0:
            assert _utility(name, end) == pytest.approx(best - 0.5, abs=1e-8)
    for neighbour in (windows.optimum * 0.999, windows.optimum * 1.001):
        if 0.5 < neighbour < 10.0:
            assert _utility(name, neighbour) < best


@pytest.mark.parametrize("endpoint", ["toxicity", "response"])
@pytest.mark.parametrize("trough", [0.6, 2.0, 7.0])
def test_curve_of_a_measured_trough_is_the_mean_over_what_it_leaves_open(endpoint, trough):
    """p*(y) = E[p(C)|y] by adaptive quadrature over the normal conditional of log C."""
    weight = 0.55**2 / (0.55**2 + 0.29**2)
    mean = np.log(2.91) + weight * np.log(trough / 2.91)
    sd = 0.55 * 0.29 / np.hypot(0.55, 0.29)
    slope, center = {"toxicity": (0.9, 2.91), "response": (3.0, 1.4)}[endpoint]

    def integrand(u):
        return norm.pdf(u, mean, sd) / (1.0 + np.exp(-slope * (u - np.log(center))))

    expected, _ = quad(integrand, mean - 9 * sd, mean + 9 * sd, epsabs=1e-13)
    curves = true_curves("moderate", scale="y")
    got = curves.p_toxicity(trough) if endpoint == "toxicity" else curves.p_response(trough)
    assert got == pytest.approx(expected, abs=1e-11)


def test_prevalence_is_the_same_on_both_scales():
    """Averaging p*(y) over measured troughs gives E[p(C)] again (tower property)."""
    z = np.linspace(-8, 8, 401)
    weight = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
    on_y = weight @ true_curves("moderate", scale="y").p_response(2.91 * np.exp(np.hypot(0.55, 0.29) * z))
    assert on_y == pytest.approx(true_curves("moderate").prevalence("response"), abs=1e-10)


def test_landmark_curves_are_conditional_on_being_alive_at_sampling():
    """From month 2 of treatment, S(t|c) = S(2 + t)/S(2), and response needs survival from month 2 to 3."""
    curves, c = true_curves("landmark"), 5.0

    def alive(month):
        return 0.5 ** ((month / 14.0) ** 1.25 * np.exp(0.45 * np.log(c / 2.9) ** 2))

    assert curves.survival(c, months=7.0) == pytest.approx(alive(9.0) / alive(2.0), rel=1e-12)
    area, _ = quad(lambda t: alive(2.0 + t) / alive(2.0), 0, 24, epsabs=1e-12)
    assert curves.restricted_mean_survival(c, months=24.0) == pytest.approx(area, rel=1e-12)
    p = 1.0 / (1.0 + np.exp(-3.0 * np.log(c / 1.4)))
    assert curves.p_response(c) == pytest.approx(p * alive(3.0) / alive(2.0), rel=1e-12)


def test_confounded_survival_is_averaged_over_the_covariate():
    """S(12) of the confounded scenarios is E over Z of 0.5 to the power exp(0.8 Z), flat in exposure."""
    expected, _ = quad(lambda z: norm.pdf(z) * 0.5 ** np.exp(0.8 * z), -9, 9, epsabs=1e-12)
    assert true_curves("confounded").survival([0.5, 3.0, 10.0], months=12.0) == pytest.approx(expected, abs=1e-10)


def test_a_limit_beyond_the_range_counts_at_its_edge():
    """In a range that starts above both crossings youden's limits are its lower edge, and the window does not exist."""
    windows = true_windows("moderate", span=Span(5.0, 10.0))
    assert (windows.youden.lower, windows.youden.upper, windows.youden.exists) == (5.0, 5.0, False)
    assert (windows.limits.lower, windows.limits.upper, windows.limits.exists) == (None, None, False)


def test_a_survival_condition_narrows_the_limits():
    """S(12|c) ≥ π_S replaces whichever bound it beats, at the root of S(12|c) = π_S."""
    windows = true_windows(
        "moderate", questions=Questions(limits=Limits(max_toxicity=0.9, min_response=0.1, min_survival=0.5))
    )
    hazard = (12.0 / 14.0) ** 1.25
    reach = brentq(lambda u: hazard * np.exp(0.45 * u**2) - 1.0, 0.0, 3.0)
    assert windows.limits.lower == pytest.approx(2.9 * np.exp(-reach), rel=1e-9)
    assert windows.limits.upper == pytest.approx(2.9 * np.exp(reach), rel=1e-9)


@pytest.mark.parametrize("slope", [0.2186088967485227, 0.9578712073345905, 1.022684698404215])
def test_root_that_falls_on_a_point_of_the_grid_is_found(slope):
    """By symmetry youden's upper limit is the median exposure, at the middle of the grid, whatever rounding does."""
    scenario = replace(SCENARIOS["moderate"], toxicity=TrueProbability(slope=slope, center_mg_l=2.91))
    assert true_windows(scenario, scale="y").youden.upper == pytest.approx(2.91, rel=1e-9)


def test_unknown_scenario_is_refused_with_the_known_names():
    """A misspelt name is answered with the nearest one and all of them."""
    with pytest.raises(
        UsageError, match=r"unknown scenario 'modrate': did you mean 'moderate'\? known: literal, moder"
    ):
        true_windows("modrate")
