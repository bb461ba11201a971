"""Covariates of a cohort: only what is asked for is read, and it survives writing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import describe_cohort, read_cohort, write_cohort
from bayes_sora.errors import InputError
from tests.cohort.tables import N, sound_columns

AGES = ["61", "", "70.5", "NA", *["58"] * 8]
SEXES = ["f", "m", "", *["m"] * 9]


def frame(**extra):
    """Return a sound table with further columns."""
    return pd.DataFrame(sound_columns() | {"age": AGES, "sex": SEXES, "surname": ["Meier"] * N} | extra)


def test_only_the_covariates_asked_for_are_read():
    """Numbers have NaN and texts "" where a cell is blank; what nobody asked for stays out and is named."""
    cohort = read_cohort(frame(), covariates=["age", "sex"])
    assert list(cohort.covariates) == ["age", "sex"]
    np.testing.assert_array_equal(cohort.covariates["age"], [61.0, np.nan, 70.5, np.nan, *[58.0] * 8])
    assert cohort.covariates["sex"] == tuple(SEXES)
    (note,) = (note for note in cohort.notes if note.code == "C017")
    assert "surname" in note.why
    assert "age" not in note.why
    assert not read_cohort(frame()).covariates
    assert describe_cohort(cohort).covariates == {"age": "58 to 70.5, 2 missing", "sex": "2 levels, 1 missing"}


@pytest.mark.parametrize("text", ['covariates = ["age"]', '[covariates]\nage = "AGE at start"'])
def test_the_columns_file_names_covariates_too(text, tmp_path):
    """As an array, or as a table with the names that the file has."""
    path = tmp_path / "columns.toml"
    path.write_text(text, encoding="utf-8")
    header = "AGE at start" if "AGE" in text else "age"
    cohort = read_cohort(frame().rename(columns={"age": header}), columns=path)
    assert cohort.covariates["age"][0] == 61.0


@pytest.mark.parametrize("text", ["covariates = 3", "covariates = [3]", '[covariates]\n"a b" = "age"'])
def test_a_faulty_columns_file_is_refused(text, tmp_path):
    """Names must be names."""
    path = tmp_path / "columns.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="covariate"):
        read_cohort(frame(), columns=path)


def test_a_missing_column_is_named_with_the_nearest():
    """A covariate that the file lacks is an error, not a blank."""
    with pytest.raises(InputError, match=r"C010.*agee.*Did you mean 'age'") as caught:
        read_cohort(frame(), covariates=["agee"])
    assert caught.value.problems[0].column == "agee"


@pytest.mark.parametrize(("cells", "word"), [(["61", "6l", *["58"] * 10], "number"), (["6,1", *["58"] * 11], "comma")])
def test_a_text_among_numbers_is_a_fault(cells, word):
    """Where most cells are numbers a text is a slip and not a level."""
    with pytest.raises(InputError, match=word):
        read_cohort(frame(age=cells), covariates=["age"])


def test_covariates_survive_writing(tmp_path):
    """The written file reads back to the same covariates."""
    cohort = read_cohort(frame(), covariates=["age", "sex"])
    write_cohort(cohort, tmp_path / "c.csv")
    back = read_cohort(tmp_path / "c.csv", covariates=["age", "sex"])
    np.testing.assert_array_equal(back.covariates["age"], cohort.covariates["age"])
    assert back.covariates["sex"] == cohort.covariates["sex"]
