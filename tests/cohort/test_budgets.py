"""Every reader of tables has a budget: what is beyond it is refused before it is expanded, with the count."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bayes_sora.cohort import read_cohort
from bayes_sora.cohort.evidence import read_evidence
from bayes_sora.cohort.frames import OTHER
from bayes_sora.cohort.raw import read_table
from bayes_sora.errors import InputError
from bayes_sora.files.budgets import TABLE
from tests.cohort.tables import N, csv_text, sound_columns

SMALL = replace(TABLE, n_bytes=4000, line_bytes=200, rows=20, columns=8, cells=100, gzip_members=3)
EMPTY_MEMBER = gzip.compress(b"")
LARGE = {
    "rows": ("x.csv", b"a,b\n" + b"1,2\n" * 20, "21 lines, at most 20"),
    "blank rows": ("x.csv", b"\n" * 60, "60 lines"),
    "blank rows of an old Mac": ("x.csv", b"\r" * 60, "60 lines"),
    "blank rows of Windows": ("x.csv", b"\r\n" * 21, "21 lines"),
    "columns": ("x.csv", b"a,b,c,d,e,f,g,h,i\n1,2,3,4,5,6,7,8,9\n", "9 columns, at most 8"),
    "cells": ("x.csv", b"a,b,c,d,e,f,g\n" + b",,,,,,\n" * 16, "more than 100 cells"),
    "cells of ragged rows": ("x.csv", b"a\n" + b"," * 101 + b"\n", "more than 100 cells"),
    "line": ("x.csv", b"a\n" + b"1" * 201 + b"\n", "a line is longer than 200 bytes"),
    "line of an old Mac": ("x.csv", b"a\r" + b"1" * 201 + b"\r", "a line is longer than 200 bytes"),
    "bytes": ("x.csv", b"1" * 4001, "more than 4000 bytes"),
    "unpacked bytes": ("x.csv.gz", gzip.compress(b"1\n" * 3000), "more than 4000 bytes"),
    "unpacked rows": ("x.csv.gz", gzip.compress(b"1\n" * 40), "40 lines"),
    "unpacked bytes of all members": ("x.csv.gz", gzip.compress(b"1\n" * 1200) * 2, "more than 4000 bytes"),
    "members": ("x.csv.gz", gzip.compress(b"a\n1\n") + EMPTY_MEMBER * 3, "more than 3 members"),
}


@pytest.mark.parametrize("what", LARGE)
def test_a_table_beyond_its_budget_is_refused_with_the_count(tmp_path, what):
    """Bytes, lines, cells, columns and members are counted before rows become objects."""
    name, content, words = LARGE[what]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"C006 {name}: .*{words}"):
        read_table(tmp_path / name, frame_name="", budget=SMALL)


def test_the_last_member_within_the_budget_is_read(tmp_path):
    """Members cut anywhere, empty ones among them, give the text they hold together."""
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1") + EMPTY_MEMBER + gzip.compress(b",2\n"))
    table = read_table(path, frame_name="", budget=SMALL)
    assert (table.headers, table.records) == (("a", "b"), (("1", "2"),))


def parquet(path, table, **options):
    """Write a Parquet file and return its path."""
    pq.write_table(table, path, **options)
    return path


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": pa.nulls(21)}, "21 rows, at most 20"),
        ({f"c{i}": pa.nulls(1) for i in range(9)}, "9 columns, at most 8"),
        ({f"c{i}": pa.nulls(20) for i in range(6)}, "120 cells, at most 100"),
        ({"a": pa.array(["x" * 5000])}, "unpacks to more than"),
        ({"a": pa.DictionaryArray.from_arrays(pa.array([0] * 20, pa.int8()), ["x" * 400])}, "unpacks to more than"),
    ],
)
def test_a_parquet_file_is_judged_by_its_footer_and_by_what_it_unpacks_to(tmp_path, columns, words):
    """Rows without a value, and one text that all rows share, cost nothing on disk and much in memory."""
    with pytest.raises(InputError, match=f"C006 x.parquet: .*{words}"):
        read_table(parquet(tmp_path / "x.parquet", pa.table(columns)), frame_name="", budget=SMALL)


def test_lists_in_a_parquet_file_are_not_unpacked(tmp_path):
    """A cell that is neither text nor number is a wrong value where it is needed, and ignored where it is not."""
    path = parquet(tmp_path / "x.parquet", pa.table({**sound_columns(), "visits": [[None] * 1000] * N}))
    table = read_table(path, frame_name="", budget=SMALL)
    assert set(table.cells("visits")) == {OTHER}
    assert read_cohort(path).n_patients == N
    bad = parquet(tmp_path / "bad.parquet", pa.table({**sound_columns(), "trough_mg_l": [[2.0]] * N}))
    with pytest.raises(InputError, match=r"C024 bad.parquet, row 1, .*neither a text nor a number.*expected a number"):
        read_cohort(bad)


def test_texts_of_a_parquet_file_are_those_written(tmp_path):
    """Texts stored with a dictionary, plainly, as categories, or cut into row groups, are read alike."""
    columns = {**sound_columns(), "site": ["Kobe", "Osaka", ""] * 4}
    plain = read_table(pd.DataFrame(columns), frame_name="")
    categories = pd.DataFrame(columns).astype({"site": "category", "patient_id": "category"})
    categories.to_parquet(tmp_path / "categories.parquet")
    groups = parquet(tmp_path / "groups.parquet", pa.table(columns), row_group_size=5, use_dictionary=False)
    for path in (tmp_path / "categories.parquet", groups):
        assert read_table(path, frame_name="").records == plain.records


def test_a_frame_is_judged_by_its_shape():
    """Rows and cells of a data frame are counted before they become texts."""
    with pytest.raises(InputError, match=r"C006 .*120 cells"):
        read_table(pd.DataFrame({f"c{i}": [0] * 20 for i in range(6)}), frame_name="frame", budget=SMALL)


DOORS = {
    "cohort": (read_cohort, "x.csv"),
    "packed cohort": (read_cohort, "x.csv.gz"),
    "Parquet": (read_cohort, "x.parquet"),
    "earlier results": (partial(read_evidence, exposure_sd=1.0), "x.csv"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_pipe_or_a_folder_for_a_table_is_refused_at_once(tmp_path, door):
    """Nothing waits for a writer that never comes."""
    read, name = DOORS[door]
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=r"C001 .*expected a file, got a pipe, a socket or a device"):
        read(tmp_path / name)


@pytest.mark.parametrize("option", ["troughs", "doses", "columns"])
def test_a_pipe_or_a_folder_for_a_further_file_is_refused_at_once(tmp_path, option):
    """What goes with a cohort file comes through the same door."""
    (tmp_path / "cohort.csv").write_text(csv_text(sound_columns()), encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "folder.csv"):
        with pytest.raises(InputError, match=f"C001 {name}: expected a file, got a"):
            read_cohort(tmp_path / "cohort.csv", **{option: tmp_path / name})


def test_a_columns_file_of_many_levels_is_refused(tmp_path):
    """The file of column names is scanned for its depth like a model file."""
    (tmp_path / "c.toml").write_text("a." * 20_000 + "a = 1", encoding="utf-8")
    with pytest.raises(InputError, match=r"C013 c.toml: .*line 1 has more than 8 levels"):
        read_cohort(sound_columns_frame(), columns=tmp_path / "c.toml")


def sound_columns_frame():
    """Return the sound table as a data frame."""
    return pd.DataFrame(sound_columns())
