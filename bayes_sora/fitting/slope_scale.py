r"""The exposure that a published slope is per unit of: measured troughs, or the average trough behind them.

Studies regress on what they measured, the log of a patient's trough or of the mean of n of them. Its noise flattens the
slope. With :math:`\log y_j \sim N(\log C, σ_w^2)` and :math:`\log C \sim N(μ, σ_b^2)` the average trough given the
measured ones has a mean that rises by

.. math:: λ = \frac{σ_b^2}{σ_b^2 + σ_w^2 / n}

per unit of the measured log trough, so that a linear predictor with slope β in log C has slope λβ in the measured one
(regression calibration: Rosner, Willett, Spiegelman 1989; Carroll et al. 2006). Published slopes and their standard
errors over λ are therefore per unit of the average trough.

A logit has a second, smaller factor, since :math:`\operatorname{Var}(\log C \mid y) = σ_b^2 (1 - λ)` is averaged over:

.. math:: β_y ≈ \frac{λβ}{\sqrt{1 + k^2 β^2 σ_b^2 (1 - λ)}}, \qquad k = \frac{16\sqrt 3}{15 π}.

It is *not* taken out: for the slopes that studies publish it is far smaller than their standard errors (0.4 % at a
slope of 0.6, 4 % at 2, with the default SDs and one trough), correcting it would make the normal error of a steep slope
skew, and beyond a slope of :math:`λ / (k\, σ_b \sqrt{1 - λ})` it has no solution. :meth:`SlopeScale.left_in` gives
its size, and the output names it where it exceeds 5 %. A hazard ratio has no such factor while deaths are few.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from bayes_sora.errors import UsageError

Scale = Literal["measured", "average"]

SLOPES = ("slope", "linear")
"""Names of the parameters of a model file that are per unit of log exposure."""
LOGISTIC = 16.0 * math.sqrt(3.0) / (15.0 * math.pi)
"""k: a logistic curve is nearly the normal distribution function of k times its argument."""


@dataclass(frozen=True, kw_only=True)
class SlopeScale:
    """The scale that slopes are wanted on, and what leads to it.

    Attributes
    ----------
    scale : {"measured", "average"}
        Measured troughs leave published slopes as they are.
    exposure_sd : float
        SD of log exposure between patients on that scale: of measured troughs, or σ_b of average ones; > 0.
    sd_within : float
        σ_w, SD of a measured log trough around the patient's average; ≥ 0. For the average scale alone.
    n_troughs : int
        n, troughs whose mean a patient's exposure was in the studies; ≥ 1. For the average scale alone.
    """

    scale: Scale = "measured"
    exposure_sd: float = 0.55
    sd_within: float = 0.30
    n_troughs: int = 1

    def __post_init__(self) -> None:
        if self.scale not in get_args(Scale):
            msg = f"scale must be one of {', '.join(get_args(Scale))}, got {self.scale!r}"
            raise UsageError(msg)
        if not 1e-6 <= self.exposure_sd <= 1e6:
            msg = f"exposure_sd must be a positive number, got {self.exposure_sd}"
            raise UsageError(msg)
        if not 0.0 <= self.sd_within <= 1e6:
            msg = f"sd_within must be 0 or a positive number, got {self.sd_within}"
            raise UsageError(msg)
        if self.n_troughs < 1 or self.n_troughs != int(self.n_troughs):
            msg = f"n_troughs must be a whole number of 1 or more, got {self.n_troughs}"
            raise UsageError(msg)

    @property
    def attenuation(self) -> float:
        """λ, what a slope per measured trough is of that per average trough; 1 where slopes stay as they are."""
        return (self.exposure_sd / self.measured_sd) ** 2

    @property
    def measured_sd(self) -> float:
        """SD of the logs of what the studies measured, about which their cut-offs are."""
        if self.scale == "measured":
            return self.exposure_sd
        return math.sqrt(self.exposure_sd**2 + self.sd_within**2 / self.n_troughs)

    def left_in(self, slope: float) -> float:
        """Return by which share a logit's slope per average trough stays too flat, from its own second factor."""
        spread = LOGISTIC * slope * self.exposure_sd * math.sqrt(1.0 - self.attenuation)
        return 1.0 - 1.0 / math.sqrt(1.0 + spread**2)

    def check_parameter(self, parameter: str) -> None:
        """Refuse to take attenuation out of something that is not a slope, such as ``toxicity.intercept``."""
        if self.scale == "average" and parameter.rsplit(".", maxsplit=1)[-1] not in SLOPES:
            msg = (
                f"only slopes are attenuated by the noise of measured troughs, got {parameter}. "
                "Leave the scale measured, or name a slope such as toxicity.slope or survival.linear"
            )
            raise UsageError(msg)

    def words(self) -> str:
        """Return in a sentence what the slopes are per unit of, and what was taken out."""
        if self.scale == "measured":
            return "Slopes are per unit of the log measured trough, as published."
        troughs = "1 trough" if self.n_troughs == 1 else f"the mean of {self.n_troughs} troughs"
        return (
            f"Slopes are per unit of the log average trough: published ones, per {troughs} of a patient, were divided "
            f"by {self.attenuation:.3f} (SD {self.exposure_sd:g} between patients, {self.sd_within:g} within)."
        )

    def as_dict(self) -> dict[str, float | str | None]:
        """Return plain JSON values, None for what the measured scale does not need."""
        average = self.scale == "average"
        return {
            "scale": self.scale,
            "attenuation": self.attenuation,
            "exposure_sd": self.exposure_sd,
            "sd_within": self.sd_within if average else None,
            "n_troughs": self.n_troughs if average else None,
        }
