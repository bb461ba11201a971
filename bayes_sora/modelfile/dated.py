"""The exposure block of a model file whose troughs are dated: it declines with time, or occasions differ.

Everything is by the names of parameters and of columns; the formulas are those of :mod:`bayes_sora.numerics.dated`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.numerics.dated import (
    GivenTroughs,
    Slot,
    given_dated_troughs,
    group_occasions,
    log_decline,
    slot_names,
    trough_slots,
)
from bayes_sora.types import DAYS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ExposureBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray, IntArray

MEASURED = 0


def given_troughs(
    ops: Ops, parameters: Mapping[str, Array], block: ExposureBlock, data: Mapping[str, Array]
) -> GivenTroughs:
    """Return what the measured troughs of every patient say of log C, log mg/L; `data` as columns of slots."""
    occasions = [
        [
            Slot(
                data[f"log_y_{slot}"] - trough_shift(ops, parameters, block, data[f"month_{slot}"]),
                data[f"there_{slot}"],
            )
            for slot in slots
        ]
        for slots in slot_names(list(data))
    ]
    return given_dated_troughs(
        ops,
        occasions,
        mu=parameters["exposure_log_median"],
        sd_between=parameters["exposure_sd_between"],
        sd_within=parameters["exposure_sd_within"],
        sd_occasion=parameters["exposure_occasion_sd"] if block.occasion_days is not None else 0.0,
    )


def slot_arrays(cohort: Cohort, block: ExposureBlock, log_dose: FloatArray) -> dict[str, FloatArray]:
    """Return the measured troughs of a cohort as columns of slots, brought to the starting dose."""
    troughs = cohort.troughs
    measured = troughs.censoring == MEASURED
    return trough_slots(
        troughs.patient[measured],
        (np.log(troughs.value_mg_l) - log_dose)[measured],
        np.nan_to_num(troughs.day[measured]) / DAYS_PER_MONTH,
        trough_occasions(cohort, block)[measured],
        n_patients=cohort.n_patients,
    )


def trough_shift(ops: Ops, parameters: Mapping[str, Array], block: ExposureBlock, month: Array) -> Array:
    """Return log exposure at a month over that of the reference day; 0 where exposure does not decline."""
    if block.reference_day is None:
        return 0.0
    return log_decline(
        ops,
        size=parameters["exposure_decline_size"],
        months=parameters["exposure_decline_months"],
        at=month,
        reference=block.reference_day / DAYS_PER_MONTH,
    )


def trough_sd(parameters: Mapping[str, Array], block: ExposureBlock) -> Array:
    """Return the SD of one log trough around the average of its day: the noise, and what its occasion brings."""
    within = parameters["exposure_sd_within"]
    if block.occasion_days is None:
        return within
    return (within**2 + parameters["exposure_occasion_sd"] ** 2) ** 0.5


def trough_occasions(cohort: Cohort, block: ExposureBlock) -> IntArray:
    """Return the occasion of every trough of a cohort, counted within its patient; all 0 where they do not differ."""
    troughs = cohort.troughs
    if block.occasion_days is None:
        return np.zeros(troughs.patient.size, dtype=np.int64)
    return group_occasions(troughs.patient, troughs.day, days=block.occasion_days)


def without_single_occasions(block: ExposureBlock, cohort: Cohort) -> tuple[ExposureBlock, tuple[str, ...]]:
    """Return the block as it is for a cohort, and in words what the cohort leaves out.

    Where no occasion of a patient has two measured troughs, its deviation is not told from the noise of one.
    """
    if block.occasion_days is None:
        return block, ()
    measured = cohort.troughs.censoring == MEASURED
    key = np.column_stack([cohort.troughs.patient, trough_occasions(cohort, block)])[measured]
    if np.unique(key, axis=0, return_counts=True)[1].max(initial=0) > 1:
        return block, ()
    why = (
        f"no patient has two measured troughs within {block.occasion_days:g} days: what troughs of an occasion share "
        "is not told from the noise of one, and goes into sd_within"
    )
    return block.without_occasions(), (why,)
