r"""The doses of simulated patients: when they changed, and to which share of the starting dose.

Drawn after everything else of a cohort, and only where the scenario lowers doses with time, so that no other scenario's
numbers move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.cohort.table import Doses
from bayes_sora.types import DAYS_PER_MONTH, BoolArray, FloatArray

if TYPE_CHECKING:
    from bayes_sora.simulation.scenarios import Scenario

START_DOSE_MG = 800.0
CUT_DAY = 30.0
"""When the dose of a toxic patient is cut, in scenarios that do so before the trough is drawn."""


class DoseChanges(NamedTuple):
    """Changes of dose, each field of shape (n, n_changes).

    Attributes
    ----------
    day : FloatArray
        First day of the dose, rising; infinite for a change that never came.
    ratio : FloatArray
        The dose from then on over the starting dose.
    """

    day: FloatArray
    ratio: FloatArray

    def log_ratio_before(self, day: FloatArray) -> FloatArray:
        """Return the log of the dose just before a day, shape (n,), over the starting dose."""
        n_before = (self.day < day[:, None]).sum(axis=1)
        ratio = np.column_stack([np.ones(day.size), self.ratio])
        return np.asarray(np.log(ratio[np.arange(day.size), n_before]))


def draw_dose_changes(
    rng: np.random.Generator, scenario: Scenario, *, toxicity: BoolArray, end_months: FloatArray
) -> DoseChanges:
    """Return the changes of dose of every patient until the end of follow-up."""
    n = toxicity.size
    if scenario.reductions is None:
        cut = scenario.dose_cut_after_toxicity
        day = np.where(toxicity & (cut != 1.0), CUT_DAY, np.inf)
        return DoseChanges(day[:, None], np.full((n, 1), cut))
    planned = scenario.reductions
    gaps = np.ceil(rng.exponential(planned.gap_months, size=(n, planned.most)) * DAYS_PER_MONTH)
    day = np.cumsum(np.maximum(gaps, 1.0), axis=1)
    ratio = np.broadcast_to(planned.factor ** np.arange(1, planned.most + 1), day.shape)
    return DoseChanges(np.where(day < end_months[:, None] * DAYS_PER_MONTH, day, np.inf), ratio)


def record_doses(changes: DoseChanges) -> Doses:
    """Return the doses as a clinic would write them down."""
    n = len(changes.day)
    day = np.column_stack([np.zeros(n), changes.day])
    dose = START_DOSE_MG * np.column_stack([np.ones(n), changes.ratio])
    given = np.isfinite(day)
    return Doses(patient=np.nonzero(given)[0].astype(np.int64), day=day[given], dose_mg=dose[given])
