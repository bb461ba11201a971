r"""Measured troughs and the average trough behind them.

.. math:: \log y_{ij} \sim N(\log C_i, σ_w), \qquad \log C_i \sim N(μ, σ_b)

Given (μ, σ_b, σ_w) the average log trough is normal around a weighted mean, which gives an exact sampling form
without a funnel and the centre of every quadrature in this package.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from bayes_sora.types import FloatArray, IntArray, Real

LOG_2_PI = float(np.log(2.0 * np.pi))


class TroughStatistics(NamedTuple):
    """What the measured (uncensored) log troughs of each patient say, and the censored ones as they are.

    Attributes
    ----------
    n : FloatArray, shape (n_patients,)
        Number of measured troughs; may be 0 when all of a patient's troughs are censored.
    mean_log : FloatArray, shape (n_patients,)
        Mean of the measured log troughs in log(mg/L), 0 where there is none.
    sum_squares : FloatArray, shape (n_patients,)
        Sum of squared deviations from that mean.
    censored_patient : IntArray, shape (n_censored,)
        Index of the patient of each censored trough.
    censored_log_limit : FloatArray, shape (n_censored,)
        Log of its limit of quantification.
    censored_sign : FloatArray, shape (n_censored,)
        +1 below the lower limit, −1 above the upper one: the term is log Φ(sign·(limit − log C)/σ_w).
    """

    n: FloatArray
    mean_log: FloatArray
    sum_squares: FloatArray
    censored_patient: IntArray
    censored_log_limit: FloatArray
    censored_sign: FloatArray


def summarise_troughs(
    patient: IntArray, value_mg_l: FloatArray, censoring: IntArray, *, n_patients: int
) -> TroughStatistics:
    """Reduce troughs, one entry a measurement, to :class:`TroughStatistics` (censoring −1 below, 0, +1 above)."""
    measured = censoring == 0
    who, log_y = patient[measured], np.log(value_mg_l[measured])
    n = np.bincount(who, minlength=n_patients).astype(float)
    mean = np.bincount(who, weights=log_y, minlength=n_patients) / np.maximum(n, 1.0)
    squares = np.bincount(who, weights=(log_y - mean[who]) ** 2, minlength=n_patients)
    return TroughStatistics(
        n=n,
        mean_log=mean,
        sum_squares=squares,
        censored_patient=patient[~measured],
        censored_log_limit=np.log(value_mg_l[~measured]),
        censored_sign=-censoring[~measured].astype(float),
    )


def conditional_log_exposure(
    n: Real, mean_log: Real, *, mu: Real, sd_between: Real, sd_within: Real
) -> tuple[FloatArray, FloatArray]:
    r"""Return mean and SD of :math:`\log C_i` given the measured troughs.

    .. math:: m_i = μ + \frac{σ_b^2}{σ_b^2 + σ_w^2/n_i}(\bar y_i - μ), \qquad
              s_i^2 = \frac{σ_b^2 σ_w^2}{n_i σ_b^2 + σ_w^2}

    Written so that n = 0 gives (μ, σ_b). Arguments broadcast.
    """
    total = n * sd_between**2 + sd_within**2
    mean = mu + n * sd_between**2 / total * (mean_log - mu)
    return np.asarray(mean, dtype=float), np.asarray(sd_between * sd_within / np.sqrt(total), dtype=float)


def measured_log_likelihood(
    n: Real, mean_log: Real, sum_squares: Real, *, mu: Real, sd_between: Real, sd_within: Real
) -> FloatArray:
    r"""Return the marginal log density of a patient's measured log troughs, :math:`\log C_i` integrated out.

    The troughs are normal with mean μ and covariance :math:`σ_w^2 I + σ_b^2 J`. With no trough it is 0.
    """
    variance_of_mean = sd_within**2 + n * sd_between**2
    return -0.5 * (
        n * LOG_2_PI
        + np.where(n > 0, 2.0 * (n - 1.0) * np.log(sd_within) + np.log(variance_of_mean), 0.0)
        + sum_squares / sd_within**2
        + n * (mean_log - mu) ** 2 / variance_of_mean
    )


def censored_log_likelihood(log_exposure: Real, log_limit: Real, sign: Real, *, sd_within: Real) -> FloatArray:
    """Return log Φ(sign·(log limit − log C)/σ_w) of troughs outside the limits of quantification. Broadcasts."""
    return np.asarray(log_ndtr(sign * (log_limit - log_exposure) / sd_within), dtype=float)
