"""Remedies of files that cannot be read as a table: their name, kind, text, size and columns file."""

from __future__ import annotations

import gzip
import io

import pandas as pd

from tests.cohort.remedies import ABSENT, SOUND, File, cell, rows, table
from tests.cohort.tables import N, csv_text

TEXT = csv_text(table())
CSV = (File("cohort.csv", TEXT.encode()), {})
PACKED = (File("cohort.csv.gz", gzip.compress(TEXT.encode())), {})
HEADER = TEXT.partition("\n")[0]


def parquet():
    """Return the sound table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pd.DataFrame(table()).to_parquet(buffer)
    return buffer.getvalue()


PARQUET = (File("cohort.parquet", parquet()), {})


def csv(content):
    """Return a CSV file of some text, in UTF-8 unless it is of bytes."""
    return File("cohort.csv", content.encode() if isinstance(content, str) else content), {}


def names(text):
    """Return the sound table with a columns file of some text."""
    return table(), {"columns": File("columns.toml", text.encode())}


RIGHT_NAMES = names('[columns]\ntrough_mg_l = "trough_mg_l"\n')
CASES = [
    ("C001", (ABSENT, {}), "Check its name, folder and rights", CSV),
    ("C001", (File("cohorts.csv", None), {}), "Name a file", CSV),
    ("C001", (table(), {"columns": ABSENT}), "Check its name", RIGHT_NAMES),
    ("C002", (File("cohort.txt", TEXT.encode()), {}), "Export the table as CSV", CSV),
    ("C002", (File("cohort.csv", b"PK\x03\x04"), {}), "or Parquet", PARQUET),
    ("C002", (File("cohort.csv", parquet()), {}), "Rename it to end in .parquet", PARQUET),
    ("C002", (File("cohort.csv", PACKED[0].content), {}), "Rename it to end in .csv.gz", PACKED),
    ("C002", (File("cohort.parquet", TEXT.encode()), {}), "let a CSV file end in .csv", CSV),
    ("C003", csv(""), "Write a header row. Write one row a patient", CSV),
    ("C003", csv(HEADER), "Write one row a patient", CSV),
    ("C003", (rows(table(), []), {}), "Write one row a patient", SOUND),
    (
        "C003",
        ({"dose_mg": [400, 600], "n_treated": [0, 0], "n_toxicity": [0, 0]}, {}),
        "Fill in the counts",
        ({"dose_mg": [400, 600], "n_treated": [6, 6], "n_toxicity": [1, 2]}, {}),
    ),
    (
        "C003",
        ({"study": [], "estimate": [], "standard_error": []}, {"evidence": True}),
        "earlier results one row each",
        ({"study": ["A"], "estimate": [0.5], "standard_error": [0.2]}, {"evidence": True}),
    ),
    ("C004", (File("cohort.parquet", parquet()[:-9]), {}), "Copy or export it again", PARQUET),
    ("C004", (File("cohort.csv.gz", PACKED[0].content[:-9]), {}), "Copy or compress it again", PACKED),
    ("C004", (File("cohort.csv.gz", TEXT.encode()), {}), "compress it", PACKED),
    ("C005", csv(TEXT.encode("utf-16")), "Save the file as CSV UTF-8", CSV),
    ("C005", csv(TEXT.replace("P03", "Pü3").encode("latin-1")), "CSV UTF-8", csv(TEXT.replace("P03", "Pü3"))),
    ("C005", csv(TEXT.replace("P03", "P\0003")), "export it again", CSV),
    ("C006", (table(**{f"x{i}": [0] * N for i in range(1000)}), {}), "only the rows and columns needed", SOUND),
    ("C006", csv(TEXT + " " * 2**21), "Check the line ends", CSV),
    (
        "C006",
        (File("cohort.csv.gz", PACKED[0].content + gzip.compress(b"") * 10_000), {}),
        "compress it again in one go",
        PACKED,
    ),
    ("C006", names("#" * 2**17), "Check that it is the right file", RIGHT_NAMES),
    ("C007", csv(TEXT.replace(",", ";")), "Export with a comma between columns", CSV),
    ("C007", csv(TEXT.replace("P03", '"P03')), "Close every quoted cell", csv(TEXT.replace("P03", '"P03"'))),
    ("C007", csv(TEXT.replace("P03", '"P"03"')), 'double a quote inside one ("")', csv(TEXT.replace("P03", '"P""03"'))),
    ("C008", csv(TEXT.replace("1.58", "1,58")), "a decimal comma", CSV),
    ("C008", csv(TEXT.replace("P03,", "P03")), "a missing comma", CSV),
    (
        "C009",
        (table(), {"most_patients": 10}),
        "Take a random part of the cohort",
        (rows(table(), [0, 1, 2, 3, 5, 6, 7, 9, 10, 11]), {"most_patients": 10}),
    ),
    ("C013", names("[columns"), "Correct it", RIGHT_NAMES),
    ("C013", names('[column]\ntrough_mg_l = "trough_mg_l"\n'), "Known: dialect, covariates, [columns]", RIGHT_NAMES),
    ("C013", names('[columns]\ntrough_mgl = "trough_mg_l"\n'), "Did you mean 'trough_mg_l'", RIGHT_NAMES),
    ("C013", names("[columns]\ntrough_mg_l = 1\n"), "in quotes", RIGHT_NAMES),
    ("C013", names('[columns]\ntrough_mg_l = ""\n'), "the name that the column has in your file", RIGHT_NAMES),
    ("C013", names('columns = "trough_mg_l"\n'), 'Write [columns] and lines canonical = "yours"', RIGHT_NAMES),
    ("C013", names('dialect = "sdtm"\n'), "Known: adam", names('dialect = "adam"\n')),
    (
        "C013",
        (table(grade=[1] * N), {"columns": File("columns.toml", b"[toxicity]\nfrom_grade = 6\n")}),
        "Correct it",
        (
            table(toxicity=None, grade=[1, 3] * 6),
            {"columns": File("columns.toml", b"[toxicity]\nfrom_grade = 3\n")},
        ),
    ),
    (
        "C013",
        (table(age=[60] * N), {"columns": File("columns.toml", b"covariates = 3\n")}),
        'Write covariates = ["age"]',
        (table(age=[60] * N), {"columns": File("columns.toml", b'covariates = ["age"]\n')}),
    ),
    (
        "C013",
        (table(ECOGBL=[1] * N), {"columns": File("columns.toml", b'[covariates]\n"at start" = "ECOGBL"\n')}),
        'ecog = "ECOGBL"',
        (table(ECOGBL=[1] * N), {"columns": File("columns.toml", b'[covariates]\necog = "ECOGBL"\n')}),
    ),
    ("C020", csv(TEXT.replace("P03", '"P\n03"')), "Type it again", CSV),
    ("C020", (table(**cell("patient_id", "P" * 201)), {}), "Shorten it", SOUND),
]
