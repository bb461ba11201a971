"""Commands called in this process, and one fit made by the real command that many tests read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import bayes_sora as bs
from bayes_sora.cli.main import main
from tests.made_once import made_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from bayes_sora.fitting import Fit

SHORT = ("--draws", "500", "--tune", "400", "--chains", "4")


def run_process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    command = [sys.executable, "-m", "bayes_sora", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def literal() -> Path:
    """Find the shipped cohort of 26 patients."""
    return bs.shipped_cohort("literal_26")


@pytest.fixture(scope="session")
def fitted(literal: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run `fit COHORT --json` once and return what it printed and the folder it ran in; mark users with ``mcmc``."""

    def run() -> tuple[subprocess.CompletedProcess[str], Path]:
        folder = tmp_path_factory.mktemp("fitted")
        return run_process("fit", str(literal), *SHORT, "--json", cwd=folder), folder

    done, made = made_once(tmp_path_factory, "fitted", run)
    # Tests write into it, and another process may read the same one.
    return done, shutil.copytree(made, tmp_path_factory.mktemp("copied") / "fitted")


@pytest.fixture(scope="session")
def trusted_fit(fake_fit: Callable[..., Fit]) -> Fit:
    """Make a fit by hand whose draws may be trusted; its limits are not identified."""
    return fake_fit(chains=4, draws=500)


@pytest.fixture(scope="session")
def refused_fit(fake_fit: Callable[..., Fit]) -> Fit:
    """Make a fit by hand that must be refused: draws diverged."""
    return fake_fit(chains=2, draws=250, divergences=100)
