"""Ctrl-C as a terminal sends it, to the whole process group, while a command does its various things."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.interrupted import COHORT, COMMANDS, interrupt, members, start

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")
PATIENCE = 240.0


def wait_for(condition, process):
    """Wait until a condition holds, or the process has ended."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["study-run", "sbc"])
def test_interrupt_while_workers_start(tmp_path, name):
    """Workers that are still importing print nothing; exit code 130, one line, no process alive, nothing left."""
    process = start(*COMMANDS[name], "--workers", "2", folder=tmp_path)
    wait_for(lambda: len(members(process.pid, seconds=0.0)) >= 4, process)  # two workers and the tracker of resources
    ended = interrupt(process, tmp_path)
    assert ended.faults == []
    assert set(ended.left) <= {"result", "chunks"}


@pytest.mark.mcmc
def test_interrupt_while_the_second_process_starts(tmp_path):
    """The process that is to help with writing is ended while it imports."""
    process = start(*COMMANDS["fit"], "--json", folder=tmp_path)
    wait_for(lambda: len(members(process.pid, seconds=0.0)) >= 3, process)
    ended = interrupt(process, tmp_path)
    assert ended.faults == []
    assert ended.left == ()
    assert json.loads(ended.stdout)["error"]["code"] == "interrupted"


@pytest.mark.mcmc
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_while_the_result_is_written_leaves_nothing(tmp_path, number):
    """With the temporary folder half full, and the second process writing into it, all of it goes."""
    process = start(*COMMANDS["fit-short"], folder=tmp_path)
    wait_for(lambda: _parts(tmp_path) >= 2, process)
    assert process.poll() is None
    ended = interrupt(process, tmp_path, number=number)
    assert ended.faults == []
    assert ended.left == ()


def test_killed_while_the_result_is_written_and_swept_by_the_next_run(tmp_path):
    """SIGKILL leaves the temporary folder; the next run into the same place removes it."""
    process = start(*COMMANDS["prior"], folder=tmp_path)
    wait_for(lambda: bool(list(tmp_path.glob(".result.writing-*"))), process)
    ended = interrupt(process, tmp_path, number=signal.SIGKILL)
    assert [name for name in ended.left if name.startswith(".result.writing-")] == list(ended.left) != []
    again = start("prior", "sorafenib_joint.v1", "--draws", "200", "--out", "result", folder=tmp_path)
    again.communicate(timeout=PATIENCE)
    assert again.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_interrupt_of_a_command_that_has_hardly_begun(tmp_path):
    """As soon as the command line answers at all, it answers with 130 and one line."""
    process = start("check", COHORT, folder=tmp_path)
    time.sleep(0.5)
    ended = interrupt(process, tmp_path)
    assert ended.faults == [] or (ended.returncode, ended.alive) == (0, 0)


def _parts(folder: Path) -> int:
    return sum(1 for temporary in folder.glob(".result.writing-*") for _ in temporary.iterdir())
