"""Observed event rates by tertile of the trough, with exact binomial intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from bayes_sora.numerics.ranks import tertiles
from bayes_sora.types import FloatArray


@dataclass(frozen=True, kw_only=True)
class ObservedRate:
    """Events among the patients of one tertile.

    Attributes
    ----------
    median_trough : float
        Of these patients, in the unit of the troughs given.
    events, n : int
    ci95 : tuple of float
        Clopper–Pearson interval of the rate.
    """

    median_trough: float
    events: int
    n: int
    ci95: tuple[float, float]

    @property
    def rate(self) -> float:
        """Observed share of patients with the event."""
        return self.events / self.n


def rates_by_tertile(trough: FloatArray, outcome: FloatArray) -> tuple[ObservedRate, ...]:
    """Return the observed rate of every tertile of the trough; equal troughs stay together, empty ones are left out.

    Parameters
    ----------
    trough : FloatArray, shape (n,)
    outcome : FloatArray, shape (n,)
        0 or 1.
    """
    if not trough.size:
        return ()
    tertile = tertiles(trough)
    return tuple(
        ObservedRate(
            median_trough=float(np.median(trough[tertile == index])),
            events=int(outcome[tertile == index].sum()),
            n=int((tertile == index).sum()),
            ci95=clopper_pearson(int(outcome[tertile == index].sum()), int((tertile == index).sum())),
        )
        for index in np.unique(tertile)
    )


def clopper_pearson(events: int, n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a binomial probability, from quantiles of the beta distribution.

    >>> low, high = clopper_pearson(0, 10)
    >>> low, round(high, 6), round(1 - 0.025 ** (1 / 10), 6)
    (0.0, 0.308497, 0.308497)
    """
    low = betaincinv(events, n - events + 1, 0.025) if events else 0.0
    high = betaincinv(events + 1, n - events, 0.975) if events < n else 1.0
    return float(low), float(high)
