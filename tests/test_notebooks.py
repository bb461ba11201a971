"""The notebooks run from top to bottom, and what is committed of them is what a reader should see."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))
MAX_BYTES = 300_000

IN_EVERY_RUN = ("01_quickstart", "03_sample_size")
"""The others, each of which samples for a minute or so, are run by hand with the slow tests."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_to_run = pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.slow] if path.stem not in IN_EVERY_RUN else []) for path in NOTEBOOKS],
    ids=lambda path: path.stem,
)


def test_there_are_notebooks():
    """The folder is not empty, so that the tests below look at something."""
    assert NOTEBOOKS


@each_notebook
def test_committed_notebook_was_run_from_top_to_bottom(path):
    """Every code cell carries its output in order, none is an error or a warning, and the file stays small."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert path.stat().st_size < MAX_BYTES


@pytest.mark.mcmc
@each_to_run
def test_notebook_runs(path, tmp_path):
    """In a fresh kernel, in an empty folder, every cell runs and shows as many things as in the committed notebook."""
    committed = nbformat.read(path, as_version=4)
    run = nbformat.from_dict(committed)
    NotebookClient(run, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [_kinds(cell) for cell in run.cells] == [_kinds(cell) for cell in committed.cells]


def _kinds(cell: nbformat.NotebookNode) -> list[str]:
    """Return the kinds of a cell's outputs, consecutive pieces of printed text taken as one."""
    kinds = [output.output_type for output in cell.get("outputs", [])]
    return [kind for at, kind in enumerate(kinds) if at == 0 or kind != "stream" or kinds[at - 1] != "stream"]
