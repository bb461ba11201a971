"""One number over the prior draws, and where an observed one lies among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_sora.fitting.document import summarise_draws
from bayes_sora.types import FloatArray

Scale = Literal["exposure", "share", "months", "fold", "auc"]

CONFLICT_TAIL = 0.01
"""An observed statistic in the outer 1 % on either side contradicts the priors."""


@dataclass(frozen=True, kw_only=True)
class PriorNumber:
    """What the priors say about one number.

    Attributes
    ----------
    name : str
        As in prior.json, such as ``"toxicity_rate"``.
    label : str
        For people, such as ``"Toxicity rate"``.
    scale : {"exposure", "share", "months", "fold", "auc"}
        What it is: an exposure in the unit of the model file, a share between 0 and 1, months, a ratio, or an area
        under the ROC curve.
    values : FloatArray, shape (n_draws,)
        Of each draw, or of the cohort of each draw; NaN where undefined.
    observed : float or None
        The same of an observed cohort; None without one, or where it is undefined.
    """

    name: str
    label: str
    scale: Scale
    values: FloatArray
    observed: float | None = None

    @property
    def defined(self) -> FloatArray:
        """The values that are numbers."""
        return self.values[~np.isnan(self.values)]

    @property
    def summary(self) -> dict[str, float | None]:
        """Mean, SD and equal-tailed quantiles of the defined values; None where fewer than two are."""
        if self.defined.size < 2:
            return dict.fromkeys(("mean", "sd", "q025", "q25", "q50", "q75", "q975"))
        return dict(summarise_draws(self.defined))

    @property
    def position(self) -> float | None:
        """Share of the defined values below the observed one, ties counted half: its place in the distribution."""
        if self.observed is None or not self.defined.size:
            return None
        below, same = self.defined < self.observed, self.defined == self.observed
        return float(below.mean() + same.mean() / 2.0)

    @property
    def tail(self) -> float | None:
        """Prior predictive p-value: the smaller of P(≤ observed) and P(≥ observed), one-sided."""
        if self.observed is None or not self.defined.size:
            return None
        return float(min((self.defined <= self.observed).mean(), (self.defined >= self.observed).mean()))

    @property
    def conflict(self) -> bool:
        """Whether the observed value lies in the outer 1 % on either side."""
        return self.tail is not None and self.tail < CONFLICT_TAIL

    def as_dict(self) -> dict[str, object]:
        """Return the number as in prior.json; what is observed only where something is."""
        known: dict[str, object] = {
            "label": self.label,
            "scale": self.scale,
            **self.summary,
            "share_defined": self.defined.size / self.values.size,
        }
        if self.observed is None:
            return known
        seen = {"observed": self.observed, "position": self.position, "tail": self.tail, "conflict": self.conflict}
        return known | seen
