"""Where a curve rises through its prevalence: the exposure at which Youden's index is largest."""

from __future__ import annotations

import numpy as np

from bayes_sora.numerics.logistic import expit, logit
from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.types import FloatArray
from bayes_sora.window.intervals import between, upward_crossings


def prevalence_crossing(
    logit_p: FloatArray, prevalence: FloatArray, *, grid: FloatArray, mu: FloatArray, sd: FloatArray
) -> FloatArray:
    r"""Return the exposure at which Youden's index is largest, NaN where p never rises through its prevalence.

    .. math:: J(c) = P(C > c \mid 1) − P(C > c \mid 0)
              = \frac{1}{π(1 − π)} \int_0^c \{π − p(u)\}\, dF(u)

    so that J is largest where p(c) = π = E_F[p(C)] and p increases. Beyond the range p is taken to go on as at the
    range's end: a curve that is above its prevalence at the low end and rising there has crossed below the range and
    counts at its low end; one that is below its prevalence at the high end and rising there counts at the high end.
    Where p rises through its prevalence more than once, the crossing with the largest J counts.

    Parameters
    ----------
    logit_p : FloatArray, shape (n_rows, n_grid)
    prevalence : FloatArray, shape (n_rows,)
        π.
    grid : FloatArray, shape (n_grid,)
        Exposures, mg/L.
    mu, sd : FloatArray, shape (n_rows,)
        Mean and SD of log C, log mg/L.

    Returns
    -------
    FloatArray, shape (n_rows,)
        mg/L; linear interpolation of logit p in log exposure.
    """
    excess = logit_p - logit(prevalence)[:, None]
    candidates, cell, fraction = _candidates(excess)
    index = _youden_on_grid(logit_p, prevalence, grid=grid, mu=mu, sd=sd)
    # J at a candidate, to the grid: at the ends themselves, and in a cell at the better of its two sides.
    j = np.concatenate([index[:, :1], np.maximum(index[:, :-1], index[:, 1:]), index[:, -1:]], axis=1)
    best = np.where(candidates, j, -np.inf).argmax(axis=1)
    rows = np.arange(best.size)
    crossing = between(grid, cell[best], fraction[rows, best])
    return np.where(candidates.any(axis=1), crossing, np.nan)


def _candidates(excess: FloatArray) -> tuple[np.ndarray, np.ndarray, FloatArray]:
    """Low end, each cell, high end: is there an upward crossing, and in which cell and at which fraction of it."""
    crosses, fraction = upward_crossings(excess)
    n_rows, n_cells = crosses.shape
    crossed_below = (excess[:, 0] >= 0.0) & (excess[:, 1] > excess[:, 0])
    crosses_above = (excess[:, -1] < 0.0) & (excess[:, -1] > excess[:, -2])
    candidates = np.column_stack([crossed_below, crosses, crosses_above])
    cell = np.concatenate([[0], np.arange(n_cells), [n_cells - 1]])
    return candidates, cell, np.column_stack([np.zeros(n_rows), fraction, np.ones(n_rows)])


def _youden_on_grid(
    logit_p: FloatArray, prevalence: FloatArray, *, grid: FloatArray, mu: FloatArray, sd: FloatArray
) -> FloatArray:
    """J on the grid up to a positive factor and a constant of its row, by the trapezoidal rule in log exposure."""
    log_c = np.log(grid)
    density = np.exp(normal_log_density(log_c, mean=mu[:, None], sd=sd[:, None]))
    gain = density * (prevalence[:, None] - expit(logit_p))
    steps = 0.5 * (gain[:, :-1] + gain[:, 1:]) * np.diff(log_c)
    return np.concatenate([np.zeros((mu.size, 1)), np.cumsum(steps, axis=1)], axis=1)
