"""Which patients a drawn cohort has: how often each is measured, and who can be judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayes_sora.cohort.table import ABOVE_ULOQ, BELOW_LLOQ, MEASURED, Cohort, Troughs
from bayes_sora.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Mapping

BinaryEndpoint = Literal["toxicity", "response"]
BINARY: tuple[BinaryEndpoint, ...] = ("toxicity", "response")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """The design of a cohort, without its outcomes.

    Attributes
    ----------
    trough_patient : IntArray, shape (n_troughs,)
        Patient of each trough, in non-decreasing order; every patient has one at least.
    known : mapping of endpoint to BoolArray, shape (n_patients,)
        Who is evaluable for toxicity and response; an endpoint left out is known of everybody.
    low_mg_l, high_mg_l : float
        Troughs are counted at these limits of quantification when they lie beyond.
    """

    trough_patient: IntArray
    known: Mapping[str, BoolArray] = field(default_factory=dict)
    low_mg_l: float = 0.0
    high_mg_l: float = np.inf

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return int(self.trough_patient[-1]) + 1

    def cohort(self) -> Cohort:
        """Return patients with these troughs, all of 1 mg/L, and no outcomes, to be filled in."""
        n_troughs = self.trough_patient.size
        return Cohort(
            patient_id=tuple(map(str, range(self.n_patients))),
            troughs=Troughs(
                patient=self.trough_patient,
                value_mg_l=np.ones(n_troughs),
                censoring=np.full(n_troughs, MEASURED),
                day=np.full(n_troughs, np.nan),
            ),
        )

    def evaluable(self, endpoint: BinaryEndpoint) -> BoolArray:
        """Say of each patient whether the endpoint is known."""
        return self.known.get(endpoint, np.ones(self.n_patients, dtype=bool))

    def mean_log_trough(self, trough_mg_l: FloatArray) -> FloatArray:
        """Return the mean log trough of each patient, (…, n_patients), from troughs (…, n_troughs) in mg/L."""
        first = np.searchsorted(self.trough_patient, np.arange(self.n_patients))
        logs = np.log(np.clip(trough_mg_l, max(self.low_mg_l, np.finfo(float).tiny), self.high_mg_l))
        return np.asarray(np.add.reduceat(logs, first, axis=-1) / np.bincount(self.trough_patient))


def new_patients(n: int, *, troughs_per_patient: int) -> Pattern:
    """Return the pattern of `n` patients with as many troughs each, everybody evaluable."""
    return Pattern(trough_patient=np.repeat(np.arange(n), troughs_per_patient))


def pattern_of(cohort: Cohort) -> Pattern:
    """Return the pattern of an observed cohort.

    A trough outside the limits of quantification makes the limit count for all: what is compared is then known of
    every trough, drawn or measured.
    """
    troughs = cohort.troughs
    below, above = (troughs.value_mg_l[troughs.censoring == side] for side in (BELOW_LLOQ, ABOVE_ULOQ))
    outcomes = {endpoint: getattr(cohort, endpoint) for endpoint in BINARY}
    return Pattern(
        trough_patient=troughs.patient,
        known={endpoint: ~np.isnan(values) for endpoint, values in outcomes.items() if values is not None},
        low_mg_l=float(below.max(initial=0.0)),
        high_mg_l=float(above.min(initial=np.inf)),
    )
