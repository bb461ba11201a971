r"""Dated troughs: exposure that declines with time, and a deviation that troughs of one occasion share.

.. math:: \log y_{ij} = \log C_i + D\,(e^{-t_{ij}/τ} - e^{-r/τ}) + u_{i,o(j)} + ε_{ij}, \qquad
          u \sim N(0, σ_o), \quad ε \sim N(0, σ_w), \quad \log C_i \sim N(μ, σ_b)

t is the time of the trough and r that of reference, so that C is the average trough at r. Without the decline and with
all troughs of a patient on one occasion of SD 0 this is :mod:`bayes_sora.numerics.exposure`. The formulas are written
in operators and :class:`~bayes_sora.numerics.ops.Ops`, once for NumPy, PyTensor and JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.numerics.ops import Array, Ops
from bayes_sora.types import FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG_2_PI = float(np.log(2.0 * np.pi))
SLOT_FIELDS = ("log_y", "month", "there")


class GivenTroughs(NamedTuple):
    """Mean and SD of log C given a patient's measured troughs, and the marginal log density of these."""

    centre: Array
    spread: Array
    marginal: Array


class Slot(NamedTuple):
    """One trough of every patient: log trough less what is expected of its day, and whether there is one (0 or 1)."""

    residual: Array
    there: Array


def log_decline(ops: Ops, *, size: Array, months: Array, at: Array, reference: float) -> Array:
    r"""Return :math:`D (e^{-t/τ} - e^{-r/τ})`: log exposure at `at` over that at `reference`, all in months.

    D = `size` is the log of the exposure at time zero over that in the long run, τ = `months` how long it takes to come
    within e^−1 of it. A negative D is a rise.
    """
    return size * (ops.exp(-at / months) - ops.exp(-reference / months))


def given_dated_troughs(
    ops: Ops,
    occasions: Sequence[Sequence[Slot]],
    *,
    mu: Array,
    sd_between: Array,
    sd_within: Array,
    sd_occasion: Array,
) -> GivenTroughs:
    r"""Return what a patient's measured troughs say of log C, everything else integrated out in closed form.

    With :math:`v_o = n_o σ_o^2 + σ_w^2`, :math:`W = \sum_o n_o / v_o` and :math:`d_o` the mean residual of the
    :math:`n_o` troughs of an occasion less μ,

    .. math:: s^2 = \frac{σ_b^2}{1 + σ_b^2 W}, \quad m = μ + s^2 \sum_o \frac{n_o d_o}{v_o},

        -2 \log p = N \log 2π + \sum_o [(n_o - 1) \log σ_w^2 + \log v_o] + \log(1 + σ_b^2 W)
                    + \frac{\mathrm{SS}_w}{σ_w^2} + \sum_o \frac{n_o d_o^2}{v_o}
                    - s^2 \Bigl(\sum_o \frac{n_o d_o}{v_o}\Bigr)^2

    with N troughs in all and SS_w the squares around the means of occasions.

    Parameters
    ----------
    ops : Ops
    occasions : sequence of sequence of Slot
        Troughs by occasion, everything broadcasting against the parameters; a slot may be empty.
    mu, sd_between, sd_within, sd_occasion
        Parameters; `sd_occasion` may be 0.0.
    """
    weight = first = second = squares = size = 0.0
    for slots in occasions:
        n = sum(slot.there for slot in slots)
        mean = sum(slot.there * slot.residual for slot in slots) / ops.where(n > 0, n, 1.0)
        squares = squares + sum(slot.there * (slot.residual - mean) ** 2 for slot in slots)
        variance = n * sd_occasion**2 + sd_within**2
        share, deviation = n / variance, mean - mu
        weight, first, second = weight + share, first + share * deviation, second + share * deviation**2
        extra = (n - 1.0) * 2.0 * ops.log(sd_within) + ops.log(variance) + n * LOG_2_PI
        size = size + ops.where(n > 0, extra, 0.0)
    inflation = 1.0 + sd_between**2 * weight
    variance_given = sd_between**2 / inflation
    quadratic = squares / sd_within**2 + second - variance_given * first**2
    return GivenTroughs(
        centre=mu + variance_given * first,
        spread=variance_given**0.5,
        marginal=-0.5 * (size + ops.log(inflation) + quadratic),
    )


def group_occasions(patient: IntArray, day: FloatArray, *, days: float) -> IntArray:
    """Return the occasion of every trough, counted within its patient from 0 in the order of days.

    An occasion begins with a trough and takes in those of the same patient up to `days` later. A trough whose day is
    not known (NaN) is an occasion of its own.
    """
    occasion = np.zeros(patient.size, dtype=np.int64)
    who, began, number = -1, np.nan, 0
    for place in np.lexsort((day, patient)).tolist():
        if patient[place] != who:
            who, began, number = int(patient[place]), day[place], 0
        elif not day[place] - began <= days:
            began, number = day[place], number + 1
        occasion[place] = number
    return occasion


def trough_slots(
    patient: IntArray, log_y: FloatArray, month: FloatArray, occasion: IntArray, *, n_patients: int
) -> dict[str, FloatArray]:
    """Return troughs as columns over patients, ``log_y_a_b``, ``month_a_b``, ``there_a_b`` of trough b of occasion a.

    A column is 0 in patients who have no such trough. There is one slot at least.
    """
    columns = {f"{name}_0_0": np.zeros(n_patients) for name in SLOT_FIELDS}
    filled: dict[tuple[int, int], int] = {}
    for i, a, y, t in zip(patient.tolist(), occasion.tolist(), log_y.tolist(), month.tolist(), strict=True):
        b = filled.get((i, a), 0)
        filled[i, a] = b + 1
        for name, value in zip(SLOT_FIELDS, (y, t, 1.0), strict=True):
            columns.setdefault(f"{name}_{a}_{b}", np.zeros(n_patients))[i] = value
    return columns


def slot_names(columns: Sequence[str]) -> list[list[str]]:
    """Return the slots that columns of :func:`trough_slots` have, ``a_b``, by occasion."""
    by_occasion: dict[int, list[str]] = {}
    for name in sorted(name for name in columns if name.startswith("there_")):
        slot = name.removeprefix("there_")
        by_occasion.setdefault(int(slot.split("_")[0]), []).append(slot)
    return [by_occasion[number] for number in sorted(by_occasion)]
