"""Wrong model files: every fault is found, named by its key path, and listed with the others."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bayes_sora.errors import InputError
from bayes_sora.modelfile import lint_model, load_model, parse_model

BAD = Path(__file__).parents[1] / "bad" / "models"
CASES: list[dict[str, Any]] = tomllib.loads((BAD / "cases.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_wrong_file_gives_exactly_its_codes_and_says_where(case):
    """Each file of tests/bad/models gives the codes of cases.toml, no others, and the words promised there."""
    with pytest.raises(InputError) as caught:
        load_model(BAD / case["file"])
    message = str(caught.value)
    assert sorted({problem.code for problem in caught.value.problems}) == case["codes"]
    assert [words for words in case["mentions"] if words not in message] == []
    assert str(BAD) not in message
    assert lint_model(BAD / case["file"]) == caught.value.problems


def test_every_wrong_file_has_a_case():
    """No file of tests/bad/models is left unread."""
    assert sorted(path.name for path in BAD.glob("*.toml")) == sorted(["cases.toml", *(case["file"] for case in CASES)])


def test_every_fault_of_a_file_is_listed_at_once():
    """Ten faults of eight kinds come in one error, which ends the command line with code 3."""
    problems = lint_model(BAD / "everything_at_once.toml")
    assert len(problems) == 10
    assert InputError(problems).exit_code == 3
    assert all(problem.remedy.endswith(".") and problem.file == "everything_at_once.toml" for problem in problems)


def test_a_file_of_50_megabytes_is_refused_without_being_read(tmp_path):
    """The size is judged from the first 256 KiB: no time is spent on the rest."""
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    began = time.perf_counter()
    assert [problem.code for problem in lint_model(path)] == ["M003"]
    assert time.perf_counter() - began < 5.0


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000 + "]" * 5000, "a = " + "{a = " * 5000 + "1" + "}" * 5000, "[" + ".".join(["a"] * 5000) + "]"],
    ids=["arrays", "inline tables", "header"],
)
def test_five_thousand_nested_tables_are_refused(tmp_path, text):
    """Nesting far beyond the vocabulary ends in a coded problem, never in a RecursionError."""
    path = tmp_path / "nested.toml"
    path.write_text(text, encoding="utf-8")
    assert [problem.code for problem in lint_model(path)] == ["M006"]


def test_thousands_of_unknown_keys_are_counted_not_listed():
    """A hostile file of 20,000 keys answers at once and in a few lines."""
    began = time.perf_counter()
    with pytest.raises(InputError, match="19990 more keys are not known"):
        parse_model("\n".join(f"k{number} = 1" for number in range(20_000)))
    assert time.perf_counter() - began < 5.0


def test_an_integer_of_thousands_of_digits_is_a_syntax_problem():
    """Python refuses to read it; the message is ours."""
    with pytest.raises(InputError, match="M005"):
        parse_model("schema = " + "9" * 5000)


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml", "nul\0.toml", "x" * 5000 + ".toml"])
def test_what_is_not_a_readable_file_is_said_so(tmp_path, name):
    """A missing file, a folder and impossible paths are problems of the input, not crashes."""
    (tmp_path / "folder.toml").mkdir()
    assert [problem.code for problem in lint_model(f"{tmp_path}/{name}")] == ["M001"]


def test_an_unknown_name_offers_the_nearest_one():
    """A misspelt name is answered with the released names."""
    with pytest.raises(InputError, match=r"M002.*Did you mean sorafenib_joint\.v1\?.*survival_only\.v1"):
        load_model("sorafenib_joimt.v1")


def test_a_sound_file_has_no_problem():
    """Linting a released model, by name or by path, finds nothing."""
    assert lint_model("sorafenib_joint.v1") == ()
