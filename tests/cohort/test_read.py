"""What is read is what the file says: formats, units, names, limits of quantification, incomplete rows."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from bayes_sora.cohort import ColumnMap, read_cohort
from bayes_sora.errors import InputError, UsageError
from tests.cohort.tables import TROUGH_MG_L, N, csv_text, sound_columns


@pytest.fixture
def columns():
    """Give a sound table of twelve patients."""
    return sound_columns()


def codes(cohort):
    """Return the codes of the notes of a cohort."""
    return [str(note.code) for note in cohort.notes]


def test_sound_file_is_read_as_written(columns, tmp_path):
    """Every column arrives with its type; the source knows the name, hash and units."""
    path = tmp_path / "sound.csv"
    path.write_text(csv_text(columns), encoding="utf-8")
    cohort = read_cohort(path)
    assert cohort.patient_id == tuple(columns["patient_id"])
    np.testing.assert_array_equal(cohort.troughs.value_mg_l, TROUGH_MG_L)
    for name in ("toxicity", "response", "os_months", "death"):
        np.testing.assert_array_equal(getattr(cohort, name), np.array(columns[name], dtype=float))
    assert (cohort.grade, cohort.dose_mg, cohort.site, cohort.study) == (None,) * 4
    assert cohort.source.name == "sound.csv"
    assert cohort.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (cohort.source.trough_unit.name, cohort.source.time_unit) == ("mg/L", "months")
    assert (cohort.notes, cohort.n_dropped) == ((), 0)


@pytest.mark.parametrize("kind", ["csv.gz", "bom", "crlf", "parquet", "pandas", "polars"])
def test_every_format_gives_the_same_cohort(columns, tmp_path, kind):
    """Gzip, a byte-order mark, Windows line ends, Parquet and data frames make no difference."""
    text, frame = csv_text(columns), pd.DataFrame(columns)
    contents = {
        "csv.gz": ("x.csv.gz", gzip.compress(text[:60].encode()) + gzip.compress(text[60:].encode())),
        "bom": ("x.csv", text.encode("utf-8-sig")),
        "crlf": ("x.csv", text.replace("\n", "\r\n").encode()),
    }
    source: object
    if kind in contents:
        source = tmp_path / contents[kind][0]
        source.write_bytes(contents[kind][1])
    elif kind == "parquet":
        source = tmp_path / "x.parquet"
        frame.to_parquet(source)
    else:
        source = frame if kind == "pandas" else pl.DataFrame(columns)
    cohort, plain = read_cohort(source), read_cohort(frame.astype(str))
    assert cohort.patient_id == plain.patient_id
    for name in ("toxicity", "response", "os_months", "death"):
        np.testing.assert_array_equal(getattr(cohort, name), getattr(plain, name))
    np.testing.assert_array_equal(cohort.troughs.value_mg_l, plain.troughs.value_mg_l)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_gaps_booleans_and_integer_ids_of_a_frame(columns, library):
    """None and NaN are blank, True is 1, and ids are text; 1.0 in an id column with gaps elsewhere is "1"."""
    columns |= {"toxicity": [None, *columns["toxicity"][1:]], "death": [bool(x) for x in columns["death"]]}
    columns["patient_id"] = [float(i) for i in range(1, N + 1)]
    cohort = read_cohort(library(columns))
    assert cohort.patient_id[:2] == ("1", "2")
    assert np.isnan(cohort.toxicity).tolist() == [True] + [False] * 11
    np.testing.assert_array_equal(cohort.death, sound_columns()["death"])


@pytest.mark.parametrize(
    "dtypes", [{"toxicity": "Int64", "death": "boolean", "patient_id": "category"}, {"trough_mg_l": "Float64"}]
)
def test_nullable_pandas_columns_with_a_gap(columns, dtypes):
    """pd.NA is blank in every nullable type."""
    columns["toxicity"] = [None, *columns["toxicity"][1:]]
    cohort = read_cohort(pd.DataFrame(columns).astype(dtypes))
    assert np.isnan(cohort.toxicity[0])
    np.testing.assert_array_equal(cohort.troughs.value_mg_l, TROUGH_MG_L)


def test_rows_of_a_frame_count_from_one(columns):
    """A frame has no header row: its first patient is row 1, and the message names no file path."""
    columns["death"][0] = 2
    with pytest.raises(InputError) as caught:
        read_cohort(pd.DataFrame(columns))
    (problem,) = caught.value.problems
    assert (problem.row, problem.patient, problem.column, problem.value) == (1, "P01", "death", "2")


@pytest.mark.parametrize("source", [[1, 2], None, {"patient_id": ["a"]}, pl.LazyFrame({"patient_id": ["a"]})])
def test_other_objects_are_refused(source):
    """What is neither a path nor a DataFrame is a UsageError that says what to pass."""
    with pytest.raises(UsageError, match="expected a path or a pandas or polars DataFrame"):
        read_cohort(source)


def test_folder_is_refused(tmp_path):
    """A folder with the name of a file is an InputError, not an operating-system error."""
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(InputError, match=r"C001 x\.csv: expected a file, got a folder"):
        read_cohort(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("column", "factor"), [("trough_ug_ml", 1.0), ("trough_ng_ml", 1000.0), ("trough_umol_l", 1 / 0.4648)]
)
def test_concentrations_are_converted(columns, column, factor):
    """1 mg/L = 1 µg/mL = 1,000 ng/mL = 2.151 µmol/L of sorafenib base (464.8 g/mol)."""
    columns[column] = [value * factor for value in columns.pop("trough_mg_l")]
    cohort = read_cohort(pd.DataFrame(columns), molar_mass_g_mol=464.8)
    np.testing.assert_allclose(cohort.troughs.value_mg_l, TROUGH_MG_L, rtol=1e-12)
    assert cohort.source.trough_unit.suffix == column.removeprefix("trough_")


@pytest.mark.parametrize(("column", "factor"), [("os_days", 30.4375), ("os_years", 1 / 12)])
def test_times_are_converted(columns, column, factor):
    """1 month is 30.4375 days and a twelfth of a year."""
    expected = np.array(columns.pop("os_months"))
    columns[column] = (expected * factor).tolist()
    cohort = read_cohort(pd.DataFrame(columns))
    np.testing.assert_allclose(cohort.os_months, expected, rtol=1e-12)
    assert cohort.source.time_unit == column.removeprefix("os_")


@pytest.mark.parametrize("mass", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_molar_mass_is_a_usage_error(columns, mass):
    """A molar mass must be positive and finite."""
    with pytest.raises(UsageError, match="molar_mass_g_mol: expected a positive number"):
        read_cohort(pd.DataFrame(columns), molar_mass_g_mol=mass)


def test_limits_of_quantification_in_cells(columns):
    """``<0.05`` is censored below, ``>10`` above, in the unit of the column."""
    cells = ["< 50", *(f"{1000 * value:g}" for value in TROUGH_MG_L[1:-1]), ">10000"]
    del columns["trough_mg_l"]
    troughs = read_cohort(pd.DataFrame(columns | {"trough_ng_ml": cells})).troughs
    assert troughs.censoring.tolist() == [-1] + [0] * 10 + [1]
    np.testing.assert_allclose(troughs.value_mg_l[[0, -1]], [0.05, 10.0])
    assert troughs.n_censored == 2


def test_limits_of_quantification_by_flag(columns):
    """Where blq is 1 the row's limit counts, in its own unit, whatever stands in the trough cell; a blank flag is 0."""
    columns["trough_mg_l"][:3] = ["", "BLQ", "0.02"]
    flags = {"blq": [1, 1, 1, 0, "", *[0] * 7], "lloq_ng_ml": [50, 60, 70, *[50] * 9]}
    troughs = read_cohort(pd.DataFrame(columns | flags)).troughs
    assert troughs.censoring.tolist() == [-1] * 3 + [0] * 9
    np.testing.assert_allclose(troughs.value_mg_l[:4], [0.05, 0.06, 0.07, 2.03])


