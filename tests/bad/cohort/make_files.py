"""Write the wrong cohort files of this folder: one sound table of twelve patients, one fault each.

Run as ``python tests/bad/cohort/make_files.py``. What must happen with each file is in ``cases.toml``.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
HEADER = "patient_id,trough_mg_l,toxicity,response,os_months,death"
ROWS = (
    "P01,0.74,0,0,4.1,1",
    "P02,1.21,0,1,7.5,1",
    "P03,1.58,1,0,12.2,1",
    "P04,2.03,0,1,20.6,0",
    "P05,2.45,0,1,17.8,1",
    "P06,2.91,1,1,25.0,0",
    "P07,3.12,0,1,18.4,1",
    "P08,3.66,1,1,15.9,1",
    "P09,4.20,1,0,9.5,1",
    "P10,5.15,0,1,11.0,1",
    "P11,6.40,1,1,8.8,1",
    "P12,8.80,1,1,6.3,0",
)
SOUND = (HEADER, *ROWS)


def with_cells(*edits: tuple[int, str]) -> tuple[str, ...]:
    """Return the sound table with spreadsheet rows replaced."""
    lines = list(SOUND)
    for row, line in edits:
        lines[row - 1] = line
    return tuple(lines)


def with_column(position: int, values: str | list[str], *, name: str | None = None) -> tuple[str, ...]:
    """Return the sound table with one column replaced, its name too where given."""
    table = [line.split(",") for line in SOUND]
    table[0][position] = name or table[0][position]
    for index, cells in enumerate(table[1:]):
        cells[position] = values if isinstance(values, str) else values[index]
    return tuple(",".join(cells) for cells in table)


def column(position: int) -> list[str]:
    """Return one column of the sound table."""
    return [row.split(",")[position] for row in ROWS]


def more_columns(names: str, values: list[str]) -> tuple[str, ...]:
    """Return the sound table with further columns on the right."""
    return (f"{HEADER},{names}", *(f"{row},{value}" for row, value in zip(ROWS, values, strict=True)))


TABLES: dict[str, tuple[str, ...]] = {
    # Errors of the file
    "header_only.csv": (HEADER,),
    "semicolons.csv": tuple(line.replace(",", ";").replace(".", ",") for line in SOUND),
    "tabs.csv": tuple(line.replace(",", "\t") for line in SOUND),
    "open_quote.csv": with_cells((5, '"P04,2.03,0,1,20.6,0')),
    "ragged_decimal_comma.csv": with_cells((3, "P02,1,21,0,1,7.5,1")),
    "ragged_short.csv": with_cells((4, "P03,1.58,1,0,12.2"), (8, "P07")),
    # Errors of the columns
    "no_patient_id.csv": ("patient,trough_mg_l,toxicity,response,os_months,death", *ROWS),
    "no_trough.csv": ("patient_id,trough,toxicity,response,os_months,death", *ROWS),
    "no_endpoint.csv": tuple(",".join(line.split(",")[:2]) for line in SOUND),
    "no_death.csv": tuple(line.rpartition(",")[0] for line in SOUND),
    "cnsr_without_dialect.csv": ("patient_id,trough_mg_l,toxicity,response,os_months,CNSR", *ROWS),
    "duplicate_header.csv": ("patient_id,trough_mg_l,toxicity,toxicity,os_months,death", *ROWS),
    "two_trough_columns.csv": more_columns("trough_ng_ml", [f"{1000 * float(c):g}" for c in column(1)]),
    "unknown_column_in_map.csv": SOUND,
    "umol_without_molar_mass.csv": with_column(1, column(1), name="trough_umol_l"),
    # Errors of cells
    "blank_id.csv": with_cells((5, "  ,2.03,0,1,20.6,0")),
    "duplicate_id_identical.csv": (*SOUND, ROWS[2]),
    "duplicate_id_conflicting.csv": with_cells((9, "P03,3.66,1,1,15.9,1")),
    "duplicate_id_after_trimming.csv": with_cells((9, " P03 ,3.66,1,1,15.9,1")),
    "id_with_line_break.csv": with_cells((5, '"P04\nx",2.03,0,1,20.6,0')),
    "trough_wrong.csv": with_cells(
        (2, "P01,,0,0,4.1,1"),
        (3, "P02,NaN,0,1,7.5,1"),
        (4, "P03,inf,1,0,12.2,1"),
        (5, "P04,-2.03,0,1,20.6,0"),
        (6, "P05,0,0,1,17.8,1"),
        (7, "P06,high,1,1,25.0,0"),
        (8, "P07,1_0,0,1,18.4,1"),
        (9, "P08,1e999,1,1,15.9,1"),
    ),
    "decimal_comma.csv": with_cells((3, 'P02,"1,21",0,1,7.5,1'), (6, 'P05,2.45,0,1,"17,8",1')),
    "thousands_separator.csv": with_column(1, [f'"{float(c):.3f}"'.replace(".", ",") for c in column(1)]),
    "blq_without_lloq.csv": with_cells((2, "P01,BLQ,0,0,4.1,1"), (3, "P02,<LLOQ,0,1,7.5,1")),
    "blq_flag_without_lloq.csv": more_columns("blq", ["1", *["0"] * 11]),
    "time_wrong.csv": with_cells(
        (2, "P01,0.74,0,0,0,1"),
        (3, "P02,1.21,0,1,-7.5,1"),
        (4, "P03,1.58,1,0,inf,1"),
        (5, "P04,2.03,0,1,NaN,0"),
        (6, "P05,2.45,0,1,long,1"),
    ),
    "death_wrong.csv": with_cells((2, "P01,0.74,0,0,4.1,2"), (3, "P02,1.21,0,1,7.5,yes"), (4, "P03,1.58,1,0,12.2,")),
    "cnsr_disagrees.csv": more_columns("CNSR", ["0", "1", "0", "1", "0", "1", "0", "0", "0", "0", "0", "1"]),
    "toxicity_wrong.csv": with_cells(
        (2, "P01,0.74,2,0,4.1,1"), (3, "P02,1.21,grade 3,1,7.5,1"), (4, "P03,1.58,Y ,0,12.2,1")
    ),
    "response_wrong.csv": with_cells((2, "P01,0.74,0,PD,4.1,1")),
    "grade_wrong.csv": more_columns("grade", ["1", "6", "2.5", *["1"] * 9]),
    "dose_wrong.csv": more_columns("dose_mg", ["800", "400 mg", *["800"] * 10]),
    "everything_at_once.csv": with_cells(
        (2, ",0.74,0,0,4.1,1"),
        (3, "P02,-1.21,0,1,7.5,1"),
        (4, "P03,1.58,3,0,12.2,1"),
        (5, "P04,2.03,0,1,0,0"),
        (6, "P05,2.45,0,1,17.8"),
    ),
    # Errors of the cohort
    "one_patient.csv": SOUND[:2],
    "two_patients.csv": SOUND[:3],
    "equal_troughs.csv": with_column(1, "2.91"),
    "trough_in_ng_ml.csv": with_column(1, [f"{1000 * float(c):g}" for c in column(1)]),
    "trough_too_small.csv": with_column(1, [f"{float(c) / 1000:g}" for c in column(1)]),
    "time_in_days.csv": with_column(4, [f"{30 * float(t):g}" for t in column(4)]),
    # Errors of a troughs file
    "without_trough.csv": tuple(",".join([*line.split(",")[:1], *line.split(",")[2:]]) for line in SOUND),
    "troughs_unknown_patient.csv": ("patient_id,day,trough_mg_l", *(f"P{i:02d},14,{i}" for i in range(1, 14))),
    "troughs_missing_patient.csv": ("patient_id,day,trough_mg_l", *(f"P{i:02d},14,{i}" for i in range(1, 12))),
    "troughs_bad_day.csv": ("patient_id,day,trough_mg_l", "P01,C1D15,1", *(f"P{i:02d},14,{i}" for i in range(2, 13))),
    # Warnings only
    "three_patients.csv": (HEADER, ROWS[0], ROWS[5], ROWS[8]),
    "two_distinct_troughs.csv": with_column(1, ["1.5", "3"] * 6),
    "no_toxicity.csv": with_column(2, "0"),
    "all_toxic.csv": with_column(2, "1"),
    "no_responder.csv": with_column(3, "0"),
    "all_responders.csv": with_column(3, "1"),
    "no_deaths.csv": with_column(5, "0"),
    "all_deaths.csv": with_column(5, "1"),
    "separation.csv": with_column(2, ["0"] * 6 + ["1"] * 6),
    "toxicity_blank.csv": with_column(2, ""),
    "toxicity_na.csv": with_column(2, ["NA", *column(2)[1:]]),
    "padded_ids.csv": with_column(0, [f" {patient} " for patient in column(0)]),
    "odd_ids.csv": with_column(
        0,
        [
            "NA",
            "001",
            "=1+1",
            "<script>",
            "{{7*7}}",
            "$x^2$",
            "@x",
            "-x",
            "+x",
            "null",
            "1e5",
            '"=HYPERLINK(""http://x"")"',
        ],
    ),
    "extra_columns.csv": more_columns("name,date_of_birth", [f"Secret{i},1950-01-{i:02d}" for i in range(1, 13)]),
    "misspelt_column.csv": ("patient_id,trough_mg_l,toxcity,response,os_months,death", *ROWS),
    "response_and_early_death.csv": with_cells((3, "P02,1.21,0,1,2.5,1")),
    "grade_5_alive.csv": more_columns("grade", [*["1"] * 11, "5"]),
}


def sound_parquet() -> bytes:
    """Return the sound table as Parquet."""
    texts = {name: column(position) for position, name in enumerate(HEADER.split(","))}
    typed = {name: cells if name == "patient_id" else [float(cell) for cell in cells] for name, cells in texts.items()}
    stream = io.BytesIO()
    pq.write_table(pa.table(typed), stream)
    return stream.getvalue()


def make_binary() -> dict[str, bytes]:
    """Return the files that are not plain text, by name."""
    text = "\n".join(SOUND) + "\n"
    packed, parquet = gzip.compress(text.encode(), mtime=0), sound_parquet()
    return {
        "empty.csv": b"",
        "utf16.csv": text.encode("utf-16"),
        "utf16_without_mark.csv": text.encode("utf-16-le"),
        "latin1.csv": text.replace("P03", "Pé3").encode("latin-1"),
        "nul_bytes.csv": text.replace("P03", "P\0003").encode(),
        "parquet_named.csv": parquet,
        "csv_named.parquet": text.encode(),
        "gzip_named.csv": packed,
        "excel_named.csv": b"PK\x03\x04" + bytes(60),
        "sas_named.csv": b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000  ",
        "table.xlsx": b"PK\x03\x04" + bytes(60),
        "truncated.parquet": parquet[: len(parquet) // 2],
        "corrupt.parquet": parquet[:40] + bytes(len(parquet) - 80) + parquet[-40:],
        "truncated.csv.gz": packed[: len(packed) // 2],
        "corrupt.csv.gz": packed[:40] + bytes(20) + packed[60:],
        "text_named.csv.gz": text.encode(),
        "long_line.csv.gz": gzip.compress(text.encode() + b"P" * (2 * 2**20), mtime=0),
        "unpacks_to_65_MiB.csv.gz": gzip.compress(b"\n" * (65 * 2**20), mtime=0),
    }


if __name__ == "__main__":
    for name, lines in TABLES.items():
        (HERE / name).write_bytes(("\n".join(lines) + "\n").encode())
    for name, data in make_binary().items():
        (HERE / name).write_bytes(data)
    (HERE / "unknown_column.toml").write_text('[columns]\ntrough_mgl = "CTROUGH"\n')
    (HERE / "absent_column.toml").write_text('[columns]\ntrough_mg_l = "CTROUGH"\n')
    (HERE / "unknown_dialect.toml").write_text('dialect = "sdtm"\n')
    (HERE / "not_toml.toml").write_text("patient_id: USUBJID\n")
