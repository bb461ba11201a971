"""Some of the patients of a cohort, with everything that is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.cohort import select_patients
from bayes_sora.cohort.subset import OF_THE_WHOLE


@pytest.fixture(scope="module")
def cohort():
    """Return a cohort with a value in every column, several troughs a patient and event types."""
    simulated = bs.simulate("event_types", n=12, seed=3, troughs=3).cohort
    full = np.arange(12.0)
    return replace(
        simulated,
        grade=full % 6,
        dose_mg=full + 400.0,
        site=tuple(f"site {i % 4}" for i in range(12)),
        study=tuple(f"study {i % 2}" for i in range(12)),
    )


def rows(cohort):
    """Return everything known of each patient, by identifier."""
    found = {}
    for i, patient in enumerate(cohort.patient_id):
        theirs = cohort.troughs.patient == i
        known = {"troughs": cohort.troughs.value_mg_l[theirs].tolist(), "days": cohort.troughs.day[theirs].tolist()}
        for field in fields(cohort):
            values = getattr(cohort, field.name)
            if field.name in {"troughs", *OF_THE_WHOLE} or values is None:
                continue
            if isinstance(values, Mapping):
                known |= {label: float(column[i]) for label, column in values.items()}
            else:
                known[field.name] = values[i]
        found[patient] = known
    return found


def test_every_column_follows_its_patient(cohort):
    """What is known of a patient in the part is what was known in the whole; of the others nothing is left."""
    part = select_patients(cohort, [1, 2, 7, 11])
    whole = rows(cohort)
    assert str(rows(part)) == str({patient: whole[patient] for patient in part.patient_id})
    assert part.n_patients == 4
    assert part.troughs.patient.tolist() == sorted([0, 1, 2, 3] * 3)
    assert part.event_types is not None
    assert set(part.event_types) == set(cohort.event_types)


def test_a_cohort_of_one(cohort):
    """One patient is a cohort too: what the patient left out is predicted from."""
    alone = select_patients(cohort, [7])
    assert alone.patient_id == (cohort.patient_id[7],)
    assert alone.trough_mg_l == pytest.approx(cohort.trough_mg_l[[7]])


def test_all_patients_are_the_cohort(cohort):
    """Nothing is lost, added or reordered."""
    same = select_patients(cohort, range(12))
    assert str(rows(same)) == str(rows(cohort))
    assert (same.source, same.notes) == (cohort.source, cohort.notes)


def test_absent_columns_stay_absent():
    """What the cohort does not have is not made up."""
    part = select_patients(bs.simulate("null", n=5, seed=1).cohort, [0, 3])
    assert part.site is None
    assert part.event_types is None


def test_a_column_of_an_unknown_kind_is_refused(cohort):
    """A field that somebody adds cannot slip through whole."""
    with pytest.raises(TypeError, match="int here"):
        select_patients(replace(cohort, grade=3), [0])
