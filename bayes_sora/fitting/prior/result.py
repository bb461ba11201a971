"""What the priors of a model file say before any patient is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from bayes_sora.curves import Curves
from bayes_sora.fitting.document import Plain
from bayes_sora.fitting.prior.document import prior_document
from bayes_sora.fitting.prior.number import PriorNumber
from bayes_sora.fitting.prior.words import prior_sentence
from bayes_sora.modelfile.spec import ModelFile
from bayes_sora.questions import WindowKind
from bayes_sora.window import WindowDraws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort

PACKAGES = ("bayes-sora", "numpy", "scipy", "xarray")


@dataclass(frozen=True, kw_only=True)
class PriorDesign:
    """The cohorts that were drawn.

    Attributes
    ----------
    n_patients, n_troughs : int
        Of one cohort.
    draws : int
        Prior draws behind curves and windows.
    cohorts : int
        Cohorts drawn, one each of as many draws.
    seed : int
    """

    n_patients: int
    n_troughs: int
    draws: int
    cohorts: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class PriorPredictive:
    """The prior predictive distribution of a model file: cohorts, curves and windows before any patient.

    Attributes
    ----------
    model : ModelFile
    design : PriorDesign
    statistics : tuple of PriorNumber
        Of the drawn cohorts, beside the observed cohort where there is one.
    shares : mapping of str to float
        Share of the drawn cohorts without or with only toxicities or responders, and of implausible ones.
    at_reference : tuple of PriorNumber
        Probability of toxicity and response and median survival at the reference exposure.
    per_doubling : tuple of PriorNumber
        Odds ratios and hazard ratio when exposure doubles across the reference.
    curves : Curves
        Prior draws over the optimisation range.
    windows : mapping of kind to WindowDraws
        The windows of the model file, one a prior draw.
    cohort : Cohort or None
        The observed one.
    versions : mapping of str to str
    """

    model: ModelFile
    design: PriorDesign
    statistics: tuple[PriorNumber, ...]
    shares: Mapping[str, float]
    at_reference: tuple[PriorNumber, ...]
    per_doubling: tuple[PriorNumber, ...]
    curves: Curves
    windows: Mapping[WindowKind, WindowDraws]
    cohort: Cohort | None = None
    versions: Mapping[str, str] = field(default_factory=lambda: {name: version(name) for name in PACKAGES})

    @property
    def conflicts(self) -> tuple[PriorNumber, ...]:
        """The statistics of the observed cohort that lie in the outer 1 % of what the priors expect."""
        return tuple(number for number in self.statistics if number.conflict)

    def sentence(self) -> str:
        """Return what these priors believe, in one or two sentences for people."""
        return prior_sentence(self)

    def as_dict(self) -> dict[str, Plain]:
        """Return everything as in prior.json: plain numbers, None where undefined."""
        return prior_document(self)
