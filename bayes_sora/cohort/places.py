"""One note for many patients: the place of the first, and the ids of some of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.names import listed
from bayes_sora.errors import Problem, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.codes import Fault
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.types import BoolArray


def of_patients(
    cohort: Cohort,
    rows: tuple[int, ...] | None,
    where: BoolArray,
    fault: Fault,
    *,
    column: str,
) -> Iterator[Problem]:
    """Warn of `fault` once for all patients `where`, at the first of them: notes must not grow with the cohort."""
    indices = np.flatnonzero(where).tolist()
    if not indices:
        return
    first = indices[0]
    ids = listed([shortened(cohort.patient_id[index], limit=30) for index in indices], limit=5)
    yield Problem(
        code=fault.code,
        file=cohort.source.name,
        row=None if rows is None else rows[first],
        patient=cohort.patient_id[first],
        column=column,
        why=fault.why if len(indices) == 1 else f"{fault.why} ({len(indices)} patients: {ids})",
        remedy=fault.remedy,
        severity="warning",
    )
