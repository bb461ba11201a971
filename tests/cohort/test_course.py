"""Entry, intervals, onset and doses: what is read, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_sora.cohort import read_cohort, write_cohort
from bayes_sora.errors import InputError, UsageError
from bayes_sora.simulation import simulate
from tests.cohort.tables import N, sound_columns

IDS = sound_columns()["patient_id"]


def frame(**columns):
    """Return the sound table of twelve patients with further columns, given by row: {row: cell}, else `fill`."""
    table = pd.DataFrame(sound_columns())
    for name, cells in columns.items():
        fill = cells.get("fill", "")
        table[name] = [cells.get(row, fill) for row in range(N)]
    return table


def doses(*further, leave_out=()):
    """Return 800 mg on day 0 for everybody but `leave_out`, and rows (patient, day, dose) after that."""
    rows = [(patient, 0, 800) for patient in IDS if patient not in leave_out]
    return pd.DataFrame([*rows, *further], columns=["patient_id", "day", "dose_mg"])


def faults_of(table, **further):
    """Return (code, row, patient) of every error."""
    with pytest.raises(InputError) as caught:
        read_cohort(table, **further)
    assert all(problem.why and problem.remedy for problem in caught.value.problems)
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    return sorted((str(problem.code), problem.row, problem.patient) for problem in errors)


def test_times_are_read_in_their_unit():
    """Days and years become months; a blank interval is an exact death, a blank onset none."""
    table = frame(
        entry_days={"fill": "30.4375", 3: "0"},
        os_years_low={0: "0.25", 4: "1"},
        toxicity_day={2: "60.875", 5: "60.875"},
    )
    cohort = read_cohort(table)
    np.testing.assert_allclose(cohort.entry_months, [1, 1, 1, 0, *[1] * 8])
    np.testing.assert_allclose(cohort.os_months_low, [3, *[np.nan] * 3, 12, *[np.nan] * 7])
    np.testing.assert_allclose(cohort.toxicity_month, [*[np.nan] * 2, 2, *[np.nan] * 2, 2, *[np.nan] * 6])
    assert cohort.notes == ()


def test_a_cohort_without_a_course_has_none():
    """Absent columns are None, so that nothing changes for a file without them."""
    cohort = read_cohort(frame())
    assert (cohort.entry_months, cohort.os_months_low, cohort.toxicity_month, cohort.doses) == (None,) * 4


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"entry_months": {"fill": "0", 2: "-1"}}, [("C080", 3, "P03")]),
        ({"entry_months": {"fill": "0", 2: "soon"}}, [("C080", 3, "P03")]),
        ({"entry_months": {"fill": "0", 2: ""}}, [("C080", 3, "P03")]),
        ({"entry_months": {"fill": "0", 2: "12.2", 0: "5"}}, [("C081", 1, "P01"), ("C081", 3, "P03")]),
        ({"os_months_low": {0: "4.1"}}, [("C082", 1, "P01")]),
        ({"os_months_low": {0: "-0.5"}}, [("C082", 1, "P01")]),
        ({"os_months_low": {3: "1"}}, [("C082", 4, "P04")]),
        ({"toxicity_month": {0: "1"}}, [("C083", 1, "P01")]),
        ({"toxicity_month": {2: "13"}}, [("C083", 3, "P03")]),
        ({"toxicity_month": {2: "1,5"}}, [("C025", 3, "P03")]),
        ({"entry_months": {"fill": "0"}, "entry_days": {"fill": "0"}}, [("C012", None, None)]),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_a_wrong_course_is_refused_where_it_stands(columns, expected):
    """Each wrong cell has its code, row and patient."""
    assert faults_of(frame(**columns)) == expected


def test_doses_are_ordered_and_belong_to_their_patients(tmp_path):
    """Records in any order arrive by patient and day, 0 mg is an interruption, and the source names the file."""
    path = tmp_path / "doses.csv"
    doses(("P02", 60, 400), ("P02", 30, 0)).sample(frac=1.0, random_state=1).to_csv(path, index=False)
    cohort = read_cohort(frame(), doses=path)
    assert cohort.doses.patient.tolist() == [0, 1, 1, 1, *range(2, N)]
    assert cohort.doses.day[1:4].tolist() == [0.0, 30.0, 60.0]
    assert cohort.doses.dose_mg[1:4].tolist() == [800.0, 0.0, 400.0]
    assert (cohort.source.doses_name, len(cohort.source.doses_sha256)) == ("doses.csv", 64)


DOSE_FAULTS = {
    "unknown patient": (doses(("X", 3, 400), ("X", 9, 200)), [("C060", 13, "X")]),
    "blank patient": (doses((" ", 3, 400)), [("C020", 13, None)]),
    "negative day": (doses(("P01", -3, 400)), [("C063", 13, "P01")]),
    "blank day": (doses(("P01", "", 400)), [("C063", 13, "P01")]),
    "negative dose": (doses(("P01", 3, -400)), [("C033", 13, "P01")]),
    "blank dose": (doses(("P01", 3, None)), [("C033", 13, "P01")]),
    "dose in words": (doses(("P01", 3, "half")), [("C033", 13, "P01")]),
    "a day twice": (doses(("P01", 3, 400), ("P01", 3, 400)), [("C086", 14, "P01")]),
    "nothing on day 0": (doses(("P12", 5, 800), leave_out=("P12",)), [("C085", 12, "P12")]),
    "an interruption at the start": (doses(("P12", 0, 0), leave_out=("P12",)), [("C085", 12, "P12")]),
    "a patient without doses": (doses(leave_out=("P05",)), [("C084", 5, "P05")]),
    "no column of doses": (doses().drop(columns="dose_mg"), [("C010", None, None)]),
}


@pytest.mark.parametrize("case", DOSE_FAULTS)
def test_wrong_doses_are_refused_where_they_stand(case):
    """Each wrong record has its code, row and patient; an unknown patient is named once."""
    table, expected = DOSE_FAULTS[case]
    assert faults_of(frame(), doses=table.astype({"day": object})) == expected


def test_faults_of_all_files_come_together():
    """A wrong trough, a wrong entry and a wrong dose are one error."""
    table = frame(entry_months={"fill": "0", 0: "-1"}).astype({"trough_mg_l": object})
    table.loc[1, "trough_mg_l"] = "?"
    assert [code for code, *_ in faults_of(table, doses=doses(("P01", 3, -400)))] == ["C024", "C033", "C080"]


def test_doses_of_dropped_patients_go_too():
    """Who is left out as incomplete takes his doses along."""
    table = frame().astype({"trough_mg_l": object})
    table.loc[0, "trough_mg_l"] = ""
    cohort = read_cohort(table, doses=doses(("P02", 30, 400)), drop_incomplete=True)
    assert cohort.n_patients == N - 1
    assert cohort.doses.patient[:3].tolist() == [0, 0, 1]


def test_a_written_course_reads_back_bit_by_bit(tmp_path):
    """Entry, intervals, onsets and doses survive the files."""
    cohort = simulate("immortal", n=20, seed=2, history=True).cohort
    died = cohort.death == 1
    cohort = replace(
        cohort,
        entry_months=cohort.os_months / 7.0,
        os_months_low=np.where(died, cohort.os_months / 3.0, np.nan),
        toxicity_month=np.where(cohort.toxicity == 1, cohort.os_months / 9.0, np.nan),
    )
    paths = {name: tmp_path / f"{name}.csv" for name in ("cohort", "troughs", "doses")}
    write_cohort(cohort, paths["cohort"], troughs_path=paths["troughs"], doses_path=paths["doses"])
    again = read_cohort(paths["cohort"], troughs=paths["troughs"], doses=paths["doses"])
    for name in ("entry_months", "os_months_low", "toxicity_month"):
        np.testing.assert_array_equal(getattr(again, name), getattr(cohort, name))
    for name in ("patient", "day", "dose_mg"):
        np.testing.assert_array_equal(getattr(again.doses, name), getattr(cohort.doses, name))
    with pytest.raises(UsageError, match="doses_path"):
        write_cohort(cohort, paths["cohort"], troughs_path=paths["troughs"])
