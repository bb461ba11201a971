"""The ROC analysis of the paper: one endpoint, one cut-off, with the uncertainty the paper did not print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bayes_sora.classical.delong import auc_interval, delong_auc
from bayes_sora.classical.interval import UNDEFINED, Interval
from bayes_sora.classical.youden import TroughCounts, count_by_trough, draw_bootstrap_cutoffs, youden_cut
from bayes_sora.numerics.ties import comparable
from bayes_sora.types import BoolArray, FloatArray

RESAMPLES = 2000

BinaryEndpoint = Literal["toxicity", "response"]


def _empty() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, kw_only=True)
class Roc:
    """ROC curve of a trough against a 0/1 endpoint, with the Youden cut-off.

    Where the analysis is not defined, `reason` says why and everything but the counts is None, undefined or empty.

    Attributes
    ----------
    n, n_events : int
        Evaluable patients, and those among them with the event.
    reason : str
        Why the analysis is not defined; "" where it is.
    cutoff_mg_l : float or None
        Midpoint of neighbouring observed troughs with the largest J, the lowest one on ties, in mg/L.
    cutoff_ci95 : (float or None, float or None)
        Percentile interval of the plain patient bootstrap, mg/L.
    youden, sensitivity, specificity : float or None
        At the cut-off, on the patients it was chosen on: J = sensitivity + specificity − 1 is optimistic.
    auc : float or None
        A higher trough predicts the event, always: may be below 0.5.
    auc_ci95 : (float or None, float or None)
        DeLong's interval, undefined under complete separation or with a single patient in a class.
    n_resamples, n_resamples_one_class : int
        Bootstrap samples drawn, and those left out of `cutoff_ci95` because they held one class (or one distinct
        trough) only; leaving them out gives the same distribution as drawing them again.
    false_positive_rate, sensitivity_curve, threshold_mg_l : FloatArray, shape (m + 1,)
        Points of the curve for m distinct troughs, from (0, 0) to (1, 1). A trough above the threshold is called
        positive; thresholds are ∞, the midpoints by falling trough, and 0.
    """

    n: int
    n_events: int
    reason: str = ""
    cutoff_mg_l: float | None = None
    cutoff_ci95: Interval = UNDEFINED
    youden: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    auc: float | None = None
    auc_ci95: Interval = UNDEFINED
    n_resamples: int = 0
    n_resamples_one_class: int = 0
    false_positive_rate: FloatArray = field(default_factory=_empty)
    sensitivity_curve: FloatArray = field(default_factory=_empty)
    threshold_mg_l: FloatArray = field(default_factory=_empty)

    @property
    def defined(self) -> bool:
        """Whether both classes and at least two distinct troughs were seen."""
        return not self.reason


def roc_analysis(
    trough_mg_l: FloatArray, outcome: FloatArray, *, seed: int | np.random.SeedSequence, resamples: int = RESAMPLES
) -> Roc:
    """Return the ROC analysis of `outcome` on the trough.

    The analysis depends on the order of the troughs only, apart from where between two of them the cut-off is written.

    Parameters
    ----------
    trough_mg_l : FloatArray, shape (n,)
        One trough a patient in mg/L.
    outcome : FloatArray, shape (n,)
        1 event, 0 none, NaN not evaluable: left out.
    seed : int or numpy.random.SeedSequence
        Seed of the bootstrap.
    resamples : int
        Bootstrap samples; 0 leaves `cutoff_ci95` undefined.

    Returns
    -------
    Roc
        Not defined, with a reason, where only one class or one distinct trough was seen.
    """
    evaluable = ~np.isnan(outcome)
    trough, event = comparable(trough_mg_l[evaluable]), outcome[evaluable] == 1.0
    n, n_events = trough.size, int(event.sum())
    reason = _why_undefined(trough, event)
    if reason:
        return Roc(n=n, n_events=n_events, reason=reason)
    counted = count_by_trough(trough, event)
    cut = youden_cut(counted)
    cutoffs = draw_bootstrap_cutoffs(trough, event, rng=np.random.default_rng(seed), resamples=resamples)
    auc = delong_auc(trough[event], trough[~event])
    false_positive_rate, sensitivity_curve, threshold_mg_l = _curve(counted)
    return Roc(
        n=n,
        n_events=n_events,
        cutoff_mg_l=float(cut.cutoff_mg_l),
        cutoff_ci95=_percentile_interval(cutoffs),
        youden=float(cut.youden),
        sensitivity=float(cut.sensitivity),
        specificity=float(cut.specificity),
        auc=auc.estimate,
        auc_ci95=auc_interval(auc),
        n_resamples=resamples,
        n_resamples_one_class=int(np.isnan(cutoffs).sum()),
        false_positive_rate=false_positive_rate,
        sensitivity_curve=sensitivity_curve,
        threshold_mg_l=threshold_mg_l,
    )


def _why_undefined(trough: FloatArray, event: BoolArray) -> str:
    if not trough.size:
        return "no evaluable patient"
    if event.all():
        return "every evaluable patient had the event"
    if not event.any():
        return "no evaluable patient had the event"
    if np.ptp(trough) == 0.0:
        return "all evaluable patients have the same trough"
    return ""


def _percentile_interval(cutoffs: FloatArray) -> Interval:
    defined = cutoffs[~np.isnan(cutoffs)]
    if not defined.size:
        return UNDEFINED
    low, high = np.quantile(defined, [0.025, 0.975])
    return (float(low), float(high))


def _curve(counted: TroughCounts) -> tuple[FloatArray, FloatArray, FloatArray]:
    above = np.concatenate([np.zeros((2, 1), dtype=np.int64), counted.counts[:, ::-1].cumsum(axis=1)], axis=1)
    rates = above / above[:, -1:]
    falling = counted.trough_mg_l[::-1]
    midpoints = (falling[:-1] + falling[1:]) / 2.0
    return rates[0], rates[1], np.concatenate([[np.inf], midpoints, [0.0]])
