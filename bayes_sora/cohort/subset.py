"""Part of a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.cohort.table import Cohort, Troughs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.types import IntArray

OF_THE_WHOLE = frozenset({"source", "notes", "n_dropped"})


def select_patients(cohort: Cohort, kept: Sequence[int]) -> Cohort:
    """Return the cohort of some of the patients, with all that is known of them and nothing of the others.

    Parameters
    ----------
    cohort : Cohort
    kept : sequence of int
        Positions of the patients, rising.
    """
    positions = np.asarray(kept, dtype=np.int64)
    changed = {
        field.name: _of_patients(getattr(cohort, field.name), positions)
        for field in fields(Cohort)
        if field.name not in OF_THE_WHOLE
    }
    return replace(cohort, **changed)


def _of_patients(values: object, kept: IntArray) -> Any:  # noqa: ANN401 - whatever the cohort has there
    match values:
        case None:
            return None
        case np.ndarray():
            return values[kept]
        case tuple():
            return tuple(values[position] for position in kept)
        case Mapping():
            return {name: _of_patients(inner, kept) for name, inner in values.items()}
        case Troughs():
            return _measurements(values, kept)
        case _:
            msg = f"a cohort has {type(values).__name__} here, of which it is not known how patients are taken from it"
            raise TypeError(msg)


def _measurements(listed: Troughs, kept: IntArray) -> Troughs:
    """Keep the measurements of the patients, who are numbered anew."""
    theirs = np.isin(listed.patient, kept)
    arrays = {field.name: getattr(listed, field.name)[theirs] for field in fields(listed)}
    return replace(listed, **arrays | {"patient": np.searchsorted(kept, arrays["patient"]).astype(np.int64)})
