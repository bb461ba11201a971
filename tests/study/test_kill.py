"""A study killed at any moment resumes to the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bayes_sora.study.store import read_rows
from bayes_sora.study.whole_file import is_leftover
from tests.study.mocks import without_timing

ROOT = Path(__file__).parents[2]
KILLS = 20
REAL = """
schema = 1
name = "real"
title = "Both engines and every classical method"
scenarios = ["literal", "null"]
sizes = [26]
replicates = {replicates}
seed = 5

[[methods]]
name = "observed"
kind = "bayes"
model = "sorafenib_observed.v1"
engine = "{engine}"

[[methods]]
name = "roc_bootstrap"
kind = "roc_bootstrap"
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a prepared process")
def test_killed_at_twenty_random_moments(tmp_path):
    """Runs with a mock fit are killed by SIGKILL at 20 random moments; each study ends with a whole run's bytes."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    program = [sys.executable, str(Path(__file__).with_name("killed_study.py")), str(tmp_path), str(KILLS), "1"]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    *studies, killed = done.stdout.splitlines()
    assert int(killed.split()[1]) >= KILLS
    expected = without_timing(tmp_path / "whole")
    for name in studies:
        _check_same(tmp_path / name, tmp_path / "whole", expected)


def _check_same(study: Path, whole: Path, expected: bytes) -> None:
    assert without_timing(study) == expected
    sums = [json.loads((folder / "status.json").read_text())["rows_sha256"] for folder in (study, whole)]
    assert sums[0] == sums[1]
    assert not [path for path in study.rglob("*") if is_leftover(path)]


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "replicates"), [("fast", 1500), ("nuts", 100)])
def test_killed_at_twenty_random_moments_with_real_engines(tmp_path, engine, replicates):
    """The command with its worker processes, killed at 20 random moments, gives the bytes of an uninterrupted run."""
    plan = tmp_path / "real.toml"
    plan.write_text(REAL.format(engine=engine, replicates=replicates), encoding="utf-8")
    began = time.monotonic()
    assert _run(plan, tmp_path / "whole").wait() == 0
    seconds = time.monotonic() - began
    rng = np.random.default_rng(2)
    killed, studies = 0, []
    while killed < KILLS:
        study = tmp_path / f"study_{len(studies)}"
        # Engines compile anew in every run: the last one is left in peace, or nothing might ever be finished.
        while _killed_within(_run(plan, study), rng.uniform(0.0, seconds) if killed < KILLS else None):
            killed += 1
        studies.append(study)
    expected = without_timing(tmp_path / "whole")
    assert (read_rows(tmp_path / "whole").status == "ok").mean() > 0.95
    for study in studies:
        _check_same(study, tmp_path / "whole", expected)


def _run(plan: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bayes_sora", "study", "run", str(plan), "--out", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=plan.parent)


def _killed_within(process: subprocess.Popen[bytes], seconds: float | None) -> bool:
    try:
        assert process.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False
