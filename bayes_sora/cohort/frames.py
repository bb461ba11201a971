"""Data frames and Parquet files to cells of text.

Neither has a header row, so their rows count from 1 at the first patient. Floats are written so that they read back
to the same bits; a whole one is written as an integer, because a frame turns a column of integers with a gap into
floats (``1`` → ``1.0``).
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bayes_sora.arguments import Kind
from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.raw_table import RawTable
from bayes_sora.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

MAX_ROWS = 1_000_000
BATCH_ROWS = 1024


class Frame(Protocol):
    """A pandas or polars DataFrame, as far as this module looks at it."""

    @property
    def columns(self) -> Any:  # noqa: ANN401 - an Index in pandas, a list in polars
        """Names of the columns."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""


def is_frame(value: object) -> bool:
    """Whether a value is a pandas or polars DataFrame; neither library is imported for the question."""
    return _library(value) in {"pandas", "polars"} and type(value).__name__ == "DataFrame"


TABLE = Kind(
    words="a path or a pandas or polars DataFrame",
    accepts=lambda value: isinstance(value, str | os.PathLike) or is_frame(value),
)
COLLECT = "Of a polars LazyFrame give its collect()"


def _library(value: object) -> str:
    return type(value).__module__.partition(".")[0]


def parse_frame(frame: Frame, *, name: str) -> RawTable:
    """Read a pandas or polars DataFrame; its index is not looked at."""
    library = _library(frame)
    headers = [str(column) for column in frame.columns]
    return _table(headers, list(_values(frame, library)), n_rows=frame.shape[0], name=name, sha256=None)


def parse_parquet(data: bytes, *, name: str, sha256: str, max_bytes: int) -> RawTable:
    """Read the bytes of a Parquet file, of at most `max_bytes` once unpacked."""
    import pyarrow as pa  # noqa: PLC0415 - half a second that a CSV need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        headers = [str(header) for header in file.schema_arrow.names]
        columns: list[list[object]] = [[] for _ in headers]
        unpacked = 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            unpacked += batch.nbytes
            if unpacked > max_bytes:
                raise _error(
                    name,
                    Code.TOO_LARGE,
                    f"the file unpacks to more than {max_bytes // 2**20} MiB",
                    "Keep one row a patient and only the columns needed.",
                )
            for values, column in zip(columns, batch.columns, strict=True):
                values.extend(column.to_pylist())
    except (pa.ArrowException, OSError, ValueError, OverflowError):  # the last two: dates Python has no value for
        raise _error(
            name, Code.DAMAGED, "the Parquet file is truncated or damaged", "Copy or export it again."
        ) from None
    return _table(headers, columns, n_rows=file.metadata.num_rows, name=name, sha256=sha256)


def _values(frame: Any, library: str) -> Iterator[Sequence[object]]:  # noqa: ANN401 - two libraries, one duck
    if library == "polars":
        yield from (series.to_list() for series in frame.get_columns())
        return
    for position in range(frame.shape[1]):  # by position: names may be duplicate
        series = frame.iloc[:, position]
        yield [None if gap else value for value, gap in zip(series.tolist(), series.isna().tolist(), strict=True)]


def _table(
    headers: Sequence[str], columns: Sequence[Iterable[object]], *, n_rows: int, name: str, sha256: str | None
) -> RawTable:
    if n_rows == 0:
        raise _error(name, Code.NO_PATIENTS, "the table holds no patient", "Write one row a patient.")
    if n_rows > MAX_ROWS:
        raise _error(name, Code.TOO_LARGE, f"{n_rows} rows, at most {MAX_ROWS}", "Check that it is the right table.")
    texts = [[_text(value) for value in values] for values in columns]
    return RawTable(
        name=name,
        sha256=sha256,
        headers=tuple(header.strip() for header in headers),
        records=tuple(zip(*texts, strict=True)) if texts else ((),) * n_rows,
        rows=tuple(range(1, n_rows + 1)),
    )


def _text(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else _float_text(value)
        case _:
            return str(value)


def _float_text(value: float) -> str:
    return "" if value != value else repr(value)  # noqa: PLR0124 - a NaN is a gap


def _error(name: str, code: Code, why: str, remedy: str) -> InputError:
    return InputError([Problem(code=code, file=name, why=why, remedy=remedy)])
