"""Remedies of columns and cells that depend on no model file, and of the cohort as a whole."""

from __future__ import annotations

from dataclasses import replace

from tests.cohort.remedies import EXPECTED, SOUND, File, cell, rows, scaled, table
from tests.cohort.tables import N, sound_columns

GRADES = [0, 1, 3, 2, 1, 3, 0, 3, 4, 2, 3, 3]
FROM_GRADE = {"columns": File("columns.toml", b"[toxicity]\nfrom_grade = 3\n")}
NO_MASS = {"expected": replace(EXPECTED, molar_mass_g_mol=None)}
MOLAR = table(trough_mg_l=None, trough_umol_l=scaled("trough_mg_l", 2.151))
LIMITS = [0.05] * N
FLAGS = [0] * N


def flagged(trough, flag, limit):
    """Return the sound table with a limit of quantification, and the trough, flag and limit of one patient."""
    row = {"trough_mg_l": trough, "blq": flag, "lloq_mg_l": limit}
    columns = sound_columns() | {"blq": FLAGS, "lloq_mg_l": LIMITS}
    return table(**{name: cell(name, value, others=columns[name])[name] for name, value in row.items()}), {}


def graded(grade, **changed):
    """Return the sound table with grades, that of one patient changed."""
    return table(grade=cell("grade", grade, others=GRADES)["grade"], **changed), FROM_GRADE


def with_one(name, value, others):
    """Return the sound table with a further column, one cell of it changed."""
    return table(**cell(name, value, others=others)), {}


COVARIATE = {"covariates": ["age"]}
AGES = [61, 70, 58, 66, 49, 73, 64, 55, 68, 62, 71, 59]


def aged(value):
    """Return the sound table with a covariate, one cell of it changed."""
    return table(**cell("age", value, others=AGES)), COVARIATE


ALONE = table(response=None, os_months=None, death=None)
SLIP = {name.replace("toxicity", "toxicty"): cells for name, cells in ALONE.items()}
EVENTS = table(ae_skin=sound_columns()["toxicity"])
CASES = [
    ("C010", (table(), COVARIATE), "Add the column", (table(age=AGES), COVARIATE)),
    (
        "C010",
        (table(), COVARIATE),
        "name yours under [covariates] of --columns",
        (table(AGEBL=AGES), COVARIATE | {"columns": File("columns.toml", b'[covariates]\nage = "AGEBL"\n')}),
    ),
    ("C010", (table(), FROM_GRADE), "Add it, or name yours in [columns]", (table(grade=GRADES), FROM_GRADE)),
    (
        "C010",
        (EVENTS, {"columns": {"ae_skin": "rash"}}),
        "Correct the name",
        (EVENTS, {"columns": {"ae_skin": "ae_skin"}}),
    ),
    ("C010", (table(trough_mg_l=None), {}), "Name it by its unit: trough_mg_l", SOUND),
    (
        "C011",
        (File("cohort.csv", b"patient_id,trough_mg_l,toxicity,toxicity\nA,1,0,0\nB,2,1,1\nC,3,0,0\n"), {}),
        "Rename or delete all but one",
        (File("cohort.csv", b"patient_id,trough_mg_l,toxicity\nA,1,0\nB,2,1\nC,3,0\n"), {}),
    ),
    ("C014", (MOLAR, NO_MASS), "give it to read_cohort", (MOLAR, NO_MASS | {"molar_mass_g_mol": 464.8})),
    ("C014", (MOLAR, NO_MASS), "convert to mg/L under trough_mg_l", (table(), NO_MASS)),
    (
        "C014",
        (table(blq=FLAGS, lloq_umol_l=LIMITS), NO_MASS),
        "under lloq_mg_l",
        (table(blq=FLAGS, lloq_mg_l=LIMITS), NO_MASS),
    ),
    ("C015", (table(toxicity=None, response=None, os_months=None, death=None), {}), "Add toxicity, response", SOUND),
    (
        "C015",
        (SLIP, {}),
        "Did you mean 'toxicty'",
        (SLIP, {"columns": {"toxicity": "toxicty"}}),
    ),
    (
        "C017",
        (table(toxicity=None, toxicty=sound_columns()["toxicity"]), {}),
        "Did you mean 'toxicity'",
        SOUND,
    ),
    ("C032", graded("3a"), "Write the number alone", graded("3")),
    ("C033", with_one("dose_mg", "800 mg", [800] * N), "Write a plain number", with_one("dose_mg", "800", [800] * N)),
    ("C033", with_one("dose_mg", "-1", [800] * N), "Correct the cell", with_one("dose_mg", "800", [800] * N)),
    ("C026", flagged("BLQ", 0, 0.05), "set blq to 1 and give the limit in lloq_mg_l", flagged("BLQ", 1, 0.05)),
    ("C026", flagged("2.1", 0, -1), "Correct the cell", flagged("2.1", 0, 0.05)),
    ("C034", flagged("2.1", "yes", 0.05), "else 0 or nothing", flagged("2.1", "", 0.05)),
    ("C034", flagged("2.1", 1, 0.05), "Correct blq", flagged("2.1", 0, 0.05)),
    ("C034", flagged("2.1", 1, 0.05), "the trough", flagged("0.02", 1, 0.05)),
    ("C034", flagged("2.1", 1, 0.05), "the limit", flagged("2.1", 1, 2.5)),
    ("C038", flagged("0.3", 0, 0.5), "Write it as <limit", flagged("<0.5", 0, 0.5)),
    ("C038", flagged("0.3", 0, 0.5), "flag it in a blq column", flagged("0.3", 1, 0.5)),
    ("C035", graded(0), "Correct one of them", graded(3)),
    ("C035", graded(0), "Correct one of them", graded(0, **cell("toxicity", 0))),
    ("C037", with_one("site", "A\nB", ["A"] * N), "Type it again", with_one("site", "A", ["A"] * N)),
    ("C037", with_one("study", "A" * 201, ["A"] * N), "Shorten it", with_one("study", "A", ["A"] * N)),
    ("C039", (table(ae_skin=[1] * N), {}), "Correct one of them", (EVENTS, {})),
    ("C039", (table(ae_skin=[1] * N), {}), "Correct one of them", (table(ae_skin=[1] * N, toxicity=[1] * N), {})),
    ("C040", (rows(table(), [0, 2]), {}), "Add patients", SOUND),
    ("C043", (table(trough_mg_l=[2.0, 3.0] * 6), {}), "Check the trough column", SOUND),
    ("C048", (table(death=[1] * N), {}), "Check that censored patients are coded 0", SOUND),
    ("C053", (table(toxicity=[""] * N), {}), "Fill the cells in", SOUND),
    ("C053", (table(toxicity=[""] * N), {}), "leave the column out", (table(toxicity=None), {})),
    ("C070", aged("unknown"), "Write a plain number", aged("58")),
    ("C070", aged("1e999"), "Correct the cell", aged("58")),
    (
        "C070",
        (table(**cell("ecog", "a" * 81, others=["a", "b"] * 6)), {"covariates": ["ecog"]}),
        "Shorten it",
        (table(ecog=["a", "b"] * 6), {"covariates": ["ecog"]}),
    ),
    (
        "C070",
        (table(**cell("ecog", "a\nb", others=["a", "b"] * 6)), {"covariates": ["ecog"]}),
        "Type it again",
        (table(ecog=["a", "b"] * 6), {"covariates": ["ecog"]}),
    ),
]
