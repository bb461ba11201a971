"""Single wild cells are noted by row, patient and value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import read_cohort
from bayes_sora.resources import shipped_folder
from bayes_sora.simulation import SCENARIOS
from tests.cohort.tables import CASES, TROUGH_MG_L, N, sound_columns


def wild_notes(columns, **further):
    """Return row, patient, column and value of the notes on wild cells."""
    cohort = read_cohort(pd.DataFrame(columns), **further)
    return [(note.row, note.patient, note.column, note.value) for note in cohort.notes if note.code == "C056"]


def with_cell(name, index, value, *, others=None):
    """Return the sound table with one cell changed, of a column that may be new."""
    columns = sound_columns()
    cells = list(columns[name] if others is None else others)
    cells[index] = value
    return columns | {name: cells}


def test_sound_table_has_none():
    """Nothing is said of twelve ordinary patients."""
    assert wild_notes(sound_columns()) == []


@pytest.mark.parametrize(
    ("name", "index", "value", "others"),
    [
        ("os_months", 3, "9999", None),
        ("os_months", 3, "999", None),
        ("os_months", 5, "2500", None),
        ("trough_mg_l", 2, "1580", None),
        ("trough_mg_l", 8, "0.0042", None),
        ("trough_mg_l", 8, "999", None),
        ("dose_mg", 4, "8000", ["800"] * N),
        ("entry_months", 4, "999", ["0.5"] * N),
        ("age", 4, "999", [str(50 + i) for i in range(N)]),
    ],
)
def test_a_wild_cell_is_noted_with_its_place_and_value(name, index, value, others):
    """Codes of missing values, and slips of the decimal point."""
    columns = with_cell(name, index, value, others=others)
    if name == "entry_months":
        columns["os_months"] = [3000.0 if i == index else 10.0 + i for i in range(N)]
    found = wild_notes(columns, covariates=["age"] if name == "age" else ())
    assert (index + 1, f"P{index + 1:02d}", name, value) in found


def test_a_wild_cell_of_the_other_files_is_noted():
    """Troughs and doses of further files have rows of their own."""
    columns = sound_columns()
    del columns["trough_mg_l"]
    troughs = pd.DataFrame(
        {"patient_id": columns["patient_id"], "day": [14] * N, "trough_mg_l": [*TROUGH_MG_L[:-1], 6400.0]}
    )
    doses = pd.DataFrame(
        {"patient_id": [*columns["patient_id"], "P03"], "day": [0] * N + [30], "dose_mg": [800] * N + [40000]}
    )
    found = wild_notes(columns, troughs=troughs, doses=doses)
    assert found == [(12, "P12", "trough_mg_l", "6400"), (13, "P03", "dose_mg", "40000")]


def test_nines_that_are_a_day_among_others_are_not_noted():
    """999 days is a time like any other where patients are followed for longer."""
    columns = sound_columns()
    columns["os_days"] = [200, 999, 1500, 700, 400, 1200, 800, 300, 650, 900, 1100, 500]
    del columns["os_months"]
    assert wild_notes(columns) == []


def test_more_than_a_few_are_noted_once():
    """A fifth of the patients in another unit is one note, with the rows of the first five."""
    n = 60
    rng = np.random.default_rng(1)
    troughs = 2.9 * np.exp(0.5 * rng.normal(size=n))
    troughs[:12] *= 1000.0
    columns = {"patient_id": [f"P{i:02d}" for i in range(n)], "trough_mg_l": troughs, "toxicity": [0, 1] * (n // 2)}
    (note,) = [note for note in read_cohort(pd.DataFrame(columns)).notes if note.code == "C056"]
    assert "12 rows: 1, 2, 3, 4, 5 and 7 more" in note.why


@pytest.mark.parametrize(("value", "factor"), [("5e-324", "4.5e+307 below"), ("1e300", "1.8e+298 above")])
def test_a_cell_at_the_end_of_the_scale_is_named(value, factor):
    """The ratio to the median may be 0, and a factor of 300 digits is not written out."""
    ages = [str(age) for age in range(50, 50 + N)]
    columns = with_cell("age", 3, value, others=ages)
    (note,) = [one for one in read_cohort(pd.DataFrame(columns), covariates=["age"]).notes if one.code == "C056"]
    assert f"a factor of {factor} the median" in note.why


def test_the_sentinel_of_the_case_is_named():
    """One os_months of 9999 is named by row, patient and value, and called a code."""
    (note,) = [note for note in read_cohort(CASES / "sentinel9999.csv").notes if note.code == "C056"]
    assert (note.row, note.patient, note.column, note.value) == (7, "Møller-05 患者", "os_months", "9999")
    assert "code for a missing value" in note.why


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_shipped_cohorts_have_none(name):
    """No simulated patient of the shipped cohorts is noted."""
    for size in (26, 100):
        path = shipped_folder("data/simulated") / f"{name}_{size}.csv"
        if not path.exists():
            continue
        further = {
            kind: other
            for kind in ("troughs", "doses")
            if (other := path.with_name(path.name.replace(".csv", f".{kind}.csv"))).exists()
        }
        assert [note for note in read_cohort(path, **further).notes if note.code == "C056"] == []
