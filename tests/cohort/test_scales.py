"""Numbers at the end of the scale are refused where they stand, with row, patient and column, before any arithmetic."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.cohort import read_cohort
from bayes_sora.cohort.cells import read_number
from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.evidence import read_evidence
from bayes_sora.errors import InputError
from tests.cohort.tables import N, sound_columns

HUGE, TINY = ("1e300", "1.7e308", "1e999"), ("1e-300", "4.9e-324", "2e-320")
CELLS = [
    *(("trough_mg_l", "C024", cell) for cell in (*HUGE, *TINY, "<1e300", ">1e-300")),
    *(("os_months", "C028", cell) for cell in (*HUGE, *TINY)),
    *(("dose_mg", "C033", cell) for cell in (*HUGE, *TINY)),
    *(("lloq_mg_l", "C026", cell) for cell in (*HUGE, *TINY)),
    *(("entry_months", "C080", cell) for cell in (*HUGE, *TINY)),
    *(("os_months_low", "C082", cell) for cell in (*HUGE, *TINY)),
    *(("toxicity_month", "C083", cell) for cell in (*HUGE, *TINY)),
    ("age", "C070", "1e999"),
]


@pytest.mark.parametrize(("column", "code", "cell"), CELLS)
def test_a_number_at_the_end_of_the_scale_is_named(column, code, cell):
    """One wild cell among sound ones is an error that names it, and nothing overflows on the way."""
    columns = sound_columns()
    columns[column] = [str(value) for value in columns.get(column, ["1"] * N)]
    columns[column][5] = cell
    with pytest.raises(InputError, match=f"{code} .*row 6, patient P06, column {column}"):
        read_cohort(pd.DataFrame(columns), covariates=["age"] if column == "age" else ())


UNITS = {"os_days": 1 / 30.4375, "os_years": 12.0, "trough_ng_ml": 1e-3, "trough_umol_l": 0.4648}


@pytest.mark.parametrize("unit", UNITS)
def test_the_ends_of_a_scale_are_said_in_the_unit_of_the_column(unit):
    """What the message allows is accepted by the same column, and what lies beyond is not."""
    family = "os_months" if unit.startswith("os_") else "trough_mg_l"
    columns = {unit if name == family else name: values for name, values in sound_columns().items()}
    columns[unit] = ["1e200", *(str(value / UNITS[unit]) for value in columns[unit][1:])]
    with pytest.raises(InputError, match=f"column {unit}.* must lie between ") as refused:
        read_cohort(pd.DataFrame(columns), molar_mass_g_mol=464.8)
    high = float(str(refused.value).split(" and ")[1].split(". ")[0])
    columns[unit][0] = repr(high * 0.999)
    read = read_cohort(pd.DataFrame(columns), molar_mass_g_mol=464.8)
    assert np.isfinite(read.trough_mg_l).all()
    columns[unit][0] = repr(high * 1.001)
    with pytest.raises(InputError, match="must lie between"):
        read_cohort(pd.DataFrame(columns), molar_mass_g_mol=464.8)


@pytest.mark.parametrize("cell", ["1e300", "-1e300", "1e-300", "-1e-300"])
def test_a_day_at_the_end_of_the_scale_is_named(cell):
    """Days of troughs may lie before time zero, and neither millennia away nor a billionth of a second."""
    troughs = pd.DataFrame({"patient_id": sound_columns()["patient_id"], "day": ["3"] * (N - 1) + [cell]})
    troughs["trough_mg_l"] = sound_columns()["trough_mg_l"]
    with pytest.raises(InputError, match=r"C063 .*row 12, patient P12, column day"):
        read_cohort(pd.DataFrame(sound_columns()), troughs=troughs)


@pytest.mark.parametrize(("column", "cell"), [("day", "1e300"), ("dose_mg", "1e300"), ("dose_mg", "1e-300")])
def test_a_dose_at_the_end_of_the_scale_is_named(column, cell):
    """The file of doses has the same ends; a later dose of 0 is an interruption and stays one."""
    ids = sound_columns()["patient_id"]
    doses = pd.DataFrame({"patient_id": [*ids, ids[0]], "day": ["0"] * N + ["9"], "dose_mg": ["400"] * N + ["0"]})
    assert read_cohort(pd.DataFrame(sound_columns()), doses=doses).doses.dose_mg[1] == 0.0
    doses.loc[N, column] = cell
    with pytest.raises(InputError, match=f"row 13, patient P01, column {column}"):
        read_cohort(pd.DataFrame(sound_columns()), doses=doses)


@pytest.mark.parametrize(
    ("column", "cell"), [("estimate", "-1e300"), ("standard_error", "1e300"), ("standard_error", "1e-300")]
)
def test_an_earlier_result_at_the_end_of_the_scale_is_named(column, cell):
    """Earlier results have the ends that a prior of a model file has."""
    rows = pd.DataFrame({"study": ["A", "B"], "estimate": ["0.5", "0.6"], "standard_error": ["0.1", "0.2"]})
    rows.loc[1, column] = cell
    with pytest.raises(InputError, match=f"C087 .*row 2, .*column {column}"):
        read_evidence(rows, exposure_sd=1.0)


def test_a_long_cell_is_no_number_and_costs_no_time():
    """A megabyte of digits that ends in a letter is refused at once: the pattern never tries a digit twice."""
    started = time.process_time()
    for cell in ("1" * 2**20 + "x", "1" * 2**20, "1," * 2**19 + "x"):
        assert isinstance(read_number(cell, code=Code.BAD_TROUGH), Fault)
    assert time.process_time() - started < 2.0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_back(value):
    """The pattern of numbers loses none that is written in plain or scientific notation."""
    assert read_number(repr(value), code=Code.BAD_TROUGH) == value
