"""A written cohort reads back to the same bits, and the same cohort gives the same bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import Troughs, read_cohort, write_cohort
from bayes_sora.errors import UsageError
from tests.cohort.tables import sound_columns


@pytest.fixture
def sound():
    """Give the sound cohort with a gap, a label and a grade."""
    columns = sound_columns()
    columns |= {"grade": [None, *[1] * 11], "site": ["A, B"] * 6 + ['"C"'] * 6}
    return read_cohort(pd.DataFrame(columns))


def test_bytes_of_a_written_file(sound, tmp_path):
    """Shortest decimals, blanks where not evaluable, limits as < and >, quotes where needed, line feeds only."""
    troughs = replace(sound.troughs, censoring=np.array([-1, 1, *[0] * 10]))
    write_cohort(replace(sound, troughs=troughs), tmp_path / "c.csv")
    lines = (tmp_path / "c.csv").read_bytes().decode().split("\n")
    assert lines[0] == "patient_id,trough_mg_l,toxicity,response,os_months,death,grade,site"
    assert lines[1] == 'P01,<0.74,0,0,4.1,1,,"A, B"'
    assert lines[2] == 'P02,>1.21,0,1,7.5,1,1,"A, B"'
    assert lines[7] == 'P07,3.12,0,1,18.4,1,1,"""C"""'
    assert lines[13:] == [""]


def test_formula_like_ids_are_kept(sound, tmp_path):
    """A cohort file is for reading back: ids are not touched."""
    write_cohort(replace(sound, patient_id=("=1+1", *sound.patient_id[1:])), tmp_path / "c.csv")
    assert read_cohort(tmp_path / "c.csv").patient_id[0] == "=1+1"


def test_repeated_troughs_need_their_own_file(sound, tmp_path):
    """Troughs that one column cannot hold are never lost."""
    troughs = Troughs(
        patient=np.repeat(np.arange(12), 2),
        value_mg_l=np.linspace(1, 5, 24),
        censoring=np.zeros(24, dtype=np.int64),
        day=np.tile([14.0, 28.5], 12),
    )
    repeated = replace(sound, troughs=troughs)
    with pytest.raises(UsageError, match="give troughs_path"):
        write_cohort(repeated, tmp_path / "c.csv")
    dated = replace(sound, troughs=replace(sound.troughs, day=np.full(12, 14.0)))
    with pytest.raises(UsageError, match="give troughs_path"):
        write_cohort(dated, tmp_path / "c.csv")
    write_cohort(repeated, tmp_path / "c.csv", troughs_path=tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().split("\n")[1:3] == ["P01,14,1.0", "P01,28.5,1.1739130434782608"]
    back = read_cohort(tmp_path / "c.csv", troughs=tmp_path / "t.csv")
    for name in ("patient", "value_mg_l", "censoring", "day"):
        np.testing.assert_array_equal(getattr(back.troughs, name), getattr(troughs, name))
