"""The Youden cut-off against brute force, and its bootstrap against resamples made one by one."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.classical import youden
from bayes_sora.classical.youden import (
    TroughCounts,
    count_by_trough,
    draw_bootstrap_counts,
    draw_bootstrap_cutoffs,
    youden_cut,
)

patients = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=2, max_size=14)


def best_by_brute_force(trough, event):
    """Return cut-off and exact J by trying every midpoint from low to high; None where not defined."""
    n_1, n_0 = sum(event), len(event) - sum(event)
    distinct = sorted(set(trough))
    if not n_1 or not n_0 or len(distinct) < 2:
        return None
    best = None
    for low, high in pairwise(distinct):
        cut = (low + high) / 2
        sensitivity = Fraction(sum(y > cut and e for y, e in zip(trough, event, strict=True)), n_1)
        specificity = Fraction(sum(y < cut and not e for y, e in zip(trough, event, strict=True)), n_0)
        j = sensitivity + specificity - 1
        if best is None or j > best[1]:
            best = (cut, j)
    return best


@given(patients)
def test_every_midpoint_was_tried(rows):
    """The cut-off is the lowest of the best midpoints, in whole-number arithmetic, also with ties and reversed."""
    trough, event = [float(row[0]) for row in rows], [row[1] for row in rows]
    expected = best_by_brute_force(trough, event)
    if len(set(trough)) < 2:
        return
    cut = youden_cut(count_by_trough(np.array(trough), np.array(event)))
    if expected is None:
        assert np.isnan(cut.cutoff_mg_l)
        assert np.isnan(cut.youden)
    else:
        assert cut.cutoff_mg_l == expected[0]
        assert cut.youden == pytest.approx(float(expected[1]))


def test_lowest_cut_on_ties():
    """Two cut-offs with the same J: the lower one is taken."""
    trough, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])
    cut = youden_cut(count_by_trough(trough, event))
    assert cut.cutoff_mg_l == 1.5
    assert cut.youden == 0.5


def test_direction_is_never_turned():
    """Where low troughs have the event, J is negative and not mirrored."""
    trough, event = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    cut = youden_cut(count_by_trough(trough, event))
    assert cut.youden == -0.5
    assert cut.cutoff_mg_l == 1.5


def test_resamples_against_brute_force():
    """Every drawn resample has the cut-off that brute force finds among its own troughs."""
    rng = np.random.default_rng(11)
    trough, event = np.round(rng.lognormal(1.0, 0.6, 9), 1), rng.random(9) < 0.4
    drawn = draw_bootstrap_counts(trough, event, rng=rng, resamples=300)
    cut = youden_cut(drawn)
    for index, (without, with_event) in enumerate(drawn.counts):
        sample_trough = np.concatenate(
            [np.repeat(drawn.trough_mg_l, without), np.repeat(drawn.trough_mg_l, with_event)]
        )
        sample_event = np.repeat([False, True], [without.sum(), with_event.sum()])
        expected = best_by_brute_force(sample_trough.tolist(), sample_event.tolist())
        if expected is None:
            assert np.isnan(cut.cutoff_mg_l[index])
        else:
            assert cut.cutoff_mg_l[index] == expected[0]
            assert cut.youden[index] == pytest.approx(float(expected[1]))


def test_resamples_are_plain_draws_of_patients():
    """Each resample has n patients, and each patient is drawn once on average."""
    trough, event = np.array([1.0, 2.0, 2.0, 5.0]), np.array([False, True, False, True])
    counts = draw_bootstrap_counts(trough, event, rng=np.random.default_rng(2), resamples=4000).counts
    np.testing.assert_array_equal(counts.sum(axis=(1, 2)), 4)
    expected = [[1, 1, 0], [0, 1, 1]]
    np.testing.assert_allclose(counts.mean(axis=0), expected, atol=5 * np.sqrt(0.75 / 4000))


def test_resamples_with_one_class_are_nan():
    """With one event in n the share of resamples without it is (1 − 1/n)^n."""
    trough, event = np.arange(1.0, 11.0), np.arange(10) == 7
    cutoffs = draw_bootstrap_cutoffs(trough, event, rng=np.random.default_rng(4), resamples=4000)
    share = 0.9**10
    assert np.isnan(cutoffs).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4000))


def test_resample_with_one_trough_is_nan():
    """Both classes at one trough only: no midpoint, hence no cut-off."""
    counts = np.array([[[2, 0], [1, 0]], [[0, 1], [0, 2]]])
    assert np.isnan(youden_cut(TroughCounts(np.array([1.0, 2.0]), counts)).cutoff_mg_l).all()


def test_batches_cover_every_resample(monkeypatch):
    """Large cohorts are drawn in batches, and every resample gets its cut-off."""
    monkeypatch.setattr(youden, "PATIENTS_AT_ONCE", 30)
    trough, event = np.arange(1.0, 9.0), np.arange(8) % 2 == 1
    cutoffs = draw_bootstrap_cutoffs(trough, event, rng=np.random.default_rng(0), resamples=50)
    assert cutoffs.shape == (50,)
    defined = cutoffs[~np.isnan(cutoffs)]
    assert defined.size > 40
    assert np.all((defined > 1.0) & (defined < 8.0))
