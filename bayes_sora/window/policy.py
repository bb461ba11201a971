r"""What keeping patients within limits is worth: the mean utility of a population that a policy has moved.

The policy of a window :math:`[a, b]` moves the exposure of a patient outside to the nearer end and leaves those inside
where they are. For log exposure :math:`X \sim N(μ, σ^2)` its value is

.. math:: V(a, b) = E\left[U\{\min(\max(e^X, a), b)\}\right] = U(a) + \int_{\log a}^{\log b} U'(x)\, P(X > x)\, dx,

which is exact for a utility that is linear in log exposure between the points of a grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from bayes_sora.curves import Curves
from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.questions import Utility
from bayes_sora.types import FloatArray, Span
from bayes_sora.window.optimum import draw_rows, utility_curve

POPULATION_SDS = 4.0
MOST_BEYOND = 100.0
"""The population is followed beyond an end of the range by this factor at most, where its last patients are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Policies:
    """The utility of every draw, and the population that policies act on.

    Attributes
    ----------
    utility : FloatArray, shape (n_draws, n_exposure)
        U, months.
    exposure_mg_l : FloatArray, shape (n_exposure,)
        Rising.
    mu, sd : FloatArray, shape (n_draws,)
        Of log exposure in the draw's own population, log mg/L.
    """

    utility: FloatArray
    exposure_mg_l: FloatArray
    mu: FloatArray
    sd: FloatArray

    def value(self, within: Span) -> FloatArray:
        """Return V of keeping everybody within a part of the range, months, shape (n_draws,)."""
        return policy_value(self.utility, self.exposure_mg_l, within, mu=self.mu, sd=self.sd)

    def untouched(self) -> FloatArray:
        """Return V of leaving everybody, months, shape (n_draws,); beyond the grid U is taken to stay as at its end."""
        return self.value(Span(float(self.exposure_mg_l[0]), float(self.exposure_mg_l[-1])))


def find_policies(curves: Curves, settings: Utility) -> Policies:
    """Return what policies are scored by.

    Parameters
    ----------
    curves : Curves
        Averaged over covariates, sites and frailties as always; the exposures of the population are log-normal with
        the ``exposure_log_median`` and ``exposure_log_sd`` of the same draw.
    settings : Utility

    Raises
    ------
    UsageError
        When the model has no survival.
    """
    return Policies(
        utility=draw_rows(utility_curve(curves, settings)),
        exposure_mg_l=curves.exposure_mg_l,
        mu=curves.draws["exposure_log_median"].to_numpy().ravel(),
        sd=curves.draws["exposure_log_sd"].to_numpy().ravel(),
    )


def population_span(curves: Curves) -> Span:
    """Return the range widened, where need be, to hold the population: ± 4 SD of log exposure in nearly every draw."""
    mu, sd = (curves.draws[name].to_numpy() for name in ("exposure_log_median", "exposure_log_sd"))
    low, high = np.quantile(mu - POPULATION_SDS * sd, 0.001), np.quantile(mu + POPULATION_SDS * sd, 0.999)
    span = curves.span
    return Span(
        min(span.low, max(float(np.exp(low)), span.low / MOST_BEYOND)),
        max(span.high, min(float(np.exp(high)), span.high * MOST_BEYOND)),
    )


def policy_value(utility: FloatArray, grid: FloatArray, within: Span, *, mu: FloatArray, sd: FloatArray) -> FloatArray:
    """Return V, the mean utility once everybody is kept within limits, by the formula above.

    Parameters
    ----------
    utility : FloatArray, shape (n_draws, n_grid)
        Linear in log exposure between the points of `grid`.
    grid : FloatArray, shape (n_grid,)
        Rising exposures.
    within : Span
        The limits, inside the grid.
    mu, sd : FloatArray, shape (n_draws,)
        Mean and SD > 0 of log exposure.
    """
    log_grid, low, high = np.log(grid), np.log(within.low), np.log(within.high)
    nodes = np.concatenate([[low], log_grid[(log_grid > low) & (log_grid < high)], [high]])
    at_nodes = _interpolated(utility, log_grid, nodes)
    # The mean of P(X > x) over a cell is the rise of ∫ P(X > x) dx over its width.
    share_above = np.diff(_integrated_survival(nodes, mu=mu, sd=sd)) / np.diff(nodes)
    return np.asarray(at_nodes[:, 0] + np.sum(np.diff(at_nodes) * share_above, axis=1), dtype=float)


def _interpolated(rows: FloatArray, log_grid: FloatArray, nodes: FloatArray) -> FloatArray:
    position = np.interp(nodes, log_grid, np.arange(log_grid.size))
    cell = np.minimum(position.astype(int), log_grid.size - 2)
    fraction: FloatArray = position - cell
    return (1.0 - fraction) * rows[:, cell] + fraction * rows[:, cell + 1]


def _integrated_survival(nodes: FloatArray, *, mu: FloatArray, sd: FloatArray) -> FloatArray:
    """Return the antiderivative of P(X > x) at the nodes, σ·(zΦ(−z) − φ(z)), shape (n_draws, n_nodes)."""
    z = (nodes - mu[:, None]) / sd[:, None]
    return np.asarray(sd[:, None] * (z * ndtr(-z) - np.exp(normal_log_density(z, mean=0.0, sd=1.0))), dtype=float)
