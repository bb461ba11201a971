"""Worker processes end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bayes_sora.processes import open_pool, processors

PARENT = """
import os, time
from bayes_sora.processes import open_pool
if __name__ == "__main__":
    print(open_pool(1).submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def test_worker_leaves_when_its_parent_is_killed(tmp_path):
    """A killed parent leaves no process behind."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 20
    while _alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(worker)


def test_fresh_workers_when_asked():
    """After its tasks a worker is replaced."""
    with open_pool(1, tasks_per_worker=1) as pool:
        assert pool.submit(os.getpid).result() != pool.submit(os.getpid).result()
    assert processors() >= 1


def _alive(process: int) -> bool:
    try:
        with Path(f"/proc/{process}/stat").open() as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_memory_is_the_least_of_the_limits():
    """A limit of the process itself, smaller than the machine, is what there is."""
    code = (
        "import resource; from bayes_sora.processes import memory_bytes; whole = memory_bytes(); "
        "resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); print(whole > 10**9, memory_bytes())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", str(10**9)]
