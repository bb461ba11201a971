"""Stacking of predictive distributions: the weights of models that predict best together."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, minimize

from bayes_sora.types import FloatArray

TOLERANCE = 1e-12
NEGLIGIBLE = 1e-6


def stacking_weights(log_density: FloatArray) -> FloatArray:
    r"""Return the weights of models whose mixture predicts the left-out data best.

    .. math:: \max_{w} \sum_i \log \sum_k w_k \, p(y_i \mid y_{-i}, M_k), \qquad w_k ≥ 0, \; \sum_k w_k = 1,

    a concave problem with one maximum, unless models predict alike; then equal weights are among the answers and are
    returned (Yao, Vehtari, Simpson and Gelman 2018, Bayesian Analysis 13:917).

    Parameters
    ----------
    log_density : FloatArray, shape (n_models, n_patients)
        Log predictive density of every patient, fitted without that patient; finite.

    Returns
    -------
    FloatArray, shape (n_models,)
        Weights below 10⁻⁶ are zero.
    """
    # Each patient's densities relative to the best model's: only ratios matter, and no density underflows.
    density = np.exp(log_density - log_density.max(axis=0)).T
    n, models = density.shape

    def loss(weights: FloatArray) -> float:
        return float(-np.log(density @ weights).sum() / n)

    def gradient(weights: FloatArray) -> FloatArray:
        return np.asarray(-(density / (density @ weights)[:, None]).sum(axis=0) / n)

    found = minimize(
        loss,
        np.full(models, 1.0 / models),
        jac=gradient,
        method="SLSQP",
        bounds=Bounds(np.zeros(models), np.ones(models)),
        constraints=LinearConstraint(np.ones(models), 1.0, 1.0),
        options={"ftol": TOLERANCE, "maxiter": 1000},
    ).x
    kept = np.where(found < NEGLIGIBLE, 0.0, found)
    return np.asarray(kept / kept.sum(), dtype=float)
