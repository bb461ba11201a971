r"""The robust prior: an informative normal mixed with a vague one, and what data say about the two.

.. math:: π(θ) = w N(θ; m, s^2) + (1 - w) N(θ; m_0, s_0^2)

Where data contradict earlier evidence the vague component takes over, and the earlier evidence counts less (Schmidli et
al. 2014, Biometrics 70:1023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr, ndtri

from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.types import FloatArray, Real

HALVINGS = 100
"""Of the bracket of a quantile: more than its digits need, wherever the components lie."""

LEAST_EFFECTIVE = 100.0
"""Draws, of those under the vague component, without which its moments are not told."""


@dataclass(frozen=True, kw_only=True)
class RobustNormal:
    """Two normal components; the interface is that of a frozen SciPy distribution.

    Attributes
    ----------
    mean, sd : float
        Of the informative component.
    weight : float
        Its weight, from 0 to 1.
    vague_mean, vague_sd : float
        Of the other.
    """

    mean: float
    sd: float
    weight: float
    vague_mean: float
    vague_sd: float

    def logpdf(self, value: Real) -> FloatArray:
        """Return the log density."""
        return np.logaddexp(*self._weighted(value))

    def cdf(self, value: Real) -> FloatArray:
        """Return the share below `value`."""
        given = np.asarray(value, dtype=float)
        informative, vague = ndtr((given - self.mean) / self.sd), ndtr((given - self.vague_mean) / self.vague_sd)
        return np.asarray(self.weight * informative + (1.0 - self.weight) * vague)

    def ppf(self, q: Real) -> FloatArray:
        """Return quantiles, by halving the interval between those of the two components."""
        wanted = np.asarray(q, dtype=float)
        ends = np.stack([self.mean + self.sd * ndtri(wanted), self.vague_mean + self.vague_sd * ndtri(wanted)])
        low, high = ends.min(axis=0), ends.max(axis=0)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            above = self.cdf(middle) >= wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return np.asarray(high)

    def rvs(self, *, size: int | tuple[int, ...], random_state: np.random.Generator) -> FloatArray:
        """Draw."""
        informative = random_state.uniform(size=size) < self.weight
        z = random_state.standard_normal(size=size)
        return np.where(informative, self.mean + self.sd * z, self.vague_mean + self.vague_sd * z)

    def informative_share(self, value: Real) -> FloatArray:
        r"""Return the probability that θ came from the informative component, given θ.

        Its mean over draws of the posterior is that component's posterior weight.
        """
        informative, vague = self._weighted(value)
        with np.errstate(invalid="ignore"):
            return np.asarray(expit(informative - vague))

    def _weighted(self, value: Real) -> tuple[FloatArray, FloatArray]:
        """Return the log density of each component with its weight."""
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.weight), np.log1p(-self.weight)
        parts = ((self.mean, self.sd), (self.vague_mean, self.vague_sd))
        informative, vague = (
            log_weight + normal_log_density(np.asarray(value, dtype=float), mean=mean, sd=sd)
            for log_weight, (mean, sd) in zip(log_weights, parts, strict=True)
        )
        return informative, vague


@dataclass(frozen=True, kw_only=True)
class DataAlone:
    """What the data say of a parameter without its prior: an estimate and its standard error."""

    estimate: float
    standard_error: float


def data_alone(mean: float, sd: float, *, prior_mean: float, prior_sd: float) -> DataAlone | None:
    r"""Return what the likelihood says, given posterior and prior, both taken as normal.

    .. math:: \hat θ = \frac{m_1/v_1 - m_0/v_0}{1/v_1 - 1/v_0}, \qquad v_L = \frac{1}{1/v_1 - 1/v_0}

    Parameters
    ----------
    mean, sd : float
        Of the posterior.
    prior_mean, prior_sd : float

    Returns
    -------
    DataAlone or None
        None where the posterior is no narrower than the prior: the data say nothing of a normal kind.
    """
    gained = sd**-2 - prior_sd**-2
    if not gained > 0.0:
        return None
    estimate = (mean * sd**-2 - prior_mean * prior_sd**-2) / gained
    return DataAlone(estimate=float(estimate), standard_error=float(gained**-0.5))


def conflict_p(data: DataAlone, *, prior_mean: float, prior_sd: float) -> float:
    r"""Return how seldom a prior gives data as far from its mean as these.

    .. math:: p = 2 Φ\!\left(-\frac{|\hat θ - m|}{\sqrt{v_L + s^2}}\right)

    The tail probability of Evans and Moshonov (2006, Bayesian Analysis 1:893) for a normal likelihood and prior; where
    the prior is right it is uniform.
    """
    spread = np.hypot(data.standard_error, prior_sd)
    return float(2.0 * ndtr(-abs(data.estimate - prior_mean) / spread))


def without_informative(draws: FloatArray, prior: RobustNormal) -> tuple[float, float] | None:
    r"""Return mean and SD of the posterior under the vague component alone, from draws under the mixture.

    Draws are weighted by :math:`(1 - w) N(θ; m_0, s_0^2) / π(θ)`, which lies between 0 and 1. None where fewer than
    :data:`LEAST_EFFECTIVE` draws would count.
    """
    weights = 1.0 - prior.informative_share(draws)
    if not weights.sum() ** 2 >= LEAST_EFFECTIVE * (weights**2).sum() > 0.0:
        return None
    mean = np.average(draws, weights=weights)
    return float(mean), float(np.sqrt(np.average((draws - mean) ** 2, weights=weights)))
