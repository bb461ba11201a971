r"""Survival over rows of follow-up: left truncation, intervals, doses that change, and a landmark, in one Weibull.

.. math:: Λ_i = \sum_j λ_{ij}\,(t_{i,j+1}^k - t_{ij}^k), \qquad
          \log λ_{ij} = \log \ln 2 - k \log m + g(x_i + δ_{ij}) + ω\,1\{\text{toxicity has begun}\} + η

    \ell = d\,(\log k + (k - 1) \log t + \log λ_{i,\text{last}}) - Λ_{\text{sure}}
           + q \log(1 - \exp(-Λ_{\text{between}}))

The first row begins at entry or landmark, so that Λ is the hazard gathered since: the likelihood is that of the time
of death given that the patient lived until then. d says that this time is exact, q that it is known to an interval.
Of one row from time zero this is the kind ``weibull``. ω, ``survival_onset``, belongs to the kind ``weibull_onset``.

The hazard from time zero to the first row gives the probability of having lived until then, :func:`log_entry`. It
says who of the patients with one exposure entered: those with a low frailty more often.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.kind import known
from bayes_sora.modelfile.outcomes.weibull import LOG_HAZARD, WEIBULL
from bayes_sora.numerics.follow_up import LOG_TIME_ZERO, ROW_FIELDS, dose_steps, split_follow_up
from bayes_sora.numerics.ops import LOG_LOG_2
from bayes_sora.types import DAYS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.follow_up import DoseSteps
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

ONSET = "survival_onset"
LARGEST_LOG_RATE = 200.0
"""A hazard beyond exp of it is as good as infinite, and finite times zero is zero."""
BEFORE = "before_"  # how the columns of the rows between time zero and the first row begin
BEFORE_FIELDS = ("log_start", "log_stop", "log_dose")


def arrays(cohort: Cohort, block: OutcomeBlock) -> dict[str, FloatArray]:
    """Return what is known of the end of follow-up, and ``log_start_0``, … of every row (:class:`FollowUp`).

    ``death`` at a known time and ``interval``, a death known to lie between two times, are 0 or 1; ``log_months``,
    ``last_log_dose`` and ``last_onset`` are those of the end of follow-up, ``log_begin`` the beginning of it.
    ``before_log_start_0``, … are the rows that the patient is known to have lived through without being observed: to
    the first row, or to entry where survival counts from a landmark that the patient did not reach.
    """
    end, death = known(cohort.os_months, block.endpoint), known(cohort.death, block.endpoint)
    low = np.full(end.size, np.nan) if cohort.os_months_low is None else cohort.os_months_low
    entry = np.zeros(end.size) if cohort.entry_months is None else cohort.entry_months
    begin = np.maximum(entry, block.landmark_months)
    counts = (end > begin) & ~(low < block.landmark_months)
    steps = cohort_steps(cohort, block.interruption_share) if block.follows_dose else None
    rows = split_follow_up(
        begin,
        np.where(counts, end, begin),
        low=low,
        onset=cohort.toxicity_month if ONSET in block.parameter_names else None,
        steps=steps,
    )
    lived = split_follow_up(np.zeros(end.size), np.where(counts, begin, entry), steps=steps)
    used = np.maximum((rows.sure + rows.between).sum(axis=1).astype(int) - 1, 0)[:, None]
    in_interval = counts & ~np.isnan(low)
    named = {
        "log_months": np.log(end),
        "log_begin": np.log(begin, out=np.full(end.size, LOG_TIME_ZERO), where=begin > 0.0),
        "death": death * (counts & ~in_interval),
        "interval": death * in_interval,
        "last_log_dose": np.take_along_axis(rows.log_dose, used, axis=1)[:, 0],
        "last_onset": np.take_along_axis(rows.onset, used, axis=1)[:, 0],
    }
    columns = {f"{name}_{j}": column for name in ROW_FIELDS for j, column in enumerate(getattr(rows, name).T)}
    if not lived.sure.any():
        return named | columns
    before = {
        f"{BEFORE}{name}_{j}": column for name in BEFORE_FIELDS for j, column in enumerate(getattr(lived, name).T)
    }
    return named | columns | before


def cohort_steps(cohort: Cohort, interruption_share: float) -> DoseSteps:
    """Return the doses of a cohort as steps in months; of an interruption so much of the starting dose counts."""
    if cohort.doses is None:
        msg = "the cohort has no doses: check_compatible() comes first"
        raise ValueError(msg)
    month = cohort.doses.day / DAYS_PER_MONTH
    return dose_steps(cohort.doses.patient, month, cohort.doses.dose_mg, interruption_share=interruption_share)


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return the log density of what is known of a death, given that the patient lived to the first row."""
    shape = parameters["survival_shape"]
    sure = between = 0.0 * x
    for row in range(_n_rows(data)):
        at = {name: data[f"{name}_{row}"] for name in ROW_FIELDS}
        passed = ops.exp(shape * at["log_stop"]) - ops.exp(shape * at["log_start"])
        hazard = ops.exp(_log_rate(ops, x, parameters, block, at["log_dose"], at["onset"])) * passed
        sure, between = sure + at["sure"] * hazard, between + at["between"] * hazard
    last = _log_rate(ops, x, parameters, block, data["last_log_dose"], data["last_onset"])
    exact = ops.log(shape) + (shape - 1.0) * data["log_months"] + last
    # Where there is no interval its hazard is replaced before the logarithm, which would be that of zero.
    interval = data["interval"]
    died_between = ops.log(-ops.expm1(-ops.where(interval > 0.0, between, 1.0)))
    return data["death"] * exact - sure + interval * died_between


