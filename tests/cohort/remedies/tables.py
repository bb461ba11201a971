"""Remedies of one table: its columns and cells, held against a model file."""

from __future__ import annotations

from dataclasses import replace

from bayes_sora.cohort import ColumnMap
from bayes_sora.modelfile import load_model
from tests.cohort.remedies import ADAM, EXPECTED, SOUND, adam, cell, scaled, table
from tests.cohort.tables import IDS, N, sound_columns

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
        "molar_mass_g_mol in [drug]",
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
]
