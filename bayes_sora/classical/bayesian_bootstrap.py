r"""The Youden cut-off under the Bayesian bootstrap (Rubin 1981).

Instead of drawing patients with replacement, each draw gives them weights from Dirichlet(1, …, 1): the posterior of
the distribution of (trough, outcome) under the improper Dirichlet process prior. Every draw maximises

.. math:: J_w(c) = P_w(\text{trough} > c \mid 1) - P_w(\text{trough} > c \mid 0)

over the midpoints of neighbouring observed troughs, the lowest one on ties. All weights are positive, so a cut-off is
defined in all draws or in none.
"""

from __future__ import annotations

import numpy as np

from bayes_sora.classical.youden import PATIENTS_AT_ONCE
from bayes_sora.numerics.ties import comparable
from bayes_sora.types import BoolArray, FloatArray


def draw_bayesian_bootstrap_cutoffs(
    trough_mg_l: FloatArray, event: BoolArray, *, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Draw the Youden cut-off of `draws` weightings of the patients.

    Parameters
    ----------
    trough_mg_l : FloatArray, shape (n,)
        Troughs in mg/L.
    event : BoolArray, shape (n,)
        Whether the patient had the event.
    rng : numpy.random.Generator
        Weights are drawn patient by patient in the order given.
    draws : int
        Number of weightings.

    Returns
    -------
    FloatArray, shape (draws,)
        Cut-offs in mg/L; all NaN where the cohort has one class or one distinct trough.
    """
    if event.all() or not event.any() or np.ptp(comparable(trough_mg_l)) == 0.0:
        return np.full(draws, np.nan)
    batch = max(1, PATIENTS_AT_ONCE // trough_mg_l.size)
    sizes = (min(batch, draws - start) for start in range(0, draws, batch))
    return np.concatenate(
        [weighted_cutoffs(trough_mg_l, event, rng.exponential(size=(size, trough_mg_l.size))) for size in sizes]
    )


def weighted_cutoffs(trough_mg_l: FloatArray, event: BoolArray, weight: FloatArray) -> FloatArray:
    """Return the cut-off of each weighting, for two classes and at least two distinct troughs.

    Parameters
    ----------
    trough_mg_l : FloatArray, shape (n,)
    event : BoolArray, shape (n,)
    weight : FloatArray, shape (draws, n)
        Positive, of any sum: J depends on the shares within each class only. Exponential weights are Dirichlet ones.

    Returns
    -------
    FloatArray, shape (draws,)
    """
    compared = comparable(trough_mg_l)
    order = np.argsort(compared, kind="stable")
    trough, with_event = compared[order], event[order]
    sorted_weight = weight[:, order]
    youden = _share_below(sorted_weight, ~with_event) - _share_below(sorted_weight, with_event)
    last_of_trough = np.flatnonzero(np.diff(trough) > 0.0)
    best = last_of_trough[youden[:, last_of_trough].argmax(axis=1)]
    return np.asarray((trough[best] + trough[best + 1]) / 2.0)


def _share_below(weight: FloatArray, member: BoolArray) -> FloatArray:
    """Share of the weight of a class at or below each sorted trough, shape (draws, n)."""
    below = np.cumsum(weight * member, axis=1)
    return below / below[:, -1:]
