"""What a ROC makes of a cohort: the paper's own analysis, a careful reader of it, and its two bootstraps.

The response cut-off is the lower limit and the toxicity cut-off the upper one, as in the paper, on the scale of one
measured trough. A cut-off knows no range of exposures: shares at an edge stay NaN.

A careful reader (`roc_fair`) keeps the two cut-offs only as a window that the same cohort supports: ordered, and from
two ROC curves whose AUC intervals both lie above one half. Otherwise this reader declares nothing.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.classical import draw_bayesian_bootstrap_cutoffs, draw_bootstrap_cutoffs
from bayes_sora.classical.delong import auc_above_half, delong_auc
from bayes_sora.classical.roc import RESAMPLES
from bayes_sora.classical.youden import count_by_trough, youden_cut
from bayes_sora.numerics.ties import comparable
from bayes_sora.study.rows import Analysis, LimitEstimate, WindowEstimate
from bayes_sora.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.study.plan import Method, MethodKind, Replicate
    from bayes_sora.study.rows import LimitName

PROBABILITIES = MappingProxyType(
    {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
)
STREAM = zlib.crc32(b"bootstrap")  # apart from the stream that drew the cohort from the same seed


class _Cutoffs(NamedTuple):
    """Cut-offs in mg/L, one a draw and NaN where not defined; a point estimate is a single draw."""

    lower: FloatArray
    upper: FloatArray

    @property
    def exists(self) -> BoolArray:
        """Whether a pair makes a window: in order, and so False where a limit is not defined."""
        return comparable(self.lower) < comparable(self.upper)

    def only_windows(self) -> _Cutoffs:
        """Return the pairs that make a window, NaN for the others."""
        return _Cutoffs(*(np.where(self.exists, limit, np.nan) for limit in self))


def _point(trough_mg_l: FloatArray, event: BoolArray, _rng: np.random.Generator) -> FloatArray:
    return np.atleast_1d(youden_cut(count_by_trough(trough_mg_l, event)).cutoff_mg_l)


def _supported(trough_mg_l: FloatArray, event: BoolArray, rng: np.random.Generator) -> FloatArray:
    """Return the cut-off where a higher trough goes with the event beyond doubt, else NaN."""
    cutoff = _point(trough_mg_l, event, rng)
    if np.isnan(cutoff[0]) or not auc_above_half(delong_auc(trough_mg_l[event], trough_mg_l[~event])):
        return np.array([np.nan])
    return cutoff


def _bootstrap(trough_mg_l: FloatArray, event: BoolArray, rng: np.random.Generator) -> FloatArray:
    return draw_bootstrap_cutoffs(trough_mg_l, event, rng=rng, resamples=RESAMPLES)


def _bayesian_bootstrap(trough_mg_l: FloatArray, event: BoolArray, rng: np.random.Generator) -> FloatArray:
    return draw_bayesian_bootstrap_cutoffs(trough_mg_l, event, rng=rng, draws=RESAMPLES)


@dataclass(frozen=True)
class Reading:
    """How a classical method reads a cohort.

    Attributes
    ----------
    draw : callable
        Draws cut-offs, called as ``draw(trough_mg_l, event, rng)``.
    only_windows : bool
        Whether cut-offs that make no window are dropped.
    """

    draw: Callable[[FloatArray, BoolArray, np.random.Generator], FloatArray]
    only_windows: bool = False


CLASSICAL: Mapping[MethodKind, Reading] = MappingProxyType(
    {
        "roc": Reading(_point),
        "roc_fair": Reading(_supported, only_windows=True),
        "roc_bootstrap": Reading(_bootstrap),
        "bayesian_bootstrap": Reading(_bayesian_bootstrap),
    }
)
"""How each classical method reads troughs (mg/L) and events."""


def analyse_classical(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Return the youden window that a classical `method` gives for each cohort.

    Its quantiles are those of all draws in which a limit is defined, of the width those in which the window exists;
    the ROC itself gives its cut-offs as `q50` and nothing else, and its careful reader only where they make a window.
    Where an endpoint has one class only, a limit is undefined and no window exists: an answer, not a failure.

    Parameters
    ----------
    method : Method
        Of a kind in :data:`CLASSICAL`.
    replicates : sequence of Replicate
    cohorts : sequence of Cohort
        Each with toxicity and response.
    """
    return [(_window(method, one, cohort),) for one, cohort in zip(replicates, cohorts, strict=True)]


def _window(method: Method, replicate: Replicate, cohort: Cohort) -> WindowEstimate:
    began = time.perf_counter()
    draws = _draw_cutoffs(method, replicate, cohort)
    exists = draws.exists
    width = np.where(exists, draws.upper - draws.lower, np.nan)
    trough = cohort.trough_mg_l
    limits: dict[LimitName, LimitEstimate] = {
        "lower": _estimate(draws.lower, trough),
        "upper": _estimate(draws.upper, trough),
        "width": _estimate(width),
    }
    return WindowEstimate(
        window="youden",
        scale="y",
        engine=method.kind,
        p_exists=float(exists.mean()),
        p_rising=float((~np.isnan(draws.lower) & ~np.isnan(draws.upper)).mean()),
        limits=MappingProxyType(limits),
        seconds=time.perf_counter() - began,
    )


def _draw_cutoffs(method: Method, replicate: Replicate, cohort: Cohort) -> _Cutoffs:
    trough, reading = cohort.trough_mg_l, CLASSICAL[method.kind]

    def drawn(outcome: FloatArray | None) -> FloatArray:
        if outcome is None or np.isnan(outcome).all():
            return np.array([np.nan])
        evaluable = ~np.isnan(outcome)
        # The same seed for both endpoints: each draw is one resample of patients, with both of its cut-offs.
        rng = np.random.default_rng(np.random.SeedSequence(replicate.seed, spawn_key=(STREAM,)))
        return reading.draw(trough[evaluable], outcome[evaluable] == 1.0, rng)

    drawn_twice = _Cutoffs(lower=drawn(cohort.response), upper=drawn(cohort.toxicity))
    return drawn_twice.only_windows() if reading.only_windows else drawn_twice


def _estimate(draws: FloatArray, trough_mg_l: FloatArray | None = None) -> LimitEstimate:
    defined = draws[~np.isnan(draws)]
    if not defined.size:
        return LimitEstimate()
    if draws.size == 1:
        return LimitEstimate(q50=float(defined[0]), mean_log=float(np.log(defined[0])), share_defined=1.0)
    log_draws = np.log(defined)
    quantiles = np.quantile(defined, list(PROBABILITIES.values()))
    return LimitEstimate(
        **dict(zip(PROBABILITIES, map(float, quantiles), strict=True)),
        mean_log=float(log_draws.mean()),
        sd_log=float(log_draws.std()),
        share_defined=defined.size / draws.size,
        p_outside=np.nan if trough_mg_l is None else _share_outside(defined, trough_mg_l),
        ess=float(defined.size),
    )


def _share_outside(cutoffs_mg_l: FloatArray, trough_mg_l: FloatArray) -> float:
    return float(((cutoffs_mg_l < trough_mg_l.min()) | (cutoffs_mg_l > trough_mg_l.max())).mean())
