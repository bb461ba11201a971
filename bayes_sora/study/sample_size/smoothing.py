r"""Draws of a smooth curve over log n given the scores at some sizes: a smoothing spline with its likelihood.

Between neighbouring sizes :math:`u_0 < u_1 < u_2` (log n) the slope changes by

.. math:: \\frac{f_2 - f_1}{u_2 - u_1} - \\frac{f_1 - f_0}{u_1 - u_0} \\sim
          N\\!\\left(0,\\; \\mathrm{ROUGHNESS}^2\\, \\tfrac{1}{2}(u_2 - u_0)\\right),

so that a straight line costs nothing. What a size says of its level is normal on the linear scale; but where the scores
are all 0, or all 1, it only bounds the level, and its likelihood is used as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats
from scipy.special import log_ndtr, ndtri

from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.study.sample_size.tally import Tally
    from bayes_sora.types import IntArray

ROUGHNESS = 2.0
LEVEL_SD = 30.0
"""Prior standard deviation of the mean of the curve: it says next to nothing, and keeps things proper."""
QUANTILES = (np.arange(200) + 0.5) / 200.0
PROPOSALS, ENOUGH = (5_000, 100_000), 0.2
"""Curves proposed, and proposed anew where those that the bounds leave amount to less than this share of the draws."""


class Levels(NamedTuple):
    """What the scores of each simulated size say of its level on the linear scale; arrays of shape (n_sizes,).

    Attributes
    ----------
    mean, sd : FloatArray
    bound : FloatArray
        −R where all R scores are 0, so that the level is only bounded above; R where all are 1; else 0.
    """

    mean: FloatArray
    sd: FloatArray
    bound: FloatArray


def probit_levels(tallies: Sequence[Tally]) -> Levels:
    """Return the levels of probabilities: moments of the probit of Beta(k + ½, R − k + ½)."""
    successes = np.array([tally.total for tally in tallies])
    failures = np.array([tally.replicates for tally in tallies]) - successes
    probits = ndtri(stats.beta(successes[:, None] + 0.5, failures[:, None] + 0.5).ppf(QUANTILES))
    bound = np.where(successes == 0.0, -failures, np.where(failures == 0.0, successes, 0.0))
    return Levels(probits.mean(axis=1), probits.std(axis=1), bound)


def mean_levels(tallies: Sequence[Tally], *, target: float) -> Levels:
    """Return the levels of mean scores as multiples of `target`.

    Scores may all be equal, as when no window is declared. Equal scores do not prove a spread of zero: one imaginary
    score at the target is counted in the spread, not in the mean.
    """
    r = np.array([tally.replicates for tally in tallies], dtype=float)
    mean = np.array([tally.estimate for tally in tallies]) / target
    squares = np.array([tally.sum_of_squares for tally in tallies]) / target**2
    return Levels(mean, np.sqrt(squares + (1.0 - mean) ** 2 * r / (r + 1.0)) / r, np.zeros(r.size))


def draw_levels(rng: np.random.Generator, log_n: FloatArray, at: IntArray, found: Levels, *, draws: int) -> FloatArray:
    """Draw the curve at `log_n`, shape (draws, n).

    Parameters
    ----------
    rng : numpy.random.Generator
    log_n : FloatArray, shape (n,)
        Where the curve is wanted, rising.
    at : IntArray, shape (n_sizes,)
        Which of these were simulated.
    found : Levels
        What was found there.
    draws : int
    """
    precision, pull = _prior_precision(log_n), np.zeros(log_n.size)
    told = np.where(found.bound == 0.0, found.sd**-2.0, 0.0)
    precision[at, at] += told
    pull[at] = told * found.mean
    middle = np.linalg.solve(precision, pull)
    upper = np.linalg.cholesky(precision).T
    for proposals in PROPOSALS:
        noise = np.linalg.solve(upper, rng.normal(size=(log_n.size, proposals)))
        curves = (middle[:, None] + noise).T
        # Normal draws that ignore the bounds are kept in proportion to the likelihood of the bounds.
        log_weight = log_ndtr(np.sign(found.bound) * curves[:, at]) @ np.abs(found.bound)
        weight = np.exp(log_weight - log_weight.max())
        if weight.sum() ** 2 >= ENOUGH * draws * (weight**2).sum():
            break
    return np.asarray(curves[_resampled(rng, weight, draws)])


def _resampled(rng: np.random.Generator, weight: FloatArray, draws: int) -> IntArray:
    """Return indices drawn in proportion to the weights, systematically."""
    cumulative = np.cumsum(weight)
    points = (np.arange(draws) + rng.uniform()) / draws
    return np.searchsorted(cumulative / cumulative[-1], points).astype(np.int64)


def _prior_precision(log_n: FloatArray) -> FloatArray:
    flat = np.eye(log_n.size) / (log_n.size * LEVEL_SD**2)
    if log_n.size < 3:
        return flat
    step = np.diff(log_n)
    slopes = np.diff(np.eye(log_n.size), axis=0) / step[:, None]
    bend = np.diff(slopes, axis=0) / (ROUGHNESS * np.sqrt(0.5 * (step[1:] + step[:-1])))[:, None]
    return np.asarray(flat + bend.T @ bend)
