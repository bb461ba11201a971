"""From a path or a frame to cells of text, with the row each stands in.

Nothing is interpreted here: every cell is text, as written. A fault that leaves nothing to read is raised at once;
ragged rows are carried along, so that the rest of the file is still checked.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.csv_text import parse_csv
from bayes_sora.cohort.frames import parse_frame, parse_parquet
from bayes_sora.cohort.raw_table import RawTable
from bayes_sora.errors import InputError, Problem
from bayes_sora.files import NotAFile, read_regular
from bayes_sora.files.budgets import KIB, MIB, TABLE, TableBudget

if TYPE_CHECKING:
    from bayes_sora.cohort.frames import Frame

CSV, CSV_GZ, PARQUET = ".csv", ".csv.gz", ".parquet"
UNPACKED_AT_ONCE = 64 * KIB
"""Bytes of a gzip file; what a member leaves of them is copied, and a file may have thousands of members."""

_SIGNATURES = (
    (b"PAR1", "a Parquet file", PARQUET),
    (b"\x1f\x8b", "a gzip file", CSV_GZ),
    (b"PK\x03\x04", "an Excel or zip file", None),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", None),
    (b"HEADER RECORD*******", "a SAS transport file", None),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "a SAS data set", None),
)


def read_table(source: str | os.PathLike[str] | Frame, *, frame_name: str, budget: TableBudget = TABLE) -> RawTable:
    """Read a CSV (also gzipped) or Parquet file, or a pandas or polars data frame, into cells of text.

    Parameters
    ----------
    source : path or data frame
    frame_name : str
        What messages call a data frame, which has no file name.
    budget : TableBudget
        The most that the table may hold.

    Raises
    ------
    InputError
        When the file cannot be opened, is too large, damaged, or not what its extension says.
    """
    if not isinstance(source, (str, os.PathLike)):
        return parse_frame(source, name=frame_name, budget=budget)
    path = Path(source)
    extension = _extension(path)
    data = read_bytes(path, limit=budget.n_bytes)
    _check_signature(data, path.name, extension)
    digest = hashlib.sha256(data).hexdigest()
    if extension == PARQUET:
        return parse_parquet(data, name=path.name, sha256=digest, budget=budget)
    text = _decompress(data, path.name, budget) if extension == CSV_GZ else data
    return parse_csv(text, name=path.name, sha256=digest, budget=budget)


def read_bytes(path: Path, *, limit: int) -> bytes:
    """Return the content of a regular file of at most `limit` bytes."""
    try:
        data = read_regular(path, most_bytes=limit)
    except NotAFile as fault:
        raise _file_error(path.name, Code.CANNOT_OPEN, str(fault.strerror), "Name a file.") from None
    except OSError as fault:
        why = f"the file cannot be opened ({fault.strerror})"
        remedy = "Check its name, folder and rights."
        raise _file_error(path.name, Code.CANNOT_OPEN, why, remedy) from None
    if len(data) > limit:
        raise _too_large(path.name, limit)
    return data


def _extension(path: Path) -> str:
    lower = path.name.lower()
    for extension in (CSV_GZ, CSV, PARQUET):
        if lower.endswith(extension):
            return extension
    raise _file_error(
        path.name,
        Code.WRONG_EXTENSION,
        f"expected a file ending in {CSV}, {CSV_GZ} or {PARQUET}",
        "Export the table as CSV (UTF-8, comma separated) or Parquet.",
    )


def _check_signature(data: bytes, name: str, extension: str) -> None:
    """Refuse content that is not what the extension says, such as a spreadsheet renamed to .csv."""
    found = next(((what, end) for start, what, end in _SIGNATURES if data.startswith(start)), ("text", CSV))
    if found[1] == extension or (found[1] == CSV and (not data or extension == CSV_GZ)):
        return  # a .csv.gz that is not gzip is reported as damaged
    what, end = found
    remedy = f"Rename it to end in {end}." if end else "Export the table as CSV (UTF-8, comma separated) or Parquet."
    if extension == PARQUET and end == CSV:
        what, remedy = "no Parquet", "Export it again, or let a CSV file end in .csv."
    raise _file_error(name, Code.WRONG_EXTENSION, f"the name ends in {extension} but the content is {what}", remedy)


def _decompress(data: bytes, name: str, budget: TableBudget) -> bytes:
    """Unpack gzip, also of several members, stopping at the size limit however small the packed file is."""
    parts: list[bytes] = []
    room, place, members = budget.n_bytes + 1, 0, 0
    try:
        while place < len(data):
            member = zlib.decompressobj(wbits=31)
            members += 1
            if members > budget.gzip_members:
                raise _too_many_members(name, budget.gzip_members)
            while not member.eof:
                piece = data[place : place + UNPACKED_AT_ONCE]
                if not piece:
                    raise _damaged_gzip(name)
                parts.append(member.decompress(piece, room))
                place += len(piece) - len(member.unused_data)
                room -= len(parts[-1])
                if room <= 0:
                    raise _too_large(name, budget.n_bytes)
    except zlib.error:
        raise _damaged_gzip(name) from None
    return b"".join(parts)


def _too_many_members(name: str, limit: int) -> InputError:
    why = f"the gzip file has more than {limit} members"
    return _file_error(name, Code.TOO_LARGE, why, "Unpack it and compress it again in one go.")


def _damaged_gzip(name: str) -> InputError:
    return _file_error(name, Code.DAMAGED, "the gzip file is truncated or damaged", "Copy or compress it again.")


def _too_large(name: str, limit: int) -> InputError:
    return _file_error(
        name,
        Code.TOO_LARGE,
        f"the file holds more than {limit // MIB} MiB" if limit >= MIB else f"it holds more than {limit} bytes",
        "Check that it is the right file.",
    )


def _file_error(name: str, code: Code, why: str, remedy: str) -> InputError:
    return InputError([Problem(code=code, file=name, why=why, remedy=remedy)])
