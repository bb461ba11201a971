r"""The log-rank test of equal survival in several groups.

.. math:: χ^2 = (O - E)^\top V^{-} (O - E), \quad
          E_g = \sum_j d_j \frac{r_{gj}}{r_j}, \quad
          V_{gh} = \sum_j \frac{d_j (r_j - d_j)}{r_j - 1}
                   \Bigl(\frac{r_{gj}}{r_j} δ_{gh} - \frac{r_{gj} r_{hj}}{r_j^2}\Bigr)

with the sums over the times of death, on one degree of freedom fewer than groups.

References
----------
.. [1] Mantel. Cancer Chemother Rep 1966;50:163–170.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from bayes_sora.classical.survival import entered_before
from bayes_sora.numerics.ties import comparable
from bayes_sora.types import FloatArray, IntArray


class LogRank(NamedTuple):
    """Chi-squared statistic, its degrees of freedom and p-value."""

    chi_squared: float
    degrees_of_freedom: int
    p_value: float


def log_rank_test(
    os_months: FloatArray, death: FloatArray, group: IntArray, *, entry: FloatArray | None = None
) -> LogRank | None:
    """Return the log-rank test, or None where it is not defined.

    Parameters
    ----------
    os_months, death : FloatArray, shape (n,)
        Follow-up in months (> 0); 1 died, 0 censored.
    group : IntArray, shape (n,)
        Group of each patient, any labels.
    entry : FloatArray, shape (n,), optional
        Month from which each patient is under observation, before `os_months`; default 0.

    Returns
    -------
    LogRank or None
        None without deaths, with fewer than two groups at risk at any death, when everybody at risk died then, or
        when groups are never at risk together.
        A group whose follow-up ends before the first death carries no information and is left out.
    """
    entered = np.zeros(os_months.size) if entry is None else entered_before(entry, os_months)
    os_months, died = comparable(os_months), death == 1.0
    death_times = np.unique(os_months[died])
    if not death_times.size:
        return None
    members = [group == label for label in np.unique(group)]
    risks = [_reaching(os_months[who], death_times) - _reaching(entered[who], death_times) for who in members]
    informing = [place for place, at_risk in enumerate(risks) if at_risk.any()]
    if len(informing) < 2:
        return None
    members, at_risk = [members[place] for place in informing], np.array([risks[place] for place in informing])
    deaths = np.array([_dying_at(os_months[who & died], death_times) for who in members])
    total, d = at_risk.sum(axis=0), deaths.sum(axis=0)
    share = at_risk / total
    scale = d * (total - d) / np.maximum(total - 1, 1)
    if not scale.any():
        return None
    covariance = np.diag(share @ scale) - (share * scale) @ share.T
    # The excesses add up to zero, so one group is redundant.
    excess = (deaths - share * d).sum(axis=1)[:-1]
    if np.linalg.matrix_rank(covariance[:-1, :-1]) < excess.size:
        return None
    chi_squared = float(excess @ np.linalg.solve(covariance[:-1, :-1], excess))
    return LogRank(chi_squared, excess.size, float(chdtrc(excess.size, chi_squared)))


def _reaching(os_months: FloatArray, death_times: FloatArray) -> IntArray:
    """Return how many follow-ups reach each time of death."""
    return os_months.size - np.searchsorted(np.sort(os_months), death_times, side="left")


def _dying_at(os_months: FloatArray, death_times: FloatArray) -> IntArray:
    """Return how many of the deaths at `os_months` fall on each time of death."""
    return np.bincount(np.searchsorted(death_times, os_months), minlength=death_times.size)
