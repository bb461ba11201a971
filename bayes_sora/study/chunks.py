"""Chunks: the rows of one task as a Parquet file whose name holds the checksum of its bytes."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bayes_sora.files import NotAFile, open_regular, read_regular
from bayes_sora.files.budgets import CHUNK_BYTES, CHUNK_ROWS
from bayes_sora.study.table import COLUMNS, TIMING, TYPES
from bayes_sora.study.whole_file import whole_file, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SUFFIX = ".parquet"
CHECKSUM_DIGITS = 16
ROWS_AT_ONCE = 20_000
ARROW_TYPES = {"str": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}
_TEXT = [name for name, kind in TYPES.items() if kind == "str"]
_SETTINGS: dict[str, Any] = {"compression": "zstd", "use_dictionary": _TEXT, "write_statistics": False}


@lru_cache(maxsize=1)
def schema() -> pa.Schema:
    """Return the columns of a chunk; the same types, whatever one chunk happens to hold."""
    return pa.schema([pa.field(name, ARROW_TYPES[kind], nullable=kind == "float64") for name, kind in TYPES.items()])


def write_chunk(folder: Path, task: str, table: pd.DataFrame) -> Path:
    """Write the rows of the task called `task` and return the path of the chunk.

    When another runner has written the same task meanwhile, one of the two stays, the same for both runners.

    Raises
    ------
    OSError
        When the disk fails; nothing is left behind.
    """
    content = _parquet_bytes(table)
    path = folder / f"{task}-{_checksum(content)}{SUFFIX}"
    write_whole(path, content)
    first, *others = chunks_of(folder, task)
    for other in others:
        other.unlink(missing_ok=True)
    return first


def chunks_of(folder: Path, task: str) -> list[Path]:
    """Return the chunks of one task that are there: one, or for a moment two of two runners."""
    return chunk_files(folder, f"{task}-*")


def chunk_files(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the chunks whose names match `pattern`; a folder or a pipe of such a name is none."""
    return sorted(path for path in folder.glob(f"{pattern}{SUFFIX}") if path.is_file())


def task_of(path: Path) -> str:
    """Return the name of the task whose rows the chunk at `path` holds."""
    return path.stem.rpartition("-")[0]


def read_chunk(path: Path, *, columns: Sequence[str] = COLUMNS) -> pd.DataFrame | None:
    """Return the rows of a chunk, or some of their columns; None when it is damaged or gone."""
    content = _sound_bytes(path)
    return None if content is None else _table(pa.BufferReader(content), columns)


def is_sound(path: Path) -> bool:
    """Say whether the bytes of the chunk at `path` are those that were written, and a table of a study."""
    return _sound_bytes(path) is not None


def is_rows_file(path: Path, *, most_rows: int) -> bool:
    """Say whether a file holds the columns of a study, and no more than `most_rows` rows of them."""
    with open_regular(path) as file:
        return _is_table(file, most_rows=most_rows)


def write_rows(path: Path, tables: Iterable[pd.DataFrame]) -> tuple[str, str]:
    """Write tables one after the other into one Parquet file, never all of them in memory.

    Returns
    -------
    tuple of str
        SHA-256 of the file, and of its rows without the timing, which any run of the plan gives again.
    """
    content = hashlib.sha256()
    with whole_file(path) as file, pq.ParquetWriter(file, schema(), **_SETTINGS) as writer:
        for table in _joined(tables):
            writer.write_table(_arrow(table))
            _hash_rows(content, table)
    return file_sha256(path), content.hexdigest()


def read_rows_file(path: Path, *, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Return the rows, or some of their columns, of a file that :func:`write_rows` wrote."""
    return _table(path, columns)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the bytes of a file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _joined(tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield tables joined and cut to row groups of one size: file and checksum do not depend on how chunks were cut."""
    waiting: list[pd.DataFrame] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= ROWS_AT_ONCE:
            joined = pd.concat(waiting, ignore_index=True)
            whole = len(joined) - len(joined) % ROWS_AT_ONCE
            yield from (joined[first : first + ROWS_AT_ONCE] for first in range(0, whole, ROWS_AT_ONCE))
            waiting = [joined[whole:]]
    if sum(map(len, waiting)):
        yield pd.concat(waiting, ignore_index=True)


def _hash_rows(content: hashlib._Hash, table: pd.DataFrame) -> None:
    for name in COLUMNS:
        if name != TIMING:
            values = table[name]
            text = values.dtype == object
            content.update("\0".join(values).encode() if text else values.to_numpy().tobytes())


def _table(source: Path | pa.BufferReader, columns: Sequence[str]) -> pd.DataFrame:
    with pq.ParquetFile(source) as file:
        table: pd.DataFrame = file.read(columns=list(columns)).to_pandas()
    return table


def _sound_bytes(path: Path) -> bytes | None:
    try:
        content = read_regular(path, most_bytes=CHUNK_BYTES)
    except (FileNotFoundError, NotAFile):
        return None
    if len(content) > CHUNK_BYTES or path.stem.rpartition("-")[2] != _checksum(content):
        return None
    return content if _is_table(io.BytesIO(content), most_rows=CHUNK_ROWS) else None  # anybody can write a checksum


def _is_table(file: BinaryIO, *, most_rows: int) -> bool:
    try:
        with pq.ParquetFile(file) as table:
            types = dict(zip(table.schema_arrow.names, table.schema_arrow.types, strict=True))
            sound = types == dict(zip(schema().names, schema().types, strict=True))
            return sound and 0 <= table.metadata.num_rows <= most_rows
    except (pa.ArrowException, OSError, ValueError):
        return False


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:CHECKSUM_DIGITS]


def _parquet_bytes(table: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(_arrow(table), buffer, **_SETTINGS)
    return buffer.getvalue()


def _arrow(table: pd.DataFrame) -> pa.Table:
    # Without pandas' own metadata, which would tie the bytes to its version.
    return pa.Table.from_pandas(table, schema=schema(), preserve_index=False, nthreads=1).replace_schema_metadata(None)
