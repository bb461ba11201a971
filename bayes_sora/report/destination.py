"""Where a result folder goes: checked before anything is sampled, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError
from bayes_sora.interrupts import held, raise_if_interrupted, say_when_interrupted, undone
from bayes_sora.places import REPLACED, full_path, remove, sibling, sweep_siblings, temporary_sibling
from bayes_sora.report.replaceable import is_result

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

ROOM_BYTES = 64 * 1024 * 1024


def check_destination(
    folder: str | os.PathLike[str], *, overwrite: bool = False, replaceable: Callable[[Path], bool] = is_result
) -> Path:
    """Return the full path of a result folder that can be written.

    What runs that were killed left beside it is removed first.

    Parameters
    ----------
    folder : path
        Need not exist, nor its parents.
    overwrite : bool
        Allow a folder that exists, provided that it is empty or an earlier result and nothing else.
    replaceable : callable
        Folder → whether it is an earlier result of the same kind; of a fit by default.

    Raises
    ------
    UsageError
        When it exists, holds anything but a result, cannot be written, or the disk is full.
    """
    destination = full_path(folder)
    sweep_siblings(destination)
    if destination.exists():
        _check_existing(destination, overwrite=overwrite, replaceable=replaceable)
    parent = next(path for path in destination.parents if path.exists())
    if not parent.is_dir():
        msg = f"{destination.name!r} cannot be written: {parent.name!r} is a file. Choose another folder"
        raise UsageError(msg)
    if not os.access(parent, os.W_OK | os.X_OK):
        msg = f"{destination.name!r} cannot be written: its parent folder is read-only. Choose another folder"
        raise UsageError(msg)
    if shutil.disk_usage(parent).free < ROOM_BYTES:
        msg = f"{destination.name!r} cannot be written: less than {ROOM_BYTES >> 20} MiB are free. Make room first"
        raise UsageError(msg)
    return destination


def _check_existing(destination: Path, *, overwrite: bool, replaceable: Callable[[Path], bool]) -> None:
    if not destination.is_dir():
        msg = f"{destination.name!r} is a file. Name a folder for the result"
        raise UsageError(msg)
    if not overwrite:
        msg = f"the folder {destination.name!r} exists. Choose another name, or overwrite it (--overwrite)"
        raise UsageError(msg)
    if any(destination.iterdir()) and not replaceable(destination):
        msg = (
            f"the folder {destination.name!r} holds something other than a bayes_sora result and is never replaced. "
            "Choose another name"
        )
        raise UsageError(msg)


@contextmanager
def whole_folder(
    folder: str | os.PathLike[str],
    *,
    promised: Collection[str],
    overwrite: bool = False,
    replaceable: Callable[[Path], bool] = is_result,
) -> Iterator[Path]:
    """Hand out a temporary sibling of `folder` that takes its place when the block ends well.

    However the block ends otherwise, the temporary folder is removed and an existing one stays as it was. So it is when
    one of the entries `promised` is not in the temporary folder at the end: it then was written elsewhere.

    Yields
    ------
    Path
        An empty folder to write into.

    Raises
    ------
    UsageError
        As :func:`check_destination`, or when the disk fails while writing.
    """
    destination = check_destination(folder, overwrite=overwrite, replaceable=replaceable)
    with _temporary_sibling(destination) as temporary:
        yield temporary
        check_arrived(temporary, promised)
        # Checked again: somebody may have come first while this was being written.
        check_destination(destination, overwrite=overwrite, replaceable=replaceable)
        _take_place(temporary, destination)


@contextmanager
def rewritten_folder(
    folder: str | os.PathLike[str], *, rewritten: Collection[str], promised: Collection[str]
) -> Iterator[Path]:
    """Hand out a temporary copy of an existing folder without the entries `rewritten`; else as :func:`whole_folder`.

    Links in it stay links, and nothing but a regular file is copied: a pipe would never end.
    """
    destination = full_path(folder)
    sweep_siblings(destination)

    def left_out(directory: str, names: list[str]) -> set[str]:
        return set(names) & set(rewritten) if Path(directory) == destination else set()

    with _temporary_sibling(destination) as temporary:
        shutil.copytree(
            destination, temporary, symlinks=True, ignore=left_out, copy_function=_copy_regular, dirs_exist_ok=True
        )
        yield temporary
        check_arrived(temporary, promised)
        _take_place(temporary, destination)


def check_arrived(folder: Path, promised: Collection[str]) -> None:
    """See that each of the entries arrived in `folder`, whatever the libraries that wrote it made of its path.

    Raises
    ------
    OSError
        When one did not.
    """
    for name in sorted(promised):
        if not (folder / name).exists(follow_symlinks=False):
            raise OSError(errno.EIO, f"{name} did not arrive in it")


@contextmanager
def _temporary_sibling(destination: Path) -> Iterator[Path]:
    try:
        with temporary_sibling(destination) as temporary:
            yield temporary
    except OSError as error:
        msg = f"{destination.name!r} could not be written: {error.strerror or error}. Nothing was left behind"
        raise UsageError(msg) from error


def _copy_regular(source: str, target: str) -> None:
    if not stat.S_ISREG(Path(source).lstat().st_mode):
        msg = f"{Path(source).name!r} is neither a file nor a folder and cannot be kept. Move it elsewhere first"
        raise UsageError(msg)
    shutil.copy2(source, target)


def _take_place(temporary: Path, destination: Path) -> None:
    """Rename `temporary` to `destination`; the old one goes only when the new one is in place."""
    raise_if_interrupted()
    old = sibling(destination, REPLACED)
    with undone(lambda: remove(old)), held():
        _exchange(temporary, destination, old)
        say_when_interrupted(f"{destination.name!r} is written and whole")


def _exchange(temporary: Path, destination: Path, old: Path) -> None:
    if destination.exists():
        destination.rename(old)
    try:
        temporary.rename(destination)
    except BaseException:
        if old.exists():
            old.rename(destination)
        raise
