r"""The posterior of a smooth curve over log n given the scores at some sizes: a smoothing spline with its likelihood.

Between neighbouring sizes :math:`u_0 < u_1 < u_2` (log n) the slope changes by

.. math:: \\frac{f_2 - f_1}{u_2 - u_1} - \\frac{f_1 - f_0}{u_1 - u_0} \\sim
          N\\!\\left(0,\\; \\mathrm{ROUGHNESS}^2\\, \\tfrac{1}{2}(u_2 - u_0)\\right),

so that a straight line costs nothing. The posterior is taken as normal around its mode (Laplace).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from bayes_sora.types import FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.study.sample_size.tally import Tally

ROUGHNESS = 2.0
LEVEL_SD = 30.0
"""Prior standard deviation of the curve at any size: it says nothing, and keeps things proper."""
MOST_STEPS, TOLERANCE, LONGEST_STEP = 200, 1e-8, 1.0

Likelihood = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Levels at the simulated sizes → first derivative of the log likelihood and expected information, each (n_sizes,)."""


def posterior(log_n: FloatArray, at: IntArray, likelihood: Likelihood) -> tuple[FloatArray, FloatArray]:
    """Return mode and precision matrix of the curve.

    Parameters
    ----------
    log_n : FloatArray, shape (n,)
        Where the curve is wanted, rising.
    at : IntArray, shape (n_sizes,)
        Which of these were simulated.
    likelihood : callable
    """
    prior = _prior_precision(log_n)
    level = np.zeros(log_n.size)
    for _ in range(MOST_STEPS):
        gradient, information = likelihood(level[at])
        precision = prior.copy()
        precision[at, at] += information
        pull = -prior @ level
        pull[at] += gradient
        step = np.linalg.solve(precision, pull)
        # A long step can leave the region where the information at the start means anything.
        level = level + step * min(1.0, LONGEST_STEP / max(np.abs(step).max(), TOLERANCE))
        if np.abs(step).max() < TOLERANCE:
            break
    return level, precision


def binomial(tallies: Sequence[Tally]) -> Likelihood:
    """Return the likelihood of scores 0 and 1 whose probability is Φ(level)."""
    successes = np.array([tally.total for tally in tallies])
    failures = np.array([tally.replicates - tally.total for tally in tallies])

    def derivatives(level: FloatArray) -> tuple[FloatArray, FloatArray]:
        log_density = -0.5 * level**2 - 0.5 * np.log(2.0 * np.pi)
        up, down = np.exp(log_density - log_ndtr(level)), np.exp(log_density - log_ndtr(-level))
        return successes * up - failures * down, (successes + failures) * up * down

    return derivatives


def normal(tallies: Sequence[Tally], *, target: float) -> Likelihood:
    """Return the likelihood of mean scores as multiples of `target`.

    Scores may all be equal, as when no window is declared. Equal scores do not prove a spread of zero: one imaginary
    score at the target is counted in the spread, not in the mean.
    """
    r = np.array([tally.replicates for tally in tallies], dtype=float)
    mean = np.array([tally.estimate for tally in tallies]) / target
    squares = np.array([tally.sum_of_squares for tally in tallies]) / target**2
    precision = r**2 / (squares + (1.0 - mean) ** 2 * r / (r + 1.0))

    def derivatives(level: FloatArray) -> tuple[FloatArray, FloatArray]:
        return precision * (mean - level), precision

    return derivatives


def _prior_precision(log_n: FloatArray) -> FloatArray:
    flat = np.eye(log_n.size) / LEVEL_SD**2
    if log_n.size < 3:
        return flat
    step = np.diff(log_n)
    slopes = np.diff(np.eye(log_n.size), axis=0) / step[:, None]
    bend = np.diff(slopes, axis=0) / (ROUGHNESS * np.sqrt(0.5 * (step[1:] + step[:-1])))[:, None]
    return flat + bend.T @ bend
