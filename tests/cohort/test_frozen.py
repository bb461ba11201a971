"""A cohort that was checked stays as it was checked: nobody can change a value of it, on purpose or by accident."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pandas as pd
import pytest

import bayes_sora as bs
from bayes_sora.cohort import Cohort, Troughs, read_cohort, take_patients
from bayes_sora.cohort.evidence import read_evidence
from tests.cohort.test_subset import cohort as full_cohort
from tests.fits import joint_fit

__all__ = ["full_cohort"]


def arrays(value: object) -> Iterator[np.ndarray]:
    """Yield every array in a value, its fields and mappings."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from arrays(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from arrays(getattr(value, field.name))


WAYS = {
    "made": lambda cohort: cohort,
    "changed": lambda cohort: replace(cohort, n_dropped=1),
    "some patients": lambda cohort: take_patients(cohort, np.array([3, 1])),
    "copied": copy.deepcopy,
    "from another process": lambda cohort: pickle.loads(pickle.dumps(cohort)),
    "read": lambda _: read_cohort(bs.shipped_cohort("literal_26")),
    "simulated": lambda _: bs.simulate("event_types", n=12, seed=1).cohort,
}


@pytest.mark.parametrize("way", WAYS)
def test_no_array_of_a_cohort_can_be_written_to(full_cohort, way):
    """However a cohort came about, each array of it refuses a new value, and refuses to become writeable again."""
    found = list(arrays(WAYS[way](full_cohort)))
    assert len(found) >= 8
    for array in found:
        with pytest.raises(ValueError, match=r"read-only|is a view"):
            array[0] = array[0]
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.setflags(write=True)


@pytest.mark.parametrize("name", ["trough_mg_l", "n_troughs_by_patient", "without_type"])
def test_what_is_computed_from_a_cohort_cannot_be_written_to(full_cohort, name):
    """A computed column is made anew every time: a value that somebody puts there would be lost without a word."""
    for cohort in (full_cohort, read_cohort(bs.shipped_cohort("literal_26"))):
        with pytest.raises(ValueError, match="read-only"):
            getattr(cohort, name)[0] = 1


@pytest.mark.parametrize("name", ["covariates", "event_types"])
def test_no_column_can_be_added_or_replaced(full_cohort, name):
    """The mappings of a cohort hold what they held when it was checked."""
    columns = getattr(full_cohort, name)
    assert isinstance(columns, Mapping)
    with pytest.raises(TypeError):
        columns["age"] = np.zeros(12)
    with pytest.raises(TypeError):
        del columns[next(iter(columns))]


def test_what_the_caller_holds_stays_theirs():
    """A cohort neither freezes the arrays and mappings it is made of nor follows them when they change."""
    toxicity, age = np.array([0.0, 1.0, 1.0]), np.array([50.0, 60.0, 70.0])
    value, covariates = np.array([1.0, 2.0, 3.0]), {"age": age}
    troughs = Troughs(
        patient=np.arange(3), value_mg_l=value, censoring=np.zeros(3, dtype=np.int64), day=np.full(3, np.nan)
    )
    cohort = Cohort(patient_id=("a", "b", "c"), troughs=troughs, toxicity=toxicity, covariates=covariates)
    toxicity[0], value[0], age[0] = 1.0, 9.0, 99.0
    covariates["sex"] = toxicity
    assert cohort.toxicity.tolist() == [0.0, 1.0, 1.0]
    assert cohort.troughs.value_mg_l.tolist() == [1.0, 2.0, 3.0]
    assert cohort.covariates["age"].tolist() == [50.0, 60.0, 70.0]
    assert list(cohort.covariates) == ["age"]


def test_frozen_cohort_is_the_same_cohort(full_cohort):
    """A cohort holds what it was given, bit by bit, also after it went to another process."""
    again = pickle.loads(pickle.dumps(full_cohort))
    for one, other in zip(arrays(full_cohort), arrays(again), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert again.patient_id == full_cohort.patient_id
    assert list(again.covariates) == list(full_cohort.covariates)


def test_evidence_cannot_be_changed():
    """Earlier results hold numbers and no array, and none of them can be replaced."""
    frame = pd.DataFrame({"study": ["A"], "estimate": [0.4], "standard_error": [0.2]})
    (result,) = read_evidence(frame, exposure_sd=0.55)
    frame.loc[0, "estimate"] = 9.0
    assert result.estimate == 0.4
    with pytest.raises(AttributeError):
        result.estimate = 9.0


def test_priors_of_a_model_file_cannot_be_changed():
    """A model file keeps the priors that its hash is about."""
    model = bs.load_model("sorafenib_joint.v1")
    with pytest.raises(TypeError):
        model.outcomes["toxicity"].priors["slope"].arguments["sd"] = 9.0
    with pytest.raises(TypeError):
        model.exposure.priors["log_median"] = model.exposure.priors["sd_within"]
    with pytest.raises(TypeError):
        del model.outcomes["survival"]
    assert pickle.loads(pickle.dumps(model)) == model


def test_curves_keep_their_draws():
    """Neither the draws of the curves nor what is computed from them once can be written to."""
    curves = joint_fit().curves
    for array in (curves.draws["logit_toxicity"], curves.restricted_mean_survival(24.0)):
        with pytest.raises(ValueError, match=r"read-only|is a view"):
            array[0, 0, 0] = 0.0
