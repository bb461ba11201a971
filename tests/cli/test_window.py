"""The answer of a result folder to another question, printed and in the report."""

from __future__ import annotations

import json

import pytest

import bayes_sora as bs
from bayes_sora.report import write_result
from tests.report.conftest import draw_nothing


@pytest.fixture
def folder(trusted_fit, tmp_path, monkeypatch):
    """Write a result without its figures, which take seconds."""
    monkeypatch.setattr("bayes_sora.report.folder.draw_images", draw_nothing)
    return write_result(trusted_fit, tmp_path / "result")


def test_window_answers_another_question_and_writes_nothing(call, folder, trusted_fit):
    """Thresholds, a window of one's own, and the numbers are those of the fit asked in Python."""
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    done = call("window", str(folder), "--max", "toxicity=0.3", "--published", "mine=1.5:3.0", "--json")
    document = json.loads(done.stdout)
    assert document["windows"]["limits"]["settings"] == {"max_toxicity": 0.3, "min_response": 0.5}
    expected = trusted_fit.window(bs.Limits(max_toxicity=0.3))
    assert document["windows"]["limits"]["upper"]["q50"] == pytest.approx(expected.upper.q50)
    assert document["published"][-1]["name"] == "mine"
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    text = call("window", str(folder), "--min", "os=0.6@18").stdout
    assert "18-month survival ≥ 60 %" in text


def test_report_of_another_question_and_back(call, folder):
    """window.json, curves.csv and the report answer it; without a question the folder is as it was, byte for byte."""
    parts = ("window.json", "curves.csv", "report.html", "provenance.json")
    before = {name: (folder / name).read_bytes() for name in parts}
    assert call("report", str(folder), "--max", "toxicity=0.3").exit_code == 0
    asked = json.loads((folder / "window.json").read_text())
    assert asked["windows"]["limits"]["settings"]["max_toxicity"] == 0.3
    assert "30 %" in (folder / "report.html").read_text()
    assert all((folder / name).read_bytes() != before[name] for name in parts)
    assert call("report", str(folder)).exit_code == 0
    assert {name: (folder / name).read_bytes() for name in parts} == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--max", "toxicity"), "expected NAME=VALUE"),
        (("--max", "toxicity=much"), "is no number"),
        (("--published", "mine=3"), "expected LOW:HIGH"),
        (("--min", "pfs=0.5"), "unknown endpoint"),
    ],
)
def test_options_that_are_not_written_so(call, options, words):
    """Exit code 2, and how to write them, before any folder is looked at."""
    done = call("window", "nowhere", *options)
    assert done.exit_code == 2
    assert words in done.stderr
