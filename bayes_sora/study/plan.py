"""The plan of a simulation study as frozen values: what a linted plan file means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.questions import WindowKind
    from bayes_sora.simulation import Scenario
    from bayes_sora.study.rows import LimitName

TRUTHS = "truths"
"""Name of the scenario of a cell where truths are drawn from a prior."""

Measure = Literal["narrow_limit", "identified", "benefit"]
MethodKind = Literal["bayes", "roc", "roc_fair", "roc_bootstrap", "bayesian_bootstrap"]
EngineName = Literal["fast", "nuts"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way of analysing a cohort.

    Attributes
    ----------
    name : str
        Its key in the results, unique in the plan, such as ``"joint"`` or ``"roc"``.
    kind : {"bayes", "roc", "roc_fair", "roc_bootstrap", "bayesian_bootstrap"}
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


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a cohort should achieve to be large enough; the words of the sample-size search.

    Attributes
    ----------
    measure : {"narrow_limit", "identified", "benefit"}
        P(the 95 % interval of a limit is narrower than `max_fold`), P(the window is identified), or the mean benefit.
    window : {"limits", "youden", "utility"}
    limit : {"lower", "upper", "optimum"} or None
        Only for narrow_limit.
    max_fold : float or None
        Only for narrow_limit: largest ratio of the ends of the interval, above 1.
    probability : float or None
        What narrow_limit and identified must reach, in (0, 1).
    months : float or None
        What benefit must reach, in months.
    """

    measure: Measure
    window: WindowKind
    limit: LimitName | None = None
    max_fold: float | None = None
    probability: float | None = None
    months: float | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A simulation study as planned: what is simulated, how it is analysed, how often.

    Attributes
    ----------
    name, title, aims : str
        For people; `aims` is "" when not given.
    scenarios : tuple of str
        Released scenarios, then ``"truths"`` where the plan has a prior over truths: as in the column ``scenario``.
    sizes : tuple of int
        Patients a cohort.
    troughs : tuple of int
        Troughs a patient.
    follow_up_months : tuple of (float or None)
        Administrative ends of follow-up; None is the scenario's own.
    methods : tuple of Method
    replicates : int
        Replicates a cell.
    seed : int
    targets : tuple of Target
    truths : TruthPrior or None
    models : mapping of method name to str
        SHA-256 of the model file of each method that has one.
    sha256 : str
        Hash of everything that the numbers depend on: words, targets, order of keys and comments do not matter.
    text : str
        The plan as canonical JSON, so that a study folder can carry it.
    """

    name: str
    title: str
    scenarios: tuple[str, ...]
    sizes: tuple[int, ...]
    methods: tuple[Method, ...]
    replicates: int
    seed: int
    aims: str = ""
    troughs: tuple[int, ...] = (1,)
    follow_up_months: tuple[float | None, ...] = (None,)
    targets: tuple[Target, ...] = ()
    truths: TruthPrior | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    text: str = ""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every setting of the study, scenario by scenario, in the order of the plan."""
        return tuple(
            Cell(scenario=scenario, n=n, troughs=troughs, follow_up_months=months)
            for scenario in self.scenarios
            for n in self.sizes
            for troughs in self.troughs
            for months in self.follow_up_months
        )
