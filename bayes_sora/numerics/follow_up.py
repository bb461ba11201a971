r"""Follow-up in rows, within each of which the hazard of a Weibull survival keeps its factor.

Counted from time zero, patient i is followed from :math:`a_i` (0, the entry or the landmark, whichever is last) to
:math:`t_i`. The time between is cut where the dose changes, where toxicity begins and where an interval of death
starts, so that

.. math:: H_i = \sum_j λ(x_i + δ_{ij}) (t_{i,j+1}^k - t_{ij}^k)

with :math:`δ_{ij}` the log of the dose in row j over the starting dose. Every patient has the same number of rows; a
row too many is all zeros and weighs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayes_sora.types import FloatArray, IntArray

LOG_TIME_ZERO = -700.0
"""Stands for log 0: finite, so that its gradient is, and :math:`t^k` is zero for any shape that matters."""
INTERRUPTION_SHARE = 0.1
"""What an interruption of the dose (0 mg) leaves of the exposure at the starting dose, unless a model file says so.

No log of zero can enter, and a tenth is left after a little more than three half-lives: of sorafenib, of 25 to 48
hours, in four to seven days.
"""
ROW_FIELDS = ("log_start", "log_stop", "log_dose", "onset", "sure", "between")


class DoseSteps(NamedTuple):
    """Log of the dose over the starting dose, one entry a change of dose.

    Attributes
    ----------
    patient : IntArray
        In non-decreasing order; each patient has a first entry at time 0 with value 0.
    time : FloatArray
        From when, rising within a patient.
    log_ratio : FloatArray
    """

    patient: IntArray
    time: FloatArray
    log_ratio: FloatArray


class FollowUp(NamedTuple):
    """Rows of all patients, each field of shape (n_patients, n_rows).

    Attributes
    ----------
    log_start, log_stop : FloatArray
        Logs of the ends of the row, :data:`LOG_TIME_ZERO` for time zero.
    log_dose : FloatArray
        δ: log of the dose over the starting dose.
    onset : FloatArray
        1 where toxicity has begun.
    sure : FloatArray
        1 where the patient is known to have lived through the row (or died at its end).
    between : FloatArray
        1 where the patient is known to have died in one of such rows.
    """

    log_start: FloatArray
    log_stop: FloatArray
    log_dose: FloatArray
    onset: FloatArray
    sure: FloatArray
    between: FloatArray


def dose_steps(
    patient: IntArray, time: FloatArray, dose: FloatArray, *, interruption_share: float = INTERRUPTION_SHARE
) -> DoseSteps:
    """Return the steps of doses; the first of each patient is at time 0 and positive, 0 is an interruption."""
    first = np.searchsorted(patient, patient)
    ratio = np.where(dose > 0.0, dose / dose[first], interruption_share)
    return DoseSteps(patient=patient, time=time, log_ratio=np.log(ratio))


def log_dose_before(steps: DoseSteps, patient: IntArray, time: FloatArray) -> FloatArray:
    """Return the log dose ratio in force just before each time: a trough is drawn before the dose of its day.

    Parameters
    ----------
    steps : DoseSteps
    patient : IntArray, shape (n,)
    time : FloatArray, shape (n,)
        A time that is not known (NaN) counts as 0, which has the starting dose.
    """
    when = np.nan_to_num(time)
    # One number that sorts by patient and then by time.
    length = 1.0 + max(steps.time.max(), np.abs(when).max(initial=0.0))
    before = np.searchsorted(steps.patient * length + steps.time, patient * length + when)
    first = np.searchsorted(steps.patient, patient)
    return np.asarray(steps.log_ratio[np.maximum(before - 1, first)])


def split_follow_up(
    begin: FloatArray,
    end: FloatArray,
    *,
    low: FloatArray | None = None,
    onset: FloatArray | None = None,
    steps: DoseSteps | None = None,
) -> FollowUp:
    """Cut the follow-up of every patient into rows.

    Parameters
    ----------
    begin, end : FloatArray, shape (n_patients,)
        a and t; a patient whose follow-up ends at or before `begin` has no row.
    low : FloatArray, shape (n_patients,), optional
        Where not NaN, the death lies in (low, end]; `begin` where it is earlier than that.
    onset : FloatArray, shape (n_patients,), optional
        Of toxicity, NaN where there is none.
    steps : DoseSteps, optional
        Without, the dose never changes.
    """
    n = begin.size
    nowhere = np.full(n, np.nan)
    low, onset = (nowhere if ends is None else ends for ends in (low, onset))
    patients = [
        _rows(begin[i], end[i], low[i], onset[i], *_own(steps, i)) if end[i] > begin[i] else np.zeros((0, 6))
        for i in range(n)
    ]
    padded = np.zeros((n, max([1, *(len(rows) for rows in patients)]), len(ROW_FIELDS)))
    for place, rows in enumerate(patients):
        padded[place, : len(rows)] = rows
    return FollowUp(*np.moveaxis(padded, -1, 0))


def _own(steps: DoseSteps | None, patient: int) -> tuple[FloatArray, FloatArray]:
    if steps is None:
        return np.zeros(1), np.zeros(1)
    own = slice(*np.searchsorted(steps.patient, [patient, patient + 1]))
    return steps.time[own], steps.log_ratio[own]


def _rows(  # noqa: PLR0917 - one patient, in the order of split_follow_up
    begin: float, end: float, low: float, onset: float, time: FloatArray, log_ratio: FloatArray
) -> FloatArray:
    """Return the rows of one patient, shape (n_rows, 6), in the order of :class:`FollowUp`."""
    changed = np.flatnonzero(np.diff(log_ratio, prepend=np.nan) != 0.0)
    time, log_ratio = time[changed], log_ratio[changed]
    cuts = np.array([*time.tolist(), low, onset])
    inside = np.unique(cuts[(cuts > begin) & (cuts < end)])
    start, stop = np.array([begin, *inside]), np.array([*inside, end])
    between = start >= low if low > begin else np.full(start.size, not np.isnan(low))
    log_dose = log_ratio[np.searchsorted(time, start, side="right") - 1]
    log_start = np.log(start, out=np.full(start.size, LOG_TIME_ZERO), where=start > 0.0)
    return np.column_stack([log_start, np.log(stop), log_dose, start >= onset, ~between, between])
