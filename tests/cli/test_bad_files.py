"""Every wrong file of tests/bad ends with exit code 3, a message that helps, no traceback, and nothing written."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import bayes_sora as bs
from tests.cli.conftest import run_process

BAD = Path(__file__).parents[1] / "bad"


def cases(kind):
    """Return the cases of one folder of wrong files that the command line meets."""
    listed = tomllib.loads((BAD / kind / "cases.toml").read_text(encoding="utf-8"))["case"]
    return [case for case in listed if not case.get("api_only")]


def cohort_call(case):
    """Return the arguments of `fit` for a wrong cohort and the words its message must hold."""
    options = [f"--{key}={BAD / 'cohort' / case[key]}" for key in ("columns", "troughs") if key in case]
    rows = [f"row {row}" for row in case["rows"]]
    patients = [f"patient {patient}" for patient in case.get("patients", ())]
    words = [*case["codes"], *rows, *patients, *case["mentions"]]
    name = "+".join(case[key] for key in ("file", "columns", "troughs") if key in case)
    return pytest.param([BAD / "cohort" / case["file"], *options], case["codes"], words, id=name)


def model_call(case):
    """Return the arguments of `fit` for a wrong model file and the words its message must hold."""
    arguments = [bs.shipped_cohort("literal_26"), f"--model={BAD / 'models' / case['file']}"]
    return pytest.param(arguments, case["codes"], [*case["codes"], *case["mentions"]], id=case["file"])


CALLS = [*map(cohort_call, cases("cohort")), *map(model_call, cases("models"))]


@pytest.mark.parametrize(("arguments", "codes", "words"), CALLS)
def test_wrong_file_ends_with_exit_code_3_and_nothing_written(call, tmp_path, arguments, codes, words):
    """`fit` names every code, place and remedy on stderr, and the same problems as JSON."""
    before = listing(tmp_path)
    done = call("fit", *arguments, "--json")
    assert done.exit_code == 3
    assert [word for word in words if word not in done.stderr] == []
    assert "Traceback" not in done.output
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "bad_input"
    faults = [problem for problem in error["problems"] if problem["severity"] == "error"]
    assert {problem["code"] for problem in faults} == set(codes)
    assert [fault["remedy"] for fault in faults[:50] if fault["remedy"] not in done.stderr] == []
    assert listing(tmp_path) == before


def listing(tmp_path):
    """Return every file that a command could have touched."""
    return sorted((path, path.stat().st_mtime_ns) for folder in (tmp_path, BAD) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", str(BAD / "cohort" / "everything_at_once.csv")],
        ["models", "lint", str(BAD / "models" / "everything_at_once.toml")],
    ],
    ids=["check", "lint"],
)
def test_real_process_ends_as_the_one_in_tests(tmp_path, arguments):
    """Exit code, silence on stdout and no traceback also where Python itself could print one."""
    done = run_process(*arguments, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_problems_of_cohort_and_model_are_listed_together(call, tmp_path):
    """Two bad files are mended in one round."""
    done = call("fit", BAD / "cohort" / "duplicate_header.csv", "--model", BAD / "models" / "unknown_key.toml")
    assert done.exit_code == 3
    assert all(code in done.stderr for code in ("C011", "M007", "M008"))
    assert list(tmp_path.iterdir()) == []


def test_cohort_in_umol_is_not_blamed_for_a_bad_model(call):
    """The molar mass comes from the model file: without it only the model is at fault."""
    done = call("check", BAD / "cohort" / "umol_without_molar_mass.csv", "--model", "nobody.v1")
    assert done.exit_code == 3
    assert "M002" in done.stderr
    assert "C014" not in done.stderr


def test_cohort_in_umol_is_read_with_the_molar_mass_of_the_model(call):
    """The file that Python alone refuses is fine where a model gives the molar mass."""
    assert call("check", BAD / "cohort" / "umol_without_molar_mass.csv").exit_code == 0


def test_check_reads_every_file_also_after_a_bad_one(call, literal):
    """One bad file among several: the good ones are described, all are judged, the exit code is 3."""
    done = call("check", BAD / "cohort" / "empty.csv", literal, BAD / "cohort" / "header_only.csv", "--json")
    assert done.exit_code == 3
    document = json.loads(done.stdout)
    assert [one["name"] for one in document["cohorts"]] == ["literal_26.csv"]
    assert [problem["file"] for problem in document["error"]["problems"]] == ["empty.csv", "header_only.csv"]


def test_many_problems_are_cut_off_in_text_but_not_in_json(call, tmp_path):
    """Fifty lines and a count for people, everything for programmes."""
    rows = [f"P{number},-1,{number % 2}" for number in range(80)]
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(["patient_id,trough_mg_l,toxicity", *rows]), encoding="utf-8")
    done = call("check", path, "--json")
    assert done.stderr.count("C024") == 50
    assert "and 30 more" in done.stderr
    assert len(json.loads(done.stdout)["error"]["problems"]) == 80


def test_control_characters_of_a_file_do_not_reach_the_terminal(call, tmp_path):
    """An id that would clear the screen is written out."""
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,trough_mg_l,toxicity\n\x1b[2J,-1,1\nP2,2,0\nP3,3,1\n", encoding="utf-8")
    done = call("check", path)
    assert done.exit_code == 3
    assert "\x1b" not in done.stderr
    assert r"\x1b[2J" in done.stderr


@pytest.mark.parametrize("name", ["everything_at_once.toml", "syntax.toml"])
def test_lint_lists_problems_of_all_files(call, name):
    """`models lint` reads every file and ends with 3 when one is bad."""
    done = call("models", "lint", BAD / "models" / "empty.toml", BAD / "models" / name, "--json")
    assert done.exit_code == 3
    document = json.loads(done.stdout)
    assert {problem["file"] for problem in document["problems"]} == {"empty.toml", name}
    assert document["error"]["problems"] == document["problems"]
