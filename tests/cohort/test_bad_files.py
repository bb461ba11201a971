"""Every wrong file of tests/bad/cohort is refused, or read with a warning, exactly as cases.toml says."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bayes_sora.cohort import read_cohort
from bayes_sora.errors import InputError
from bayes_sora.modelfile import load_model

BAD = Path(__file__).parents[1] / "bad" / "cohort"
CASES = tomllib.loads((BAD / "cases.toml").read_text(encoding="utf-8"))
EXPECTED = load_model("sorafenib_joint.v1").expected
OTHER_FILES = {"make_files.py", "cases.toml", "__pycache__"}


def label(case: dict[str, Any]) -> str:
    """Name a case by its files."""
    return "+".join(case[key] for key in ("file", "troughs", "columns") if key in case)


def read_case(case: dict[str, Any]):
    """Read the files of a case as the command line does, held against the default model file."""
    further = {key: BAD / case[key] for key in ("troughs", "columns") if key in case}
    return read_cohort(BAD / case["file"], **further, expected=replace(EXPECTED, molar_mass_g_mol=None))


@pytest.mark.parametrize("case", CASES["case"], ids=label)
def test_wrong_file_is_refused_with_every_problem_and_its_place(case):
    """The error lists exactly the expected codes, rows and patients, says what to do, and shows no path."""
    with pytest.raises(InputError) as caught:
        read_case(case)
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert sorted({problem.code for problem in errors}) == case["codes"]
    assert sorted({problem.row for problem in errors if problem.row}) == case["rows"]
    if "patients" in case:
        assert sorted({problem.patient for problem in errors}) == case["patients"]
    message = str(caught.value)
    assert [words for words in case["mentions"] if words not in message] == []
    assert all(problem.why and problem.remedy and problem.file for problem in errors)
    assert str(BAD) not in message


@pytest.mark.parametrize("case", CASES["warning"], ids=label)
def test_doubtful_file_is_read_with_its_warnings(case):
    """The cohort comes back and its notes carry exactly the expected codes, all of them warnings."""
    cohort = read_case(case)
    assert sorted(note.code for note in cohort.notes) == case["codes"]
    assert {note.severity for note in cohort.notes} <= {"warning"}


def test_every_file_has_a_case():
    """No file of the folder is forgotten, and each case but the absent one has its file."""
    named = {
        case[key] for kind in CASES.values() for case in kind for key in ("file", "troughs", "columns") if key in case
    }
    assert named ^ {path.name for path in BAD.iterdir()} - OTHER_FILES == {"does_not_exist.csv"}
