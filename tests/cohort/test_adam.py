"""The guards of ADaM go with the source column, however it was mapped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import ColumnMap, read_cohort
from bayes_sora.errors import InputError
from tests.cohort.tables import CASES, sound_columns

N = 12


@pytest.fixture
def table():
    """Give the sound table as a time-to-event table of ADaM, in days."""
    columns = sound_columns()
    return {
        "USUBJID": columns["patient_id"],
        "PARAMCD": ["OS"] * N,
        "AVAL": [30.4375 * months for months in columns["os_months"]],
        "AVALU": ["DAYS"] * N,
        "CNSR": [0 if died else 1 for died in columns["death"]],
        "trough_mg_l": columns["trough_mg_l"],
    }


MAPPINGS = [
    {"patient_id": "USUBJID", "os_days": "AVAL", "cnsr": "CNSR"},
    {"patient_id": "USUBJID", "os_days": "aval", "cnsr": "CNSR"},
    {"patient_id": "USUBJID", "os_days": "AVAL", "death": "died"},
    {"patient_id": "USUBJID", "os_days": "days", "cnsr": "CNSR"},
]
DIALECTS = [None, "adam"]


def mapped(table, mapping, dialect):
    """Read the table with a mapping, its columns called as the mapping says."""
    table = dict(table)
    if mapping["os_days"] != "AVAL":
        table[mapping["os_days"]] = table.pop("AVAL")
    if mapping["os_days"] == "aval":
        table["paramcd"], table["avalu"] = table.pop("PARAMCD"), table.pop("AVALU")
    if "death" in mapping:
        table["died"] = [1 - code for code in table.pop("CNSR")]
    return read_cohort(pd.DataFrame(table), columns=ColumnMap(columns=mapping, dialect=dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mapping", MAPPINGS, ids=str)
def test_overall_survival_is_read_however_it_is_mapped(table, mapping, dialect):
    """The months and deaths are those of the table, whichever way its columns are named."""
    cohort = mapped(table, mapping, dialect)
    np.testing.assert_allclose(cohort.os_months, sound_columns()["os_months"])
    np.testing.assert_array_equal(cohort.death, sound_columns()["death"])


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mapping", MAPPINGS, ids=str)
@pytest.mark.parametrize("parameters", [["PFS"] * N, ["OS"] * 11 + ["PFS"], [""] * N], ids=["PFS", "mixed", "blank"])
def test_progression_is_not_read_as_death_however_it_is_mapped(table, mapping, dialect, parameters):
    """PARAMCD is looked at wherever AVAL or CNSR is read as survival."""
    with pytest.raises(InputError, match=r"C018 .*overall survival only where PARAMCD is OS"):
        mapped(table | {"PARAMCD": parameters}, mapping, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("units", "remedy"),
    [(["MONTHS"] * N, r'Write os_months = "AVAL"'), (["DAYS"] * 11 + ["MONTHS"], "Convert AVAL to one unit")],
)
def test_the_unit_of_aval_is_held_against_the_name_it_is_given(table, dialect, units, remedy):
    """Months declared as days are refused, with the name that would be right."""
    with pytest.raises(InputError, match=rf"C018 .*AVALU says .*{remedy}"):
        mapped(table | {"AVALU": units}, MAPPINGS[0], dialect)


def test_a_unit_that_is_no_word_for_one_says_nothing(table):
    """Blanks and words of one's own leave the declared unit standing."""
    cohort = mapped(table | {"AVALU": ["", "d", *["DAYS"] * 10]}, MAPPINGS[0], None)
    np.testing.assert_allclose(cohort.os_months, sound_columns()["os_months"])


def test_cnsr_as_death_is_refused(table):
    """CNSR is 0 where the patient died: read as death it turns every patient around."""
    mapping = {"patient_id": "USUBJID", "os_days": "AVAL", "death": "CNSR"}
    with pytest.raises(InputError, match=r'C019 .*CNSR is 0 where the patient died.*Write cnsr = "CNSR"'):
        read_cohort(pd.DataFrame(table), columns=mapping)


def test_concentrations_in_aval_are_held_against_avalu_and_paramcd(table):
    """A file of troughs with AVAL in µg/L units, or of two analytes, is refused; the right one is read."""
    cohort = {"patient_id": sound_columns()["patient_id"], "toxicity": sound_columns()["toxicity"]}
    troughs = {
        "USUBJID": table["USUBJID"],
        "PARAMCD": ["SORA"] * N,
        "AVAL": [1000.0 * trough for trough in table["trough_mg_l"]],
        "AVALU": ["ng/mL"] * N,
    }
    mapping = {"trough_ng_ml": "AVAL"}

    def read(troughs, mapping):
        declared = ColumnMap(columns=mapping, dialect="adam")
        return read_cohort(pd.DataFrame(cohort), troughs=pd.DataFrame(troughs), columns=declared)

    np.testing.assert_allclose(read(troughs, mapping).trough_mg_l, table["trough_mg_l"])
    with pytest.raises(InputError, match=r'C018 .*AVALU says ng_ml.*Write trough_ng_ml = "AVAL"'):
        read(troughs, {"trough_mg_l": "AVAL"})
    with pytest.raises(InputError, match=r"C018 .*several parameters, found M2, SORA"):
        read(troughs | {"PARAMCD": ["M2", *["SORA"] * 11]}, mapping)


@pytest.mark.parametrize("declared", ["a.toml", "b.toml"])
def test_the_file_of_progressions_is_refused_with_either_declaration(declared):
    """What C010 advises, os_days = "AVAL", does not lead around the guard."""
    with pytest.raises(InputError, match=r"C018 pfs.csv, column PARAMCD"):
        read_cohort(CASES / "adam" / "pfs.csv", columns=CASES / "adam" / declared)


def test_the_file_of_survival_is_read_once_its_unit_is_declared():
    """Without AVALU the declaration is asked for, and with it the file is read."""
    folder: Path = CASES / "adam"
    with pytest.raises(InputError, match=r'C010 .*Declare it in \[columns\]: os_days = "AVAL"') as caught:
        read_cohort(folder / "os.csv", columns=folder / "a.toml")
    assert [problem.code for problem in caught.value.problems if problem.severity == "error"] == ["C010"]
    cohort = read_cohort(folder / "os.csv", columns=folder / "b.toml")
    raw = pd.read_csv(folder / "os.csv")
    np.testing.assert_array_equal(cohort.death, (raw["CNSR"] == 0).astype(float))
