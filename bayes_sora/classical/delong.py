r"""Area under the ROC curve with DeLong's standard error.

.. math:: \mathrm{AUC} = P(Y_1 > Y_0) + \tfrac12 P(Y_1 = Y_0), \qquad
          \mathrm{Var} = \frac{S_{10}}{n_1} + \frac{S_{01}}{n_0}

with S₁₀ and S₀₁ the sample variances of the placement values: the share of patients without the event below each
patient with it (ties half), and the share of patients with the event above each one without.
Troughs are compared as :func:`~bayes_sora.numerics.ties.comparable` ones.

References
----------
.. [1] DeLong, DeLong, Clarke-Pearson. Biometrics 1988;44:837–845.
.. [2] Sun, Xu. IEEE Signal Processing Letters 2014;21:1389–1393 (placement values from mid-ranks).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from bayes_sora.classical.interval import NORMAL_975, UNDEFINED, Interval
from bayes_sora.numerics.ties import comparable
from bayes_sora.types import FloatArray


class Auc(NamedTuple):
    """AUC and its standard error, NaN when a class has fewer than two patients."""

    estimate: float
    standard_error: float


def delong_auc(with_event: FloatArray, without_event: FloatArray) -> Auc:
    """Return the AUC of troughs with against without the event, a higher trough predicting it; at least one of each."""
    n_1, n_0 = with_event.size, without_event.size
    with_event, without_event = comparable(with_event), comparable(without_event)
    rank = rankdata(np.concatenate([with_event, without_event]))
    placement_1 = (rank[:n_1] - rankdata(with_event)) / n_0
    placement_0 = 1.0 - (rank[n_1:] - rankdata(without_event)) / n_1
    estimate = float(placement_1.mean())
    if min(n_1, n_0) < 2:
        return Auc(estimate, float("nan"))
    variance = placement_1.var(ddof=1) / n_1 + placement_0.var(ddof=1) / n_0
    return Auc(estimate, float(np.sqrt(variance)))


def auc_above_half(auc: Auc) -> bool:
    """Whether the AUC less 1.96 standard errors lies above one half: whether a higher trough goes with the event.

    Complete separation, where the standard error is zero, is above one half; a class with one patient has no standard
    error and shows nothing.
    """
    return auc.estimate - NORMAL_975 * auc.standard_error > 0.5


def auc_interval(auc: Auc) -> Interval:
    """Return the 95 % interval AUC ± 1.96 SE, cut at 0 and 1.

    Plain rather than on the logit scale, as clinical papers print it. It is undefined where the standard error is
    undefined or zero: under complete separation the formula would claim to know the AUC exactly.
    """
    if not auc.standard_error > 0:
        return UNDEFINED
    half = NORMAL_975 * auc.standard_error
    return (max(0.0, auc.estimate - half), min(1.0, auc.estimate + half))
