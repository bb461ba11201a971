"""A cohort from a result folder: what its columns must be to each other, as the reader of cohort files sees to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.report.stored.faults import DAMAGED, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort import Cohort, Doses


def check_columns(cohort: Cohort) -> None:
    """See that the columns of a cohort fit each other.

    Raises
    ------
    InputError
        R003 when survival has one column of two, all troughs are equal, a patient was never under observation, an
        interval is empty, or the doses of a patient do not begin on day 0, go backwards, or begin with an interruption.
    """
    for what in _contradictions(cohort):
        raise fault(DAMAGED, f"its cohort contradicts itself: {what}")


def _contradictions(cohort: Cohort) -> Iterator[str]:
    if (cohort.os_months is None) != (cohort.death is None):
        yield "it has only one of os_months and death"
        return
    for name, column in (("entry_months", cohort.entry_months), ("os_months_low", cohort.os_months_low)):
        if column is None:
            continue
        if cohort.os_months is None or bool((column >= cohort.os_months).any()):
            yield f"{name} is not before os_months"
    averages = cohort.trough_mg_l
    if not averages.min() < averages.max():
        yield "all its troughs are equal"
    if cohort.doses is not None and not _run_from_day_0(cohort.doses):
        yield "the doses of a patient do not run from day 0"


def _run_from_day_0(doses: Doses) -> bool:
    first = np.diff(doses.patient, prepend=-1) > 0
    starts = (doses.day[first] == 0.0) & (doses.dose_mg[first] > 0.0)
    return bool(starts.all() and (np.diff(doses.day)[~first[1:]] > 0.0).all())
