"""What a study keeps of a posterior: the same numbers, and the same verdict, as a single fit's window gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.curves import build_curves
from bayes_sora.fitting.result import observed_span
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.study.engine import support
from bayes_sora.study.engine.draws import Draws, estimate_windows
from bayes_sora.study.engine.quantities import limit_estimates, quantities_of
from bayes_sora.study.engine.support import deciding_of, window_support
from bayes_sora.study.engine.windows import FoundWindow
from bayes_sora.types import Span
from bayes_sora.window import summarise_quantity, window_draws
from bayes_sora.window.result import summarise_window
from tests.conftest import CENTRES
from tests.study.engine import examples

SPAN, OBSERVED = Span(0.5, 10.0), Span(1.0, 6.0)
MODEL, N_DRAWS = "sorafenib_observed.v1", 500
KINDS = ("limits", "youden", "utility")


def near(centres, *, seed=2, narrower=1.0):
    """Draw parameters around the centres of a plausible posterior."""
    rng = np.random.default_rng(seed)
    return {
        name: centre + narrower * spread * rng.normal(size=N_DRAWS)
        for name, (centre, spread) in centres.items()
        if name in bs.load_model(MODEL).priors
    }


POSTERIORS = {
    "plausible": near(CENTRES),
    "sharp": near(CENTRES, narrower=0.2),
    "no effect": near(CENTRES | {"toxicity_slope": (0.0, 0.5), "response_slope": (0.1, 0.6)}),
}


@pytest.fixture(scope="module")
def prior():
    """Draw from the prior, as often as the posteriors so that nothing is compiled twice."""
    rng = np.random.default_rng(1)
    model = bs.load_model(MODEL)
    return {name: draw_prior(rng, one.family, one.arguments, size=N_DRAWS) for name, one in model.priors.items()}


@pytest.fixture(params=POSTERIORS)
def both(request, prior, monkeypatch):
    """Give the engine's numbers of a posterior, and the package's windows of it and of the prior."""
    model, parameters = bs.load_model(MODEL), POSTERIORS[request.param]
    windows = []
    for values in (parameters, prior):
        draws = xr.Dataset({name: (("chain", "draw"), one[None]) for name, one in values.items()})
        curves = build_curves(draws, model, span=SPAN, observed_span=OBSERVED)
        windows.append({asked.kind: window_draws(curves, asked) for asked in model.questions.all})
    # The windows themselves are tied elsewhere; here the same draws are described twice.
    quantities = quantities_of({kind: _as_found(one) for kind, one in windows[0].items()})
    monkeypatch.setattr(support, "_prior", lambda *_: deciding_of(prior, model, SPAN, frozenset(KINDS)))
    shares, tails = window_support(quantities, parameters, model, span=SPAN)
    estimates = limit_estimates(quantities, span=SPAN, observed=OBSERVED, ess=300.0, data_shares=shares)
    return estimates, tails, *windows


def _as_found(window):
    optimum = window.draws["optimum"].to_numpy().ravel() if "optimum" in window.draws else None
    lower, upper, exists = (window.draws[name].to_numpy().ravel() for name in ("lower", "upper", "exists"))
    return FoundWindow(lower, upper, exists, optimum)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_those_of_a_single_fit(both, kind):
    """Quantiles, shares at the edges and outside the data, and the data's share are the window summary's own."""
    estimates, _, posterior, before = both
    names = ("lower", "upper", "width", *(("optimum",) if kind == "utility" else ()))
    assert tuple(estimates[kind]) == names
    for name in names:
        ours, theirs = (
            estimates[kind][name],
            summarise_quantity(posterior[kind], name, prior=before[kind]),
        )
        pairs = {
            "q025": "q025",
            "q25": "q25",
            "q50": "q50",
            "q75": "q75",
            "q975": "q975",
            "share_defined": "share_defined",
            "p_low_edge": "p_at_low_edge",
            "p_high_edge": "p_at_high_edge",
            "p_outside": "p_outside_data",
        }
        for mine, its in pairs.items():
            value = getattr(theirs, its)
            expected = np.nan if value is None else value
            assert getattr(ours, mine) == pytest.approx(expected, rel=1e-9, nan_ok=True), (kind, name, mine)
        # Of a utility the slope is found on a coarser grid.
        share = np.nan if theirs.data_share is None else theirs.data_share
        assert ours.data_share == pytest.approx(share, abs=0.02 if kind == "utility" else 5e-3, nan_ok=True)
        assert ours.ess == pytest.approx(300.0 * ours.share_defined)


@pytest.mark.parametrize("kind", KINDS)
def test_prior_tails_are_those_of_a_single_fit(both, kind):
    """The smallest tail of the endpoints asked about is that of the window's summary."""
    _, tails, posterior, before = both
    found = summarise_window(posterior[kind], prior=before[kind]).prior_tails
    assert set(found) == ({"toxicity"} if kind == "utility" else {"toxicity", "response"})
    assert tails[kind] == min(found.values())


