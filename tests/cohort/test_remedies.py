"""Every remedy is true: applied to the table that triggered it, its code is gone and no other error comes up."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from bayes_sora.cohort import ColumnMap, read_cohort
from bayes_sora.errors import InputError
from bayes_sora.modelfile import load_model
from tests.cohort.tables import N, sound_columns

EXPECTED = load_model("sorafenib_joint.v1").expected
IDS = [f"P{i:02d}" for i in range(1, N + 1)]
ADAM = {"patient_id": "USUBJID", "os_days": "AVAL", "cnsr": "CNSR"}


def table(**changed):
    """Return the sound table with columns changed, added, or with None taken out."""
    return {name: cells for name, cells in (sound_columns() | changed).items() if cells is not None}


def cell(name, value, index=2, others=None):
    """Return one column with one cell changed."""
    cells = list(sound_columns()[name] if others is None else others)
    cells[index] = value
    return {name: cells}


def adam(**changed):
    """Return the sound table in ADaM names."""
    columns = sound_columns()
    return {
        "USUBJID": IDS,
        "PARAMCD": ["OS"] * N,
        "AVAL": [30.4375 * months for months in columns["os_months"]],
        "AVALU": ["DAYS"] * N,
        "CNSR": [1 - died for died in columns["death"]],
        "trough_mg_l": columns["trough_mg_l"],
    } | changed


def scaled(name, factor):
    """Return the cells of a column times a factor."""
    return [factor * value for value in sound_columns()[name]]


def read(rows, **options):
    """Read a table as the command line does."""
    return read_cohort(pd.DataFrame(rows), expected=options.pop("expected", EXPECTED), **options)


def problems(rows, **options):
    """Return every error and note of a table."""
    try:
        return read(rows, **options).notes
    except InputError as fault:
        return fault.problems


SOUND = (table(), {})
TROUGHS = {"patient_id": IDS, "day": [14] * N, "trough_mg_l": sound_columns()["trough_mg_l"]}
DOSES = {"patient_id": IDS, "day": [0] * N, "dose_mg": [800] * N}
WINDOW = {"expected": replace(EXPECTED, response_window_months=3.0)}
EARLY = cell("os_months", 2.0, index=1)

# code, the table and options that trigger it, words of the remedy, the table and options after it.
CASES = [
    (
        "C010",
        (table(patient_id=None, patient=IDS), {}),
        'patient_id = "yours"',
        (table(patient_id=None, patient=IDS), {"columns": {"patient_id": "patient"}}),
    ),
    (
        "C010",
        (table(), {"columns": {"trough_mg_l": "trough"}}),
        "Correct the name in [columns]",
        (table(), {"columns": {"trough_mg_l": "trough_mg_l"}}),
    ),
    (
        "C010",
        ({key: value for key, value in adam().items() if key != "AVALU"}, {"dialect": "adam"}),
        'os_days = "AVAL"',
        (
            {key: value for key, value in adam().items() if key != "AVALU"},
            {"columns": ColumnMap(dialect="adam", columns={"os_days": "AVAL"})},
        ),
    ),
    (
        "C012",
        (table(trough_ng_ml=scaled("trough_mg_l", 1000)), {}),
        "name it in [columns]",
        (table(trough_ng_ml=scaled("trough_mg_l", 1000)), {"columns": {"trough_mg_l": "trough_mg_l"}}),
    ),
    (
        "C014",
        (
            table(trough_mg_l=None, trough_umol_l=scaled("trough_mg_l", 2.151)),
            {"expected": replace(EXPECTED, molar_mass_g_mol=None)},
        ),
        "molar mass",
        (table(trough_mg_l=None, trough_umol_l=scaled("trough_mg_l", 2.151)), {}),
    ),
    ("C016", (table(death=None), {}), "Add it", SOUND),
    (
        "C016",
        (table(death=None, CNSR=[1 - died for died in sound_columns()["death"]]), {}),
        'cnsr = "CNSR"',
        (table(death=None, CNSR=[1 - died for died in sound_columns()["death"]]), {"columns": {"cnsr": "CNSR"}}),
    ),
    (
        "C018",
        (adam(PARAMCD=["PFS"] * N), {"columns": ADAM}),
        "Give the table of overall survival",
        (adam(), {"columns": ADAM}),
    ),
    (
        "C018",
        (adam(AVALU=["MONTHS"] * N, AVAL=sound_columns()["os_months"]), {"columns": ADAM}),
        'Write os_months = "AVAL"',
        (
            adam(AVALU=["MONTHS"] * N, AVAL=sound_columns()["os_months"]),
            {"columns": {"patient_id": "USUBJID", "os_months": "AVAL", "cnsr": "CNSR"}},
        ),
    ),
    (
        "C019",
        (adam(), {"columns": {"patient_id": "USUBJID", "os_days": "AVAL", "death": "CNSR"}}),
        'Write cnsr = "CNSR"',
        (adam(), {"columns": ADAM}),
    ),
    ("C020", (table(**cell("patient_id", "")), {}), "Give every patient an id", SOUND),
    ("C021", (table(**cell("patient_id", "P01")), {}), "Correct the id", SOUND),
    (
        "C023",
        (table(**cell("trough_mg_l", "")), {}),
        "--drop-incomplete",
        (table(**cell("trough_mg_l", "")), {"drop_incomplete": True}),
    ),
    ("C024", (table(**cell("trough_mg_l", "0")), {}), "Write it as <LLOQ", (table(**cell("trough_mg_l", "<0.05")), {})),
    ("C024", (table(**cell("trough_mg_l", "0.00")), {}), "such as <0.05", (table(**cell("trough_mg_l", "<0.05")), {})),
    ("C025", (table(**cell("trough_mg_l", "1,58")), {}), "with a point", (table(**cell("trough_mg_l", "1.58")), {})),
    ("C026", (table(**cell("trough_mg_l", "BLQ")), {}), "<0.05", (table(**cell("trough_mg_l", "<0.05")), {})),
    (
        "C027",
        (table(**cell("death", "")), {}),
        "--drop-incomplete",
        (table(**cell("death", "")), {"drop_incomplete": True}),
    ),
    ("C028", (table(**cell("os_months", "-3")), {}), "Correct the cell", SOUND),
    ("C029", (table(**cell("death", "yes")), {}), "Write 1 for died", (table(**cell("death", 1)), {})),
    ("C030", (table(**cell("toxicity", "grade 3")), {}), "Write 1, 0", (table(**cell("toxicity", "1")), {})),
    ("C031", (table(CNSR=sound_columns()["death"]), {}), "delete the column CNSR", SOUND),
    ("C036", (table(**cell("toxicity", "NA")), {}), "Leave them blank", (table(**cell("toxicity", "")), {})),
    ("C042", (table(trough_mg_l=[2.0] * N), {}), "Check the trough column", SOUND),
    (
        "C044",
        (table(trough_mg_l=scaled("trough_mg_l", 1000)), {}),
        "trough_ng_ml",
        (table(trough_mg_l=None, trough_ng_ml=scaled("trough_mg_l", 1000)), {}),
    ),
    (
        "C044",
        (table(trough_mg_l=None, trough_ng_ml=scaled("trough_mg_l", 20)), {}),
        "use the model file of the drug",
        (
            table(trough_mg_l=None, trough_ng_ml=scaled("trough_mg_l", 20)),
            {"expected": load_model("sunitinib_example.v1").expected},
        ),
    ),
    (
        "C045",
        (table(os_months=scaled("os_months", 30.4375)), {}),
        "os_days",
        (table(os_months=None, os_days=scaled("os_months", 30.4375)), {}),
    ),
    ("C050", (table(**EARLY), {}), "write 0", (table(**EARLY, **cell("response", 0, index=1)), {})),
    ("C050", (table(**EARLY), WINDOW), "Write 0", (table(**EARLY, **cell("response", 0, index=1)), WINDOW)),
    (
        "C051",
        (table(grade=[1] * (N - 1) + [5]), {}),
        "Write 1 under death",
        (table(grade=[1] * (N - 1) + [5], **cell("death", 1, index=N - 1)), {}),
    ),
    (
        "C054",
        (table(**EARLY, **cell("response", "", index=1)), WINDOW),
        "Write 0",
        (table(**EARLY, **cell("response", 0, index=1)), WINDOW),
    ),
    (
        "C055",
        (table(**EARLY, **cell("death", 0, index=1)), WINDOW),
        "Leave the response blank",
        (table(**EARLY, **cell("death", 0, index=1), **cell("response", "", index=1)), WINDOW),
    ),
    (
        "C056",
        (table(**cell("os_months", "9999")), {}),
        "leave the cell blank and the patient out",
        (table(**cell("os_months", "")), {"drop_incomplete": True}),
    ),
    (
        "C063",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS | {"day": ["C1D15", *[14] * 11]})}),
        "Write the number alone",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS)}),
    ),
    (
        "C065",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS | {"day": [900, *[14] * 11]})}),
        "Correct the day",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS)}),
    ),
    (
        "C066",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS | {"day": [-30, *[14] * 11]})}),
        "Correct the day",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS)}),
    ),
    (
        "C067",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS | {"day": [24 * (3 + i) for i in range(N)]})}),
        "Divide them by 24",
        (table(trough_mg_l=None), {"troughs": pd.DataFrame(TROUGHS | {"day": [3 + i for i in range(N)]})}),
    ),
    (
        "C085",
        (table(), {"doses": pd.DataFrame(DOSES | {"day": [5, *[0] * 11]})}),
        "Begin with the dose of day 0",
        (table(), {"doses": pd.DataFrame(DOSES)}),
    ),
    (
        "C089",
        (table(entry_months=[0.5] * N, toxicity_month=["", "", 0.2, *[""] * 9]), {}),
        "Correct one of the two",
        (table(entry_months=[0.1] * N, toxicity_month=["", "", 0.2, *[""] * 9]), {}),
    ),
]


@pytest.mark.parametrize(
    ("code", "before", "words", "after"), CASES, ids=[f"{i} {case[0]}" for i, case in enumerate(CASES)]
)
def test_a_remedy_that_is_applied_mends_its_fault(code, before, words, after):
    """The remedy says what is then done, the code is gone, and no error is left or new."""
    found = [problem for problem in problems(before[0], **before[1]) if problem.code == code]
    assert found
    assert any(words in problem.remedy for problem in found)
    left = problems(after[0], **after[1])
    assert code not in {problem.code for problem in left}
    assert [str(problem) for problem in left if problem.severity == "error"] == []
