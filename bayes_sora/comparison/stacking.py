r"""Stacking: the weights of models whose mixture predicts left-out patients best (Yao et al. 2018).

.. math:: \max_{w \in \text{simplex}} \sum_i \log \sum_k w_k \exp \mathrm{elpd}_{ik}

They are not probabilities of models: of two that predict alike either may get all the weight, and a model that is
second everywhere none.
"""

from __future__ import annotations

import numpy as np

from bayes_sora.types import FloatArray

STEPS, TOLERANCE = 20_000, 1e-9


def stacking_weights(elpd: FloatArray) -> FloatArray:
    """Return the stacking weights of models, adding up to one, shape (n_models,).

    The objective is concave and each step, the share that a model has in the mixture's prediction of every patient,
    averaged over patients, raises it: the weights of a mixture by expectation and maximisation.

    Parameters
    ----------
    elpd : FloatArray, shape (n_patients, n_models)
        Log predictive densities of the patients, left out one at a time.
    """
    density = np.exp(elpd - elpd.max(axis=1, keepdims=True))
    weights = np.full(elpd.shape[1], 1.0 / elpd.shape[1])
    for _ in range(STEPS):
        share = weights * density
        better = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(better - weights).max() < TOLERANCE:
            return np.asarray(better)
        weights = better
    return np.asarray(weights)
