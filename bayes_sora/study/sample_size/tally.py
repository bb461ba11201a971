"""What simulation has found at one size: the sufficient statistics of its scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

if TYPE_CHECKING:
    from bayes_sora.types import FloatArray

SMALLEST_SCALE = 1e-300  # SciPy takes no scale of zero


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Scores of the cohorts simulated at one size.

    Attributes
    ----------
    n : int
        Patients a cohort.
    replicates, failures : int
        Cohorts simulated, and those among them whose analysis failed (they score 0).
    total, total_squares : float
        Sum of the scores and of their squares.
    reason : str
        Why the first analysis that failed did so; empty where none failed.
    """

    n: int
    replicates: int = 0
    failures: int = 0
    total: float = 0.0
    total_squares: float = 0.0
    reason: str = ""

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= self.failures <= self.replicates:
            msg = f"impossible tally: n = {self.n}, {self.failures} failures of {self.replicates} replicates"
            raise ValueError(msg)

    def plus(self, scores: FloatArray, *, failures: int, reason: str = "") -> Tally:
        """Return the tally with further scores, and why the first of their failures failed."""
        return Tally(
            n=self.n,
            replicates=self.replicates + scores.size,
            failures=self.failures + failures,
            total=self.total + float(scores.sum()),
            total_squares=self.total_squares + float((scores**2).sum()),
            reason=self.reason or reason,
        )

    @property
    def failed(self) -> float:
        """Share of the analyses that failed."""
        return self.failures / max(1, self.replicates)

    @property
    def estimate(self) -> float:
        """Mean score."""
        return self.total / self.replicates

    @property
    def sum_of_squares(self) -> float:
        """Σ (score − mean)²."""
        return max(0.0, self.total_squares - self.total**2 / self.replicates)

    @property
    def mcse(self) -> float:
        r"""Monte Carlo standard error of the mean, :math:`\\sqrt{Σ(s − \\bar s)^2 / (R(R − 1))}`."""
        return math.sqrt(self.sum_of_squares / (self.replicates * max(1, self.replicates - 1)))

    def interval(self, *, binary: bool) -> tuple[float, float]:
        """Return the 95 % Monte Carlo interval of the mean: Jeffreys' for scores of 0 and 1, else Student's t."""
        if binary:
            ends = stats.beta(self.total + 0.5, self.replicates - self.total + 0.5).interval(0.95)
        else:
            scale = max(self.mcse, SMALLEST_SCALE)
            ends = stats.t(max(1, self.replicates - 1), loc=self.estimate, scale=scale).interval(0.95)
        return float(ends[0]), float(ends[1])
