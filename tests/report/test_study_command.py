"""``study report``: the command, on studies that a thread has run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from click.testing import CliRunner

from bayes_sora.cli.main import main
from bayes_sora.figures.study import STUDY_FIGURES
from bayes_sora.report.study import images as study_images
from bayes_sora.study import Shard, parse_plan, read_rows, run_study, summarise

COMPLETE, INCOMPLETE = 0, 5


@pytest.fixture(autouse=True)
def one_figure(monkeypatch):
    """Draw one figure only: all are drawn in the tests of figures."""
    monkeypatch.setattr(study_images, "STUDY_FIGURES", {"declared": STUDY_FIGURES["declared"]})


def run_roc(folder, *, replicates: int, shard: Shard | None = None) -> None:
    """Run a study of the ROC alone."""
    plan = parse_plan(
        {
            "schema": 1,
            "name": "roc_only",
            "title": "The ROC alone",
            "scenarios": ["null"],
            "sizes": [26],
            "replicates": replicates,
            "seed": 1,
            "methods": [{"name": "roc", "kind": "roc"}],
        }
    )
    with ThreadPoolExecutor(1) as executor:
        run_study(plan, folder, executor=executor, shard=shard or Shard())


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """Return the folder of a complete study."""
    folder = tmp_path_factory.mktemp("complete") / "study"
    run_roc(folder, replicates=12)
    return folder


def call(*arguments):
    """Call the command line in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_complete_study_is_reported(complete):
    """The command ends well, its JSON tells the findings, and the summary is that of the rows."""
    done = call("study", "report", complete, "--json")
    assert done.exit_code == COMPLETE, done.output
    answer = json.loads(done.stdout)
    assert answer["complete"]
    assert answer["replicates"] == {"done": 12, "total": 12}
    assert answer["lead"].startswith("With 26 patients, roc declared a window in ")
    assert answer["findings"][-1]["sentences"] == ["None of 12 analyses failed."]
    written = pd.read_parquet(complete / "summary.parquet")
    pd.testing.assert_frame_equal(written, summarise(read_rows(complete)))


def test_report_does_not_disturb_the_study(complete):
    """After its report the folder is still a study that is complete and may be run again."""
    call("study", "report", complete)
    before = read_rows(complete)
    run_roc(complete, replicates=12)
    pd.testing.assert_frame_equal(read_rows(complete), before)
    assert call("study", "status", complete).exit_code == COMPLETE


def test_incomplete_study_is_reported_and_ends_with_five(tmp_path):
    """What is done is reported, what is missing said, and the exit code is 5."""
    run_roc(tmp_path / "half", replicates=104, shard=Shard(number=2, of=2))
    done = call("study", "report", tmp_path / "half", "--out", tmp_path / "elsewhere", "--json")
    assert done.exit_code == INCOMPLETE
    answer = json.loads(done.stdout)
    assert not answer["complete"]
    assert answer["replicates"] == {"done": 49, "total": 104}
    assert "49 of 104 replicates are done" in done.stderr
    assert "49 of 104 replicates are done" in (tmp_path / "elsewhere" / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "half" / "report.html").exists()


def test_folder_of_something_else_is_refused_in_words(tmp_path):
    """A folder that is no study ends with exit code 3 and says what to give instead."""
    done = call("study", "report", tmp_path)
    assert done.exit_code == 3
    assert "Give a folder that `study run` wrote" in done.stderr
