"""Compressed chunks: what they say they unpack to, known before a byte is unpacked."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from bayes_sora.report.stored.faults import DAMAGED, fault

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.report.stored.header import ArrayHeader

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
HEAD_BYTES = 18
_ID_BYTES = (0, 1, 2, 4)
_SIZE_BYTES = (0, 2, 4, 8)


def check_chunk(path: Path, header: ArrayHeader) -> None:
    """See that a chunk says that it unpacks to exactly the bytes of a chunk of its array.

    Raises
    ------
    InputError
        R003 when it is cut short or says something else.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
    says = {None: _plain, "blosc": _blosc, "zstd": _zstd}[header.compressor](head, size)
    if says != header.chunk_bytes:
        raise fault(DAMAGED, f"a part of {header.path} was cut short or is of another size")


def _plain(_head: bytes, size: int) -> int:
    return size


def _blosc(head: bytes, size: int) -> int | None:
    """Return the size that the 16 bytes before the content of a Blosc chunk announce."""
    if len(head) < 16:
        return None
    unpacked, _block, packed = struct.unpack_from("<III", head, 4)
    return int(unpacked) if packed == size else None


def _zstd(head: bytes, _size: int) -> int | None:
    """Return the content size of a Zstandard frame (RFC 8878, 3.1.1), None where it announces none."""
    if len(head) < 6 or head[:4] != ZSTD_MAGIC:
        return None
    descriptor = head[4]
    single, flag = bool(descriptor & 0x20), descriptor >> 6
    at = 5 + (0 if single else 1) + _ID_BYTES[descriptor & 3]
    width = _SIZE_BYTES[flag] or (1 if single else 0)
    if not width or len(head) < at + width:
        return None
    return int.from_bytes(head[at : at + width], "little") + (256 if width == 2 else 0)
