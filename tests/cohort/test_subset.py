"""Some of the patients of a cohort, with everything that is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.cohort import Doses, take_patients
from bayes_sora.cohort.subset import OF_THE_WHOLE


@pytest.fixture(scope="module")
def cohort():
    """Return a cohort with a value in every column, several troughs a patient and event types."""
    simulated = bs.simulate("event_types", n=12, seed=3, troughs=3).cohort
    full = np.arange(12.0)
    of_doses = np.sort(np.tile(np.arange(12), 2))
    return replace(
        simulated,
        grade=full % 6,
        dose_mg=full + 400.0,
        site=tuple(f"site {i % 4}" for i in np.arange(12)),
        study=tuple(f"study {i % 2}" for i in np.arange(12)),
        entry_months=0.01 * full,
        os_months_low=full,
        toxicity_month=full,
        covariates={"age": full + 50.0, "stage": tuple("BC" * 6)},
        doses=Doses(patient=of_doses, day=np.tile([0.0, 30.0], 12), dose_mg=400.0 + np.arange(24.0)),
    )


def rows(cohort):
    """Return everything known of each patient, by identifier."""
    found = {}
    for i, patient in enumerate(cohort.patient_id):
        theirs = cohort.troughs.patient == i
        known = {"troughs": cohort.troughs.value_mg_l[theirs].tolist(), "days": cohort.troughs.day[theirs].tolist()}
        if cohort.doses is not None:
            known["doses"] = cohort.doses.dose_mg[cohort.doses.patient == i].tolist()
        for field in fields(cohort):
            values = getattr(cohort, field.name)
            if field.name in {"troughs", "doses", *OF_THE_WHOLE} or values is None:
                continue
            if isinstance(values, Mapping):
                known |= {label: str(column[i]) for label, column in values.items()}
            else:
                known[field.name] = values[i]
        found[patient] = known
    return found


def test_every_column_follows_its_patient(cohort):
    """What is known of a patient in the part is what was known in the whole; of the others nothing is left."""
    part = take_patients(cohort, np.array([1, 2, 7, 11]))
    whole = rows(cohort)
    assert str(rows(part)) == str({patient: whole[patient] for patient in part.patient_id})
    assert part.n_patients == 4
    assert part.troughs.patient.tolist() == sorted([0, 1, 2, 3] * 3)
    assert part.event_types is not None
    assert set(part.event_types) == set(cohort.event_types)


def test_patients_come_in_the_order_asked_for(cohort):
    """Troughs and doses follow."""
    whole, turned = rows(cohort), take_patients(cohort, np.array([7, 0, 3]))
    assert turned.patient_id == tuple(cohort.patient_id[i] for i in (7, 0, 3))
    assert str(rows(turned)) == str({patient: whole[patient] for patient in turned.patient_id})
    assert turned.troughs.patient.tolist() == sorted(turned.troughs.patient.tolist())


def test_a_cohort_of_one(cohort):
    """One patient is a cohort too: what the patient left out is predicted from."""
    alone = take_patients(cohort, np.array([7]))
    assert alone.patient_id == (cohort.patient_id[7],)
    assert alone.trough_mg_l == pytest.approx(cohort.trough_mg_l[[7]])


def test_all_patients_are_the_cohort(cohort):
    """Nothing is lost, added or reordered."""
    same = take_patients(cohort, np.arange(12))
    assert str(rows(same)) == str(rows(cohort))
    assert (same.source, same.notes) == (cohort.source, cohort.notes)


def test_absent_columns_stay_absent():
    """What the cohort does not have is not made up."""
    part = take_patients(bs.simulate("null", n=5, seed=1).cohort, np.array([0, 3]))
    assert part.site is None
    assert part.event_types is None


def test_a_column_of_an_unknown_kind_is_refused(cohort):
    """A field that somebody adds cannot slip through whole."""
    later = replace(cohort)
    object.__setattr__(later, "grade", 3)  # what a cohort checks itself would refuse
    with pytest.raises(TypeError, match="int here"):
        take_patients(later, np.array([0]))
