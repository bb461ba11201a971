"""The rule of "identified" on the rows of a study: the same verdict as :mod:`bayes_sora.window.identified`, in numbers.

Rows keep every ingredient of the rule, so that another rule can be tried on a study that is done already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.window import STARTING_RULE

if TYPE_CHECKING:
    import pandas as pd

    from bayes_sora.study.rows import WindowEstimate
    from bayes_sora.types import BoolArray, Real
    from bayes_sora.window import IdentifiedRule

INGREDIENTS = ("share_defined", "p_low_edge", "p_high_edge", "p_outside", "q025", "q975", "data_share")


def estimate_identified(estimate: WindowEstimate, rule: IdentifiedRule = STARTING_RULE) -> WindowEstimate:
    """Return `estimate` with its verdict."""
    youden = estimate.window == "youden"
    of_window = {name: getattr(estimate, name) for name in ("p_exists", "p_rising", "prior_tail")}
    tail = rule.min_prior_tail[estimate.window]
    passes = bool(window_passes(**of_window, min_prior_tail=tail, youden=youden, rule=rule))
    for name in ("lower", "upper"):
        limit = estimate.limits[name]
        numbers = {key: getattr(limit, key) for key in INGREDIENTS}
        least = rule.min_data_share[estimate.window]
        passes = passes and bool(limit_passes(rule=rule, min_data_share=least, **numbers))
    return replace(estimate, identified=passes)


def rows_identified(rows: pd.DataFrame, rule: IdentifiedRule) -> BoolArray:
    """Return the verdict of `rule` on every row of a study; a failed analysis identifies nothing."""
    least_share, least_tail = (
        np.array([asked[kind] for kind in rows["window"]], dtype=float)
        for asked in (rule.min_data_share, rule.min_prior_tail)
    )
    passes = window_passes(
        p_exists=rows["p_exists"].to_numpy(),
        p_rising=rows["p_rising"].to_numpy(),
        prior_tail=rows["prior_tail"].to_numpy(),
        min_prior_tail=least_tail,
        youden=(rows["window"] == "youden").to_numpy(),
        rule=rule,
    )
    for name in ("lower", "upper"):
        numbers = {key: rows[f"{name}_{key}"].to_numpy() for key in INGREDIENTS}
        passes = passes & limit_passes(rule=rule, min_data_share=least_share, **numbers)
    return passes & (rows["status"] == "ok").to_numpy()


def window_passes(
    *,
    p_exists: Real,
    p_rising: Real,
    prior_tail: Real,
    min_prior_tail: Real,
    youden: bool | BoolArray,
    rule: IdentifiedRule,
) -> BoolArray:
    """Say whether what the rule asks of a window as a whole holds. Arguments broadcast; NaN fails."""
    rising = ~np.asarray(youden) | (np.asarray(p_rising) >= rule.min_p_rising)
    return (np.asarray(p_exists) >= rule.min_p_exists) & (np.asarray(prior_tail) >= min_prior_tail) & rising


def limit_passes(
    *,
    share_defined: Real,
    p_low_edge: Real,
    p_high_edge: Real,
    p_outside: Real,
    q025: Real,
    q975: Real,
    data_share: Real,
    min_data_share: Real,
    rule: IdentifiedRule,
) -> BoolArray:
    """Say whether what the rule asks of one limit holds: draws that do not define it count as failing; NaN fails."""
    defined = np.asarray(share_defined)
    undefined = 1.0 - defined
    with np.errstate(invalid="ignore", divide="ignore"):
        fold = np.asarray(q975) / np.asarray(q025)
    passes: BoolArray = (
        ((np.asarray(p_low_edge) + p_high_edge) * defined + undefined < rule.max_edge_mass)
        & (np.asarray(p_outside) * defined + undefined < rule.max_outside_mass)
        & (fold < rule.max_fold)
        & (np.asarray(data_share) >= min_data_share)
    )
    return passes
