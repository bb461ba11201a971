"""The plan of a simulation study as frozen values: what a linted plan file means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import Prior
    from bayes_sora.simulation import Scenario

MethodKind = Literal["bayes", "roc", "roc_bootstrap", "bayesian_bootstrap"]
EngineName = Literal["fast", "nuts"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way of analysing a cohort.

    Attributes
    ----------
    name : str
        Its key in the results, unique in the plan, such as ``"joint"`` or ``"roc"``.
    kind : {"bayes", "roc", "roc_bootstrap", "bayesian_bootstrap"}
    model : str or None
        Name or path of the model file; None for classical methods.
    engine : {"fast", "nuts"}
        Only for ``"bayes"``.
    """

    name: str
    kind: MethodKind
    model: str | None = None
    engine: EngineName = "fast"


@dataclass(frozen=True, kw_only=True)
class TruthPrior:
    """A prior over truths: fields of a base scenario drawn anew for every replicate.

    Attributes
    ----------
    base : str
        Name of the scenario that gives everything not drawn.
    priors : mapping of dotted field name to Prior
        Such as ``{"toxicity.slope": Prior(...)}``.
    """

    base: str
    priors: Mapping[str, Prior]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting of the study: everything but the replicate.

    Attributes
    ----------
    scenario : str
        Name of a released scenario, or ``"truths"`` where the plan has a prior over truths.
    n : int
        Patients a cohort.
    troughs : int
        Troughs a patient.
    follow_up_months : float or None
        Administrative end of follow-up for everybody; None leaves the scenario's.
    """

    scenario: str
    n: int
    troughs: int = 1
    follow_up_months: float | None = None


@dataclass(frozen=True, kw_only=True)
class Replicate:
    """One simulated cohort of a cell, with what nobody at the clinic knows.

    Attributes
    ----------
    cell : Cell
    index : int
        0, 1, … within the cell.
    seed : int
        Everything random about the cohort and its analysis follows from it.
    truth : Scenario
    """

    cell: Cell
    index: int
    seed: int
    truth: Scenario
