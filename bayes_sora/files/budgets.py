"""The budget of every reader, stated once: how many bytes, rows, cells, members and levels a file may have.

A budget is far above what a legitimate file needs and far below what a machine can hold, and it is held against what
can be counted before anything is expanded: bytes before they are unpacked, rows and cells before they are split,
levels before they are parsed. Readers take their budget as an argument, so that tests need no large file.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB = 2**10, 2**20


@dataclass(frozen=True, kw_only=True)
class TableBudget:
    """What a table (CSV, gzipped CSV, Parquet, data frame) may hold.

    Attributes
    ----------
    n_bytes : int
        Bytes of the file, and of what it unpacks to.
    line_bytes : int
        Bytes of one line of a CSV.
    rows, columns, cells : int
        Lines of a CSV count as rows.
    gzip_members : int
        Members of a gzip file; a block of bgzip is one.
    """

    n_bytes: int = 64 * MIB
    line_bytes: int = MIB
    rows: int = 1_000_000
    columns: int = 1000
    cells: int = 6_000_000
    gzip_members: int = 10_000


TABLE = TableBudget()
PATIENTS = 100_000
"""Of a cohort; a file of troughs or doses may have as many rows as any table."""

MODEL_BYTES = 256 * KIB
"""Of a TOML file that describes something (a model, a plan, truths) and of the JSON text of a model."""
COLUMNS_BYTES = 64 * KIB
"""Of a TOML file that names columns."""
LEVELS = 8
"""Tables and arrays inside each other in a TOML file; the vocabularies need four."""

RECORD_BYTES = 16 * MIB
"""Of a JSON document that the package wrote itself, such as the plan of a study."""
RECORD_LEVELS = 16
CHUNK_BYTES = 64 * MIB
CHUNK_ROWS = 1_000_000
"""Of the rows of one task of a study."""
TASKS = 1_000_000
"""Of a study."""
COHORT_PATIENTS, TROUGHS_A_PATIENT = 1_000_000, 50
"""Of a simulated cohort."""
REPLICATIONS = 1_000_000
WORKERS = 1024
