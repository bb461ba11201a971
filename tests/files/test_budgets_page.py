"""The page on budgets says the numbers that the readers hold files against."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayes_sora.cohort import scales
from bayes_sora.files import budgets
from bayes_sora.files.budgets import KIB, MIB, TABLE
from bayes_sora.fitting import sampling_plan
from bayes_sora.modelfile.terms.count import MOST_COLUMNS
from bayes_sora.modelfile.terms.formula import LONGEST, MOST_TERMS

PAGE = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
SAID = [
    f"{TABLE.n_bytes // MIB} MiB, packed and unpacked; {TABLE.rows:,} rows",
    f"{TABLE.columns:,} columns, {TABLE.cells:,} cells",
    f"| {TABLE.line_bytes // MIB} MiB |",
    f"{TABLE.gzip_members:,} members",
    f"{budgets.PATIENTS:,} patients | C009",
    f"{budgets.COLUMNS_BYTES // KIB} KiB, {budgets.LEVELS} levels",
    f"{budgets.MODEL_BYTES // KIB} KiB, {budgets.LEVELS} levels",
    f"{LONGEST} characters, {MOST_TERMS} terms and {MOST_COLUMNS} columns",
    f"{budgets.TASKS:,} tasks",
    f"| {budgets.RECORD_BYTES // MIB} MiB |",
    f"{budgets.CHUNK_BYTES // MIB} MiB, {budgets.CHUNK_ROWS:,} rows",
    f"{sampling_plan.MOST['chains']} chains, {sampling_plan.MOST['draws']:,} draws",
    f"{budgets.COHORT_PATIENTS:,} patients, {budgets.TROUGHS_A_PATIENT} troughs",
    f"| workers | {budgets.WORKERS:,} |",
    f"about {sampling_plan.NUMBERS_A_DRAW:,} numbers for each draw",
    f"and {sampling_plan.NUMBERS_A_DRAW_AND_PATIENT} more, for each patient",
]
ENDS = {
    "a trough": (scales.TROUGH_MG_L, " mg/L"),
    "a survival time": (scales.MONTHS, " months"),
    "a day": (scales.DAYS, ""),
    "a dose": (scales.DOSE_MG, " mg"),
    "an earlier result": (scales.RESULT, ""),
}


@pytest.mark.parametrize("words", SAID)
def test_the_page_says_the_budget(words):
    """Every budget of the code stands in the page as it is."""
    assert words in PAGE


@pytest.mark.parametrize("quantity", ENDS)
def test_the_page_says_where_a_scale_ends(quantity):
    """Both ends of every scale stand in its row, in its unit."""
    scale, unit = ENDS[quantity]
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {quantity}"))
    low, high = (float(cell.strip().removesuffix(unit)) for cell in row.split("|")[2:4])
    assert (low, high) == (scale.low, scale.high)
