"""Survival by trough group, the paper's own table: below, inside and above the cut-offs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.classical.interval import Interval
from bayes_sora.classical.logrank import log_rank_test
from bayes_sora.classical.survival import KaplanMeier, kaplan_meier
from bayes_sora.numerics.ties import comparable
from bayes_sora.types import ExposureUnit, FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class SurvivalGroup:
    """Patients with a trough in [low, high), and their survival.

    Attributes
    ----------
    label : str
        Such as ``"1.40–3.45"``, in the unit of the model file.
    low_mg_l, high_mg_l : float
        Ends in mg/L; 0 and ∞ when open.
    curve : KaplanMeier
        Of a group without patients the point (0, 1).
    """

    label: str
    low_mg_l: float
    high_mg_l: float
    curve: KaplanMeier

    @property
    def n(self) -> int:
        """Number of patients."""
        return self.curve.n

    @property
    def deaths(self) -> int:
        """Number of deaths."""
        return self.curve.n_deaths

    @property
    def median_months(self) -> float | None:
        """Median overall survival in months, None when not reached."""
        return self.curve.median_months

    @property
    def ci95(self) -> Interval:
        """The 95 % interval of the median in months, None for an end that is not reached."""
        return self.curve.median_ci95


@dataclass(frozen=True, kw_only=True)
class GroupedSurvival:
    """Survival of every trough group and the log-rank test between them.

    Attributes
    ----------
    groups : tuple of SurvivalGroup
        By rising trough; groups without patients are kept.
    logrank_p : float or None
        Over the groups with patients; None where the test is not defined.
    """

    groups: tuple[SurvivalGroup, ...]
    logrank_p: float | None

    def at_risk_at(self, months: FloatArray) -> IntArray:
        """Return the risk table, shape (groups, times): patients whose follow-up reaches each of `months` (≥ 0)."""
        return np.array([group.curve.at_risk_at(months) for group in self.groups])


def survival_by_group(
    trough_mg_l: FloatArray,
    os_months: FloatArray,
    death: FloatArray,
    *,
    cuts_mg_l: Sequence[float],
    unit: ExposureUnit,
    entry: FloatArray | None = None,
) -> GroupedSurvival:
    """Return the survival in the groups [0, c₁), [c₁, c₂), …, [c_k, ∞).

    Parameters
    ----------
    trough_mg_l, os_months, death : FloatArray, shape (n,)
        Trough in mg/L, follow-up in months (> 0), 1 died or 0 censored.
    cuts_mg_l : sequence of float
        Rising cut-offs in mg/L; none gives one group of everybody.
    unit : ExposureUnit
        The unit of the labels.
    entry : FloatArray, shape (n,), optional
        Month from which each patient is under observation; default 0.
    """
    place = group_places(trough_mg_l, cuts_mg_l=cuts_mg_l)
    ends = (0.0, *cuts_mg_l, math.inf)
    groups = tuple(
        SurvivalGroup(
            label=_label(low, high, unit=unit),
            low_mg_l=low,
            high_mg_l=high,
            curve=kaplan_meier(
                os_months[place == index], death[place == index], entry=None if entry is None else entry[place == index]
            ),
        )
        for index, (low, high) in enumerate(pairwise(ends))
    )
    test = log_rank_test(os_months, death, place, entry=entry)
    return GroupedSurvival(groups=groups, logrank_p=None if test is None else test.p_value)


def group_places(trough_mg_l: FloatArray, *, cuts_mg_l: Sequence[float]) -> IntArray:
    """Return the index of the group of each trough, 0 below the first cut-off; a trough at a cut-off is above it."""
    # A trough written as 1.40 belongs to the group that starts at 1.40, whatever unit conversion and averaging rounded.
    return np.searchsorted(comparable(np.asarray(cuts_mg_l, dtype=float)), comparable(trough_mg_l), side="right")


def _label(low_mg_l: float, high_mg_l: float, *, unit: ExposureUnit) -> str:
    low, high = low_mg_l / unit.mg_l, high_mg_l / unit.mg_l
    if low == 0.0:
        return "all" if math.isinf(high) else f"< {cut_text(high)}"
    return f"≥ {cut_text(low)}" if math.isinf(high) else f"{cut_text(low)}–{cut_text(high)}"


def cut_text(cut: float) -> str:
    """Return a cut-off with three significant digits, or the few more it needs to be told exactly.

    >>> cut_text(1.4), cut_text(1400.0), cut_text(42.68)
    ('1.40', '1400', '42.68')
    """
    decimals = max(0, 2 - math.floor(math.log10(cut)))
    exact = next((more for more in range(4) if math.isclose(round(cut, decimals + more), cut, rel_tol=1e-9)), 3)
    return f"{cut:.{decimals + exact}f}"
