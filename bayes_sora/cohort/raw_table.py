"""A table of text and one column of it, each knowing where its cells stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.cohort.codes import Fault
from bayes_sora.cohort.names import listed
from bayes_sora.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Cells of a file or frame as text.

    Attributes
    ----------
    name : str
        File name without its folder, or what messages call a frame.
    sha256 : str or None
        Hash of the file's bytes; None for a frame.
    headers : tuple of str
        Column names, blanks around them removed; possibly duplicate or empty.
    records : tuple of tuple of str
        One entry a row, one cell a header.
    rows : tuple of int
        Number of each row: of a CSV as in a spreadsheet (the header is row 1); of a frame or Parquet file, which has
        no header row, counted from 1.
    problems : tuple of Problem
        Rows that could not be split into cells.
    """

    name: str
    sha256: str | None
    headers: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.records)

    def cells(self, header: str) -> tuple[str, ...]:
        """Return the cells under `header` exactly as written."""
        position = self.headers.index(header)
        return tuple(record[position] for record in self.records)

    def column(self, header: str, *, patients: tuple[str, ...]) -> Column:
        """Return the cells under `header`, blanks around them removed, with the patient of each row."""
        cells = tuple(cell.strip() for cell in self.cells(header))
        return Column(file=self.name, name=header, cells=cells, rows=self.rows, patients=patients)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of cells with the row and patient of each, for messages."""

    file: str
    name: str
    cells: tuple[str, ...]
    rows: tuple[int, ...]
    patients: tuple[str, ...]

    def note(self, indices: Sequence[int], fault: Fault) -> list[Problem]:
        """Return `fault` once for all cells `indices`, at the first of them: notes must not grow with the cohort."""
        if not indices:
            return []
        rows = listed([self.rows[index] for index in indices], limit=5)
        why = fault.why if len(indices) == 1 else f"{fault.why} ({len(indices)} rows: {rows})"
        return [self.problem(indices[0], fault._replace(why=why))]

    def problem(self, index: int, fault: Fault) -> Problem:
        """Return `fault` with the place of cell `index`."""
        return Problem(
            code=fault.code,
            file=self.file,
            row=self.rows[index],
            patient=self.patients[index] or None,
            column=self.name,
            value=self.cells[index],
            why=fault.why,
            remedy=fault.remedy,
            severity=fault.severity,
        )
