"""`bayes-sora study`: run, resume, status and lint as a user meets them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bayes_sora.cli.study import SUBCOMMANDS
from bayes_sora.cli.study_progress import progress_words
from bayes_sora.study import StudyProgress, run_study
from bayes_sora.study.run import Shard
from tests.study.mocks import light_analyse, small_plan

PLAN = """
schema = 1
name = "tiny"
title = "tiny"
scenarios = ["null"]
sizes = [10]
replicates = 12
seed = 1

[[methods]]
name = "roc"
kind = "roc"
"""


@pytest.fixture
def plan(tmp_path):
    """Write a plan of one task."""
    path = tmp_path / "tiny.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def half_done(tmp_path):
    """Run half of a study with a mock."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(1) as executor:
        options = {"executor": executor, "analyse": light_analyse, "shard": Shard(number=1, of=2)}
        run_study(small_plan(), tmp_path / "half", **options)
    return tmp_path / "half"


def test_run_status_and_run_again(call, plan, tmp_path):
    """A plan is run by a worker process, its status is complete, and a second run answers from the folder."""
    done = call("study", "run", plan, "--out", tmp_path / "out", "--workers", "1")
    assert done.exit_code == 0, done.output
    assert "tiny: 2 of 2 tasks done, none failed." in done.stdout
    assert "12 of 12 replicates" in done.stderr
    status = call("study", "status", tmp_path / "out")
    assert status.exit_code == 0
    assert status.stdout.splitlines()[1].split() == ["null", "10", "1", "scenario's", "12", "12", "0"]
    again = call("study", "run", plan, "--out", tmp_path / "out", "--json")
    document = json.loads(again.stdout)
    assert document["complete"]
    assert document["tasks"] == {"done": 2, "total": 2}
    assert document["cells"][0]["done"] == 12


def test_status_of_half_a_study(call, half_done):
    """An incomplete study ends with exit code 5 and says how to go on; --json says the same."""
    status = call("study", "status", half_done)
    assert status.exit_code == 5
    assert "incomplete: 12 of 24 tasks are left" in status.stderr
    assert status.stdout.splitlines()[-1].split() == ["all", "220", "420", "32"]
    document = call("study", "status", half_done, "--json")
    assert document.exit_code == 5
    assert json.loads(document.stdout)["complete"] is False


def test_a_wrong_plan_writes_nothing(call, plan, tmp_path):
    """All problems come at once, with exit code 3, and there is no folder."""
    plan.write_text(PLAN.replace("null", "nul").replace("[10]", "[1]"), encoding="utf-8")
    for arguments in (("run", plan, "--out", tmp_path / "out"), ("lint", plan)):
        refused = call("study", *arguments)
        assert refused.exit_code == 3
        assert "2 problems in the input, nothing was written" in refused.stderr
        assert "Did you mean null?" in refused.stderr
    assert not (tmp_path / "out").exists()
    document = json.loads(call("study", "lint", plan, "--json").stdout)
    assert [problem["code"] for problem in document["problems"]] == ["P010", "P011"]


def test_shipped_plans_pass_the_linter(call):
    """Names of shipped plans serve as well as paths."""
    assert call("study", "lint", "noda26", "quick").stdout == "no problem in 2 plans\n"
    assert json.loads(call("study", "lint", "sample_size", "--json").stdout) == {"problems": []}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--shard", "3/2"), "expected i/N with 1 ≤ i ≤ N"),
        (("--shard", "half"), "such as 2/10, got 'half'"),
        (("--workers", "0"), "x>=1"),
        (("--workers", "1", "--scheduler", "tcp://127.0.0.1:1"), "exclude each other"),
    ],
)
def test_wrong_options(call, plan, tmp_path, options, words):
    """Wrong options are usage errors, and there is no folder."""
    refused = call("study", "run", plan, "--out", tmp_path / "out", *options)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert not (tmp_path / "out").exists()


def test_another_plan_in_the_folder(call, half_done, plan):
    """The folder of another plan is refused with the remedy."""
    refused = call("study", "run", plan, "--out", half_done)
    assert refused.exit_code == 2
    assert "holds the study 'small' by another plan" in refused.stderr
    assert "Give another --out" in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupted_run_says_how_to_go_on(plan, tmp_path, number):
    """Ctrl-C and SIGTERM end with 130 and a hint, at once, leaving no process and no half-written file."""
    plan.write_text(PLAN.replace("12", "1000000"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "bayes_sora",
        "study",
        "run",
        str(plan),
        "--out",
        "out",
        "--workers",
        "1",
        "--json",
    ]
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(tmp_path / "out" / "chunks", run)
        run.send_signal(number)
        stdout, stderr = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 130, stderr
    assert "what is finished is kept in out. Run the same command again to go on" in stderr
    assert "Traceback" not in stderr
    assert json.loads(stdout)["error"]["code"] == "interrupted"
    assert not list((tmp_path / "out" / "chunks").glob(".*"))


def _wait_for(folder: Path, run: subprocess.Popen[str]) -> None:
    """Wait for the first chunk."""
    deadline = time.monotonic() + 120.0
    while not list(folder.glob("*.parquet")) and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)


def test_progress_in_words():
    """Counts, failures and the time left, in units that people read."""
    assert progress_words(StudyProgress(done=0, total=3000, failed=0, seconds_left=None)) == "0 of 3,000 replicates"
    later = StudyProgress(done=1200, total=3000, failed=2, seconds_left=240.0)
    assert progress_words(later) == "1,200 of 3,000 replicates, 2 analyses failed, about 4 min left"
    assert progress_words(StudyProgress(done=1, total=3, failed=0, seconds_left=7.2)).endswith("about 7 s left")
    assert progress_words(StudyProgress(done=1, total=3, failed=0, seconds_left=9000.0)).endswith("about 2.5 h left")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_sub_command_offers_json(call, name):
    """Each sub-command of `study` has --json and says what it does."""
    assert "--json" in call("study", name, "--help").stdout
    assert f"  {name} " in call("study", "--help").stdout