@pytest.mark.parametrize(
    ("trough", "blq", "code"), [("1.5", "1", "C034"), ("1.5", "2", "C034"), ("<x", "0", "C024"), ("<", "", "C024")]
)
def test_contradicting_limits_are_refused(columns, trough, blq, code):
    """A flag that contradicts the trough, or is not 0 or 1, and a limit that is no number are errors."""
    columns["trough_mg_l"][0] = trough
    frame = pd.DataFrame(columns | {"blq": [blq] + ["0"] * 11, "lloq_mg_l": ["0.05"] * 12})
    with pytest.raises(InputError) as caught:
        read_cohort(frame)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_trough_below_its_limit_is_noted_once(columns):
    """Numbers below their LLOQ are taken as measured, with one note for all of them."""
    cohort = read_cohort(pd.DataFrame(columns | {"lloq_mg_l": [1.5] * 12}))
    (note,) = cohort.notes
    assert (note.code, note.row) == ("C038", 1)
    assert "2 rows: 1, 2" in note.why
    assert cohort.troughs.n_censored == 0


def test_mapped_columns_win_over_the_file_s_own_names(columns, tmp_path):
    """[columns] names yours; a canonical column of the same family is then ignored with a note."""
    columns |= {"CTROUGH": [1000.0 * value for value in TROUGH_MG_L], "ID": columns.pop("patient_id")}
    path = tmp_path / "columns.toml"
    path.write_text('[columns]\npatient_id = "ID"\ntrough_ng_ml = "CTROUGH"\n', encoding="utf-8")
    frame = pd.DataFrame(columns)
    from_file = read_cohort(frame, columns=path)
    from_mapping = read_cohort(frame, columns={"patient_id": "ID", "trough_ng_ml": "CTROUGH"})
    for cohort in (from_file, from_mapping):
        np.testing.assert_allclose(cohort.troughs.value_mg_l, TROUGH_MG_L)
        assert cohort.patient_id[0] == "P01"
        assert "columns not used: trough_mg_l" in cohort.notes[0].why


