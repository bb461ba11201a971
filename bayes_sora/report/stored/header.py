"""What the metadata of one stored array says, once it says nothing that could run code, and nothing unknown."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.report.stored.faults import DAMAGED, UNSAFE, fault
from bayes_sora.report.stored.schema import Exactly, ListOf, Number, Optional, Record, Schema, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

DIMENSIONS = "_ARRAY_DIMENSIONS"
MOST_DIMENSIONS = 4
LARGEST_CHUNK = 2**31 - 1
MOST_CHUNKS = 100_000
# Numbers, flags and fixed-width text; an object, a date or a record is none of them.
_DTYPE = re.compile(r"[<>|](?:b1|[iu][1248]|f[48]|U[0-9]{1,5})")
_CODECS: dict[str, dict[str, Schema]] = {
    "blosc": {
        "cname": Text(longest=20),
        "clevel": Number(whole=True),
        "shuffle": Number(whole=True),
        "blocksize": Number(whole=True),
    },
    "zstd": {"level": Number(whole=True)},
}
_SIZES = ListOf(Number(low=0, high=2**40, whole=True), most=MOST_DIMENSIONS, fewest=1)


@dataclass(frozen=True, kw_only=True)
class ArrayHeader:
    """The metadata of one stored array.

    Attributes
    ----------
    path : str
        Group and name, such as ``"posterior/toxicity_slope"``.
    dims : tuple of str
    shape, chunks : tuple of int
    dtype : numpy.dtype
        Of flags, integers, floats or fixed-width text.
    compressor : {None, "blosc", "zstd"}
    is_blank : bool
        Whether a chunk that is not there is all NaN, 0, false or "": what an earlier version left out.
    """

    path: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    compressor: str | None
    is_blank: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the whole array in memory."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def chunk_bytes(self) -> int:
        """Bytes of one chunk in memory; chunks at the end of the array are as large as the others."""
        return math.prod(self.chunks) * self.dtype.itemsize

    @property
    def grid(self) -> tuple[int, ...]:
        """Numbers of chunks along each dimension."""
        return tuple(-(-size // chunk) for size, chunk in zip(self.shape, self.chunks, strict=True))

    @property
    def places(self) -> Iterator[tuple[int, ...]]:
        """Places of the chunks in the grid."""
        return itertools.product(*map(range, self.grid))


def parse_header(path: str, metadata: dict[str, Any], attributes: dict[str, Any]) -> ArrayHeader:
    """Return the header of an array from its ``.zarray`` and its ``.zattrs``.

    Raises
    ------
    InputError
        R003 when they do not say what an array is, R005 when it is none of plain numbers or text.
    """
    _check_plain(path, metadata)
    compressor = metadata["compressor"]
    Record(
        {
            "zarr_format": Exactly(2),
            "shape": _SIZES,
            "chunks": _SIZES,
            "dtype": Text(longest=8),
            "order": Exactly("C"),
            "fill_value": _Scalar(),
            "filters": Exactly(None),
            "compressor": Optional(_codec(compressor)),
        },
        {"dimension_separator": Exactly(".")},
    ).check(metadata, path)
    Record(
        {DIMENSIONS: ListOf(Text(longest=200), most=MOST_DIMENSIONS, fewest=1)},
        {"units": Text(longest=40), "scale": Text(longest=100)},
    ).check(attributes, path)
    header = ArrayHeader(
        path=path,
        dims=tuple(attributes[DIMENSIONS]),
        shape=tuple(metadata["shape"]),
        chunks=tuple(metadata["chunks"]),
        dtype=np.dtype(metadata["dtype"]),
        compressor=None if compressor is None else compressor["id"],
        is_blank=metadata["fill_value"] in _BLANK[np.dtype(metadata["dtype"]).kind],
    )
    _check_sizes(header)
    return header


_BLANK: dict[str, tuple[object, ...]] = {
    "b": (None, False),
    "i": (None, 0),
    "u": (None, 0),
    "f": ("NaN",),
    "U": (None, ""),
}


class _Scalar:
    """A number, a flag, a short text or null."""

    def check(self, found: object, where: str) -> None:
        if isinstance(found, dict | list):
            raise fault(DAMAGED, f"{where} has a fill value that is no number")


def _codec(compressor: object) -> Record:
    name = compressor["id"] if isinstance(compressor, dict) else "blosc"
    optional: dict[str, Schema] = {"checksum": Exactly(False)} if name == "zstd" else {}  # noqa: FBT003 - the value itself
    return Record({"id": Text(longest=20), **_CODECS[name]}, optional)


def _check_plain(path: str, metadata: dict[str, Any]) -> None:
    """Refuse arrays of Python objects: reading one could run code that a stranger put there."""
    missing = [name for name in ("dtype", "filters", "compressor") if name not in metadata]
    if missing:
        raise fault(DAMAGED, f"{path}: {missing[0]} is missing")
    dtype, compressor = metadata["dtype"], metadata["compressor"]
    named = compressor.get("id", "") if isinstance(compressor, dict) else compressor
    plain = isinstance(dtype, str) and _DTYPE.fullmatch(dtype) and metadata["filters"] is None
    if not (plain and (named is None or (isinstance(named, str) and named in _CODECS))):
        raise fault(UNSAFE, f"{path} is not an array of plain numbers or text")


def _check_sizes(header: ArrayHeader) -> None:
    fits = len(header.dims) == len(header.shape) == len(header.chunks) and len(set(header.dims)) == len(header.dims)
    fits = fits and header.dtype.itemsize > 0
    fits = fits and all(0 < chunk <= max(size, 1) for chunk, size in zip(header.chunks, header.shape, strict=False))
    if not (fits and header.chunk_bytes <= LARGEST_CHUNK and math.prod(header.grid) <= MOST_CHUNKS):
        raise fault(DAMAGED, f"{header.path} has a shape that cannot be")
