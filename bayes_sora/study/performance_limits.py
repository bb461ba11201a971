"""Performance of one limit: bias, spread, error, coverage and width, on the log scale (science.md §8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.study.mcse import (
    estimate_mean,
    estimate_median_ratio,
    estimate_minimum,
    estimate_quantile,
    estimate_root_mean_square,
    estimate_share,
    estimate_spread,
    share_of,
)
from bayes_sora.study.performance_measure import LimitMeasure, column
from bayes_sora.study.rows import LimitName
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

TOUCH = 1e-6
"""Relative: an interval that ends as close as this to the truth touches it (a truth at an edge of the range)."""
LOW_ESS = 400.0

COVERAGE = {50: ("q25", "q75"), 80: ("q10", "q90"), 95: ("q025", "q975")}
SPREAD = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}
WHERE = "where truth and estimate are both defined"


def log_ratio(rows: pd.DataFrame, limit: LimitName) -> FloatArray:
    """Return log(estimate / truth) of a limit, the estimate being its median; NaN where either is undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # A width of nothing has no logarithm: it is left out, and seen in n_used.
        ratio = np.log(column(rows, f"{limit}_q50") / column(rows, f"true_{limit}"))
    return np.where(np.isfinite(ratio), ratio, np.nan)


def covered(rows: pd.DataFrame, limit: LimitName, *, ends: tuple[str, str]) -> FloatArray:
    """Return 1 where the interval between two quantiles holds the truth, 0 where not, NaN where either is undefined.

    Limits beyond the range count at its edge, so that an interval that touches an edge covers a truth at that edge.
    """
    truth = column(rows, f"true_{limit}")
    low, high = (column(rows, f"{limit}_{end}") for end in ends)
    inside = (low <= truth * (1.0 + TOUCH)) & (truth <= high * (1.0 + TOUCH))
    return share_of(inside, np.isfinite(truth) & np.isfinite(low) & np.isfinite(high))


def fold(rows: pd.DataFrame, limit: LimitName) -> FloatArray:
    """Return the width of the 95 % interval as the ratio of its ends; NaN where it starts at zero (a width)."""
    low, high = column(rows, f"{limit}_q025"), column(rows, f"{limit}_q975")
    return np.asarray(np.divide(high, low, out=np.full(len(rows), np.nan), where=low > 0.0))


def _estimated(rows: pd.DataFrame, limit: LimitName) -> FloatArray:
    return np.isfinite(column(rows, f"{limit}_q50")).astype(float)


def effective_draws(rows: pd.DataFrame, limit: LimitName) -> FloatArray:
    """Return the effective draws behind a limit over the share of draws that define it; NaN where none does.

    A limit that few draws define is the model's answer, not a fault of the engine: its share is a measure of its own.
    """
    share = column(rows, f"{limit}_share_defined")
    ess = np.full(len(rows), np.nan)
    np.divide(column(rows, f"{limit}_ess"), share, out=ess, where=share > 0.0)
    return ess


def _low_ess(rows: pd.DataFrame, limit: LimitName) -> FloatArray:
    ess = effective_draws(rows, limit)
    return share_of(ess < LOW_ESS, np.isfinite(ess))


def _own_column(rows: pd.DataFrame, limit: LimitName, *, name: str) -> FloatArray:
    return column(rows, f"{limit}_{name}")


def _truth(rows: pd.DataFrame, limit: LimitName) -> FloatArray:
    return column(rows, f"true_{limit}")


MEASURES: tuple[LimitMeasure, ...] = (
    LimitMeasure(
        name="true",
        label="truth",
        unit="mg/L",
        meaning="The true limit on the method's scale, median over replicates.",
        estimate=estimate_quantile,
        values=_truth,
    ),
    LimitMeasure(
        name="estimated",
        label="limit estimated",
        unit="share",
        meaning="Share of analyses that give the limit at all.",
        estimate=estimate_share,
        values=_estimated,
    ),
    LimitMeasure(
        name="bias_log",
        label="bias of the log limit",
        unit="log",
        meaning=f"Mean of log estimate − log truth {WHERE}.",
        estimate=estimate_mean,
        values=log_ratio,
    ),
    LimitMeasure(
        name="median_ratio",
        label="median of estimate / truth",
        unit="ratio",
        meaning=f"Median bias as a ratio, {WHERE}.",
        estimate=estimate_median_ratio,
        values=log_ratio,
    ),
    LimitMeasure(
        name="empirical_se_log",
        label="empirical SE of the log limit",
        unit="log",
        meaning=f"Standard deviation over replicates of log estimate − log truth, {WHERE}.",
        estimate=estimate_spread,
        values=log_ratio,
    ),
    LimitMeasure(
        name="rmse_log",
        label="RMSE of the log limit",
        unit="log",
        meaning=f"Root mean square of log estimate − log truth, {WHERE}.",
        estimate=estimate_root_mean_square,
        values=log_ratio,
    ),
    *(
        LimitMeasure(
            name=f"coverage_{level}",
            label=f"coverage of the {level} % interval",
            unit="share",
            meaning=f"Share of {level} % intervals that hold the truth, {WHERE}.",
            estimate=estimate_share,
            values=partial(covered, ends=ends),
        )
        for level, ends in COVERAGE.items()
    ),
    LimitMeasure(
        name="fold_95",
        label="width of the 95 % interval",
        unit="fold",
        meaning="Median ratio of the ends of the 95 % interval.",
        estimate=estimate_quantile,
        values=fold,
    ),
    *(
        LimitMeasure(
            name=f"estimate_{name}",
            label=f"{100.0 * probability:g} % quantile of the estimates",
            unit="mg/L",
            meaning="Quantile over replicates of the estimated limit.",
            estimate=partial(estimate_quantile, probability=probability),
            values=partial(_own_column, name="q50"),
        )
        for name, probability in SPREAD.items()
    ),
    LimitMeasure(
        name="share_defined",
        label="P(limit is defined)",
        unit="share",
        meaning="Mean over replicates of the share of draws in which the limit is defined.",
        estimate=estimate_mean,
        values=partial(_own_column, name="share_defined"),
    ),
    LimitMeasure(
        name="data_share",
        label="information from the data",
        unit="share",
        meaning="Median of 1 − posterior / prior variance of the log limit.",
        estimate=estimate_quantile,
        values=partial(_own_column, name="data_share"),
    ),
    LimitMeasure(
        name="ess_min",
        label="smallest effective sample size",
        unit="",
        meaning="Fewest effective draws over all replicates, each over the share of draws that define the limit.",
        estimate=estimate_minimum,
        values=effective_draws,
    ),
    LimitMeasure(
        name="ess_below_400",
        label="effective sample size below 400",
        unit="share",
        meaning="Share of analyses with fewer than 400 effective draws, over the share that define the limit.",
        estimate=estimate_share,
        values=_low_ess,
    ),
)
