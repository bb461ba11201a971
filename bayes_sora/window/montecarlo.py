"""Monte Carlo error of a posterior probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from arviz_stats.base.array import array_stats
from scipy import stats

from bayes_sora.types import BoolArray

if TYPE_CHECKING:
    from collections.abc import Callable


def probability_interval(event: BoolArray, *, level: float = 0.95) -> tuple[float, float]:
    r"""Return the Monte Carlo interval of the probability of an event, from its 0/1 draws.

    The Jeffreys interval of :math:`n p` successes in n trials, n the effective sample size of the series: it has a
    length also where the event happened in every draw or in none, when n is the number of draws.

    Parameters
    ----------
    event : BoolArray, shape (n_chains, n_draws)
    level : float
        Confidence level, in (0, 1).
    """
    share = float(event.mean())
    n = float(event.size) if share in (0.0, 1.0) else _effective_sample_size(event)
    tail = 0.5 * (1.0 - level)
    beta = stats.beta(n * share + 0.5, n * (1.0 - share) + 0.5)
    low = 0.0 if share == 0.0 else float(beta.ppf(tail))
    high = 1.0 if share == 1.0 else float(beta.ppf(1.0 - tail))
    return low, high


def _effective_sample_size(event: BoolArray) -> float:
    """ESS of the mean; where chains are too short for one, the number of draws."""
    if event.shape[-1] < 4:
        return float(event.size)
    ess: Callable[..., float] = array_stats.ess  # not annotated by ArviZ
    size = float(ess(event.astype(float), chain_axis=0, draw_axis=1, method="mean"))
    return size if np.isfinite(size) else float(event.size)
