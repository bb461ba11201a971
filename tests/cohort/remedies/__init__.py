"""Cases of remedies: what triggers a code, words of its remedy, and the input once the remedy is applied.

A case is (code, (input, options), words, (input, options)). An input is a mapping of columns, read as a data frame, or
a :class:`File`; so are the troughs and doses among the options, which are those of ``read_cohort``.
"""

from __future__ import annotations

from dataclasses import dataclass
from unittest import mock

import pandas as pd

from bayes_sora.cohort import read_cohort
from bayes_sora.cohort.evidence import read_evidence
from bayes_sora.errors import InputError
from bayes_sora.files.budgets import PATIENTS
from bayes_sora.modelfile import load_model
from tests.cohort.tables import IDS, N, sound_columns

EXPECTED = load_model("sorafenib_joint.v1").expected
ADAM = {"patient_id": "USUBJID", "os_days": "AVAL", "cnsr": "CNSR"}
EXPOSURE_SD = 0.6
FRAMES = ("troughs", "doses")


@dataclass(frozen=True)
class File:
    """A file with its name and bytes; without bytes a folder of that name, without a name nothing."""

    name: str
    content: bytes | None


ABSENT = File("", None)


def table(**changed):
    """Return the sound table with columns changed, added, or with None taken out."""
    return {name: cells for name, cells in (sound_columns() | changed).items() if cells is not None}


def cell(name, value, index=2, others=None):
    """Return one column with one cell changed."""
    cells = list(sound_columns()[name] if others is None else others)
    cells[index] = value
    return {name: cells}


def rows(columns, places):
    """Return the rows of a table at some places."""
    return {name: [cells[place] for place in places] for name, cells in columns.items()}


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


SOUND = (table(), {})


def problems(source, folder, **options):
    """Return every error and note of an input, read as the command line does.

    Two options are of the tests: `evidence` reads a table of earlier results, `most_patients` is a smaller budget.
    """
    source = _given(source, folder)
    for name in options.keys() & {*FRAMES, "columns"}:
        options[name] = _given(options[name], folder, framed=name in FRAMES)
    most_patients = options.pop("most_patients", PATIENTS)
    try:
        if options.pop("evidence", False):
            read_evidence(source, exposure_sd=EXPOSURE_SD)
            return ()
        with mock.patch("bayes_sora.cohort.read.PATIENTS", most_patients):
            return read_cohort(source, expected=options.pop("expected", EXPECTED), **options).notes
    except InputError as fault:
        return fault.problems


def _given(value, folder, *, framed=True):
    """Return what is read: a frame of columns, or the path of a file that is written first."""
    if isinstance(value, File):
        path = folder / (value.name or "absent.csv")
        if value.content is not None:
            path.write_bytes(value.content)
        elif value.name:
            path.mkdir()
        return path
    return pd.DataFrame(value) if framed and isinstance(value, dict) else value
