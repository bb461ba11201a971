"""Files that are whole or absent, whatever kills the process that writes them."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bayes_sora.interrupts import undone
from bayes_sora.places import is_abandoned, new_owner, remove

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = ".writing"


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Hand out a temporary sibling of `path` that takes its place, on disk for certain, when the block ends well.

    Raises
    ------
    OSError
        When the disk fails; the temporary file is removed and an existing `path` stays as it was.
    """
    temporary = path.with_name(f".{path.name}~{new_owner()}{MARK}")
    with undone(lambda: remove(temporary)):
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    _sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`; errors as of :func:`whole_file`."""
    with whole_file(path) as file:
        file.write(content)


def is_leftover(path: Path) -> bool:
    """Say whether `path` is a temporary file of this module."""
    return path.name.startswith(".") and path.name.endswith(MARK)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes of this machine that are gone; others may still be writing theirs."""
    for path in folder.glob(f".*{MARK}"):
        owner = "~".join(path.name.removesuffix(MARK).rsplit("~", 3)[1:])
        if is_abandoned(owner):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename last; a system that cannot open folders does so by itself."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
