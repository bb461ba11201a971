"""What is slow to make is made once a run, also where several processes share the tests out."""

from __future__ import annotations

import os
import pickle
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def made_once[Made](factory: pytest.TempPathFactory, name: str, make: Callable[[], Made]) -> Made:
    """Return what `make` returns; the first process makes it, the others wait for its copy.

    Where making fails the next process tries itself, so that each reports the fault.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    kept, lock = shared / f"{name}.pickle", shared / f"{name}.lock"
    while not kept.exists():
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            time.sleep(0.1)
            continue
        try:
            if not kept.exists():
                written = kept.with_suffix(".written")
                written.write_bytes(pickle.dumps(make()))
                written.replace(kept)
        finally:
            lock.unlink()
    made: Made = pickle.loads(kept.read_bytes())
    return made
