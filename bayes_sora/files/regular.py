"""Read a regular file of bounded size, and nothing else: a pipe would wait for ever, a device never ends."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

# A pipe without a writer is opened at once, so that it can be refused; Windows knows neither flag but needs O_BINARY.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class NotAFile(OSError):  # noqa: N818 - as IsADirectoryError is not called one either
    """What a path names is a folder, a pipe, a socket or a device."""


def read_regular(path: Path, *, most_bytes: int) -> bytes:
    """Return the content of the regular file at `path`, or its first ``most_bytes + 1`` bytes when it is larger.

    The caller compares the length of what comes back with `most_bytes`; path and errors as of :func:`open_regular`.
    """
    with open_regular(path) as file:
        return file.read(most_bytes + 1) or b""


def open_regular(path: Path) -> BufferedReader:
    """Open the regular file at `path` for reading.

    Parameters
    ----------
    path : Path
        Links are followed.

    Raises
    ------
    NotAFile
        When it is a folder, a pipe, a socket or a device.
    OSError
        When there is no such file, it may not be read, or `path` cannot be the name of a file; `strerror` says which.
    """
    try:
        _check_kind(path.stat(), path)  # before it is opened: opening some devices already does something
        descriptor = os.open(path, _FLAGS)
    except ValueError:  # a NUL in the name
        raise OSError(errno.EINVAL, "not a valid file name") from None
    file = os.fdopen(descriptor, "rb")
    try:
        _check_kind(os.fstat(descriptor), path)
    except NotAFile:
        file.close()
        raise
    return file


def _check_kind(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        found = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, a socket or a device"
        raise NotAFile(errno.EINVAL, f"expected a file, got {found}", str(path))
