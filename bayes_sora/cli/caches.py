"""Folders in which libraries keep what they have compiled or looked up: a temporary one where the home is read-only."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.interrupts import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPILED = "PYTENSOR_FLAGS"
PLACES = {COMPILED: ".pytensor", "MPLCONFIGDIR": ".config", "NUMBA_CACHE_DIR": ".cache"}
"""Environment variable that moves a folder of a library → where in the home it is by default."""


TEMPORARY = "TMPDIR"
"""Where the compiler writes; Python itself looks elsewhere when nobody can write there."""


@contextmanager
def usable_caches() -> Iterator[None]:
    """Let libraries write into a temporary folder, while a command runs, what they cannot write into the home.

    What the user has set stays as it is, but a folder for temporary files in which nobody can write.

    Raises
    ------
    OSError
        When no temporary folder can be made either.
    """
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    moved = [name for name, place in PLACES.items() if not _is_set(name) and not _usable(home, place)]
    if TEMPORARY in os.environ and not _usable(Path(os.environ[TEMPORARY]), ""):
        moved.append(TEMPORARY)
    if not moved:
        yield
        return
    import shutil  # noqa: PLC0415 - rarely needed
    import tempfile  # noqa: PLC0415

    before = {name: os.environ.get(name) for name in moved}
    folder = Path(tempfile.mkdtemp(prefix="bayes-sora-cache-"))
    with undone(lambda: shutil.rmtree(folder, ignore_errors=True)):
        os.environ.update({name: _value(name, folder) for name in moved})
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def _is_set(name: str) -> bool:
    value = os.environ.get(name, "")
    return "compiledir" in value if name == COMPILED else bool(value)


def _usable(home: Path, place: str) -> bool:
    """Say whether a folder can be made in the home at `place`, or in what is there; only trying tells."""
    folder = home / place if (home / place).is_dir() else home
    trial = folder / f".bayes-sora~{os.getpid()}"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError:
        return False
    return True


def _value(name: str, folder: Path) -> str:
    if name != COMPILED:
        return str(folder)
    return ",".join(filter(None, (os.environ.get(name), f"base_compiledir={folder}")))
