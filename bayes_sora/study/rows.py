"""What a study keeps of one analysis: one flat row a window, the same columns for every method.

Rows are what Parquet chunks hold, what summaries read and what a user may analyse on their own. A limit is described
by the draws in which it is defined; a method without draws (ROC) fills what it has and leaves NaN elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.questions import WindowKind

LimitName = Literal["lower", "upper", "width", "optimum"]
LIMITS: tuple[LimitName, ...] = ("lower", "upper", "width", "optimum")
NAN = math.nan


@dataclass(frozen=True, kw_only=True)
class LimitEstimate:
    """One limit, as one analysis gives it; numbers in mg/L, NaN where the method has none.

    Attributes
    ----------
    q025, q10, q25, q50, q75, q90, q975 : float
        Quantiles of the draws in which it is defined; the ends of the 95, 80 and 50 % intervals. A method without
        draws gives its point estimate as `q50`.
    mean_log, sd_log : float
        Mean and SD of the log over the same draws.
    share_defined : float
        Share of the draws in which it is defined; 0 or 1 for a point estimate.
    p_low_edge, p_high_edge : float
        Share of those at the low and at the high end of the range.
    p_outside : float
        Share of those outside the observed troughs.
    data_share : float
        The data's share in what is known of the curve that decides the limit.
    ess : float
        Effective number of independent draws behind it.
    """

    q025: float = NAN
    q10: float = NAN
    q25: float = NAN
    q50: float = NAN
    q75: float = NAN
    q90: float = NAN
    q975: float = NAN
    mean_log: float = NAN
    sd_log: float = NAN
    share_defined: float = 0.0
    p_low_edge: float = NAN
    p_high_edge: float = NAN
    p_outside: float = NAN
    data_share: float = NAN
    ess: float = NAN


@dataclass(frozen=True, kw_only=True)
class WindowEstimate:
    """One window, as one analysis of one cohort gives it.

    Attributes
    ----------
    window : {"limits", "youden", "utility"}
    scale : {"C", "y"}
        The exposure it is about: the average trough, or one measured trough.
    engine : str
        What computed it: ``"fast"``, ``"nuts"``, ``"roc"`` …; ``"nuts"`` also where the fast engine handed over.
    fallback : bool
        Whether the method's own engine had to hand over.
    p_exists : float
        P(a window exists); 0 or 1 for a point estimate.
    p_rising : float
        For youden: P(both limits are defined).
    prior_tail : float
        How far out in their prior the intercept and slope of an endpoint lie together, of the endpoint where that is
        furthest (:func:`bayes_sora.window.evidence.prior_tail`); NaN for methods without priors.
    identified : bool
        The verdict of the rule; a method without one declares whatever it finds.
    limits : mapping of limit name to LimitEstimate
    k_hat : float
        Pareto k of the importance weights; NaN for methods without.
    seconds : float
        Time spent on the cohort by the method; the only column that differs between two runs.
    """

    window: WindowKind
    scale: Literal["C", "y"]
    engine: str
    fallback: bool = False
    p_exists: float = NAN
    p_rising: float = NAN
    prior_tail: float = NAN
    identified: bool = False
    limits: Mapping[LimitName, LimitEstimate] = field(default_factory=lambda: MappingProxyType({}))
    k_hat: float = NAN
    seconds: float = NAN


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An analysis that gave no answer; it is counted, never dropped.

    Attributes
    ----------
    reason : str
        In words, short.
    """

    reason: str


Analysis = tuple[WindowEstimate, ...] | Failure
"""What a method gives for one cohort."""
