"""The dates of one patient are held against each other, each by row, patient and value."""

from __future__ import annotations

import pandas as pd
import pytest

from bayes_sora.cohort import read_cohort
from tests.cohort.tables import CASES, TROUGH_MG_L, N, sound_columns

END_DAYS = [120, 200, 400, 600, 500, 700, 550, 480, 290, 330, 260, 190]


def notes(*, troughs=None, doses=None, **changed):
    """Return the notes of the sound table, followed in days, with files of dated troughs and doses."""
    columns = sound_columns() | {"os_days": END_DAYS} | changed
    del columns["os_months"]
    if troughs is not None:
        del columns["trough_mg_l"]
    cohort = read_cohort(
        pd.DataFrame(columns),
        troughs=None if troughs is None else pd.DataFrame(troughs),
        doses=None if doses is None else pd.DataFrame(doses),
    )
    return {str(note.code): note for note in cohort.notes}


def troughs_on(days):
    """Return one trough a patient on the days given."""
    return {"patient_id": [f"P{i:02d}" for i in range(1, N + 1)], "day": days, "trough_mg_l": TROUGH_MG_L.tolist()}


def doses_on(day):
    """Return a starting dose a patient, and a second dose of the third one."""
    ids = [f"P{i:02d}" for i in range(1, N + 1)]
    return {"patient_id": [*ids, "P03"], "day": [0] * N + [day], "dose_mg": [800] * N + [400]}


def test_dates_that_fit_say_nothing():
    """Troughs on day 14 and doses within the follow-up are as they should be; a day of rounding is allowed."""
    assert notes(troughs=troughs_on([14] * N), doses=doses_on(400)) == {}
    assert notes(troughs=troughs_on([121, *[14] * 11])) == {}


def test_a_trough_after_the_end_of_follow_up_is_noted():
    """The note names the row of the second file, the patient, the day and the end."""
    note = notes(troughs=troughs_on([14, 14, 430, *[14] * 9]))["C065"]
    assert (note.row, note.patient, note.column, note.value) == (3, "P03", "day", "430")
    assert "day 430 lies after the end of follow-up on day 400" in note.why


def test_a_dose_after_the_end_of_follow_up_is_noted():
    """As for troughs, in the file of doses."""
    note = notes(doses=doses_on(500))["C088"]
    assert (note.row, note.patient, note.value) == (13, "P03", "500")


def test_a_trough_before_time_zero_is_noted():
    """Before the first dose there is no steady state."""
    note = notes(troughs=troughs_on([14, -30, *[14] * 10]))["C066"]
    assert (note.row, note.patient, note.value) == (2, "P02", "-30")


@pytest.mark.parametrize(
    "days", [[24 * day for day in (7, 14, 28, 15, 30, 60, 14, 14, 14, 21, 14, 28)], [24 * 14] * 5 + [24 * 28] * 7]
)
def test_hours_in_a_column_of_days_are_noted_once(days):
    """Multiples of 24 that are no weeks, or that lie mostly after the end; not each as a trough after the end."""
    found = notes(troughs=troughs_on(days))
    assert list(found) == ["C067"]
    assert notes(troughs=troughs_on([day // 24 for day in days])) == {}


def test_weeks_are_not_taken_for_hours():
    """Visits every 24 weeks are multiples of 24 too."""
    assert notes(troughs=troughs_on([0, 168, 336, 504, 336, 336, 504, 168, 168, 168, 168, 168])) == {}


def test_a_toxicity_before_the_entry_is_noted():
    """What happened before a patient came under observation cannot have been seen."""
    toxicity = sound_columns()["toxicity"]
    entry, onset = [0.5] * N, [0.2 if toxic else "" for toxic in toxicity]
    onset[5] = 0.7
    note = notes(entry_months=entry, toxicity_month=onset)["C089"]
    assert (note.row, note.patient, note.value) == (3, "P03", "0.2")
    assert "5 rows" in note.why


@pytest.mark.parametrize(
    ("troughs", "codes"), [("troughs.csv", ["C065", "C088"]), ("troughs_neg.csv", ["C065", "C066", "C088"])]
)
def test_the_case_of_dates_after_death(troughs, codes):
    """Troughs 200 and doses 100 days after the end of follow-up, and a first trough on day −30, are all noted."""
    folder = CASES / "after_death"
    cohort = read_cohort(folder / "cohort.csv", troughs=folder / troughs, doses=folder / "doses.csv")
    assert sorted(note.code for note in cohort.notes) == codes
    assert all("24 rows" in note.why for note in cohort.notes)
