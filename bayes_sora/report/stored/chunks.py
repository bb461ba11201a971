"""Compressed chunks: what each says it unpacks to is known before a byte is unpacked."""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.report.stored.faults import DAMAGED, fault
from bayes_sora.report.stored.files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.report.stored.header import ArrayHeader

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
OVERHEAD = 4096
"""Bytes by which a chunk that does not shrink may exceed its content."""
_ID_BYTES = (0, 1, 2, 4)
_SIZE_BYTES = (0, 2, 4, 8)


def unpack_chunk(path: Path, header: ArrayHeader) -> np.ndarray[Any, Any]:
    """Return the values of a chunk, of the shape of a whole chunk.

    Raises
    ------
    InputError
        R003 when it is cut short, announces another size than a chunk of its array has, or cannot be unpacked.
    """
    raw = read_regular(path, limit=header.chunk_bytes + OVERHEAD)
    announced = {None: _plain, "blosc": _blosc, "zstd": _zstd}[header.compressor](raw)
    if announced != header.chunk_bytes:
        raise fault(DAMAGED, f"a part of {header.path} was cut short or is of another size")
    try:
        content = _codec(header.compressor, raw)
    except (RuntimeError, ValueError) as error:
        raise fault(DAMAGED, f"a part of {header.path} cannot be unpacked") from error
    if len(content) != header.chunk_bytes:
        raise fault(DAMAGED, f"a part of {header.path} unpacks to another size than it announces")
    if not _is_plain(content, header.dtype):
        raise fault(DAMAGED, f"a part of {header.path} holds bytes that are no {header.dtype.name}")
    return np.frombuffer(content, dtype=header.dtype).reshape(header.chunks)


def _is_plain(content: bytes, dtype: np.dtype[Any]) -> bool:
    """Whether every character exists, and every flag is 0 or 1; NumPy trusts them unseen."""
    if dtype.kind == "U":
        points = np.frombuffer(content, dtype=np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        return bool((points <= sys.maxunicode).all())
    return dtype.kind != "b" or bool((np.frombuffer(content, dtype=np.uint8) <= 1).all())


def _codec(name: str | None, raw: bytes) -> bytes:
    # The package that Zarr itself unpacks with: it comes with it.
    from numcodecs.blosc import Blosc  # noqa: PLC0415 - a folder refused at once does not need it
    from numcodecs.zstd import Zstd  # noqa: PLC0415

    if name is None:
        return raw
    content: bytes = (Blosc() if name == "blosc" else Zstd()).decode(raw)
    return content


def _plain(raw: bytes) -> int:
    return len(raw)


def _blosc(raw: bytes) -> int | None:
    """Return the size that the 16 bytes before the content of a Blosc chunk announce."""
    if len(raw) < 16:
        return None
    unpacked, _block, packed = struct.unpack_from("<III", raw, 4)
    return int(unpacked) if packed == len(raw) else None


def _zstd(raw: bytes) -> int | None:
    """Return the content size of a Zstandard frame (RFC 8878, 3.1.1), None where it announces none."""
    if len(raw) < 6 or raw[:4] != ZSTD_MAGIC:
        return None
    descriptor = raw[4]
    single, flag = bool(descriptor & 0x20), descriptor >> 6
    at = 5 + (0 if single else 1) + _ID_BYTES[descriptor & 3]
    width = _SIZE_BYTES[flag] or (1 if single else 0)
    if not width or len(raw) < at + width:
        return None
    return int.from_bytes(raw[at : at + width], "little") + (256 if width == 2 else 0)
