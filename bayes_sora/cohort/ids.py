"""Identifiers of patients: text, unique, visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.errors import Problem

if TYPE_CHECKING:
    from bayes_sora.cohort.columns import Layout

MAX_LENGTH = 200


def read_ids(layout: Layout, problems: list[Problem]) -> tuple[str, ...]:
    """Return the id of each row as text, blanks around it removed; "" where it is blank or the column is missing.

    ``NA``, ``001`` and ``=A1`` are ids like any other. A blank, overlong or partly invisible id is an error.
    """
    table = layout.table
    if "patient_id" not in layout.headers:
        return ("",) * table.n_rows
    ids = read_labels(layout, "patient_id", problems)
    _note_trimmed(layout, ids, problems)
    column = table.column(layout.headers["patient_id"], patients=ids)
    blank = Fault(Code.BAD_ID, "the id is blank", "Give every patient an id.")
    problems += [column.problem(index, blank) for index, patient in enumerate(ids) if not patient]
    return ids


def check_unique(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> None:
    """Add a problem for each row whose id an earlier row has, naming both rows."""
    table, first = layout.table, dict[str, int]()
    column = table.column(layout.headers["patient_id"], patients=ids) if any(ids) else None
    for index, patient in enumerate(ids):
        earlier = first.setdefault(patient, index)
        if column is None or not patient or earlier == index:
            continue
        same = table.records[earlier] == table.records[index]
        fault = Fault(
            Code.DUPLICATE_ID,
            f"row {table.rows[earlier]} has the same id and {'the same' if same else 'other'} content",
            "Delete the copy." if same else "Correct the id; repeated troughs go into a second file (troughs).",
        )
        problems.append(column.problem(index, fault))


def read_labels(layout: Layout, name: str, problems: list[Problem]) -> tuple[str, ...]:
    """Return the trimmed text of an id, site or study column; what cannot be shown on one line is an error."""
    cells = tuple(cell.strip() for cell in layout.table.cells(layout.headers[name]))
    column = layout.table.column(layout.headers[name], patients=cells if name == "patient_id" else ("",) * len(cells))
    code = Code.BAD_ID if name == "patient_id" else Code.BAD_LABEL
    for index, cell in enumerate(cells):
        if len(cell) > MAX_LENGTH:
            why, remedy = f"the text is longer than {MAX_LENGTH} characters", "Shorten it."
        elif not cell.isprintable():
            why, remedy = "the text holds a line break or an invisible character", "Type it again."
        else:
            continue
        problems.append(column.problem(index, Fault(code, why, remedy)))
    return cells


def _note_trimmed(layout: Layout, ids: tuple[str, ...], problems: list[Problem]) -> None:
    header = layout.headers["patient_id"]
    rows = [
        row for row, cell, kept in zip(layout.table.rows, layout.table.cells(header), ids, strict=True) if cell != kept
    ]
    if rows:
        problems.append(
            Problem(
                code=Code.TRIMMED_ID,
                file=layout.table.name,
                row=rows[0],
                column=header,
                why=f"blanks around {len(rows)} ids were removed",
                remedy="Nothing, if that is meant.",
                severity="warning",
            )
        )
