"""Windows of a mixture of models, on draws made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_sora.comparison.averaging import average_window, mix_draws, resample
from bayes_sora.questions import Limits, Youden
from bayes_sora.types import MG_L, Span
from bayes_sora.window import WindowDraws, acceptable_probability
from bayes_sora.window.margins import limits_margins
from tests.comparison.hand_made import tame_fit

HALF = np.array([0.5, 0.5])


def window_of(lower, upper, *, exists=None, chains=4):
    """Return windows with these limits, one a draw."""
    lower, upper = (np.reshape(np.asarray(limit, dtype=float), (chains, -1)) for limit in (lower, upper))
    there = np.ones(lower.shape, dtype=bool) if exists is None else np.reshape(exists, lower.shape)
    arrays = {"lower": np.where(there, lower, np.nan), "upper": np.where(there, upper, np.nan), "exists": there}
    return WindowDraws(
        settings=Limits(),
        draws=xr.Dataset({name: (("chain", "draw"), values) for name, values in arrays.items()}),
        span=Span(0.5, 10.0),
        observed_span=Span(0.7, 9.0),
        unit=MG_L,
        scale="average trough",
    )


def rng():
    """Return a generator."""
    return np.random.default_rng(1)


@pytest.mark.parametrize("size", [1000, 4000])
@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.9, 0.1), (0.333, 0.667), (0.0004, 0.9996)])
def test_number_of_draws_follows_the_weights(size, weights):
    """Each part has its share of the draws, rounded up or down."""
    which, at = resample([size, size], np.array(weights), size=size, rng=rng())
    assert which.size == at.size == size
    counts = np.bincount(which, minlength=2)
    assert np.abs(counts - size * np.array(weights)).max() < 1.0


def test_draws_of_a_part_are_taken_evenly():
    """Of a part with half the weight every second draw, early and late ones alike, none twice."""
    which, at = resample([1000, 1000], HALF, size=1000, rng=rng())
    for part in (0, 1):
        taken = at[which == part]
        assert np.diff(taken).tolist() == [2] * (taken.size - 1)


def test_fewer_draws_are_taken_again():
    """A part with few draws and all the weight gives each of them equally often."""
    _, at = resample([250], np.array([1.0]), size=1000, rng=rng())
    assert np.bincount(at).tolist() == [4] * 250


def test_weight_one_is_the_model_itself():
    """Draw by draw, in its order, so that every summary is the same, the Monte Carlo interval included."""
    values = np.random.default_rng(2).lognormal(0.3, 0.2, size=1000)
    part = window_of(values, values + 1.0, exists=np.arange(1000) % 7 > 0)
    xr.testing.assert_identical(mix_draws([part], np.array([1.0]), rng=rng()).draws, part.draws)


def test_quantiles_of_a_mixture():
    """Lower limits even on 1–2 and on 3–4, half and half: quartiles 1.5 and 3.5, nothing between 2 and 3."""
    one, two = (window_of(low + np.linspace(0.0, 1.0, 4000), np.full(4000, 6.0)) for low in (1.0, 3.0))
    mixed = mix_draws([one, two], HALF, rng=rng()).draws["lower"].to_numpy()
    assert np.quantile(mixed, [0.0, 0.25, 0.75, 1.0]) == pytest.approx([1.0, 1.5, 3.5, 4.0], abs=2e-3)
    assert not ((mixed > 2.0) & (mixed < 3.0)).any()


@pytest.mark.parametrize("weight", [0.25, 0.5, 0.8])
def test_probability_that_a_window_exists_is_the_weighted_one(weight):
    """Windows in 90 % of the draws of one model and in 40 % of the other's."""
    shares = (0.9, 0.4)
    seen = np.random.default_rng(5).permuted(np.arange(4000) / 4000)
    parts = [window_of(np.ones(4000), np.full(4000, 3.0), exists=seen < p) for p in shares]
    mixed = mix_draws(parts, np.array([weight, 1.0 - weight]), rng=rng())
    expected = weight * shares[0] + (1.0 - weight) * shares[1]
    assert float(mixed.draws["exists"].mean()) == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(4000))