def test_toxicity_from_a_declared_grade(columns):
    """With from_grade = 3 a grade of at least 3 is toxicity and a blank grade is not evaluable."""
    del columns["toxicity"]
    columns["grade"] = ["", 0, 1, 2, 3, 4, 5, 1, 1, 3, 2, 2]
    columns["death"][6] = 1
    cohort = read_cohort(pd.DataFrame(columns), columns=ColumnMap(toxicity_from_grade=3))
    np.testing.assert_array_equal(cohort.toxicity, [np.nan, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0])


def test_toxicity_that_contradicts_the_grade_is_refused(columns):
    """A declared threshold and a toxicity column must agree, patient by patient."""
    columns["grade"] = [3 if toxic else 2 for toxic in columns["toxicity"]]
    assert read_cohort(pd.DataFrame(columns), columns=ColumnMap(toxicity_from_grade=3)).n_patients == N
    columns["grade"][3] = 4
    with pytest.raises(InputError, match=r"C035 in memory, row 4, patient P04.*grade ≥ 3 disagree"):
        read_cohort(pd.DataFrame(columns), columns=ColumnMap(toxicity_from_grade=3))


@pytest.fixture
def adam(columns):
    """Give the same table in ADaM names."""
    return {
        "STUDYID": ["S1"] * N,
        "USUBJID": columns["patient_id"],
        "SUBJID": list(range(N)),
        "SITEID": ["01"] * N,
        "PARAMCD": ["OS"] * N,
        "AVAL": [30.4375 * months for months in columns["os_months"]],
        "AVALU": ["DAYS"] * N,
        "CNSR": [0 if died else 2 for died in columns["death"]],
        "trough_mg_l": columns["trough_mg_l"],
    }


def test_adam_names_and_the_polarity_of_cnsr(adam, columns):
    """Only when declared: CNSR 0 is a death, 2 is censored, AVAL is in the unit of AVALU."""
    cohort = read_cohort(pd.DataFrame(adam), dialect="adam")
    np.testing.assert_array_equal(cohort.death, columns["death"])
    np.testing.assert_allclose(cohort.os_months, columns["os_months"])
    assert (cohort.patient_id[0], cohort.site[0], cohort.study[0]) == ("P01", "01", "S1")
    assert cohort.source.time_unit == "days"
    assert codes(cohort) == ["C017"]  # SUBJID
    with pytest.raises(InputError, match="column patient_id: the column is missing"):
        read_cohort(pd.DataFrame(adam))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("PARAMCD", "PFS", "C018 .*PARAMCD is OS, found OS, PFS"),
        ("AVALU", "WEEKS", "C010 .*unit of AVAL"),
        ("CNSR", "-1", "C029 .*CNSR must be 0"),
        ("CNSR", "0.5", "C029 .*CNSR must be 0"),
        ("CNSR", "", "C027 .*for every patient"),
    ],
)
def test_adam_table_that_could_be_misread_is_refused(adam, column, value, message):
    """Another parameter among the rows, an unknown unit, or a CNSR that is no code."""
    adam[column] = [value, *adam[column][1:]]
    with pytest.raises(InputError, match=message):
        read_cohort(pd.DataFrame(adam), dialect="adam")


def test_adam_time_can_be_declared(adam, columns):
    """Without AVALU the unit is said in [columns]."""
    del adam["AVALU"]
    cohort = read_cohort(pd.DataFrame(adam), columns=ColumnMap(dialect="adam", columns={"os_days": "AVAL"}))
    np.testing.assert_allclose(cohort.os_months, columns["os_months"])


