"""The engine's windows against those of the package, draw by draw: closed forms, the refined grid, and their edges."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.curves import build_curves
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.study.engine.windows import WindowFinder
from bayes_sora.types import Span
from bayes_sora.window import window_draws
from tests.study.engine import examples

SPAN = Span(0.5, 10.0)
N_DRAWS = 1000
REFERENCE = 2.91


def drawn(model, *, seed=3):
    """Draw parameters from the priors of a model: slopes of either sign, windows of every kind."""
    rng = np.random.default_rng(seed)
    return {name: draw_prior(rng, prior.family, prior.arguments, size=N_DRAWS) for name, prior in model.priors.items()}


def found(model, settings, parameters, *, span=SPAN):
    """Return the engine's window of every draw."""
    with jax.enable_x64(new_val=True):
        return WindowFinder(model, (settings,)).find(parameters, span)[settings.kind]


def truth(model, settings, parameters, *, span=SPAN, size=257):
    """Return the package's window of every draw as plain arrays by name."""
    draws = xr.Dataset({name: (("chain", "draw"), values[None]) for name, values in parameters.items()})
    curves = build_curves(draws, model, span=span, observed_span=span, size=size)
    windows = window_draws(curves, settings).draws
    return {name: windows[name].to_numpy().ravel() for name in windows.data_vars}


def as_log(values):
    """Return logs; NaN stays."""
    return np.log(np.asarray(values, dtype=float))


@pytest.mark.parametrize("settings", [Limits(), Limits(max_toxicity=0.3, min_response=0.7), Youden()], ids=str)
@pytest.mark.parametrize("name", ["sorafenib_joint.v1", "sorafenib_observed.v1"])
def test_linear_effects_need_no_grid(name, settings):
    """Limits and youden in closed form are those found on the grid, in every draw and whichever way curves go."""
    model = bs.load_model(name)
    parameters = drawn(model)
    ours, theirs = found(model, settings, parameters), truth(model, settings, parameters)
    np.testing.assert_array_equal(ours.exists, theirs["exists"])
    assert 0.05 < ours.exists.mean() < 0.95
    for limit in ("lower", "upper"):
        np.testing.assert_allclose(as_log(getattr(ours, limit)), as_log(theirs[limit]), atol=1e-9)
        assert (getattr(ours, limit) == SPAN.low).any() == (theirs[limit] == SPAN.low).any()


@pytest.mark.parametrize("name", ["sorafenib_joint.v1", "survival_only.v1"])
def test_utility_is_that_of_a_finer_grid(name):
    """Optimum and ends of the near-optimal interval lie within 1e-3 of those of a grid of 1,025 exposures."""
    model = bs.load_model(name)
    settings = next(one for one in model.questions.all if isinstance(one, Utility))
    parameters = {key: values[:400] for key, values in drawn(model).items()}
    ours, theirs = found(model, settings, parameters), truth(model, settings, parameters, size=1025)
    assert ours.exists.all()
    for limit in ("lower", "upper", "optimum"):
        mine, fine = getattr(ours, limit), theirs[limit]
        # The fine grid counts an optimum within half its first step as at the end.
        np.testing.assert_allclose(as_log(mine), as_log(fine), atol=3e-3 if limit == "optimum" else 1e-3)
        for end in SPAN.low, SPAN.high:
            assert ((mine == end) != (fine == end)).mean() <= 0.01


@pytest.mark.parametrize("settings", [Limits(), Youden(), Limits(min_survival=0.4)], ids=str)
def test_other_forms_take_the_grid(settings):
    """A quadratic effect, and a condition on survival, are searched on a grid half as fine as the package's own."""
    model = examples.every_family("quadratic")
    parameters = drawn(model)
    ours, theirs = found(model, settings, parameters), truth(model, settings, parameters)
    assert (ours.exists == theirs["exists"]).mean() > 0.98
    both = ours.exists & theirs["exists"]
    difference = np.abs(as_log(ours.lower) - as_log(theirs["lower"]))[both]
    assert np.quantile(difference, 0.98) < 0.01


