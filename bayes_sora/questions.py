"""What may be asked of the curves: one frozen value a kind of window, and all of them together (science.md §4).

The one place where these numbers stand. A model file holds the ones to begin with, a true scenario is solved for them,
and a fit answers others from the draws at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from bayes_sora.arguments import POSITIVE, PROBABILITY, Kind, check_argument, instance, is_number

WindowKind = Literal["limits", "youden", "utility"]

PERCENT, DAYS = "Give 50 % as 0.5", "Give days divided by 30.4375"
MONTHS = Kind(words="a number of months above 0", accepts=POSITIVE.accepts)
NO_MONTHS_OR_MORE = Kind(words="a number of months, 0 or more", accepts=lambda value: is_number(value) and value >= 0)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The window of exposures that are acceptable: few toxicities, enough responses, enough survivors.

    An endpoint that the model lacks sets no condition; the window then says so in its notes.

    Attributes
    ----------
    max_toxicity : float
        Largest acceptable probability of grade ≥ 3 toxicity, π_T, in (0, 1).
    min_response : float
        Smallest acceptable probability of response, π_R, in (0, 1).
    min_survival : float or None
        Smallest acceptable survival probability at `survival_months`, π_S, in (0, 1); None sets no condition.
    survival_months : float
        t*, months.
    credible_levels : tuple of float
        Levels γ of the credible sets, each in (0, 1).
    """

    kind: ClassVar[WindowKind] = "limits"

    max_toxicity: float = 0.5
    min_response: float = 0.5
    min_survival: float | None = None
    survival_months: float = 12.0
    credible_levels: tuple[float, ...] = (0.5, 0.8, 0.95)

    def __post_init__(self) -> None:
        check_argument("max_toxicity", self.max_toxicity, PROBABILITY, remedy=PERCENT)
        check_argument("min_response", self.min_response, PROBABILITY, remedy=PERCENT)
        check_argument("min_survival", self.min_survival, PROBABILITY.or_none(), remedy=PERCENT)
        check_argument("survival_months", self.survival_months, MONTHS, remedy=DAYS)
        check_argument("credible_levels", self.credible_levels, PROBABILITY.each(), remedy=PERCENT)
        object.__setattr__(self, "credible_levels", tuple(self.credible_levels))

    def as_dict(self) -> dict[str, float]:
        """Return the settings as in window.json; the survival condition only where one is set."""
        settings = {"max_toxicity": self.max_toxicity, "min_response": self.min_response}
        if self.min_survival is not None:
            settings |= {"min_survival": self.min_survival, "survival_months": self.survival_months}
        return settings


@dataclass(frozen=True, kw_only=True)
class Youden:
    """The window of the ROC's cut-offs, limits where p(c) crosses the prevalence: a comparator, no settings."""

    kind: ClassVar[WindowKind] = "youden"

    def as_dict(self) -> dict[str, float]:
        """Return no settings."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Utility:
    """The window of nearly the best utility, in months: U(c) = RMST_τ(c) − w·p_T(c).

    Attributes
    ----------
    tau_months : float
        Horizon τ of the restricted mean survival, months.
    toxicity_cost_months : float
        w ≥ 0, the months of survival that one grade ≥ 3 toxicity is worth.
    tolerance_months : float
        δ > 0, the loss of utility that is still near-optimal.
    """

    kind: ClassVar[WindowKind] = "utility"

    tau_months: float = 24.0
    toxicity_cost_months: float = 3.0
    tolerance_months: float = 0.5

    def __post_init__(self) -> None:
        check_argument("tau_months", self.tau_months, MONTHS, remedy=DAYS)
        check_argument("tolerance_months", self.tolerance_months, MONTHS, remedy=DAYS)
        worth = "Give the months of survival that one grade ≥ 3 toxicity is worth"
        check_argument("toxicity_cost_months", self.toxicity_cost_months, NO_MONTHS_OR_MORE, remedy=worth)

    def as_dict(self) -> dict[str, float]:
        """Return the settings as in window.json."""
        return {
            "tau_months": self.tau_months,
            "toxicity_cost_months": self.toxicity_cost_months,
            "tolerance_months": self.tolerance_months,
        }


Settings = Limits | Youden | Utility
SETTINGS = instance("Limits, Youden or Utility", Limits, Youden, Utility)


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The question of every kind of window.

    Attributes
    ----------
    limits : Limits
    youden : Youden
    utility : Utility
    toxicity_grade : int
        Toxicity is of this grade or worse, in a model whose toxicity has grades.
    """

    limits: Limits = field(default_factory=Limits)
    youden: Youden = field(default_factory=Youden)
    utility: Utility = field(default_factory=Utility)
    toxicity_grade: int = 3

    @property
    def all(self) -> tuple[Limits, Youden, Utility]:
        """The three of them, the leading one first."""
        return self.limits, self.youden, self.utility


DEFAULT_QUESTIONS = Questions()
