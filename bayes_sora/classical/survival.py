r"""The Kaplan–Meier estimate with its log-log band.

.. math:: \hat S(t) = \prod_{t_j \le t} \Bigl(1 - \frac{d_j}{r_j}\Bigr), \qquad
          \hat S(t)^{\exp(\pm 1.96\,\sqrt{G(t)} / |\log \hat S(t)|)}, \qquad
          G(t) = \sum_{t_j \le t} \frac{d_j}{r_j (r_j - d_j)}

The median is the time at which S falls below 0.5 or, where S(t) = 0.5 between two deaths, the middle of that piece:

.. math:: \tfrac12 \bigl(\min\{t : \hat S(t) \le \tfrac12\} + \min\{t : \hat S(t) < \tfrac12\}\bigr)

Without censoring it is the sample median also of an even number of patients. A curve that ends at 0.5 has the time
at which it comes there. The interval of the median runs between the medians of the two bands (Brookmeyer and Crowley's
interval on the log-log scale). R's ``survfit`` and SAS print the same.

Written here rather than taken from a survival package: a few lines spare a slow import, and a curve that touches 0.5
exactly, common in small groups, gives the same median however the product rounds.

References
----------
.. [1] Kaplan, Meier. J Am Stat Assoc 1958;53:457–481.
.. [2] Brookmeyer, Crowley. Biometrics 1982;38:29–41.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_sora.classical.interval import NORMAL_975, Interval
from bayes_sora.numerics.ties import comparable
from bayes_sora.types import BoolArray, FloatArray, IntArray

ROUNDING = 1e-10


@dataclass(frozen=True, kw_only=True)
class KaplanMeier:
    """A Kaplan–Meier curve as steps: each value holds from its time to the next.

    Attributes
    ----------
    time_months : FloatArray, shape (k + 1,)
        0, then the k distinct follow-up times in months, deaths and censored, as
        :func:`~bayes_sora.numerics.ties.comparable` ones.
    survival, lower95, upper95 : FloatArray, shape (k + 1,)
        S(t) and its pointwise 95 % band. Before the first death the band is (1, 1); where S(t) = 0 Greenwood's variance
        has no value, the band is then 0 below and stays at its last value above.
    at_risk : IntArray, shape (k + 1,)
        Patients whose follow-up reaches that time and who have entered before it; all of them at 0.
    deaths, censored : IntArray, shape (k + 1,)
        Patients who died or were censored at that time.
    median_months : float or None
        None when not reached.
    median_ci95 : (float or None, float or None)
        An end is None when the band does not reach 0.5.
    """

    time_months: FloatArray
    survival: FloatArray
    lower95: FloatArray
    upper95: FloatArray
    at_risk: IntArray
    deaths: IntArray
    censored: IntArray
    median_months: float | None
    median_ci95: Interval

    @property
    def n(self) -> int:
        """Number of patients."""
        return int(self.at_risk[0])

    @property
    def n_deaths(self) -> int:
        """Number of deaths."""
        return int(self.deaths.sum())

    def survival_at(self, months: FloatArray) -> FloatArray:
        """Return S at `months` (≥ 0), any shape; beyond the last follow-up its last value is carried forward."""
        return self.survival[np.searchsorted(self.time_months, months, side="right") - 1]

    def at_risk_at(self, months: FloatArray) -> IntArray:
        """Return the number of patients whose follow-up reaches `months` (≥ 0), any shape."""
        at_risk = np.append(self.at_risk, 0)
        return at_risk[np.searchsorted(self.time_months, months, side="left")]


def kaplan_meier(os_months: FloatArray, death: FloatArray, *, entry: FloatArray | None = None) -> KaplanMeier:
    """Return the Kaplan–Meier curve; without patients it is the point (0, 1).

    Parameters
    ----------
    os_months : FloatArray, shape (n,)
        Follow-up in months, > 0.
    death : FloatArray, shape (n,)
        1 died, 0 censored at that time; a patient censored at the time of a death counts as at risk.
    entry : FloatArray, shape (n,), optional
        Month from which each patient is under observation, before `os_months`: at risk are those who have entered, and
        the curve is that of patients who live to the first entry. Default 0.
    """
    time, place = np.unique(comparable(os_months), return_inverse=True)
    leaving = np.bincount(place, minlength=time.size)
    deaths = np.bincount(place[death == 1.0], minlength=time.size)
    at_risk = os_months.size - np.cumsum(leaving) + leaving
    if entry is not None:
        at_risk = at_risk - np.count_nonzero(entered_before(entry, os_months)[:, None] >= time, axis=0)
    survival = np.cumprod(1.0 - deaths / at_risk)
    inside = (survival > 0.0) & (survival < 1.0)
    lower, upper = _log_log_band(survival, deaths, at_risk, inside=inside)
    return KaplanMeier(
        time_months=np.concatenate([[0.0], time]),
        survival=np.concatenate([[1.0], survival]),
        lower95=np.concatenate([[1.0], lower]),
        upper95=np.concatenate([[1.0], upper]),
        at_risk=np.concatenate([[os_months.size], at_risk]),
        deaths=np.concatenate([[0], deaths]),
        censored=np.concatenate([[0], leaving - deaths]),
        median_months=_median(time, survival),
        median_ci95=(_median(time[inside], lower[inside]), _median(time[inside], upper[inside])),
    )


def entered_before(entry: FloatArray, os_months: FloatArray) -> FloatArray:
    """Return the months of entry as they are compared with follow-up times, each before the end of its own."""
    return np.minimum(comparable(entry), np.nextafter(comparable(os_months), 0.0))


def _log_log_band(
    survival: FloatArray, deaths: IntArray, at_risk: IntArray, *, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return the band at each time; `inside` marks 0 < S < 1, where the log-log scale exists."""
    lower, upper = np.where(survival < 1.0, 0.0, 1.0), np.ones_like(survival)
    if not inside.any():
        return lower, upper
    d, r, s = deaths[survival > 0.0], at_risk[survival > 0.0], survival[inside]
    greenwood = np.cumsum(d / (r * (r - d)))[inside[survival > 0.0]]
    width = NORMAL_975 * np.sqrt(greenwood) / -np.log(s)
    lower[inside], upper[inside] = s ** np.exp(width), s ** np.exp(-width)
    upper[survival == 0.0] = upper[inside][-1]
    return lower, upper


def _median(time: FloatArray, survival: FloatArray) -> float | None:
    """Return where the falling steps `survival` cross one half, the middle of the piece on which they equal it."""
    reached, passed = (np.flatnonzero(survival <= 0.5 + slack) for slack in (ROUNDING, -ROUNDING))
    if not reached.size:
        return None
    first = time[reached[0]]
    return float((first + time[passed[0]]) / 2.0 if passed.size else first)
