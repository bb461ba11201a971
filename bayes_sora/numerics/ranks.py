r"""The area under the ROC curve of many data sets at once, from ranks.

.. math:: \mathrm{AUC} = P(Y_1 > Y_0) + \tfrac12 P(Y_1 = Y_0)
                       = \frac{\sum_{i: E_i = 1} r_i - n_1 (n_1 + 1) / 2}{n_1 n_0}

with r the mid-ranks of the marker Y and E the event.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from bayes_sora.types import FloatArray


def auc_by_row(marker: FloatArray, event: FloatArray) -> FloatArray:
    """Return the AUC of each row, a higher marker predicting the event; NaN where all or none have it.

    Parameters
    ----------
    marker : FloatArray, shape (n_rows, n)
    event : FloatArray, shape (n_rows, n)
        0 or 1.
    """
    with_event = event.sum(axis=1)
    pairs = with_event * (event.shape[1] - with_event)
    ranks = (rankdata(marker, axis=1) * event).sum(axis=1) - with_event * (with_event + 1.0) / 2.0
    auc = np.full(pairs.shape, np.nan)
    np.divide(ranks, pairs, out=auc, where=pairs > 0)
    return auc
