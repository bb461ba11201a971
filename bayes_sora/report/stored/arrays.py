"""The arrays in posterior.zarr: what is there, how large it is once unpacked, and each of them in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.report.layout import LARGEST_DOCUMENT
from bayes_sora.report.stored.chunks import OVERHEAD, unpack_chunk
from bayes_sora.report.stored.documents import read_document
from bayes_sora.report.stored.faults import DAMAGED, MISSING_PART, TOO_LARGE, UNSAFE, fault
from bayes_sora.report.stored.files import list_regular
from bayes_sora.report.stored.header import ArrayHeader, parse_header

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP, ARRAY, ATTRIBUTES = ".zgroup", ".zarray", ".zattrs"
LARGEST_METADATA = 64 * 1024
MOST_UNPACKED = 64
"""A folder may unpack to so many times its size on disk: draws hardly shrink, and a bomb shrinks 250-fold."""
ALWAYS_ALLOWED = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class StoredArrays:
    """What posterior.zarr holds, its files looked at and none of its values read.

    Attributes
    ----------
    folder : Path
    attributes : mapping
        Of the root, not checked yet.
    headers : mapping of str to mapping of str to ArrayHeader
        Group → name → header.
    chunks : mapping of str to frozenset of str
        Path of an array → names of the chunks that are there.
    """

    folder: Path
    attributes: Mapping[str, Any]
    headers: Mapping[str, Mapping[str, ArrayHeader]]
    chunks: Mapping[str, frozenset[str]]

    def missing_chunk(self, header: ArrayHeader) -> str | None:
        """Return the first chunk of an array that is not there, None where all are."""
        names = (".".join(map(str, place)) for place in header.places)
        return next((name for name in names if name not in self.chunks[header.path]), None)

    def read(self, header: ArrayHeader, *, may_be_blank: bool) -> np.ndarray[Any, Any]:
        """Return the values of one array.

        Parameters
        ----------
        header : ArrayHeader
        may_be_blank : bool
            Whether a chunk that was left out may be all NaN, 0, false or "", as earlier versions wrote those.

        Raises
        ------
        InputError
            R002 when a chunk is missing, R003 when one cannot be unpacked to what it must be.
        """
        is_blank = may_be_blank and header.is_blank
        values = np.full(header.shape, np.nan) if header.dtype.kind == "f" else np.zeros(header.shape, header.dtype)
        for place in header.places:
            name = ".".join(map(str, place))
            if name in self.chunks[header.path]:
                block = unpack_chunk(self.folder / header.path / name, header)
                here = tuple(slice(at * size, (at + 1) * size) for at, size in zip(place, header.chunks, strict=True))
                values[here] = block[tuple(slice(size) for size in values[here].shape)]
            elif not is_blank:
                raise fault(MISSING_PART, f"a part of {header.path} is missing")
        return values


def open_arrays(folder: Path) -> StoredArrays:
    """Look at the files of posterior.zarr and read the metadata of its arrays.

    Raises
    ------
    InputError
        R002 when a part is missing, R003 when metadata do not fit, R005 when there is something that does not belong
        there, R006 when it would unpack to more than this machine has, or to far more than its size.
    """
    sizes = list_regular(folder, deepest=2)
    if GROUP not in sizes or ATTRIBUTES not in sizes:
        raise fault(MISSING_PART, f"{folder.name} has no {GROUP} or no {ATTRIBUTES}")
    groups = sorted({path.partition("/")[0] for path in sizes if "/" in path})
    headers = {group: _read_group(folder, group, sizes) for group in groups}
    _check_known(sizes, headers)
    _check_room(folder, headers, sum(sizes.values()))
    _check_group(folder / GROUP)
    attributes = read_document(folder / ATTRIBUTES, limit=LARGEST_DOCUMENT)
    return StoredArrays(folder=folder, attributes=attributes, headers=headers, chunks=_chunks(sizes))


def _chunks(sizes: Mapping[str, int]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for path in sizes:
        array, _, name = path.rpartition("/")
        chunks = found.setdefault(array, set())
        if not name.startswith("."):
            chunks.add(name)
    return {array: frozenset(names) for array, names in found.items()}


def _read_group(folder: Path, group: str, sizes: Mapping[str, int]) -> dict[str, ArrayHeader]:
    if f"{group}/{GROUP}" not in sizes:
        raise fault(MISSING_PART, f"{group} in {folder.name} has no {GROUP}")
    _check_group(folder / group / GROUP)
    if f"{group}/{ATTRIBUTES}" in sizes and read_document(folder / group / ATTRIBUTES, limit=LARGEST_METADATA):
        raise fault(DAMAGED, f"{group} in {folder.name} has attributes, which no group has")
    names = sorted({path.split("/")[1] for path in sizes if path.startswith(f"{group}/") and path.count("/") == 2})
    return {name: _read_header(folder, f"{group}/{name}", sizes) for name in names}


def _read_header(folder: Path, path: str, sizes: Mapping[str, int]) -> ArrayHeader:
    for name in (ARRAY, ATTRIBUTES):
        if f"{path}/{name}" not in sizes:
            raise fault(MISSING_PART, f"{path} in {folder.name} has no {name}")
    metadata, attributes = (read_document(folder / path / name, limit=LARGEST_METADATA) for name in (ARRAY, ATTRIBUTES))
    return parse_header(path, metadata, attributes)


def _check_group(path: Path) -> None:
    if read_document(path, limit=LARGEST_METADATA) != {"zarr_format": 2}:
        raise fault(DAMAGED, f"{path.parent.name}/{path.name} is not of Zarr 2")


def _check_known(sizes: Mapping[str, int], headers: Mapping[str, Mapping[str, ArrayHeader]]) -> None:
    """Refuse every file that is neither metadata nor a chunk of an array, and chunks larger than they can be."""
    arrays = {header.path: header for group in headers.values() for header in group.values()}
    metadata = {GROUP, ATTRIBUTES} | {f"{group}/{name}" for group in headers for name in (GROUP, ATTRIBUTES)}
    metadata |= {f"{path}/{name}" for path in arrays for name in (ARRAY, ATTRIBUTES)}
    for path in sizes.keys() - metadata:
        header = arrays.get(path.rpartition("/")[0])
        if header is None or not _is_chunk(path.rpartition("/")[2], header):
            raise fault(UNSAFE, f"posterior.zarr holds {path}, which does not belong there")
        if sizes[path] > header.chunk_bytes + OVERHEAD:
            raise fault(DAMAGED, f"{path} is larger than it can be")


def _is_chunk(name: str, header: ArrayHeader) -> bool:
    places = name.split(".")
    return len(places) == len(header.grid) and all(
        place.isascii() and place.isdigit() and len(place) < 12 and str(int(place)) == place and int(place) < many
        for place, many in zip(places, header.grid, strict=True)
    )


def _check_room(folder: Path, headers: Mapping[str, Mapping[str, ArrayHeader]], on_disk: int) -> None:
    unpacked = sum(header.nbytes for group in headers.values() for header in group.values())
    if unpacked > max(ALWAYS_ALLOWED, MOST_UNPACKED * on_disk):
        raise fault(TOO_LARGE, f"{folder.name} would unpack to {unpacked / on_disk:.0f} times its size")
    memory = _memory_bytes()
    if memory is not None and unpacked > memory:
        gib = 2**30
        why = f"{folder.name} needs {unpacked / gib:.1f} GiB and the memory is {memory / gib:.1f} GiB"
        raise fault(TOO_LARGE, why, remedy="Read it on a machine with more memory.")


def _memory_bytes() -> int | None:
    """Return the memory of this machine, None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
