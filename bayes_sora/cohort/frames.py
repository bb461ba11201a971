"""Data frames and Parquet files to cells of text.

Neither has a header row, so their rows count from 1 at the first patient. Floats are written so that they read back
to the same bits; a whole one is written as an integer, because a frame turns a column of integers with a gap into
floats (``1`` → ``1.0``).
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from bayes_sora.arguments import Kind
from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.csv_text import ONE_ROW, too_large
from bayes_sora.cohort.raw_table import RawTable
from bayes_sora.errors import InputError, Problem
from bayes_sora.files.budgets import MIB, TableBudget
from bayes_sora.files.budgets import TABLE as TABLE_BUDGET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    import pyarrow as pa
    import pyarrow.parquet as pq

OTHER = "[neither a text nor a number]"
"""Text of a cell of any other kind, such as a list: a few bytes of Parquet can hold one of a million entries."""
MOST_FOOTER_TEXT, MOST_FOOTER_ENTRIES = 16 * MIB, 10_000
"""Bytes of a text, and row groups or columns, in the footer of a Parquet file."""


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


def parse_frame(frame: Frame, *, name: str, budget: TableBudget = TABLE_BUDGET) -> RawTable:
    """Read a pandas or polars DataFrame; its index is not looked at."""
    library = _library(frame)
    _check_shape(*frame.shape, name, budget)
    headers = [str(column) for column in frame.columns]
    return _table(headers, list(_values(frame, library)), n_rows=frame.shape[0], name=name, sha256=None)


def parse_parquet(data: bytes, *, name: str, sha256: str, budget: TableBudget = TABLE_BUDGET) -> RawTable:
    """Read the bytes of a Parquet file; what it promises to hold is held against `budget` before it is unpacked."""
    import pyarrow as pa  # noqa: PLC0415 - half a second that a CSV need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        limits = {"thrift_string_size_limit": MOST_FOOTER_TEXT, "thrift_container_size_limit": MOST_FOOTER_ENTRIES}
        with pq.ParquetFile(io.BytesIO(data), **limits) as file:
            kinds = [_kind(field.type) for field in file.schema_arrow]
            texts = [name for name, kind in zip(file.schema_arrow.names, kinds, strict=True) if kind == "text"]
            _check_promise(file, name, budget)
        # Texts stay in the dictionary they are stored with: a long one that a million rows share is one object.
        with pq.ParquetFile(io.BytesIO(data), read_dictionary=texts, **limits) as file:
            headers = [str(header) for header in file.schema_arrow.names]
            columns = _unpacked(file, [kind != "other" for kind in kinds], name, budget)
    except (pa.ArrowException, OSError, ValueError, OverflowError):  # the last two: dates Python has no value for
        raise _error(
            name, Code.DAMAGED, "the Parquet file is truncated or damaged", "Copy or export it again."
        ) from None
    return _table(headers, columns, n_rows=len(columns[0]) if columns else 0, name=name, sha256=sha256)


def _check_promise(file: pq.ParquetFile, name: str, budget: TableBudget) -> None:
    """Refuse by the footer alone: sixty million rows without a value need a kilobyte on disk and gigabytes here."""
    footer = file.metadata
    _check_shape(footer.num_rows, len(file.schema_arrow.names), name, budget)
    groups = (footer.row_group(index) for index in range(footer.num_row_groups))
    if sum(group.total_byte_size for group in groups) > budget.n_bytes:
        raise _unpacks_to_more(name, budget)


def _unpacked(file: pq.ParquetFile, readable: Sequence[bool], name: str, budget: TableBudget) -> list[list[object]]:
    """Return the values of every column; the footer may have lied, so that rows and bytes are counted once more."""
    headers = file.schema_arrow.names
    read = [index for index, one in enumerate(readable) if one]
    columns: list[list[object]] = [[] for _ in headers]
    n_bytes = n_rows = 0
    for batch in file.iter_batches(batch_size=budget.rows, columns=[headers[index] for index in read]):
        n_bytes, n_rows = n_bytes + sum(map(_n_bytes, batch.columns)), n_rows + batch.num_rows
        _check_shape(n_rows, len(headers), name, budget)
        if n_bytes > budget.n_bytes:
            raise _unpacks_to_more(name, budget)
        for index, values in zip(read, batch.columns, strict=True):
            columns[index].extend(_to_list(values))
    for index in set(range(len(headers))) - set(read):
        columns[index] = [OTHER] * n_rows
    return columns


def _n_bytes(values: pa.Array) -> int:
    """Return the bytes of all values written out, also of texts that share an entry of a dictionary."""
    from pyarrow import compute  # noqa: PLC0415 - as in parse_parquet

    if not hasattr(values, "indices") or _kind(values.dictionary.type) != "text":
        return int(values.nbytes)
    lengths = compute.binary_length(values.dictionary)
    return int(compute.sum(lengths.take(values.indices)).as_py() or 0)


def _to_list(values: pa.Array) -> list[object]:
    indices = getattr(values, "indices", None)
    if indices is None:
        return list(values.to_pylist())
    known = values.dictionary.to_pylist()
    return [None if index is None else known[index] for index in indices.to_pylist()]


def _kind(of: pa.DataType) -> Literal["text", "number", "other"]:
    """Say whether values are texts or of fixed size, as numbers and dates are; what can be huge is neither."""
    from pyarrow import types  # noqa: PLC0415 - as in parse_parquet

    if types.is_dictionary(of):
        return "number" if _kind(of.value_type) != "other" else "other"
    if types.is_string(of) or types.is_large_string(of) or types.is_binary(of) or types.is_large_binary(of):
        return "text"
    return "number" if types.is_primitive(of) or types.is_decimal(of) or types.is_null(of) else "other"


def _check_shape(n_rows: int, n_columns: int, name: str, budget: TableBudget) -> None:
    counts = ((n_rows, budget.rows, "rows"), (n_columns, budget.columns, "columns"))
    for found, most, what in (*counts, (n_rows * n_columns, budget.cells, "cells")):
        if found > most:
            raise too_large(name, f"{found} {what}, at most {most}")


def _unpacks_to_more(name: str, budget: TableBudget) -> InputError:
    return too_large(name, f"the file unpacks to more than {budget.n_bytes // MIB} MiB")


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
        raise _error(name, Code.NO_PATIENTS, "the table holds no rows", ONE_ROW)
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
