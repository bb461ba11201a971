r"""Ranks of exposures: tertiles, and the area under the ROC curve of many data sets at once.

.. math:: \mathrm{AUC} = P(Y_1 > Y_0) + \tfrac12 P(Y_1 = Y_0)
                       = \frac{\sum_{i: E_i = 1} r_i - n_1 (n_1 + 1) / 2}{n_1 n_0}

with r the mid-ranks of the marker Y and E the event. What is equal but for rounding errors is equal here, as everywhere
(:mod:`~bayes_sora.numerics.ties`).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from bayes_sora.numerics.ties import comparable, comparable_logs
from bayes_sora.types import FloatArray, IntArray


def auc_by_row(log_marker: FloatArray, event: FloatArray) -> FloatArray:
    """Return the AUC of each row, a higher marker predicting the event; NaN where all or none have it.

    Parameters
    ----------
    log_marker : FloatArray, shape (n_rows, n)
        The logarithm of a concentration.
    event : FloatArray, shape (n_rows, n)
        0 or 1.
    """
    with_event = event.sum(axis=1)
    pairs = with_event * (event.shape[1] - with_event)
    ranks = (rankdata(comparable_logs(log_marker), axis=1) * event).sum(axis=1) - with_event * (with_event + 1.0) / 2.0
    auc = np.full(pairs.shape, np.nan)
    np.divide(ranks, pairs, out=auc, where=pairs > 0)
    return auc


def tertiles(exposure: FloatArray) -> IntArray:
    """Return the tertile of each exposure, 0, 1 or 2; equal ones share a tertile, so that one may be empty.

    Parameters
    ----------
    exposure : FloatArray, shape (n,)
        At least one; a value at a boundary belongs below it.
    """
    compared = comparable(exposure)
    return np.searchsorted(comparable(np.quantile(compared, [1.0 / 3.0, 2.0 / 3.0])), compared, side="left")
