"""The Bayesian bootstrap of the Youden cut-off against brute force and against what is known of Dirichlet weights."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.classical import bayesian_bootstrap
from bayes_sora.classical.bayesian_bootstrap import draw_bayesian_bootstrap_cutoffs, weighted_cutoffs
from bayes_sora.classical.youden import count_by_trough, youden_cut

patients = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=2, max_size=14)


def best_by_brute_force(trough, event, weight):
    """Return the best midpoint and how far it is ahead of the next one."""
    by_j = []
    for low, high in pairwise(sorted(set(trough))):
        cut = (low + high) / 2
        sensitivity = sum(w for y, e, w in zip(trough, event, weight, strict=True) if e and y > cut)
        positive = sum(w for y, e, w in zip(trough, event, weight, strict=True) if not e and y > cut)
        n_1 = sum(w for e, w in zip(event, weight, strict=True) if e)
        by_j.append((sensitivity / n_1 - positive / (sum(weight) - n_1), cut))
    by_j.sort(reverse=True)
    return by_j[0][1], by_j[0][0] - by_j[1][0] if len(by_j) > 1 else 1.0


@given(patients, st.integers(0, 2**32))
def test_every_midpoint_was_tried(rows, seed):
    """The cut-off has the largest weighted J of all midpoints, also with ties and reversed."""
    trough, event = [float(row[0]) for row in rows], [row[1] for row in rows]
    if len(set(trough)) < 2 or len(set(event)) < 2:
        return
    weight = np.random.default_rng(seed).exponential(size=(1, len(rows)))
    found = weighted_cutoffs(np.array(trough), np.array(event), weight)[0]
    expected, lead = best_by_brute_force(trough, event, weight[0].tolist())
    assert found == expected or lead < 1e-12


@given(patients)
def test_equal_weights_give_the_plain_cutoff(rows):
    """With everyone weighing the same it is the Youden cut-off of the ROC, lowest on ties."""
    trough, event = np.array([float(row[0]) for row in rows]), np.array([row[1] for row in rows])
    if len(set(trough)) < 2 or len(set(event)) < 2:
        return
    plain = youden_cut(count_by_trough(trough, event))
    found = weighted_cutoffs(trough, event, np.ones((1, trough.size)))[0]
    shares = [
        (trough[event] > cut).mean() - (trough[~event] > cut).mean() for cut in (float(plain.cutoff_mg_l), float(found))
    ]
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)


def test_share_of_a_cutoff_is_that_of_dirichlet_weights():
    """J(1.5) = w1/(w1 + w3) and J(3.5) = w4/(w2 + w4) are independent uniforms: either wins in half of the draws."""
    trough, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])
    cutoffs = draw_bayesian_bootstrap_cutoffs(trough, event, rng=np.random.default_rng(5), draws=4000)
    assert set(np.unique(cutoffs)) == {1.5, 3.5}
    assert (cutoffs == 1.5).mean() == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / 4000))


@pytest.mark.parametrize(
    ("trough", "event"),
    [([1.0, 2.0], [True, True]), ([1.0, 2.0], [False, False]), ([2.0, 2.0], [True, False])],
    ids=["all events", "no event", "one trough"],
)
def test_undefined_in_every_draw(trough, event):
    """One class or one trough: no draw has a cut-off."""
    drawn = draw_bayesian_bootstrap_cutoffs(np.array(trough), np.array(event), rng=np.random.default_rng(1), draws=7)
    assert drawn.shape == (7,)
    assert np.isnan(drawn).all()


def test_batches_change_nothing(monkeypatch):
    """Large cohorts are drawn in batches, with the same numbers."""
    trough, event = np.arange(1.0, 9.0), np.arange(8) % 2 == 1
    whole = draw_bayesian_bootstrap_cutoffs(trough, event, rng=np.random.default_rng(0), draws=50)
    monkeypatch.setattr(bayesian_bootstrap, "PATIENTS_AT_ONCE", 30)
    np.testing.assert_array_equal(
        draw_bayesian_bootstrap_cutoffs(trough, event, rng=np.random.default_rng(0), draws=50), whole
    )
