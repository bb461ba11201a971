"""The question as asked, and how much may be spent on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bayes_sora.arguments import MOST_SEED, whole_number
from bayes_sora.errors import UsageError
from bayes_sora.files.budgets import REPLICATIONS, TROUGHS_A_PATIENT
from bayes_sora.modelfile import load_model
from bayes_sora.simulation.scenarios import SCENARIOS, find_scenario
from bayes_sora.study.methods import estimand_of
from bayes_sora.study.plan import TRUTHS, Cell, Method, TruthPrior
from bayes_sora.study.sample_size.lattice import size_lattice
from bayes_sora.study.truth_check import course_needed, exposure_mismatch

if TYPE_CHECKING:
    from bayes_sora.study.sample_size.criteria import Criterion

FEWEST_PATIENTS, MOST_PATIENTS = 3, 100_000


@dataclass(frozen=True, kw_only=True)
class Effort:
    """What a search may spend, and when it is content.

    Attributes
    ----------
    replicates : int
        Most cohorts simulated, at all sizes together.
    first : int
        Cohorts at a size that is new.
    round : int
        Cohorts before the next decision, once the sizes around the answer are there.
    task : int
        Cohorts analysed together, by one worker. It is fixed so that the answer does not depend on the workers.
    tolerance : float
        Content when the Monte Carlo interval of the size spans less than this, as a ratio of its ends.
    seconds : float or None
        Time after which no further round is begun; the answer then depends on the speed of the machine.
    """

    replicates: int = 3000
    first: int = 100
    round: int = 200
    task: int = 50
    tolerance: float = 1.15
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.task <= min(self.first, self.round):
            msg = f"tasks of {self.task} cohorts do not fit into {self.first} at a new size and rounds of {self.round}"
            raise UsageError(msg)
        whole_number("replicates", self.replicates, least=0, most=REPLICATIONS)
        if self.replicates < self.first:
            msg = f"a budget of {self.replicates} replicates is too small: the first size alone needs {self.first}"
            raise UsageError(msg)
        if not (math.isfinite(self.tolerance) and self.tolerance > 1.0):
            msg = f"the tolerance is a ratio above 1, such as 1.15 for 15 %, got {self.tolerance}"
            raise UsageError(msg)
        if self.seconds is not None and not self.seconds > 0.0:
            msg = f"a limit of time must be above 0 seconds, got {self.seconds}"
            raise UsageError(msg)


@dataclass(frozen=True, kw_only=True)
class SizeQuestion:
    """The smallest number of patients for which a criterion reaches its target.

    Attributes
    ----------
    criterion : NarrowLimit, Identified or Benefit
    truth : str or TruthPrior
        A released scenario; or a prior over truths, which makes the probability an assurance.
    method : Method
        How every cohort is analysed.
    n_min, n_max : int
        Smallest and largest size considered.
    troughs : int
        Troughs a patient.
    follow_up_months : float or None
        Administrative end of follow-up for everybody; None leaves the scenario's.
    effort : Effort
    seed : int
    """

    criterion: Criterion
    truth: str | TruthPrior
    method: Method
    n_min: int = 20
    n_max: int = 2000
    troughs: int = 1
    follow_up_months: float | None = None
    effort: Effort = field(default_factory=Effort)
    seed: int = 1

    def __post_init__(self) -> None:
        find_scenario(self.base)
        if not FEWEST_PATIENTS <= self.n_min <= self.n_max <= MOST_PATIENTS:
            msg = (
                f"expected {FEWEST_PATIENTS} ≤ n_min ≤ n_max ≤ {MOST_PATIENTS:,} patients, got {self.n_min} and "
                f"{self.n_max}"
            )
            raise UsageError(msg)
        if self.troughs < 1 or self.seed < 0:
            msg = f"expected at least 1 trough a patient and a seed of at least 0, got {self.troughs} and {self.seed}"
            raise UsageError(msg)
        whole_number("troughs", self.troughs, least=1, most=TROUGHS_A_PATIENT)
        whole_number("seed", self.seed, least=0, most=MOST_SEED)
        if self.follow_up_months is not None and not 0.0 < self.follow_up_months < math.inf:
            msg = f"follow-up must be a number of months above 0, got {self.follow_up_months}"
            raise UsageError(msg)
        self._check_model()
        windows = estimand_of(self.method).windows
        if self.criterion.window not in windows:
            msg = (
                f"the method {self.method.model or self.method.kind} gives no {self.criterion.window} window. Ask "
                f"about {' or '.join(windows)}"
            )
            raise UsageError(msg)

    def _check_model(self) -> None:
        """Hold the model file against the truth: what it cannot analyse fails a thousand times, and says nothing."""
        if self.method.model is None:
            return
        model = load_model(self.method.model)
        mismatch = exposure_mismatch(model, self.truth)
        if mismatch is not None:
            msg = f"the model file {model.name} {mismatch}. Give --model or --scenario of the same exposures"
            raise UsageError(msg)
        needed = course_needed(model) if self.base in SCENARIOS else None
        if needed is not None:
            msg = f"the model file {model.name} needs {needed}, which cohorts under {self.base} do not have"
            raise UsageError(f"{msg}. Give another --model")

    @cached_property
    def lattice(self) -> tuple[int, ...]:
        """The sizes that may be simulated, rising."""
        return size_lattice(self.n_min, self.n_max)

    @property
    def base(self) -> str:
        """Name of the scenario that the truth is, or varies."""
        return self.truth if isinstance(self.truth, str) else self.truth.base

    @property
    def truths(self) -> TruthPrior | None:
        """The prior over truths, None at a fixed truth."""
        return None if isinstance(self.truth, str) else self.truth

    def cell(self, n: int) -> Cell:
        """Return the cell of the study that cohorts of `n` are drawn from."""
        scenario = self.truth if isinstance(self.truth, str) else TRUTHS
        return Cell(scenario=scenario, n=n, troughs=self.troughs, follow_up_months=self.follow_up_months)
