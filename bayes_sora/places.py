"""Where things are written: the path a user means, and temporary siblings that name their owner.

What a killed process left is thereby known, and swept by the next one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError
from bayes_sora.interrupts import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITING, REPLACED = "writing", "replaced"
LONGEST_NAME = 100
"""Bytes of a name that its temporary sibling repeats: a file name has 255 at most."""
TRIES, PAUSE_SECONDS = 40, 0.05
_own: set[str] = set()


def full_path(folder: str | os.PathLike[str]) -> Path:
    """Return the absolute path that a user's `folder` means; a leading ``~`` is somebody's home.

    Raises
    ------
    UsageError
        When there is no such user, or the path cannot be one.
    """
    path = Path(folder)
    try:
        return path.expanduser().resolve()
    except RuntimeError as error:  # also a loop of links
        msg = f"{str(folder)!r} cannot be written: {error}. Write the folder in full, or ./~… for a name with a tilde"
        raise UsageError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{str(folder)!r} cannot be a folder: {error}. Choose another name"
        raise UsageError(msg) from error


def new_owner() -> str:
    """Return the mark of a new temporary entry of this process: machine, process, and a number of its own."""
    owner = f"{socket.gethostname()}~{os.getpid()}~{secrets.token_hex(4)}"
    _own.add(owner)
    return owner


def is_abandoned(owner: str) -> bool:
    """Say whether the process of :func:`new_owner` is gone; of another machine, or unreadable, it is not known."""
    host, process, *_ = (*owner.rsplit("~", 2), "", "")
    if host != socket.gethostname() or owner in _own:
        return False
    # The number of a process is given again, in a container to the next one at once.
    return process == str(os.getpid()) or not _is_running(process)


def sibling(path: Path, purpose: str) -> Path:
    """Return a new name beside `path`, such as ``".result.writing-host~7~0a1b2c3d"``."""
    return path.with_name(f"{_prefix(path, purpose)}{new_owner()}")


@contextmanager
def temporary_sibling(path: Path) -> Iterator[Path]:
    """Hand out a new empty folder beside `path`, which is gone when the block ends or the process is interrupted.

    Parents of `path` that are not there are made, and go as well when the block leaves nothing in them.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    temporary = sibling(path, WRITING)
    made = [parent for parent in path.parents if not parent.exists()]
    with undone(lambda: _clear(temporary, made)):
        temporary.mkdir(parents=True)
        yield temporary


def sweep_siblings(path: Path) -> None:
    """Remove what processes that are gone left beside `path`; a folder that one of them had put aside comes back.

    What a living process is writing, or one of another machine, stays.
    """
    for purpose in (REPLACED, WRITING):
        prefix = _prefix(path, purpose)
        for entry in _entries(path.parent):
            if entry.name.startswith(prefix) and is_abandoned(entry.name.removeprefix(prefix)):
                _settle(entry, path, purpose)


def remove(path: Path) -> None:
    """Remove a file or a folder that threads may still be writing into; what cannot be removed stays."""
    for _ in range(TRIES):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if not os.path.lexists(path):
            return
        time.sleep(PAUSE_SECONDS)


def _settle(entry: Path, path: Path, purpose: str) -> None:
    if purpose == REPLACED and not path.exists():
        with suppress(OSError):
            entry.rename(path)
    else:
        remove(entry)


def _clear(temporary: Path, made: list[Path]) -> None:
    remove(temporary)
    for parent in made:
        with suppress(OSError):  # something is in it
            parent.rmdir()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _prefix(path: Path, purpose: str) -> str:
    name = path.name
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f"{name[:20]}~{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"
    return f".{name}.{purpose}-"


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError, ValueError):
        return False
    except PermissionError:
        return True
    return True
