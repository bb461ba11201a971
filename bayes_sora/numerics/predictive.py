"""Replicated data beside observed data: how unusual a number is, and survival with the same censoring."""

from __future__ import annotations

import numpy as np

from bayes_sora.types import BoolArray, FloatArray

TIE_DECIMALS = 10


def two_sided_p(observed: float, replicated: FloatArray) -> float:
    r"""Return how unusual an observed number is among replicated ones, ties counted half.

    .. math:: p = \min\bigl(1,\; 2 \min(P(T > t) + \tfrac12 P(T = t),\; P(T < t) + \tfrac12 P(T = t))\bigr)

    No smaller than half a replicate would make it, so that it never reads as impossible.

    Parameters
    ----------
    observed : float
    replicated : FloatArray, shape (n_draws,)
    """
    rounded, value = np.round(replicated, TIE_DECIMALS), round(observed, TIE_DECIMALS)
    above, same = float(np.mean(rounded > value)), float(np.mean(rounded == value))
    tail = min(above + 0.5 * same, 1.0 - above - 0.5 * same)
    return min(1.0, 2.0 * max(tail, 0.5 / rounded.size))


def survival_at(month: float, time: FloatArray, death: BoolArray, *, entry: FloatArray | None = None) -> FloatArray:
    """Return the Kaplan–Meier estimate of survival to `month` of many data sets at once.

    Parameters
    ----------
    month : float
    time : FloatArray, shape (n_rows, n)
        Follow-up, one data set a row.
    death : BoolArray, shape (n_rows, n)
        Whether follow-up ended in death; a patient censored at the time of a death counts as at risk.
    entry : FloatArray, shape (n,), optional
        From when each patient is under observation; default 0.

    Returns
    -------
    FloatArray, shape (n_rows,)
        NaN without patients.
    """
    n = time.shape[1]
    if not n:
        return np.full(time.shape[0], np.nan)
    order = np.lexsort((~death, time), axis=1)
    sorted_time, sorted_death = np.take_along_axis(time, order, 1), np.take_along_axis(death, order, 1)
    at_risk = n - np.arange(n) - _not_entered(sorted_time, entry)
    counted = sorted_death & (sorted_time <= month) & (at_risk > 0)
    return np.prod(np.where(counted, 1.0 - 1.0 / np.maximum(at_risk, 1), 1.0), axis=1)


def _not_entered(time: FloatArray, entry: FloatArray | None) -> FloatArray:
    """Return how many patients enter at each time or later, shape of `time`."""
    if entry is None:
        return np.zeros(time.shape)
    return entry.size - np.searchsorted(np.sort(entry), time, side="left").astype(float)


def draw_censoring(time: FloatArray, death: BoolArray, *, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Draw when follow-up would have ended without death: as recorded of the censored, later than death of the others.

    The end of follow-up of those who died is drawn from the Kaplan–Meier estimate of the censoring distribution, given
    that it lies after their death; infinite where nobody was followed longer.

    Parameters
    ----------
    time : FloatArray, shape (n,)
    death : BoolArray, shape (n,)
    n_draws : int
    rng : numpy.random.Generator

    Returns
    -------
    FloatArray, shape (n_draws, n)
    """
    order = np.lexsort((~death, time))
    at_risk = time.size - np.arange(time.size)
    kept = np.cumprod(np.where(death[order], 1.0, 1.0 - 1.0 / at_risk))  # probability of follow-up beyond each time
    ends, left = time[order][~death[order]], kept[~death[order]]
    beyond = np.append(1.0, kept)[np.searchsorted(time[order], time, side="right")]
    drawn = np.broadcast_to(time, (n_draws, time.size)).copy()
    for patient in np.flatnonzero(death):
        u = rng.uniform(size=n_draws) * beyond[patient]
        # Follow-up ends at the first censored time beyond which less than u of it is left.
        place = np.searchsorted(-left, -u, side="left")
        drawn[:, patient] = np.append(ends, np.inf)[place]
    return drawn
