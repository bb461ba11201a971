"""Some of the patients of a cohort."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.table import Cohort, Doses, Troughs

if TYPE_CHECKING:
    from bayes_sora.types import FloatArray, IntArray


def take_patients(cohort: Cohort, patients: IntArray) -> Cohort:
    """Return the patients at these places, in this order, each with all troughs; a place may come only once."""
    place = np.full(cohort.n_patients, -1)
    place[patients] = np.arange(patients.size)
    kept = np.flatnonzero(place[cohort.troughs.patient] >= 0)
    kept = kept[np.argsort(place[cohort.troughs.patient[kept]], kind="stable")]
    troughs = cohort.troughs

    def numbers(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else values[patients]

    def labels(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if values is None else tuple(values[i] for i in patients)

    return replace(
        cohort,
        patient_id=labels(cohort.patient_id) or (),
        troughs=Troughs(
            patient=place[troughs.patient[kept]],
            value_mg_l=troughs.value_mg_l[kept],
            censoring=troughs.censoring[kept],
            day=troughs.day[kept],
        ),
        toxicity=numbers(cohort.toxicity),
        response=numbers(cohort.response),
        os_months=numbers(cohort.os_months),
        death=numbers(cohort.death),
        grade=numbers(cohort.grade),
        dose_mg=numbers(cohort.dose_mg),
        site=labels(cohort.site),
        study=labels(cohort.study),
        entry_months=numbers(cohort.entry_months),
        os_months_low=numbers(cohort.os_months_low),
        toxicity_month=numbers(cohort.toxicity_month),
        doses=_doses(cohort.doses, place),
        event_types=None
        if cohort.event_types is None
        else {name: values[patients] for name, values in cohort.event_types.items()},
        covariates={
            name: labels(values) or () if isinstance(values, tuple) else values[patients]
            for name, values in cohort.covariates.items()
        },
    )


def _doses(doses: Doses | None, place: IntArray) -> Doses | None:
    if doses is None:
        return None
    kept = np.flatnonzero(place[doses.patient] >= 0)
    kept = kept[np.argsort(place[doses.patient[kept]], kind="stable")]
    return Doses(patient=place[doses.patient[kept]], day=doses.day[kept], dose_mg=doses.dose_mg[kept])
