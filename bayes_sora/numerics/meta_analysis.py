r"""Random-effects meta-analysis of a parameter over studies, and what it says of a new study.

.. math:: \hat θ_j \sim N(θ_j, s_j^2), \qquad θ_j \sim N(μ, τ^2), \qquad μ \sim N(0, s_μ^2), \quad τ \sim N^+(0, s_τ^2)

The meta-analytic-predictive (MAP) distribution is that of the parameter of a new study, :math:`θ_* \sim N(μ, τ^2)`
given the others (Neuenschwander et al. 2010, Clinical Trials 7:5). Given τ everything is normal; τ is integrated out
on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.types import FloatArray, Real

if TYPE_CHECKING:
    from collections.abc import Sequence

GRID_SIZE = 801
GRID_REACH = 6.0
"""The grid of τ ends at so many SDs of its half-normal prior."""
HALVINGS = 60
CORRECTION = 0.5
"""Haldane's, added to every cell of a table that has an empty one."""


@dataclass(frozen=True, kw_only=True)
class MixtureOfNormals:
    """A mixture of normals with many components, each array of shape (n,).

    Attributes
    ----------
    weight, mean_of, sd_of : FloatArray
        Weights sum to 1.
    """

    weight: FloatArray
    mean_of: FloatArray
    sd_of: FloatArray

    @property
    def mean(self) -> float:
        """Mean."""
        return float(self.weight @ self.mean_of)

    @property
    def sd(self) -> float:
        """Standard deviation: within the components and between them."""
        return float(np.sqrt(self.weight @ (self.sd_of**2 + (self.mean_of - self.mean) ** 2)))

    def cdf(self, value: Real) -> FloatArray:
        """Return the share below `value`."""
        z = (np.asarray(value, dtype=float)[..., None] - self.mean_of) / self.sd_of
        return np.asarray(ndtr(z) @ self.weight)

    def quantile(self, probability: float) -> float:
        """Return a quantile, by halving."""
        reach = 12.0 * float(self.sd_of.max())
        low, high = float(self.mean_of.min()) - reach, float(self.mean_of.max()) + reach
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if self.cdf(middle) >= probability else (middle, high)
        return high


@dataclass(frozen=True, kw_only=True)
class MetaAnalysis:
    """What studies say together.

    Attributes
    ----------
    common : MixtureOfNormals
        Posterior of μ.
    new_study : MixtureOfNormals
        Of the parameter of a new study: the MAP distribution.
    sd_between, sd_between_weight : FloatArray, shape (n_grid,)
        Grid of τ and its posterior weights.
    """

    common: MixtureOfNormals
    new_study: MixtureOfNormals
    sd_between: FloatArray
    sd_between_weight: FloatArray

    def sd_between_quantile(self, probability: float) -> float:
        """Return a quantile of τ."""
        below = np.cumsum(self.sd_between_weight) - 0.5 * self.sd_between_weight
        return float(np.interp(probability, below, self.sd_between))


def meta_analyse(
    estimates: Sequence[float], standard_errors: Sequence[float], *, sd_between_scale: float, mean_sd: float
) -> MetaAnalysis:
    r"""Combine estimates of studies, heterogeneity estimated.

    .. math:: μ \mid τ, \hat θ \sim N\!\left(\frac{\sum_j w_j \hat θ_j}{P}, \frac1P\right), \quad
              w_j = \frac{1}{s_j^2 + τ^2}, \quad P = \frac{1}{s_μ^2} + \sum_j w_j, \qquad
              p(τ \mid \hat θ) \propto \frac{p(τ) \prod_j N(\hat θ_j; M, s_j^2 + τ^2)\, N(M; 0, s_μ^2)}{N(M; M, 1/P)}

    with M the mean of the former: the joint density over the conditional one, at any point.

    Parameters
    ----------
    estimates, standard_errors : sequence of float
        One a study; standard errors are positive.
    sd_between_scale : float
        :math:`s_τ`, scale of the half-normal prior of τ.
    mean_sd : float
        :math:`s_μ`.
    """
    found, error = np.asarray(estimates, dtype=float), np.asarray(standard_errors, dtype=float)
    step = GRID_REACH * sd_between_scale / GRID_SIZE
    tau = np.asarray(step * (np.arange(GRID_SIZE) + 0.5), dtype=float)
    variance = error[:, None] ** 2 + tau**2
    precision = mean_sd**-2 + (1.0 / variance).sum(axis=0)
    mean = (found[:, None] / variance).sum(axis=0) / precision
    log_density = (
        -0.5 * (tau / sd_between_scale) ** 2
        + normal_log_density(found[:, None], mean=mean, sd=np.sqrt(variance)).sum(axis=0)
        + normal_log_density(mean, mean=0.0, sd=mean_sd)
        - 0.5 * np.log(precision)
    )
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    return MetaAnalysis(
        common=MixtureOfNormals(weight=weight, mean_of=mean, sd_of=precision**-0.5),
        new_study=MixtureOfNormals(weight=weight, mean_of=mean, sd_of=np.sqrt(1.0 / precision + tau**2)),
        sd_between=tau,
        sd_between_weight=weight,
    )


def log_odds_ratio(events: tuple[int, int], patients: tuple[int, int]) -> tuple[float, float]:
    r"""Return the log odds ratio of a 2×2 table and its standard error (Woolf).

    .. math:: \log \frac{a/b}{c/d}, \qquad \sqrt{1/a + 1/b + 1/c + 1/d}

    Parameters
    ----------
    events, patients : tuple of int
        With high exposure, with low exposure. One half is added to all four cells where one of them is empty.
    """
    cells = np.array([events[0], patients[0] - events[0], events[1], patients[1] - events[1]], dtype=float)
    cells += CORRECTION * (cells == 0.0).any()
    a, b, c, d = np.log(cells)
    return float(a - b - c + d), float(np.sqrt((1.0 / cells).sum()))


def split_width(share_above: float, exposure_sd: float) -> float:
    r"""Return by how much mean log exposure differs between the patients above a cut-off and those below.

    .. math:: σ \left(\frac{φ(z)}{1 - Φ(z)} + \frac{φ(z)}{Φ(z)}\right) = \frac{σ\,φ(z)}{q (1 - q)},
              \qquad 1 - Φ(z) = q

    A log odds ratio over it is a slope per unit of log exposure, to first order in the slope.

    Parameters
    ----------
    share_above : float
        q, in (0, 1): exposure is log-normal, and the cut-off is where q lie above it.
    exposure_sd : float
        σ, SD of log exposure.
    """
    z = float(ndtri(1.0 - share_above))
    return exposure_sd * float(np.exp(normal_log_density(z, mean=0.0, sd=1.0))) / (share_above * (1.0 - share_above))
