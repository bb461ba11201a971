"""Some of the patients of a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.cohort.table import Cohort, Doses, Troughs

if TYPE_CHECKING:
    from bayes_sora.types import IntArray

OF_THE_WHOLE = frozenset({"source", "notes", "n_dropped"})


def take_patients(cohort: Cohort, patients: IntArray) -> Cohort:
    """Return the patients at these places, in this order, with all that is known of them and nothing of the others.

    A place may come only once. Every field of a cohort but its source and notes is taken to be about patients, so that
    none that is added later can slip through whole.
    """
    place = np.full(cohort.n_patients, -1)
    place[patients] = np.arange(patients.size)
    changed = {
        field.name: _of_patients(getattr(cohort, field.name), patients, place)
        for field in fields(Cohort)
        if field.name not in OF_THE_WHOLE
    }
    return replace(cohort, **changed)


def _of_patients(values: object, patients: IntArray, place: IntArray) -> Any:  # noqa: ANN401 - whatever the field holds
    match values:
        case None:
            return None
        case np.ndarray():
            return values[patients]
        case tuple():
            return tuple(values[patient] for patient in patients)
        case Mapping():
            return {name: _of_patients(inner, patients, place) for name, inner in values.items()}
        case Troughs():
            return _listed(values, place)
        case Doses():
            return _listed(values, place)
        case _:
            msg = f"a cohort has {type(values).__name__} here, of which it is not known how patients are taken from it"
            raise TypeError(msg)


def _listed[Rows: (Troughs, Doses)](rows: Rows, place: IntArray) -> Rows:
    """Keep the rows of the patients who are kept, in the patients' new order."""
    kept = np.flatnonzero(place[rows.patient] >= 0)
    kept = kept[np.argsort(place[rows.patient[kept]], kind="stable")]
    arrays = {field.name: getattr(rows, field.name)[kept] for field in fields(rows)}
    return replace(rows, **arrays | {"patient": place[rows.patient[kept]].astype(np.int64)})
