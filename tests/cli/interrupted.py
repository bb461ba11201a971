"""Interrupt a command as a terminal does, the whole process group at once; also a program for many moments.

    python -m tests.cli.interrupted COMMAND MOMENTS LONGEST [SEED]

COMMAND is a key of :data:`COMMANDS`; the moments are uniform between 0 and LONGEST seconds. One line a run is printed:
the moment, the exit code, and what was wrong.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import bayes_sora as bs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
INTERRUPTED = 130
CALM_SECONDS = 60.0
COHORT = str(bs.shipped_cohort("literal_26"))
MODELS = ("--model", "sorafenib_joint.v1", "--model", "sorafenib_observed.v1")
COMMANDS: dict[str, tuple[str, ...]] = {
    "fit": ("fit", COHORT, "--out", "result", "--draws", "20000"),
    "fit-short": ("fit", COHORT, "--out", "result", "--draws", "500", "--tune", "400"),
    "compare": ("compare", COHORT, *MODELS, "--out", "result", "--draws", "500", "--tune", "400"),
    "study-run": ("study", "run", "noda26", "--out", "result"),
    "study-size": ("study", "size", "--identified", "--scenario", "null", "--out", "result"),
    "sbc": ("sbc", "sorafenib_observed.v1", "--replications", "5000", "--out", "result"),
    "prior": ("prior", "sorafenib_joint.v1", "--draws", "20000", "--out", "result"),
}
QUIET = re.compile(
    r"^(note |error: |  |[^:]*: |sampling|compiling|likelihoods|leaving|curves|writing|drawing|done|replications"
    r"|simulating|[\d,]+ of )"
)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit code, its words, the files it left and how many of its processes still lived."""

    returncode: int
    stdout: str
    stderr: str
    left: tuple[str, ...]
    alive: int

    @property
    def faults(self) -> list[str]:
        """What is wrong with the end of an interrupted command; nothing when all is as it should be."""
        errors = [line for line in self.stderr.splitlines() if line.startswith("error: ")]
        strange = [line for line in self.stderr.splitlines() if not QUIET.match(line)]
        hidden = [name for name in self.left if name.startswith(".")]
        found = [
            (self.returncode != INTERRUPTED, f"exit code {self.returncode}"),
            (len(errors) != 1, f"{len(errors)} error lines"),
            (bool(errors) and "interrupted" not in errors[0], f"says {errors[:1]}"),
            (bool(strange), f"strange lines {strange[:3]}"),
            (bool(hidden), f"left {hidden}"),
            (self.alive > 0, f"{self.alive} processes alive"),
        ]
        return [words for wrong, words in found if wrong]


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start a command of bayes_sora in `folder`, in a session and so a process group of its own."""
    command = [sys.executable, "-m", "bayes_sora", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with listening():
        return subprocess.Popen(
            command,
            cwd=folder,
            text=True,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )


@contextmanager
def listening() -> Iterator[None]:
    """Undo for a child what a shell does to whatever it runs in the background: there SIGINT is ignored.

    A signal that is ignored stays so in a child, one that is handled has its default there. So no code of ours runs
    between fork and exec, where the threads of a library would matter.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def interrupt(process: subprocess.Popen[str], folder: Path, *, number: int = signal.SIGINT) -> Ended:
    """Send the signal to the process group, wait for the end, and look at what is left."""
    os.killpg(process.pid, number)
    return ended(process, folder)


def ended(process: subprocess.Popen[str], folder: Path) -> Ended:
    """Wait for the end of a command and look at what is left; processes of its group are killed after counting."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=CALM_SECONDS)
    alive = len(members(process.pid))
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    stdout, stderr = process.communicate()
    left = tuple(sorted(_entries(folder)))
    return Ended(returncode=process.returncode, stdout=stdout, stderr=stderr, left=left, alive=alive)


def members(group: int, *, seconds: float = 1.0) -> list[int]:
    """Return the processes of a group that are alive, after a moment in which the last may end."""
    deadline = time.monotonic() + seconds
    while (found := [process for process in _all_processes() if _group(process) == group]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    return found


def _entries(folder: Path) -> list[str]:
    hidden = (path for path in folder.rglob(".*"))
    return [path.name for path in (*(one for one in folder.iterdir() if not one.name.startswith(".")), *hidden)]


def _all_processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _group(process: int) -> int | None:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[2])


def main(name: str, moments: int, longest: float, seed: int) -> None:
    """Interrupt one command at random moments and print how it ended."""
    rng = np.random.default_rng(seed)
    bad = 0
    for _ in range(moments):
        seconds = rng.uniform(0.0, longest)
        with tempfile.TemporaryDirectory() as folder:
            process = start(*COMMANDS[name], folder=Path(folder))
            time.sleep(seconds)
            if process.poll() is not None:
                print(f"{name} {seconds:6.2f} s: was done, exit code {process.returncode}", flush=True)  # noqa: T201
                process.communicate()
                continue
            begun = time.monotonic()
            found = interrupt(process, Path(folder))
            took = time.monotonic() - begun
        bad += bool(found.faults)
        left = [one for one in found.left if one != "chunks"]
        words = "; ".join(found.faults) or "as it should be"
        print(f"{name} {seconds:6.2f} s, took {took:4.1f} s, left {left}: {words}", flush=True)  # noqa: T201
        if found.faults:
            print("   | " + "\n   | ".join(found.stderr.splitlines()[-12:]), flush=True)  # noqa: T201
    print(f"{name}: {bad} of {moments} wrong", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int((sys.argv[4:] or ["1"])[0]))
