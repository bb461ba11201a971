"""What a ROC makes of a cohort: the paper's own analysis and its two bootstraps, as methods of a study.

The response cut-off is the lower limit and the toxicity cut-off the upper one, as in the paper, on the scale of one
measured trough. A cut-off knows no range of exposures: shares at an edge stay NaN.
"""

from __future__ import annotations

import time
import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.classical import draw_bayesian_bootstrap_cutoffs, draw_bootstrap_cutoffs
from bayes_sora.classical.roc import RESAMPLES
from bayes_sora.classical.youden import count_by_trough, youden_cut
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


def _point(trough_mg_l: FloatArray, event: BoolArray, _rng: np.random.Generator) -> FloatArray:
    return np.atleast_1d(youden_cut(count_by_trough(trough_mg_l, event)).cutoff_mg_l)


def _bootstrap(trough_mg_l: FloatArray, event: BoolArray, rng: np.random.Generator) -> FloatArray:
    return draw_bootstrap_cutoffs(trough_mg_l, event, rng=rng, resamples=RESAMPLES)


def _bayesian_bootstrap(trough_mg_l: FloatArray, event: BoolArray, rng: np.random.Generator) -> FloatArray:
    return draw_bayesian_bootstrap_cutoffs(trough_mg_l, event, rng=rng, draws=RESAMPLES)


CLASSICAL: Mapping[MethodKind, Callable[[FloatArray, BoolArray, np.random.Generator], FloatArray]] = MappingProxyType(
    {"roc": _point, "roc_bootstrap": _bootstrap, "bayesian_bootstrap": _bayesian_bootstrap}
)
"""How each classical method draws cut-offs from troughs (mg/L) and events."""


def analyse_classical(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Return the youden window that a classical `method` gives for each cohort.

    Its quantiles are those of all draws in which a limit is defined, of the width those in which the window exists;
    the ROC itself gives its cut-offs as `q50` and nothing else. Where an endpoint has one class only, a limit is
    undefined and no window exists: an answer, not a failure.

    Parameters
    ----------
    method : Method
        Of kind ``"roc"``, ``"roc_bootstrap"`` or ``"bayesian_bootstrap"``.
    replicates : sequence of Replicate
    cohorts : sequence of Cohort
        Each with toxicity and response.
    """
    return [(_window(method, one, cohort),) for one, cohort in zip(replicates, cohorts, strict=True)]


def _window(method: Method, replicate: Replicate, cohort: Cohort) -> WindowEstimate:
    began = time.perf_counter()
    draws = _draw_cutoffs(method, replicate, cohort)
    exists = draws.lower < draws.upper  # False where a limit is NaN
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
    trough = cohort.trough_mg_l

    def drawn(outcome: FloatArray | None) -> FloatArray:
        if outcome is None:
            return np.array([np.nan])
        evaluable = ~np.isnan(outcome)
        # The same seed for both endpoints: each draw is one resample of patients, with both of its cut-offs.
        rng = np.random.default_rng(np.random.SeedSequence(replicate.seed, spawn_key=(STREAM,)))
        return CLASSICAL[method.kind](trough[evaluable], outcome[evaluable] == 1.0, rng)

    return _Cutoffs(lower=drawn(cohort.response), upper=drawn(cohort.toxicity))


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