def log_entry(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return the log probability of living from time zero to the first row, at the hazard before any toxicity."""
    shape, hazard = parameters["survival_shape"], 0.0 * (x + parameters.get(LOG_HAZARD, 0.0))
    for row in range(_n_rows(data, BEFORE)):
        at = {name: data[f"{BEFORE}{name}_{row}"] for name in BEFORE_FIELDS}
        passed = _power(ops, shape, at["log_stop"]) - _power(ops, shape, at["log_start"])
        hazard = hazard + ops.exp(_log_rate(ops, x, parameters, block, at["log_dose"], 0.0)) * passed
    return -hazard


def draw(
    rng: np.random.Generator,
    x: FloatArray,
    parameters: Mapping[str, FloatArray],
    block: OutcomeBlock,
    data: Mapping[str, FloatArray],
) -> FloatArray:
    """Draw the month of death, uncensored, of the patients as they came: given that they lived to the first row.

    The hazard is that of the recorded rows; after them the last dose goes on.
    """
    # SciPy, which reading a model file does without.
    from bayes_sora.numerics.numpy_ops import NUMPY  # noqa: PLC0415

    shape = parameters["survival_shape"]
    left = rng.exponential(size=np.shape(x))
    power, done = np.exp(shape * data["log_begin"]) + 0.0 * x, np.zeros(np.shape(x), dtype=bool)
    for row in range(_n_rows(data)):
        at = {name: data[f"{name}_{row}"] for name in ROW_FIELDS}
        rate = np.exp(_log_rate(NUMPY, x, parameters, block, at["log_dose"], at["onset"]))
        stop = np.exp(shape * at["log_stop"])
        room = (at["sure"] + at["between"]) * rate * (stop - power)
        dies = ~done & (left < room)
        power = np.where(dies, power + left / rate, np.where(~done & (room > 0.0), stop, power))
        left, done = np.where(done, left, left - room), done | dies
    last = np.exp(_log_rate(NUMPY, x, parameters, block, data["last_log_dose"], data["last_onset"]))
    return np.asarray(np.where(done, power, power + np.maximum(left, 0.0) / last) ** (1.0 / shape), dtype=float)


def _n_rows(data: Mapping[str, Array], before: str = "") -> int:
    return sum(name.startswith(f"{before}log_stop_") for name in data)


def _power(ops: Ops, shape: Array, log_months: Array) -> Array:
    """Return t^k, finite however large k."""
    log_power = shape * log_months
    return ops.exp(ops.where(log_power > LARGEST_LOG_RATE, LARGEST_LOG_RATE, log_power))


def _log_rate(  # noqa: PLR0917 - as the likelihood, and the row
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, log_dose: Array, onset: Array
) -> Array:
    r"""Return log λ, of which λ t^k is the cumulative hazard."""
    rate = LOG_LOG_2 - parameters["survival_shape"] * ops.log(parameters["survival_median"])
    rate = rate + block_effect(ops, x + log_dose, parameters, block) + parameters.get(LOG_HAZARD, 0.0)
    if ONSET in block.parameter_names:
        rate = rate + parameters[ONSET] * onset
    return ops.where(rate > LARGEST_LOG_RATE, LARGEST_LOG_RATE, rate)


ROWS = replace(
    WEIBULL,
    settings=("landmark_months",),
    arrays=arrays,
    log_likelihood=log_likelihood,
    draw_given=draw,
    log_entry=log_entry,
)
ROWS_ONSET = replace(ROWS, parameters=(*WEIBULL.parameters, "onset"))
