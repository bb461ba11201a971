"""A second file of repeated troughs is matched with the patients of the cohort file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import read_cohort
from bayes_sora.errors import InputError
from tests.cohort.tables import sound_columns


@pytest.fixture
def cohort_frame():
    """Give the sound table without its trough column."""
    return pd.DataFrame(sound_columns()).drop(columns="trough_mg_l")


@pytest.fixture
def troughs():
    """Two troughs a patient, days out of order."""
    ids = [f"P{i:02d}" for i in range(12, 0, -1)]
    later = pd.DataFrame({"patient_id": ids, "day": 28, "trough_ng_ml": [1000.0 * i for i in range(1, 13)]})
    return pd.concat([later, later.assign(day=14, trough_ng_ml=later["trough_ng_ml"] + 500)], ignore_index=True)


def test_repeated_troughs_are_ordered_by_patient_and_day(cohort_frame, troughs, tmp_path):
    """Values, days and unit arrive; the source names both files."""
    path = tmp_path / "troughs.csv"
    troughs.to_csv(path, index=False)
    cohort = read_cohort(cohort_frame, troughs=path)
    np.testing.assert_array_equal(cohort.troughs.patient, np.repeat(np.arange(12), 2))
    np.testing.assert_array_equal(cohort.troughs.day, np.tile([14.0, 28.0], 12))
    np.testing.assert_allclose(cohort.troughs.value_mg_l[:4], [12.5, 12.0, 11.5, 11.0])
    np.testing.assert_allclose(cohort.trough_mg_l[0], np.sqrt(12.5 * 12.0))
    assert cohort.source.trough_unit.name == "ng/mL"
    assert cohort.source.troughs_name == "troughs.csv"
    assert cohort.notes == ()


def test_second_file_replaces_the_cohort_s_own_troughs(troughs):
    """With a trough in both, the second file is used and a note says so; even unreadable cells do not matter then."""
    frame = pd.DataFrame(sound_columns()).astype({"trough_mg_l": object})
    frame.loc[0, "trough_mg_l"] = "?"
    cohort = read_cohort(frame, troughs=troughs)
    assert cohort.troughs.value_mg_l.size == 24
    assert [str(note.code) for note in cohort.notes] == ["C062"]


def test_day_is_optional_and_may_be_blank(cohort_frame, troughs):
    """Without a day it is NaN, and equal blanks are not the same day."""
    for frame in (troughs.drop(columns="day"), troughs.assign(day=None)):
        cohort = read_cohort(cohort_frame, troughs=frame)
        assert np.isnan(cohort.troughs.day).all()
        assert cohort.notes == ()


def test_two_troughs_on_one_day_are_noted_once(cohort_frame, troughs):
    """Copies are counted in one note."""
    (note,) = read_cohort(cohort_frame, troughs=pd.concat([troughs, troughs.head(3)])).notes
    assert (note.code, note.patient) == ("C064", "P12")
    assert "3 rows: 25, 26, 27" in note.why


def test_blank_measurements_and_patients_without_any_can_be_dropped(cohort_frame, troughs):
    """Of P12 both troughs are blank and of P11 one: P12 leaves, P11 keeps the other."""
    troughs.loc[[0, 12, 13], "trough_ng_ml"] = None
    troughs = troughs[troughs["patient_id"] != "P10"]
    with pytest.raises(InputError) as caught:
        read_cohort(cohort_frame, troughs=troughs)
    assert sorted(str(problem.code) for problem in caught.value.problems) == ["C023", "C023", "C023", "C061"]
    cohort = read_cohort(cohort_frame, troughs=troughs, drop_incomplete=True)
    assert cohort.n_dropped == 2
    assert cohort.patient_id[-2:] == ("P09", "P11")
    assert cohort.n_troughs_by_patient.tolist() == [2] * 9 + [1]
    assert "3 blank troughs left out" in cohort.notes[0].why


def test_troughs_of_dropped_patients_go_too(cohort_frame, troughs):
    """A patient dropped for want of a time takes the troughs along, and the others keep theirs."""
    cohort_frame.loc[0, "os_months"] = None
    cohort = read_cohort(cohort_frame, troughs=troughs, drop_incomplete=True)
    assert cohort.patient_id[0] == "P02"
    np.testing.assert_allclose(cohort.troughs.value_mg_l[:2], [11.5, 11.0])
    assert cohort.troughs.patient.tolist() == np.repeat(np.arange(11), 2).tolist()


def test_limits_of_quantification_in_the_second_file(cohort_frame, troughs):
    """``<…`` and blq with its limit work there as in a cohort file."""
    troughs = troughs.astype({"trough_ng_ml": object}).assign(blq=0, lloq_ng_ml=60)
    troughs.loc[0, "trough_ng_ml"], troughs.loc[1, "blq"] = "<50", 1
    troughs.loc[1, "trough_ng_ml"] = None
    cohort = read_cohort(cohort_frame, troughs=troughs)
    assert np.flatnonzero(cohort.troughs.censoring).tolist() == [21, 23]
    np.testing.assert_allclose(cohort.troughs.value_mg_l[[21, 23]], [0.06, 0.05])


def test_names_are_mapped_in_both_files(cohort_frame, troughs):
    """One [columns] table serves both; what it names need only be where it belongs."""
    columns = {"patient_id": "ID", "trough_ng_ml": "CT", "day": "ADY"}
    second = troughs.rename(columns={"patient_id": "ID", "trough_ng_ml": "CT", "day": "ADY"})
    cohort = read_cohort(cohort_frame.rename(columns={"patient_id": "ID"}), troughs=second, columns=columns)
    assert np.isfinite(cohort.troughs.day).all()


def test_second_file_without_its_columns_is_refused(cohort_frame, troughs):
    """patient_id and a trough are needed; both faults are listed with the cohort file's own."""
    cohort_frame.loc[1, "death"] = 3
    with pytest.raises(InputError) as caught:
        read_cohort(cohort_frame, troughs=troughs[["day"]])
    places = {(str(p.code), p.file, p.column) for p in caught.value.problems if p.severity == "error"}
    assert places == {
        ("C010", "troughs in memory", "patient_id"),
        ("C010", "troughs in memory", "trough_mg_l"),
        ("C029", "in memory", "death"),
    }


def test_trough_without_an_id_is_refused(cohort_frame, troughs):
    """A blank id belongs to nobody."""
    troughs.loc[2, "patient_id"] = " "
    with pytest.raises(InputError, match=r"C020 troughs in memory, row 3, column patient_id"):
        read_cohort(cohort_frame, troughs=troughs)
