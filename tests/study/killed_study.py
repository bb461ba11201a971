"""Run a study again and again in children that are killed at random moments; a program for ``test_kill.py``.

    python killed_study.py FOLDER KILLS SEED

Everything is imported once, here; each child is a fork of this process, so that 20 kills take seconds. Studies are
begun anew until that many children were killed; the folder of each that was completed is printed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bayes_sora.study.block import analyse_block
from bayes_sora.study.run import run_study
from tests.study.mocks import light_analyse, small_plan

PLAN = small_plan(replicates=10, sizes=list(range(5, 9)))
KILLS_A_STUDY = 5


def run(folder: Path) -> None:
    """Run the study in a thread of this process."""
    with ThreadPoolExecutor(1) as executor:
        run_study(PLAN, folder, executor=executor, analyse=light_analyse)


def run_in_child(folder: Path, *, seconds: float | None) -> bool:
    """Run in a fork, killed after `seconds`; say whether it was."""
    child = os.fork()
    if child == 0:
        run(folder)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit("a run failed by itself")
    return False


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill until there were `kills` kills."""
    rng = np.random.default_rng(seed)
    for cell in PLAN.cells:  # fills the caches of truths, which children inherit
        analyse_block(cell, 0, 1, methods=PLAN.methods, seed=0, analyse=light_analyse)
    began = time.monotonic()
    run_in_child(folder / "whole", seconds=None)
    whole = time.monotonic() - began
    killed, studies = 0, 0
    while killed < kills:
        studies += 1
        study = folder / f"study_{studies}"
        # After some kills a study is let go on to its end, so that kills fall on beginnings as often as on ends.
        for _ in range(KILLS_A_STUDY):
            if not run_in_child(study, seconds=rng.uniform(0.0, 0.8 * whole)):
                break
            killed += 1
        else:
            run_in_child(study, seconds=None)
        print(study.name, flush=True)  # noqa: T201 - this is a program
    print(f"killed {killed}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