def test_verdict_is_that_of_a_single_fit(prior, monkeypatch):
    """A window is identified by a study exactly when a single fit of the same draws finds no reason against it."""
    model, cohort = bs.load_model(MODEL), examples.cohort("literal", n=26)
    monkeypatch.setattr(support, "_prior", lambda *_: deciding_of(prior, model, SPAN, frozenset(KINDS)))
    verdicts = []
    for parameters in POSTERIORS.values():
        draws = Draws(parameters=parameters, ess=500.0)
        for estimate in estimate_windows(draws, model, cohort, windows=KINDS, engine="nuts", fallback=True):
            after, before = (_window(values, model, cohort, estimate.window) for values in (parameters, prior))
            window = summarise_window(after, prior=before)
            assert estimate.identified == window.identified, (estimate.window, window.why)
            assert estimate.p_exists == pytest.approx(float(after.draws["exists"].mean()))
            assert (estimate.engine, estimate.fallback, estimate.scale) == ("nuts", True, "y")
            verdicts.append(estimate.identified)
    assert set(verdicts) == {True, False}


def _window(parameters, model, cohort, kind):
    draws = xr.Dataset({name: (("chain", "draw"), values[None]) for name, values in parameters.items()})
    curves = build_curves(draws, model, span=SPAN, observed_span=observed_span(cohort))
    return window_draws(curves, next(asked for asked in model.questions.all if asked.kind == kind))


def _described(values):
    """Describe one limits window given as (lower, upper) of each draw, NaN where there is none."""
    lower, upper = np.array(values, dtype=float).T
    found = {"limits": FoundWindow(lower, upper, ~np.isnan(lower))}
    return limit_estimates(quantities_of(found), span=SPAN, observed=OBSERVED, ess=100.0)["limits"]


def test_a_window_that_never_exists_has_no_numbers():
    """No draw, and a single one, describe nothing; what is known is how often."""
    none = [(np.nan, np.nan)] * 10
    for values, share in ((none, 0.0), ([(1.0, 2.0), *none[1:]], 0.1)):
        for estimate in _described(values).values():
            assert (estimate.share_defined, estimate.ess) == (share, pytest.approx(100.0 * share))
            assert np.isnan([estimate.q50, estimate.mean_log, estimate.p_outside, estimate.data_share]).all()


def test_edges_count_at_the_edge_and_a_width_has_none():
    """Values at an end of the range are counted there, by hand: two of four at the low end, one at the high."""
    estimates = _described([(0.5, 2.0), (0.5, 10.0), (1.2, 3.0), (2.0, 4.0)])
    assert (estimates["lower"].p_low_edge, estimates["upper"].p_high_edge) == (0.5, 0.25)
    assert estimates["lower"].p_outside == 0.5
    assert np.isnan(estimates["width"].p_low_edge)
    assert replace(estimates["width"], ess=0.0).q50 == pytest.approx(1.9)
