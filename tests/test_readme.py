"""What the README shows works as it stands there: the Python lines, the cohort, the column map, the commands."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import bayes_sora as bs
from bayes_sora.cli.main import main
from bayes_sora.fitting import DEFAULT_MODEL

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Fences may be indented, as below the item of a list.
BLOCKS = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", README, flags=re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"bayes-sora (?!is)([a-z]+)[^`\n#]*", README)


def _block(kind: str, *, beginning: str = "") -> str:
    """Return the one block of that kind and beginning, its indentation taken off."""
    (found,) = [
        re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
        for indent, language, text in BLOCKS
        if language == kind and text.lstrip().startswith(beginning)
    ]
    return found


def test_cohort_is_read(tmp_path):
    """The three patients of the README: one below the limit of quantification, one response not evaluable."""
    path = tmp_path / "cohort.csv"
    path.write_text(_block("", beginning="patient_id"), encoding="utf-8")
    cohort = bs.read_cohort(path)
    assert cohort.patient_id == ("P01", "P02", "P03")
    assert cohort.troughs.censoring.tolist() == [0, -1, 0]
    assert int(sum(cohort.response == cohort.response)) == 2


def test_column_map_is_read(tmp_path):
    """The map of the README reads a file with those names, in ng/mL and days, toxicity from the grade."""
    columns, path = tmp_path / "names.toml", tmp_path / "cohort.csv"
    columns.write_text(_block("toml"), encoding="utf-8")
    rows = [f"P{i},{1000 * i},{i % 5},1,{300 * i},1" for i in range(1, 6)]
    path.write_text("\n".join(["patient_id,CTROUGH,grade,response,OSDAYS,death", *rows]) + "\n", encoding="utf-8")
    cohort = bs.read_cohort(path, columns=columns)
    assert cohort.troughs.value_mg_l.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert cohort.os_months[0] == pytest.approx(300 / 30.4375)
    assert cohort.toxicity.tolist() == [0.0, 0.0, 1.0, 1.0, 0.0]


@pytest.mark.mcmc
def test_python_lines_run(sampled_fit, tmp_path, monkeypatch, capsys):
    """The Python lines print a window and write a result folder (the fit itself is taken from the session)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bs, "fit", lambda *_, **__: sampled_fit)
    exec(compile(_block("python"), "README.md", "exec"), {})
    assert "lower" in capsys.readouterr().out
    assert (tmp_path / "result" / "report.html").is_file()


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_command_and_its_options_exist(command):
    """Every command that the README names answers, and so do the options that it gives."""
    group = main.get_command(click.Context(main), command)
    inside = group.list_commands(click.Context(group)) if isinstance(group, click.Group) else []
    pages = [CliRunner().invoke(main, [command, *words, "--help"]) for words in ([], *([name] for name in inside))]
    assert {page.exit_code for page in pages} == {0}
    given = {
        option
        for line in re.findall(rf"bayes-sora {command}\b([^`\n#]*)", README)
        for option in re.findall(r"--\w+", line)
    }
    assert given <= {option for page in pages for option in re.findall(r"--\w+", page.output)}


def test_commands_are_found():
    """The commands above were found in the page at all."""
    assert {"demo", "check", "fit", "predict", "models"} <= set(COMMANDS)


def _script():
    """Return data/regenerate_readme.py as a module."""
    found = importlib.util.spec_from_file_location("regenerate_readme", ROOT / "data/regenerate_readme.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_answer_is_that_of_the_committed_result():
    """The README says what the script makes of docs/img/answer.json, and another number would be another page."""
    script = _script()
    numbers = script.read_numbers()
    assert script.with_answer(README, numbers) == README
    assert script.with_answer(README, numbers | {"lower": numbers["upper"]}) != README


def test_every_number_of_the_answer_is_in_the_committed_result():
    """Each number with two decimals in the paragraph is one of the result, rounded."""
    script = _script()

    def numbers(value):
        match value:
            case dict():
                return [one for inner in value.values() for one in numbers(inner)]
            case list():
                return [one for inner in value for one in numbers(inner)]
            case _:
                return [f"{value:.2f}"] if isinstance(value, float) else []

    known = {*numbers(json.loads(script.NUMBERS.read_text(encoding="utf-8"))), "0.95", "0.99"}
    paragraph = README.split(script.BEGIN)[1].split(script.END)[0]
    written = re.findall(r"\d+\.\d\d", paragraph)
    assert len(written) >= 6
    assert set(written) <= known


def test_committed_result_is_of_the_model_that_is_fitted_by_default():
    """The committed numbers are those of the default model, as its file is today."""
    numbers = _script().read_numbers()
    assert numbers["model"] == DEFAULT_MODEL
    assert numbers["model_sha256"] == bs.load_model(DEFAULT_MODEL).sha256
