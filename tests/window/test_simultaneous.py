"""Joint probabilities of whole sets and simultaneous sets, by brute force over draws made by hand."""

import itertools

import numpy as np
import pytest

from bayes_sora.questions import Limits
from bayes_sora.types import ExposureUnit
from bayes_sora.window import acceptable_probability, make_window
from bayes_sora.window.simultaneous import (
    AcceptablePieces,
    acceptable_pieces,
    mix_pieces,
    probability_of_all,
    simultaneous_set,
)
from tests.window.hand_made import SPAN, hand_made_curves

GRID = SPAN.log_grid(257)
RNG = np.random.default_rng(3)
TOXICITY = (RNG.normal(-0.4, 0.5, 200), RNG.normal(1.6, 0.5, 200))
RESPONSE = (RNG.normal(0.9, 0.5, 200), RNG.normal(2.0, 0.7, 200))


def curves(**more):
    """Return 200 draws whose limits scatter, most of them with a window."""
    return hand_made_curves(toxicity=TOXICITY, response=RESPONSE, **more)


def acceptable(exposure):
    """Return which of many exposures each draw accepts, from its own coefficients."""
    x = np.log(np.asarray(exposure) / 2.91)
    toxic = TOXICITY[0][:, None] + TOXICITY[1][:, None] * x
    responds = RESPONSE[0][:, None] + RESPONSE[1][:, None] * x
    return (toxic <= 0.0) & (responds >= 0.0)


def brute_force(exposure):
    """Return the share of the draws that accept every one of many exposures."""
    return float(acceptable(exposure).all(axis=1).mean())


@pytest.mark.parametrize("level", [0.5, 0.8])
def test_probability_of_a_printed_set_by_brute_force(level):
    """Beside a credible set stands the share of the draws in which all of it is acceptable, below its own level."""
    window = make_window(curves(), Limits(credible_levels=(level,)))
    ((low, high),) = window.credible_sets[level]
    found = window.credible_sets_p_all[level]
    assert found == pytest.approx(brute_force(GRID[(low <= GRID) & (high >= GRID)]), abs=1e-12)
    assert found == pytest.approx(brute_force(np.geomspace(low, high, 4001)), abs=0.03)
    assert 0.0 < found < level - 0.03
    assert acceptable(GRID[(low <= GRID) & (high >= GRID)]).mean(axis=0).min() >= level


def test_several_intervals_hold_together():
    """A set of two intervals is acceptable only where the same draw accepts both."""
    pieces = AcceptablePieces(
        draw=np.array([0, 0, 1, 2]),
        low=np.array([1.0, 4.0, 1.0, 4.0]),
        high=np.array([2.0, 8.0, 2.0, 8.0]),
        weight=np.full(4, 0.25),
    )
    assert probability_of_all(pieces, [(1.0, 2.0)], GRID) == 0.5
    assert probability_of_all(pieces, [(1.0, 2.0), (4.0, 8.0)], GRID) == 0.25
    assert probability_of_all(pieces, [(1.0, 8.0)], GRID) == 0.0
    assert probability_of_all(pieces, [], GRID) is None


@pytest.mark.parametrize("level", [0.3, 0.5, 0.8, 0.95])
def test_simultaneous_set_by_trying_all(level):
    """No interval between any two ends of the draws' own pieces is wider and as probable."""
    pieces = acceptable_pieces(curves(), Limits())

    def probability(low, high):
        return pieces.weight[pieces.draw[(pieces.low <= low) & (pieces.high >= high)]].sum()

    ends = itertools.product(np.unique(pieces.low), np.unique(pieces.high))
    wide = [np.log(high / low) for low, high in ends if low <= high and probability(low, high) >= level - 1e-9]
    found = simultaneous_set(pieces, level)
    if not wide:
        assert found == []
        return
    ((low, high),) = found
    assert np.log(high / low) == pytest.approx(max(wide), rel=1e-12)
    assert brute_force(np.geomspace(low * 1.0001, high * 0.9999, 4001)) >= level - 1e-9


def test_simultaneous_sets_nest_and_lie_within_the_pointwise():
    """More certainty leaves less, and what is acceptable together is acceptable one by one."""
    window = make_window(curves(), Limits(credible_levels=(0.3, 0.5)))
    for level, found in window.simultaneous_sets.items():
        ((low, high),), ((first, last),) = found, window.credible_sets[level]
        assert first * 0.98 <= low < high <= last * 1.02
    (wide,), (narrow,) = window.simultaneous_sets[0.3], window.simultaneous_sets[0.5]
    assert np.log(narrow[1] / narrow[0]) < np.log(wide[1] / wide[0])


def test_a_level_that_no_interval_reaches_has_no_set():
    """Where at most 40 % of the draws accept any exposure nothing is acceptable with 50 %."""
    made = hand_made_curves(toxicity=([0.0] * 2 + [9.0] * 3, 1.0), response=(9.0, 1.0))
    window = make_window(made, Limits(credible_levels=(0.4, 0.5)))
    assert acceptable_probability(made, Limits()).max() == 0.4
    assert window.simultaneous_sets == {0.4: [(0.5, pytest.approx(2.91))], 0.5: []}
    assert window.credible_sets_p_all == {0.4: pytest.approx(0.4), 0.5: None}


def test_all_draws_alike_make_pointwise_and_simultaneous_the_same():
    """Without disagreement the printed set is acceptable as a whole, at every level."""
    window = make_window(hand_made_curves(toxicity=([0.0] * 4, 0.9), response=(1.5, 2.0)), Limits())
    for level, ((low, high),) in window.simultaneous_sets.items():
        assert window.credible_sets[level] == [(pytest.approx(low, rel=1e-2), pytest.approx(high, rel=1e-2))]
        assert window.credible_sets_p_all[level] == pytest.approx(1.0)


def test_draws_of_a_mixture_weigh_as_their_model():
    """Two models of unequal length count by weight and not by their number of draws."""
    wide = AcceptablePieces(draw=np.array([0]), low=np.array([1.0]), high=np.array([8.0]), weight=np.ones(1))
    narrow = AcceptablePieces(
        draw=np.arange(9), low=np.full(9, 2.0), high=np.full(9, 4.0), weight=np.full(9, 1.0 / 9.0)
    )
    mixed = mix_pieces([wide, narrow], [0.7, 0.3])
    assert probability_of_all(mixed, [(1.5, 6.0)], GRID) == pytest.approx(0.7)
    assert simultaneous_set(mixed, 0.7) == [(1.0, 8.0)]
    assert simultaneous_set(mixed, 0.75) == [(2.0, 4.0)]


def test_documents_in_the_unit_of_the_model_file():
    """Sets print in ng/mL where the model file does; probabilities and levels keep window.json's form."""
    units = (ExposureUnit("mg/L", 1.0), ExposureUnit("ng/mL", 1e-3))
    here, there = (make_window(curves(unit=unit), Limits()).as_dict() for unit in units)
    assert set(here["simultaneous_sets"]) == set(here["credible_sets_p_all"]) == {"0.5", "0.8", "0.95"}
    assert here["credible_sets_p_all"] == there["credible_sets_p_all"]
    ((low, high),), ((first, last),) = (one["simultaneous_sets"]["0.5"] for one in (here, there))
    assert (first, last) == (pytest.approx(1000 * low), pytest.approx(1000 * high))
