from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from bayes_sora import simulate
from bayes_sora.cohort.subset import take_patients
from bayes_sora.cohort.table import Cohort

N = 12
OF_THE_COHORT = {"source", "notes", "n_dropped"}
"""Not of patients: every other field has to be cut with them."""


@pytest.fixture(scope="module")
def full() -> Cohort:
    """Return a cohort in which every field of patients is known."""
    dosed = simulate("reverse", n=N, seed=1, history=True).cohort
    types = simulate("event_types", n=N, seed=1).cohort.event_types
    numbers = np.arange(float(N))
    return replace(
        dosed,
        grade=numbers % 5,
        dose_mg=numbers,
        site=tuple("ab" * (N // 2)),
        study=tuple("cd" * (N // 2)),
        entry_months=numbers / 100.0,
        os_months_low=numbers / 50.0,
        toxicity_month=numbers / 10.0,
        event_types=types,
        covariates={"age": numbers, "stage": tuple("xyz" * (N // 3))},
    )


def test_every_field_of_patients_is_cut(full: Cohort) -> None:
    """A new field of the cohort that is not cut would give patients the values of others."""
    chosen = np.array([7, 2, 5])
    cut = take_patients(full, chosen)
    for field in fields(Cohort):
        value = getattr(full, field.name)
        assert value is not None
        if field.name not in OF_THE_COHORT | {"troughs", "doses"}:
            _same(getattr(cut, field.name), value, chosen)


def test_troughs_and_doses_go_with_their_patient(full: Cohort) -> None:
    """The records of the patient who becomes the first are those of place 0."""
    cut = take_patients(full, np.array([7, 2, 5]))
    assert cut.doses is not None
    assert full.doses is not None
    for new, old in enumerate((7, 2, 5)):
        np.testing.assert_array_equal(
            cut.troughs.value_mg_l[cut.troughs.patient == new], full.troughs.value_mg_l[full.troughs.patient == old]
        )
        np.testing.assert_array_equal(
            cut.doses.dose_mg[cut.doses.patient == new], full.doses.dose_mg[full.doses.patient == old]
        )


def _same(cut: object, full: object, chosen: np.ndarray) -> None:
    if isinstance(full, tuple):
        assert cut == tuple(full[i] for i in chosen)
    elif isinstance(full, np.ndarray):
        np.testing.assert_array_equal(cut, full[chosen])
    else:
        assert isinstance(full, dict)
        assert isinstance(cut, dict)
        assert cut.keys() == full.keys()
        for name in full:
            _same(cut[name], full[name], chosen)