def test_chains_stay_apart():
    """Draws of a chain come from the same chain of every model, so that chains that disagree can be seen."""
    by_chain = np.repeat([1.0, 2.0, 3.0, 4.0], 250)
    parts = [window_of(by_chain, by_chain + 5.0)] * 2
    mixed = mix_draws(parts, HALF, rng=rng()).draws["lower"].to_numpy()
    assert (mixed == np.array([[1.0], [2.0], [3.0], [4.0]])).mean() > 0.99


def test_notes_of_all_models_are_kept_once():
    """What a window leaves out is told once."""
    parts = [replace(window_of(np.ones(400), np.full(400, 2.0)), notes=notes) for notes in (("a",), ("a", "b"))]
    assert mix_draws(parts, HALF, rng=rng()).notes == ("a", "b")


@pytest.fixture(scope="module")
def pair():
    """Return two fits made by hand."""
    return {"one": tame_fit(seed=1), "two": tame_fit(model="sorafenib_literature.v1", seed=2)}


def asked(pair, settings):
    """Return the window of each fit."""
    return {name: fit.window(settings) for name, fit in pair.items()}


@pytest.mark.parametrize("settings", [Limits(), Youden()], ids=["limits", "youden"])
@pytest.mark.parametrize("name", ["one", "two"])
def test_average_with_all_weight_on_one_model_is_its_window(pair, settings, name):
    """The document is the same to the last digit: posterior, prior, verdict and credible sets."""
    windows = asked(pair, settings)
    weights = {other: float(other == name) for other in pair}
    assert average_window(windows, weights, pair, seed=1).as_dict() == windows[name].as_dict()


def test_credible_sets_are_those_of_the_averaged_probability(pair):
    """At the ends of the 50 % set the weighted probability of being acceptable is 50 %."""
    window = average_window(asked(pair, Limits()), {"one": 0.3, "two": 0.7}, pair, seed=1)
    first, second = (acceptable_probability(fit.curves, Limits()) for fit in pair.values())
    averaged = 0.3 * first + 0.7 * second
    grid = np.log(averaged["exposure"].to_numpy())
    assert window.credible_sets is not None
    for low, high in window.credible_sets[0.5]:
        at_ends = np.interp(np.log([low, high]), grid, averaged.to_numpy())
        assert at_ends == pytest.approx([0.5, 0.5], abs=1e-6)


def test_whole_sets_are_judged_by_the_mixture(pair):
    """P(all of a set is acceptable) is the weighted mean of what each model's own draws say of the same exposures."""
    window = average_window(asked(pair, Limits()), {"one": 0.3, "two": 0.7}, pair, seed=1)
    ((low, high),) = window.credible_sets[0.5]
    shares = []
    for fit in pair.values():
        grid = fit.curves.exposure_mg_l
        inside = (grid >= low) & (grid <= high)
        margins = [margin.to_numpy()[..., inside] for margin in limits_margins(fit.curves, Limits()).values()]
        shares.append(np.all([margin >= 0.0 for margin in margins], axis=(0, -1)).mean())
    assert window.credible_sets_p_all[0.5] == pytest.approx(0.3 * shares[0] + 0.7 * shares[1], abs=1e-9)


def test_prior_is_mixed_by_the_same_weights(pair):
    """The prior probability that a window exists is the weighted one."""
    windows = asked(pair, Limits())
    mixed = average_window(windows, {"one": 0.3, "two": 0.7}, pair, seed=1).prior
    shares = [float(window.prior.draws["exists"].mean()) for window in windows.values()]
    assert float(mixed.draws["exists"].mean()) == pytest.approx(0.3 * shares[0] + 0.7 * shares[1], abs=0.02)


def test_same_seed_gives_the_same_average(pair):
    """To the last digit."""
    windows, weights = asked(pair, Limits()), {"one": 0.41, "two": 0.59}
    first, second = (average_window(windows, weights, pair, seed=3).as_dict() for _ in range(2))
    assert first == second
