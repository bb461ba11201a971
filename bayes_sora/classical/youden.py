r"""The cut-off that maximises Youden's index, and its bootstrap.

.. math:: J(c) = P(\text{trough} > c \mid 1) - P(\text{trough} > c \mid 0)

A cut-off is the midpoint of neighbouring observed troughs; of several with the same J the lowest is taken. A higher
trough predicts the event, always: where the direction is the reverse, even the best J may be negative. Troughs are
compared as :func:`~bayes_sora.numerics.ties.comparable` ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayes_sora.numerics.ties import comparable
from bayes_sora.types import BoolArray, FloatArray, IntArray

PATIENTS_AT_ONCE = 2_000_000


class TroughCounts(NamedTuple):
    """Patients without and with the event at each distinct trough.

    Attributes
    ----------
    trough_mg_l : FloatArray, shape (m,)
        Distinct troughs, rising.
    counts : IntArray, shape (..., 2, m)
        Patients without the event, then those with it.
    """

    trough_mg_l: FloatArray
    counts: IntArray


class YoudenCut(NamedTuple):
    """Cut-off in mg/L, and J, sensitivity and specificity there; NaN with one class or one distinct trough only.

    Sensitivity is P(trough > cut-off | 1) and specificity P(trough < cut-off | 0), from the counts that J is made of.
    """

    cutoff_mg_l: FloatArray
    youden: FloatArray
    sensitivity: FloatArray
    specificity: FloatArray


def count_by_trough(trough_mg_l: FloatArray, event: BoolArray) -> TroughCounts:
    """Return the counts of one sample; both arguments of shape (n,)."""
    distinct, code = _coded(trough_mg_l, event)
    return TroughCounts(distinct, np.bincount(code, minlength=2 * distinct.size).reshape(2, distinct.size))


def draw_bootstrap_counts(
    trough_mg_l: FloatArray, event: BoolArray, *, rng: np.random.Generator, resamples: int
) -> TroughCounts:
    """Draw the counts of `resamples` samples of n patients with replacement, shape (resamples, 2, m)."""
    distinct, code = _coded(trough_mg_l, event)
    n, cells = code.size, 2 * distinct.size
    drawn = code[rng.integers(n, size=(resamples, n))] + cells * np.arange(resamples)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=cells * resamples)
    return TroughCounts(distinct, counts.reshape(resamples, 2, distinct.size))


def youden_cut(sample: TroughCounts) -> YoudenCut:
    """Return the cut-off of every sample and its J, each of shape ``counts.shape[:-2]``; needs at least one trough."""
    below = sample.counts.cumsum(axis=-1)
    n_without, n_with = below[..., 0, -1:], below[..., 1, -1:]
    # J·n_without·n_with in whole numbers, so that ties are exact.
    scaled = below[..., 0, :] * n_with - below[..., 1, :] * n_without
    below_all = below.sum(axis=-2)
    is_cut = (below_all > 0) & (below_all < below_all[..., -1:])
    best = np.where(is_cut, scaled, np.iinfo(np.int64).min).argmax(axis=-1)[..., np.newaxis]
    # A trough nobody was drawn at has the J of the one before it, so the lowest best cut lies above a drawn trough;
    # the next drawn one is where the count first rises.
    following = (below_all > np.take_along_axis(below_all, best, axis=-1)).argmax(axis=-1)
    midpoint = (sample.trough_mg_l[best[..., 0]] + sample.trough_mg_l[following]) / 2.0
    defined = is_cut.any(axis=-1) & (n_without[..., 0] > 0) & (n_with[..., 0] > 0)
    n_without, n_with = np.maximum(n_without, 1), np.maximum(n_with, 1)
    youden = np.take_along_axis(scaled, best, axis=-1) / (n_without * n_with)
    specificity = np.take_along_axis(below[..., 0, :], best, axis=-1) / n_without
    sensitivity = (n_with - np.take_along_axis(below[..., 1, :], best, axis=-1)) / n_with
    shares = (np.where(defined, share[..., 0], np.nan) for share in (youden, sensitivity, specificity))
    return YoudenCut(np.where(defined, midpoint, np.nan), *shares)


def draw_bootstrap_cutoffs(
    trough_mg_l: FloatArray, event: BoolArray, *, rng: np.random.Generator, resamples: int
) -> FloatArray:
    """Draw the Youden cut-off of `resamples` plain patient bootstraps.

    Patients are drawn with their outcome, so the number of events varies, as it would in another cohort.

    Parameters
    ----------
    trough_mg_l : FloatArray, shape (n,)
        Troughs in mg/L, at least two distinct.
    event : BoolArray, shape (n,)
        Whether the patient had the event.
    rng : numpy.random.Generator
    resamples : int
        Number of resamples; 0 gives an empty array.

    Returns
    -------
    FloatArray, shape (resamples,)
        Cut-offs in mg/L, NaN for a resample with one class or one distinct trough.
    """
    batch = max(1, PATIENTS_AT_ONCE // trough_mg_l.size)
    cutoffs = np.empty(resamples)
    for start in range(0, resamples, batch):
        size = min(batch, resamples - start)
        drawn = draw_bootstrap_counts(trough_mg_l, event, rng=rng, resamples=size)
        cutoffs[start : start + size] = youden_cut(drawn).cutoff_mg_l
    return cutoffs


def _coded(trough_mg_l: FloatArray, event: BoolArray) -> tuple[FloatArray, IntArray]:
    """Return the m distinct troughs and each patient's cell: its trough's place, plus m with the event."""
    distinct, place = np.unique(comparable(trough_mg_l), return_inverse=True)
    return distinct, place + distinct.size * event
