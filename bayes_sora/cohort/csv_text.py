"""Bytes of a CSV file to cells of text.

The standard library's reader is used rather than a data-frame one, which would turn the id ``NA`` into a missing
value and ``00123`` into 123, rename duplicate headers, and shift a ragged row without a word.
"""

from __future__ import annotations

import csv
import io
import re

from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.raw_table import RawTable
from bayes_sora.errors import InputError, Problem
from bayes_sora.files.budgets import MIB, TABLE, TableBudget

ONE_ROW = "Write one row a patient; in a file of troughs, doses or earlier results one row each."
LINE_END = re.compile(rb"\r\n?|\n")


def parse_csv(data: bytes, *, name: str, sha256: str, budget: TableBudget = TABLE) -> RawTable:
    """Read comma-separated UTF-8 text (a byte-order mark is accepted); the first row holds the column names.

    Rows count from 1 with the header, as in a spreadsheet. Blank rows are skipped.

    Raises
    ------
    InputError
        When the text is not UTF-8, not comma separated, badly quoted, holds no patient, or more than `budget`.
    """
    records = _records(_decode(data, name, budget), name)
    if not records:
        raise _error(name, Code.NO_PATIENTS, "the file is empty", f"Write a header row. {ONE_ROW}")
    header_row, header = records[0]
    headers = tuple(cell.strip() for cell in header)
    _check_header(headers, name, most_columns=budget.columns)
    whole = [(row, cells) for row, cells in records[1:] if len(cells) == len(headers)]
    ragged = [_ragged(name, row, cells, headers) for row, cells in records[1:] if len(cells) != len(headers)]
    if not whole and not ragged:
        raise _error(name, Code.NO_PATIENTS, "the file holds a header and no rows", ONE_ROW, row=header_row)
    return RawTable(
        name=name,
        sha256=sha256,
        headers=headers,
        records=tuple(tuple(cells) for _, cells in whole),
        rows=tuple(row for row, _ in whole),
        problems=tuple(ragged),
    )


def _decode(data: bytes, name: str, budget: TableBudget) -> str:
    save = "Save the file as CSV UTF-8."
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:1000].count(0) > 0.4 * len(data[:1000]):
        raise _error(name, Code.NOT_UTF8, "the text is UTF-16, expected UTF-8", save)
    if b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        raise _error(name, Code.NOT_UTF8, "the text holds NUL bytes", "The file is damaged: export it again.", row=row)
    _check_size(data, name, budget)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        row = data[: fault.start].count(b"\n") + 1
        raise _error(name, Code.NOT_UTF8, "the text is not UTF-8", save, row=row) from None


def _check_size(data: bytes, name: str, budget: TableBudget) -> None:
    """Refuse more lines or cells than a table may have before any of them becomes an object of its own."""
    lines = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
    if lines > budget.rows:
        raise too_large(name, f"{lines} lines, at most {budget.rows}")
    if data.count(b",") + lines > budget.cells:
        raise too_large(name, f"more than {budget.cells} cells")
    if max(map(len, LINE_END.split(data))) > budget.line_bytes:
        what = f"{budget.line_bytes // MIB} MiB" if budget.line_bytes >= MIB else f"{budget.line_bytes} bytes"
        raise _error(name, Code.TOO_LARGE, f"a line is longer than {what}", "Check the line ends.")


def too_large(name: str, why: str) -> InputError:
    """Return the error of a table that holds more than its budget."""
    return _error(name, Code.TOO_LARGE, why, "Keep only the rows and columns needed: a cohort has one row a patient.")


def _records(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Split into rows; a cell with a line break stays one row, as in a spreadsheet."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(row, cells) for row, cells in enumerate(reader, start=1) if any(map(str.strip, cells))]
    except csv.Error as fault:
        raise _error(
            name,
            Code.NOT_COMMA_SEPARATED,
            f"the text cannot be split into cells ({fault}) up to line {reader.line_num}",
            'Close every quoted cell, and double a quote inside one ("").',
        ) from None


def _check_header(headers: tuple[str, ...], name: str, *, most_columns: int) -> None:
    for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if sum(header.count(separator) for header in headers) >= len(headers):
            raise _error(
                name,
                Code.NOT_COMMA_SEPARATED,
                f"the columns are separated by {word}, expected commas",
                "Export with a comma between columns and a point in numbers (2.91).",
                row=1,
            )
    if len(headers) > most_columns:
        raise too_large(name, f"{len(headers)} columns, at most {most_columns}")


def _ragged(name: str, row: int, cells: list[str], headers: tuple[str, ...]) -> Problem:
    more = len(cells) > len(headers)
    hint = "a decimal comma, or a comma inside a text without quotes" if more else "a missing comma"
    return Problem(
        code=Code.RAGGED_ROW,
        file=name,
        row=row,
        why=f"{len(cells)} cells where the header has {len(headers)} columns",
        remedy=f"Look for {hint}.",
    )


def _error(name: str, code: Code, why: str, remedy: str, *, row: int | None = None) -> InputError:
    return InputError([Problem(code=code, file=name, row=row, why=why, remedy=remedy)])
