"""Remedies of what comes beside a table of patients: further files, the course of treatment, counts and estimates."""

from __future__ import annotations

from tests.cohort.remedies import cell, rows, table
from tests.cohort.tables import IDS, N, sound_columns

TROUGHS = {"patient_id": IDS, "day": [14] * N, "trough_mg_l": sound_columns()["trough_mg_l"]}
DOSES = {"patient_id": IDS, "day": [0] * N, "dose_mg": [800] * N}
COUNTS = {"dose_mg": [400, 600, 800], "n_treated": [6, 6, 6], "n_toxicity": [1, 2, 3]}
ESTIMATES = {"study": ["A", "B"], "estimate": [0.5, 0.7], "standard_error": [0.2, 0.3]}
TWO_BY_TWO = {
    "study": ["A", "B"],
    "events_above": [5, 6],
    "n_above": [10, 12],
    "events_below": [2, 3],
    "n_below": [10, 12],
}
FIRST_ELEVEN = range(N - 1)
BLANKS = [""] * N


def measured(columns=None, /, **changed):
    """Return the sound table without its troughs, and a file of troughs."""
    return table(trough_mg_l=None), {"troughs": (columns or TROUGHS) | changed}


def dosed(columns=None, /, **changed):
    """Return the sound table, and a file of doses."""
    return table(), {"doses": (columns or DOSES) | changed}


def renamed(columns, old, new):
    """Return a table with another name for one of its columns."""
    return {new if name == old else name: cells for name, cells in columns.items()}


def longer(columns, **row):
    """Return a table with a row below the others."""
    return {name: [*cells, row[name]] for name, cells in columns.items()}


def one(name, value, others, **changed):
    """Return the sound table with a further column, in which the third patient has `value`."""
    return table(**cell(name, value, others=others), **changed), {}


def counted(name, value):
    """Return a table of counts with one cell changed."""
    return COUNTS | cell(name, value, index=1, others=COUNTS[name]), {}


def found(columns, name, value):
    """Return a table of earlier results with one cell changed."""
    return columns | cell(name, value, index=1, others=columns[name]), {"evidence": True}


