"""Predictive checks as arrays: what the same patients could have shown, beside what they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.classical import KaplanMeier, kaplan_meier
from bayes_sora.fitting.predictive_checks import replicated_patients
from bayes_sora.numerics.thinning import rows, thin
from bayes_sora.types import FloatArray, IntArray

if TYPE_CHECKING:
    from bayes_sora.classical.roc import BinaryEndpoint
    from bayes_sora.fitting import Fit

GRADES = (1, 2, 3, 4)
MAX_DRAWS, MAX_VALUES = 1000, 1_000_000
BAND = (0.025, 0.5, 0.975)


@dataclass(frozen=True, kw_only=True)
class CountCheck:
    """Patients with an event: observed, and in every replicate, both among the evaluable.

    Attributes
    ----------
    observed, n : int
        Events and evaluable patients.
    replicated : IntArray, shape (n_draws,)
    """

    observed: int
    n: int
    replicated: IntArray

    @property
    def interval95(self) -> tuple[float, float]:
        """The 95 % equal-tailed interval of the replicated count."""
        low, high = np.quantile(self.replicated, (0.025, 0.975), method="inverted_cdf")
        return float(low), float(high)

    @property
    def p_more(self) -> float:
        """Share of replicates with more events than observed, ties counted half."""
        more, same = self.replicated > self.observed, self.replicated == self.observed
        return float(np.mean(more) + 0.5 * np.mean(same))


@dataclass(frozen=True, kw_only=True)
class CurveCheck:
    """A replicated curve with its pointwise 95 % equal-tailed band.

    Attributes
    ----------
    at : FloatArray, shape (n,)
        Exposures in mg/L, or months.
    lower, middle, upper : FloatArray, shape (n,)
    """

    at: FloatArray
    lower: FloatArray
    middle: FloatArray
    upper: FloatArray


def check_count(fit: Fit, endpoint: BinaryEndpoint) -> CountCheck:
    """Return the replicated count of toxicities or responders among the evaluable patients."""
    outcome = observed_outcome(fit, endpoint)
    known = ~np.isnan(outcome)
    replicated = replicated_patients(fit.posterior, fit.model_file)[endpoint][:, known].sum(axis=1)
    return CountCheck(observed=int(outcome[known].sum()), n=int(known.sum()), replicated=replicated.astype(np.int64))


def observed_outcome(fit: Fit, endpoint: BinaryEndpoint) -> FloatArray:
    """Return the 0, 1 or NaN of every patient that the curves of a fit are about."""
    found = fit.model_file.outcomes[endpoint].observed(fit.cohort)
    assert found is not None
    return found


def check_grades(fit: Fit) -> dict[int, CountCheck]:
    """Return the replicated counts of patients at or above each grade, among those with a grade; {} without grades."""
    replicates = fit.posterior["posterior_predictive"].to_dataset()
    if fit.cohort.grade is None or "grade" not in replicates:
        return {}
    known = ~np.isnan(fit.cohort.grade)
    observed, replicated = fit.cohort.grade[known], rows(replicates["grade"])[:, known]
    return {
        grade: CountCheck(
            observed=int((observed >= grade).sum()),
            n=int(known.sum()),
            replicated=(replicated >= grade).sum(axis=1).astype(np.int64),
        )
        for grade in GRADES
    }


def check_troughs(fit: Fit, trough_mg_l: FloatArray) -> CurveCheck:
    """Return the share of replicated troughs at or below each exposure, one replicate as many troughs as measured."""
    replicated = _replicates(fit, "trough_mg_l")
    return _banded(trough_mg_l, share_at_most(replicated, trough_mg_l))


def check_survival(fit: Fit, months: FloatArray) -> tuple[CurveCheck, KaplanMeier]:
    """Return the replicated survival curve, from uncensored times, and the observed Kaplan–Meier."""
    cohort = fit.cohort
    assert cohort.os_months is not None
    assert cohort.death is not None
    survival = 1.0 - share_at_most(_replicates(fit, "os_months"), months)
    return _banded(months, survival), kaplan_meier(cohort.os_months, cohort.death)


def share_at_most(replicates: FloatArray, at: FloatArray) -> FloatArray:
    r"""Return the empirical distribution function of every replicate, :math:`\#\{j : y_j \le a\} / n`.

    The denominator is all n values, however far some lie beyond the points asked for: one minus it is the Kaplan–Meier
    curve of uncensored times.

    Parameters
    ----------
    replicates : FloatArray, shape (n_draws, n)
    at : FloatArray, shape (n_points,)

    Returns
    -------
    FloatArray, shape (n_draws, n_points)
    """
    counts = np.stack([np.count_nonzero(replicates <= point, axis=1) for point in at], axis=1)
    return np.asarray(counts / replicates.shape[1], dtype=float)


def _replicates(fit: Fit, name: str) -> FloatArray:
    found = fit.posterior["posterior_predictive"].to_dataset()[[name]]
    size = found[name].shape[-1]
    return rows(thin(found, most=max(1, min(MAX_DRAWS, MAX_VALUES // size)))[name])


def _banded(at: FloatArray, draws: FloatArray) -> CurveCheck:
    lower, middle, upper = np.quantile(draws, BAND, axis=0)
    return CurveCheck(at=at, lower=lower, middle=middle, upper=upper)
