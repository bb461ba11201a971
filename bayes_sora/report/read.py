"""Read a result folder back into a Fit: nothing is sampled, and PyMC is not needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_sora.arguments import PATH, check_argument
from bayes_sora.fitting.provenance import provenance_from_dict
from bayes_sora.fitting.result import Fit
from bayes_sora.modelfile import bind_model, model_from_json
from bayes_sora.report.layout import POSTERIOR
from bayes_sora.report.stored import check_digests, check_parts, check_window, faults_of, open_arrays, read_record
from bayes_sora.report.tree import as_sampled, cohort_from_tree, read_tree

if TYPE_CHECKING:
    import os


def read_result(folder: str | os.PathLike[str]) -> Fit:
    """Return the fit that a result folder holds.

    Nothing in the folder is believed for its checksums, which whoever changes it can write again: every document, array
    and value is held against what it must be (:mod:`bayes_sora.report.stored`).

    Parameters
    ----------
    folder : path
        As :func:`bayes_sora.write_result` wrote it.

    Returns
    -------
    Fit
        With the same cohort, model file, draws and provenance, and so the same curves, windows and verdict.

    Raises
    ------
    InputError
        R001 when it is not a result of bayes_sora, R002 when a part is missing, R003 when a part was changed or cut
        short, R004 when another version of the layout wrote it, R005 when it holds what does not belong there, such as
        a link, a pipe or an array that could run code, R006 when it is too large for this machine.
    """
    check_argument("folder", folder, PATH)
    return read_fit(folder)[0]


def read_fit(folder: str | os.PathLike[str]) -> tuple[Fit, dict[str, Any]]:
    """Return the fit of a result folder and its provenance.json; errors as :func:`read_result`."""
    path = Path(folder)
    with faults_of(path):
        record = read_record(path)
        check_parts(path)
        # What is there comes before its checksum: a file without end has none.
        open_arrays(path / POSTERIOR)
        check_digests(path, record)
        fit = _fit_of(path, record)
        check_window(path, fit.cohort, fit.model_file)
        return fit, record


def _fit_of(path: Path, record: dict[str, Any]) -> Fit:
    kept = record["attempts"][-1]
    tree, attributes = read_tree(path / POSTERIOR, drawn=(kept["chains"], kept["draws"]))
    cohort = cohort_from_tree(tree, attributes["cohort"])
    return Fit(
        cohort=cohort,
        model_file=as_sampled(bind_model(model_from_json(attributes["model"]), cohort)[0], tree["posterior"].sizes),
        posterior=tree,
        provenance=provenance_from_dict(record),
    )