def test_contradicting_dialects_and_bad_declarations_are_listed_together(columns, tmp_path):
    """Everything wrong with a columns file is one error."""
    path = tmp_path / "c.toml"
    path.write_text(
        'dialect = 3\nx = 1\n[columns]\nfoo = "a"\nsite = 4\n[toxicity]\nfrom_grade = 7\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_cohort(pd.DataFrame(columns), columns=path)
    assert {str(problem.code) for problem in caught.value.problems} == {"C013"}
    for words in ("unknown dialect 3", "unknown entry 'x'", "'foo' is no column", "site must name", "from 1 to 5"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["a=" + "[" * 5000, "columns = 3", "[toxicity]\nfrom_grade = true", "\x00", "x" * 70_000]
)
def test_hostile_columns_file_is_an_input_error(columns, tmp_path, text):
    """Deep nesting, wrong types, NUL and size end in a coded message."""
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_cohort(pd.DataFrame(columns), columns=path)


def test_incomplete_patients_are_dropped_on_request_and_counted(columns):
    """Missing trough, time or death leaves the patient out; the note says how many."""
    columns["trough_mg_l"][0], columns["os_months"][4], columns["death"][7] = None, None, None
    columns["os_months"][7] = None
    with pytest.raises(InputError) as caught:
        read_cohort(pd.DataFrame(columns))
    assert [problem.code for problem in caught.value.problems] == ["C023", "C027", "C027", "C027"]
    cohort = read_cohort(pd.DataFrame(columns), drop_incomplete=True)
    assert (cohort.n_patients, cohort.n_dropped) == (9, 3)
    assert cohort.patient_id == ("P02", "P03", "P04", "P06", "P07", "P09", "P10", "P11", "P12")
    np.testing.assert_array_equal(cohort.troughs.patient, np.arange(9))
    np.testing.assert_array_equal(cohort.troughs.value_mg_l, np.delete(TROUGH_MG_L, [0, 4, 7]))
    np.testing.assert_array_equal(cohort.os_months, np.delete(np.array(columns["os_months"], float), [0, 4, 7]))
    assert codes(cohort) == ["C052", "C041"]
    assert "3 of 12 patients left out" in cohort.notes[0].why


def test_wrong_values_are_never_dropped(columns):
    """A negative trough stays an error with drop_incomplete."""
    columns["trough_mg_l"][:2] = [-1.0, None]
    with pytest.raises(InputError) as caught:
        read_cohort(pd.DataFrame(columns), drop_incomplete=True)
    assert [str(problem.code) for problem in caught.value.problems if problem.severity == "error"] == ["C024"]


def test_too_many_patients_are_refused_on_a_memory_estimate():
    """Above 100,000 patients the message says how much memory a fit would take."""
    n = 100_001
    frame = pd.DataFrame({"patient_id": np.arange(n), "trough_mg_l": 1.0, "toxicity": 0})
    with pytest.raises(InputError, match=r"C009 .*100001 patients.*15 GiB"):
        read_cohort(frame)


def test_identifying_columns_never_reach_the_cohort(columns):
    """A date of birth is named in the note, but no cell of it is anywhere in what comes back."""
    cohort = read_cohort(pd.DataFrame(columns | {"date_of_birth": ["1950-01-01"] * N}))
    assert "date_of_birth" in cohort.notes[0].why
    assert "1950" not in repr(cohort)


def test_one_endpoint_is_enough(columns):
    """Toxicity, response or survival alone make a cohort."""
    for endpoint in (["toxicity"], ["response"], ["os_months", "death"]):
        cohort = read_cohort(pd.DataFrame({name: columns[name] for name in ("patient_id", "trough_mg_l", *endpoint)}))
        assert len(cohort.endpoints) == 1


def test_reading_a_csv_imports_neither_pandas_nor_pyarrow():
    """The door of the command line stays light."""
    code = "import sys, bayes_sora.cohort; print({'pandas', 'pyarrow', 'pymc', 'polars'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_oversized_tables_and_labels_are_refused(columns, tmp_path):
    """More than 1,000 columns, a million rows, a Parquet file that unpacks to more than 64 MiB, an id of a page."""
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join(f"c{i}" for i in range(1001)) + "\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"C006 .*1001 columns"):
        read_cohort(wide)
    with pytest.raises(InputError, match=r"C006 .*1000001 rows"):
        read_cohort(pl.DataFrame({"patient_id": np.zeros(1_000_001, dtype=np.int8)}))
    pd.DataFrame({"patient_id": ["x" * 2**20] * 70}).to_parquet(tmp_path / "bomb.parquet")
    with pytest.raises(InputError, match=r"C006 .*64 MiB"):
        read_cohort(tmp_path / "bomb.parquet")
    columns["patient_id"][0] = "P" * 201
    with pytest.raises(InputError, match=r"C020 .*longer than 200 characters"):
        read_cohort(pd.DataFrame(columns))


def test_empty_frame_and_threshold_without_grade_are_refused(columns):
    """No row, and a toxicity declared from a grade that is not there."""
    with pytest.raises(InputError, match=r"C003 .*no rows"):
        read_cohort(pd.DataFrame(columns).head(0))
    with pytest.raises(InputError, match=r"C010 .*column grade: toxicity is declared from grade"):
        read_cohort(pd.DataFrame(columns), columns=ColumnMap(toxicity_from_grade=3))
