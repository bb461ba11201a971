"""Files of a result folder: regular ones only, never followed elsewhere, never waited for, never past a limit."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from bayes_sora.report.layout import CURVES, DROPPINGS, FIGURES, LARGEST_DOCUMENT, POSTERIOR, REPORT, WINDOW
from bayes_sora.report.stored.faults import DAMAGED, MISSING_PART, TOO_LARGE, UNSAFE, fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ENTRIES = 500_000
"""Files and folders below posterior.zarr; 100,000 patients make some 20,000."""
LARGEST_TABLE = 256 * 1024 * 1024
# A pipe would block whoever opens it, a link would lead elsewhere.
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_NEEDED = {POSTERIOR: True, WINDOW: False, CURVES: False}
_OPTIONAL = {FIGURES: True, REPORT: False}


def check_parts(folder: Path) -> None:
    """See that every part of a result folder is there and is a file or a folder, as it must be.

    Raises
    ------
    InputError
        R002 when a part is missing, R005 when it is a link, a pipe, a device, or a folder instead of a file.
    """
    missing = [name for name in _NEEDED if not os.path.lexists(folder / name)]
    if missing:
        raise fault(MISSING_PART, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    for name, is_folder in (_NEEDED | _OPTIONAL).items():
        if os.path.lexists(folder / name):
            _check_kind(folder / name, (folder / name).lstat().st_mode, folder=is_folder)
    for name, limit in ((CURVES, LARGEST_TABLE), (WINDOW, LARGEST_DOCUMENT)):
        if (folder / name).lstat().st_size > limit:
            raise fault(DAMAGED, f"{name} is far too large")


def read_regular(path: Path, *, limit: int) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Raises
    ------
    InputError
        R002 when it is missing, R003 when it is too large, R005 when it is no regular file.
    OSError
        When the system cannot read it.
    """
    try:
        _check_kind(path, path.lstat().st_mode, folder=False)
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError as error:
        raise fault(MISSING_PART, f"{path.name} is missing") from error
    with os.fdopen(descriptor, "rb") as file:
        _check_kind(path, os.fstat(descriptor).st_mode, folder=False)
        content = file.read(limit + 1)
    if len(content) > limit:
        raise fault(DAMAGED, f"{path.name} is larger than {limit} bytes")
    return content


def list_regular(folder: Path, *, deepest: int) -> dict[str, int]:
    """Return the size in bytes of every file below `folder` by its path with ``/``.

    Raises
    ------
    InputError
        R005 when something in it is neither a folder nor a regular file, lies deeper than `deepest` folders, or has a
        name that is no text; R006 when there are too many of them.
    """
    sizes: dict[str, int] = {}
    waiting, seen = [(folder, 0)], 0
    while waiting:
        inside, depth = waiting.pop()
        for entry in _entries(inside):
            seen += 1
            if seen > MOST_ENTRIES:
                raise fault(TOO_LARGE, f"{folder.name} holds more than {MOST_ENTRIES} files")
            state = entry.lstat()
            if stat.S_ISDIR(state.st_mode):
                if depth == deepest:
                    raise fault(UNSAFE, f"{folder.name} holds folders deeper than it can")
                waiting.append((entry, depth + 1))
                continue
            _check_kind(entry, state.st_mode, folder=False)
            if entry.name not in DROPPINGS:
                sizes[entry.relative_to(folder).as_posix()] = state.st_size
    return sizes


def _entries(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.isprintable():
                raise fault(UNSAFE, f"{folder.name} holds a file whose name is no text")
            yield folder / entry.name


def _check_kind(path: Path, mode: int, *, folder: bool) -> None:
    if not (stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)):
        expected = "folder" if folder else "regular file"
        raise fault(UNSAFE, f"{path.name} is no {expected}: links, pipes and devices are never read")
