"""Properties of reading and writing, over random cohorts and hostile text."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_sora.cohort import Cohort, Troughs, read_cohort, write_cohort
from bayes_sora.errors import InputError
from tests.cohort.tables import sound_columns

FEW = settings(max_examples=50, deadline=None)
ARRAYS = ("toxicity", "response", "os_months", "death", "grade", "dose_mg")

ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(
    lambda t: t == t.strip() and t.isprintable()
)
flag = st.sampled_from([0.0, 1.0])
flag_or_blank = st.sampled_from([0.0, 1.0, np.nan])
trough = st.floats(0.1, 20.0)


def column(values, n):
    """Draw a column of n values, or no column."""
    return st.none() | st.lists(values, min_size=n, max_size=n).map(np.array)


@st.composite
def cohorts(draw):
    """Draw a cohort that the reader accepts, one trough a patient."""
    patient_id = draw(st.lists(ids, min_size=4, max_size=8, unique=True))
    n = len(patient_id)
    value = np.array([1.0, 2.5, *draw(st.lists(trough, min_size=n - 2, max_size=n - 2))])
    troughs = Troughs(
        patient=np.arange(n, dtype=np.int64),
        value_mg_l=value,
        censoring=np.array(draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n)), dtype=np.int64),
        day=np.full(n, np.nan),
    )
    months = draw(column(st.floats(1e-3, 100.0), n))
    return Cohort(
        patient_id=tuple(patient_id),
        troughs=troughs,
        toxicity=np.array([*draw(st.lists(flag_or_blank, min_size=n - 1, max_size=n - 1)), 1.0]),
        response=draw(column(flag_or_blank, n)),
        os_months=months,
        death=None if months is None else np.array(draw(st.lists(flag, min_size=n, max_size=n))),
        grade=draw(column(st.sampled_from([0.0, 3.0, 5.0, np.nan]), n)),
        dose_mg=draw(column(st.floats(1.0, 800.0), n)),
        site=draw(st.none() | st.lists(ids, min_size=n, max_size=n).map(tuple)),
    )


def assert_same_content(one, other):
    """Compare everything but the source and notes, bit by bit."""
    assert (one.patient_id, one.site, one.study) == (other.patient_id, other.site, other.study)
    for name in ARRAYS:
        first, second = getattr(one, name), getattr(other, name)
        assert (first is None) == (second is None), name
        if first is not None:
            np.testing.assert_array_equal(first, second, err_msg=name)
    for name in ("patient", "value_mg_l", "censoring", "day"):
        np.testing.assert_array_equal(getattr(one.troughs, name), getattr(other.troughs, name), err_msg=name)


@FEW
@given(cohorts())
def test_written_cohort_reads_back_to_the_same_bits(cohort):
    """One trough a patient, in one file; and with the troughs in a second file."""
    with tempfile.TemporaryDirectory() as folder:
        path, second = Path(folder) / "c.csv", Path(folder) / "t.csv"
        write_cohort(cohort, path)
        assert_same_content(read_cohort(path), cohort)
        write_cohort(cohort, path, troughs_path=second)
        assert_same_content(read_cohort(path, troughs=second), cohort)


@FEW
@given(cohorts(), st.sampled_from([("ng_ml", 1e-3), ("ug_ml", 1.0), ("umol_l", 0.4648)]))
def test_unit_of_the_column_does_not_matter(cohort, unit):
    """The same troughs in another unit give the same cohort up to rounding."""
    suffix, mg_l = unit
    cells = [repr(value / mg_l) for value in cohort.troughs.value_mg_l.tolist()]
    frame = pd.DataFrame({"patient_id": cohort.patient_id, f"trough_{suffix}": cells, "toxicity": cohort.toxicity})
    read = read_cohort(frame, molar_mass_g_mol=464.8)
    np.testing.assert_allclose(read.troughs.value_mg_l, cohort.troughs.value_mg_l, rtol=1e-12)


@FEW
@given(cohorts(), st.randoms(use_true_random=False))
def test_order_of_the_rows_does_not_matter(cohort, random):
    """Shuffled rows give the same patients with the same content, in the shuffled order."""
    order = list(range(cohort.n_patients))
    random.shuffle(order)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.csv"
        write_cohort(cohort, path)
        header, *rows = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        path.write_text("\n".join([header, *(rows[index] for index in order)]), encoding="utf-8")
        shuffled = read_cohort(path)
    taken = {name: getattr(cohort, name)[order] for name in ARRAYS if getattr(cohort, name) is not None}
    labels = {
        name: tuple(getattr(cohort, name)[i] for i in order) for name in ("patient_id", "site") if getattr(cohort, name)
    }
    troughs = replace(
        cohort.troughs, value_mg_l=cohort.troughs.value_mg_l[order], censoring=cohort.troughs.censoring[order]
    )
    assert_same_content(shuffled, replace(cohort, troughs=troughs, **taken, **labels))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*sound_columns(), "grade", "dose_mg", "site", "blq", "lloq_mg_l"]), st.data())
def test_any_text_in_a_cell_is_read_or_refused(name, data):
    """Whatever stands in the cells of a column, the only exception is an InputError, which can be printed."""
    odd = st.sampled_from(
        ["", " ", "NA", "nan", "-inf", "1e999", "1,5", "<0.1", ">", "１", "1_0", "0x1", "=1", "TRUE", "\u202e"]
    )
    columns = sound_columns()
    columns[name] = data.draw(st.lists(odd | st.text(max_size=20), min_size=12, max_size=12))
    with contextlib.suppress(InputError):
        read_cohort(pd.DataFrame(columns))
    with contextlib.suppress(InputError):
        read_cohort(pd.DataFrame(columns), drop_incomplete=True)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text('patient_id,trough_mg_l\n\r\t";0.1<>é\0', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    """Whatever a file holds, under every extension, the only exception is an InputError."""
    with tempfile.TemporaryDirectory() as folder:
        for extension in ("csv", "csv.gz", "parquet"):
            path = Path(folder) / f"x.{extension}"
            path.write_bytes(data)
            for further in ({}, {"columns": path}):
                with contextlib.suppress(InputError):
                    read_cohort(path, **further)