@pytest.mark.parametrize(
    ("toxicity", "response", "window"),
    [
        ((0.0, 1.0), (0.0, -1.0), (0.5, REFERENCE)),
        ((0.0, -1.0), (0.0, 1.0), (REFERENCE, 10.0)),
        ((-5.0, 1.0), (5.0, 1.0), (0.5, 10.0)),
        ((5.0, 1.0), (0.0, 1.0), None),
        ((-1.0, 0.0), (1.0, 0.0), (0.5, 10.0)),
        ((1.0, 0.0), (1.0, 0.0), None),
        ((-1.0, 0.0), (-1.0, 0.0), None),
        ((0.0, 1.0), (-1.0, 1.0), None),
    ],
)
def test_limits_known_by_hand(toxicity, response, window):
    """Half-lines, the whole range and empty sets come out as such, flat curves among them."""
    model = bs.load_model("sorafenib_observed.v1")
    names = ("toxicity_intercept", "toxicity_slope", "response_intercept", "response_slope")
    parameters = {name: values[:1] for name, values in drawn(model).items()}
    parameters |= {name: np.array([value]) for name, value in zip(names, (*toxicity, *response), strict=True)}
    ours = found(model, Limits(), parameters)
    assert bool(ours.exists[0]) == (window is not None)
    np.testing.assert_allclose((ours.lower[0], ours.upper[0]), window or (np.nan, np.nan))


def test_optimum_at_an_edge_is_exactly_the_edge():
    """Survival that falls, or rises, with exposure has its optimum at an end of the range, to the last bit."""
    model = bs.load_model("survival_only.v1")
    parameters = {name: np.repeat(values[:1], 2) for name, values in drawn(model).items()}
    parameters |= {"survival_linear": np.array([0.8, -0.8]), "survival_curvature": np.zeros(2)}
    ours = found(model, Utility(), parameters)
    np.testing.assert_array_equal(ours.optimum, [SPAN.low, SPAN.high])
    assert ours.lower[0] == SPAN.low
    assert ours.upper[1] == SPAN.high


@pytest.mark.parametrize("settings", [Limits(), Youden(), Utility()], ids=str)
@pytest.mark.parametrize("name", ["sorafenib_emax.v1", "sorafenib_sigmoid.v1", "sorafenib_spline.v1"])
def test_effects_that_are_no_polynomials_take_the_general_way(name, settings):
    """The engine's windows are those of the package to what a finer grid is worth."""
    model = bs.load_model(name)
    parameters = drawn(model)
    ours, theirs = found(model, settings, parameters), truth(model, settings, parameters)
    assert (ours.exists == theirs["exists"]).mean() > 0.995
    for limit in ("lower", "upper"):
        apart = np.abs(as_log(getattr(ours, limit)) - as_log(theirs[limit]))
        assert np.nanquantile(apart, 0.99) < 0.02


@pytest.mark.parametrize("settings", [Limits(), Limits(max_toxicity=0.3, min_response=0.7), Youden()], ids=str)
@pytest.mark.parametrize("name", ["sorafenib_joint.v2", "sorafenib_observed.v2"])
def test_a_floor_and_a_ceiling_need_no_grid(name, settings):
    """In closed form as on a fine grid: toxicity between a floor and a ceiling, both curves with a location.

    Curves steeper than the grid is fine are left out, as are windows no wider than one of its cells.
    """
    model = bs.load_model(name)
    parameters = drawn(model)
    gentle = (np.abs(parameters["toxicity_slope"]) < 12.0) & (np.abs(parameters["response_slope"]) < 12.0)
    parameters = {parameter: values[gentle] for parameter, values in parameters.items()}
    ours, theirs = found(model, settings, parameters), truth(model, settings, parameters, size=4097)
    differ = ours.exists != theirs["exists"]
    assert differ.mean() < 0.004
    assert 0.05 < ours.exists.mean() < 0.95
    for limit in ("lower", "upper"):
        mine, its = (as_log(values)[~differ] for values in (getattr(ours, limit), theirs[limit]))
        np.testing.assert_allclose(mine, its, atol=2e-4)


def test_the_utility_with_a_floor_and_a_ceiling():
    """Optimum and near-optimal ends of the default model are those of the package's own grid."""
    model = bs.load_model("sorafenib_joint.v2")
    parameters = drawn(model)
    gentle = np.abs(parameters["toxicity_slope"]) < 4.0
    parameters = {parameter: values[gentle] for parameter, values in parameters.items()}
    ours, theirs = found(model, Utility(), parameters), truth(model, Utility(), parameters, size=4097)
    for limit in ("lower", "upper", "optimum"):
        apart = np.abs(as_log(getattr(ours, limit)) - as_log(theirs[limit]))
        assert np.quantile(apart, 0.98) < 1e-3