EVIDENCE = (ESTIMATES, {"evidence": True})
TABLES = (TWO_BY_TWO, {"evidence": True})
CASES = [
    (
        "C063",
        (table(trough_mg_l=None), {"troughs": TROUGHS | {"day": ["C1D15", *[14] * 11]}}),
        "Write the number alone",
        (table(trough_mg_l=None), {"troughs": TROUGHS}),
    ),
    (
        "C065",
        (table(trough_mg_l=None), {"troughs": TROUGHS | {"day": [900, *[14] * 11]}}),
        "Correct the day",
        (table(trough_mg_l=None), {"troughs": TROUGHS}),
    ),
    (
        "C066",
        (table(trough_mg_l=None), {"troughs": TROUGHS | {"day": [-30, *[14] * 11]}}),
        "Correct the day",
        (table(trough_mg_l=None), {"troughs": TROUGHS}),
    ),
    (
        "C067",
        (table(trough_mg_l=None), {"troughs": TROUGHS | {"day": [24 * (3 + i) for i in range(N)]}}),
        "Divide them by 24",
        (table(trough_mg_l=None), {"troughs": TROUGHS | {"day": [3 + i for i in range(N)]}}),
    ),
    (
        "C085",
        (table(), {"doses": DOSES | {"day": [5, *[0] * 11]}}),
        "Begin with the dose of day 0",
        (table(), {"doses": DOSES}),
    ),
    (
        "C089",
        (table(entry_months=[0.5] * N, toxicity_month=["", "", 0.2, *[""] * 9]), {}),
        "Correct one of the two",
        (table(entry_months=[0.1] * N, toxicity_month=["", "", 0.2, *[""] * 9]), {}),
    ),
    (
        "C010",
        measured(renamed(TROUGHS, "patient_id", "subject")),
        "rename yours to patient_id",
        measured(),
    ),
    ("C010", dosed(renamed(DOSES, "patient_id", "subject")), "rename yours to patient_id", dosed()),
    ("C010", dosed(renamed(DOSES, "dose_mg", "dose")), "rename yours to dose_mg", dosed()),
    (
        "C010",
        dosed(renamed(DOSES, "day", "visit")),
        'name yours in [columns]: day = "yours"',
        (table(), {"doses": renamed(DOSES, "day", "visit"), "columns": {"day": "visit"}}),
    ),
    ("C010", measured({"patient_id": IDS, "day": [14] * N}), "Name it by its unit", measured()),
    ("C010", (rows(renamed(COUNTS, "dose_mg", "dose"), range(3)), {}), "Add it", (COUNTS, {})),
    ("C010", (table(n_treated=[1] * N), {}), "leave n_treated out of a table of patients", (table(), {})),
    (
        "C010",
        (renamed(ESTIMATES, "estimate", "slope"), {"evidence": True}),
        "Give study with estimate and standard_error",
        EVIDENCE,
    ),
    ("C010", (renamed(ESTIMATES, "estimate", "slope"), {"evidence": True}), "or study with events_above", TABLES),
    (
        "C017",
        measured(TROUGHS | {"toxicity": [0] * N}),
        "Nothing, if that is meant",
        measured(),
    ),
    ("C020", measured(patient_id=["", *IDS[1:]]), "Give every trough the id of its patient", measured()),
    ("C020", dosed(patient_id=["", *IDS[1:]]), "Give every dose the id of its patient", dosed()),
    ("C033", dosed(dose_mg=["", *[800] * 11]), "Fill the cell in", dosed()),
    ("C033", counted("dose_mg", ""), "Fill it in", (COUNTS, {})),
    ("C033", counted("dose_mg", ""), "delete the row", (rows(COUNTS, [0, 2]), {})),
    ("C060", measured(patient_id=[*IDS[:-1], "P13"]), "Correct the id", measured()),
    (
        "C060",
        measured(longer(TROUGHS, patient_id="P13", day=14, trough_mg_l=2.0)),
        "add the patient",
        (
            rows(
                longer(table(), **{name: cells[0] for name, cells in table().items()} | {"patient_id": "P13"}),
                range(13),
            ),
            {"troughs": longer(TROUGHS, patient_id="P13", day=14, trough_mg_l=2.0)},
        ),
    ),
    ("C060", dosed(longer(DOSES, patient_id="P13", day=0, dose_mg=800)), "Correct the id", dosed()),
    ("C061", measured(rows(TROUGHS, FIRST_ELEVEN)), "Add one", measured()),
    (
        "C061",
        measured(rows(TROUGHS, FIRST_ELEVEN)),
        "--drop-incomplete",
        (table(trough_mg_l=None), {"troughs": rows(TROUGHS, FIRST_ELEVEN), "drop_incomplete": True}),
    ),
    ("C063", dosed(day=["C1D1", *[0] * 11]), "Write a plain number", dosed()),
    (
        "C063",
        dosed(longer(DOSES, patient_id="P01", day="", dose_mg=400)),
        "Fill the cell in",
        dosed(longer(DOSES, patient_id="P01", day=28, dose_mg=400)),
    ),
    ("C063", dosed(longer(DOSES, patient_id="P01", day="", dose_mg=400)), "delete the row", dosed()),
    (
        "C064",
        measured(longer(TROUGHS, patient_id="P01", day=14, trough_mg_l=0.74)),
        "Delete it if it is a copy of the first",
        measured(),
    ),
    (
        "C064",
        measured(longer(TROUGHS, patient_id="P01", day=14, trough_mg_l=0.9)),
        "correct the day",
        measured(longer(TROUGHS, patient_id="P01", day=41, trough_mg_l=0.9)),
    ),
    ("C078", counted("n_toxicity", "1.5"), "Write a whole number, 0 or more", (COUNTS, {})),
    ("C078", counted("n_toxicity", 7), "Correct one of the two counts", (COUNTS, {})),
    ("C078", found(TWO_BY_TWO, "events_above", 13), "Correct one of the two counts", TABLES),
    (
        "C078",
        (TWO_BY_TWO | {"events_above": [5, 0], "n_above": [10, 0]}, {"evidence": True}),
        "Leave the study out",
        (rows(TWO_BY_TWO, [0]), {"evidence": True}),
    ),
    ("C080", one("entry_months", "", [0.5] * N), "Write 0", one("entry_months", 0, [0.5] * N)),
    ("C080", one("entry_months", -1, [0.5] * N), "Correct the cell", one("entry_months", 1, [0.5] * N)),
    ("C081", one("entry_months", 13, [0.5] * N), "Correct the entry", one("entry_months", 1, [0.5] * N)),
    (
        "C081",
        one("entry_months", 13, [0.5] * N),
        "or the survival time",
        one("entry_months", 13, [0.5] * N, **cell("os_months", 14.0)),
    ),
    (
        "C081",
        one("entry_months", 13, [0.5] * N),
        "leave the patient out",
        (rows(table(entry_months=[0.5] * N), [0, 1, *range(3, N)]), {}),
    ),
    (
        "C082",
        one("os_months_low", 13, BLANKS),
        "Write the last time the patient was known to be alive",
        one("os_months_low", 11, BLANKS),
    ),
    (
        "C082",
        one("os_months_low", 13, BLANKS),
        "nothing where the time of death is exact",
        one("os_months_low", "", BLANKS),
    ),
    (
        "C082",
        (table(**cell("os_months_low", 11, index=3, others=BLANKS)), {}),
        "Leave the cell blank",
        (table(os_months_low=BLANKS), {}),
    ),
    (
        "C083",
        (table(**cell("toxicity_month", 1, index=0, others=BLANKS)), {}),
        "Correct one of the two",
        (table(**cell("toxicity_month", 1, index=0, others=BLANKS), **cell("toxicity", 1, index=0)), {}),
    ),
    ("C083", one("toxicity_month", 13, BLANKS), "Correct one of the two times", one("toxicity_month", 1.3, BLANKS)),
    ("C084", dosed(rows(DOSES, FIRST_ELEVEN)), "Add the starting dose", dosed()),
    (
        "C084",
        dosed(rows(DOSES, FIRST_ELEVEN)),
        "leave the patient out of the cohort",
        (rows(table(), FIRST_ELEVEN), {"doses": rows(DOSES, FIRST_ELEVEN)}),
    ),
    (
        "C086",
        dosed(longer(DOSES, patient_id="P01", day=0, dose_mg=400)),
        "Keep the one that was taken",
        dosed(),
    ),
    ("C087", found(ESTIMATES, "estimate", "0.7 (0.1)"), "Write a plain number", EVIDENCE),
    ("C087", found(ESTIMATES, "estimate", "1e10"), "Correct the cell", EVIDENCE),
    ("C087", found(ESTIMATES, "standard_error", ""), "Fill it in", EVIDENCE),
    ("C087", found(ESTIMATES, "standard_error", ""), "delete the row", (rows(ESTIMATES, [0]), {"evidence": True})),
    ("C087", found(ESTIMATES, "standard_error", 0), "Correct the cell", EVIDENCE),
    (
        "C088",
        dosed(longer(DOSES, patient_id="P01", day=500, dose_mg=400)),
        "Correct the day",
        dosed(longer(DOSES, patient_id="P01", day=50, dose_mg=400)),
    ),
    ("C088", dosed(longer(DOSES, patient_id="P01", day=500, dose_mg=400)), "or delete the row", dosed()),
]
