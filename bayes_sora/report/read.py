"""Read a result folder back into a Fit: nothing is sampled, and PyMC is not needed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_sora.arguments import PATH, check_argument
from bayes_sora.errors import InputError, Problem
from bayes_sora.fitting.document import SCHEMA
from bayes_sora.fitting.provenance import provenance_from_dict
from bayes_sora.fitting.result import Fit
from bayes_sora.modelfile import bind_model, model_from_json
from bayes_sora.report.digest import OWN, digest_document, digest_parts
from bayes_sora.report.layout import LARGEST_DOCUMENT, MARK, POSTERIOR, PROVENANCE
from bayes_sora.report.tree import cohort_from_tree, read_tree

if TYPE_CHECKING:
    import os

    import xarray as xr

    from bayes_sora.modelfile import ModelFile

NOT_A_RESULT, MISSING_PART, DAMAGED, OTHER_VERSION, UNSAFE = "R001", "R002", "R003", "R004", "R005"
AGAIN = "Fit again, or take an unchanged copy of the folder."
COMPRESSORS = frozenset({"zstd", "blosc", "zlib", "gzip", "lz4"})


def read_result(folder: str | os.PathLike[str]) -> Fit:
    """Return the fit that a result folder holds.

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
        short, R004 when another version of the layout wrote it, R005 when its arrays could run code.
    """
    check_argument("folder", folder, PATH)
    path = Path(folder)
    provenance = provenance_from_dict(read_record(path))
    _check_arrays(path / POSTERIOR)
    tree, attributes = read_tree(path / POSTERIOR)
    cohort = cohort_from_tree(tree, attributes["cohort"])
    return Fit(
        cohort=cohort,
        model_file=_as_sampled(bind_model(model_from_json(attributes["model"]), cohort)[0], tree),
        posterior=tree,
        provenance=provenance,
    )


def _as_sampled(model: ModelFile, tree: xr.DataTree) -> ModelFile:
    """Return the model with the types of event that were sampled: earlier versions knew of none but the columns."""
    block = model.outcomes.get("toxicity")
    if (
        block is None
        or not block.other
        or block.vectors[0].labels[-1] in tree["posterior"][block.vectors[0].dim].to_numpy()
    ):
        return model
    vectors = tuple(vector._replace(labels=vector.labels[:-1]) for vector in block.vectors)
    return replace(model, outcomes={**model.outcomes, "toxicity": replace(block, vectors=vectors, other=False)})


def read_record(folder: Path) -> dict[str, Any]:
    """Return provenance.json of a result folder whose parts are all there and unchanged; errors as `read_result`."""
    if not folder.is_dir():
        raise _fault(folder, NOT_A_RESULT, "there is no such folder", "Check the path; fit writes result folders.")
    record = _read_provenance(folder)
    _check_parts(folder, record)
    return record


def _read_provenance(folder: Path) -> dict[str, Any]:
    path = folder / PROVENANCE
    if not path.is_file():
        why = f"is not a result folder of bayes_sora: it has no {PROVENANCE}"
        raise _fault(folder, NOT_A_RESULT, why, "Give a folder that fit wrote.")
    try:
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise _fault(folder, DAMAGED, f"{PROVENANCE} is far too large", AGAIN)
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _fault(folder, DAMAGED, f"{PROVENANCE} cannot be read", AGAIN) from error
    if not isinstance(record, dict) or record.get("kind") != MARK:
        why = f"is not a result folder of bayes_sora: its {PROVENANCE} is of something else"
        raise _fault(folder, NOT_A_RESULT, why, "Give a folder that fit wrote.")
    if record.get("schema") != SCHEMA:
        why = f"has layout {record.get('schema')!r}, this version of bayes_sora reads {SCHEMA}"
        raise _fault(folder, OTHER_VERSION, why, "Read it with the version of bayes_sora that wrote it.")
    if record.get(OWN) != digest_document(record):
        raise _fault(folder, DAMAGED, f"{PROVENANCE} was changed after it was written", AGAIN)
    return record


def _check_parts(folder: Path, record: dict[str, Any]) -> None:
    parts: dict[str, str] = record["files"]
    missing = [name for name in parts if not (folder / name).exists()]
    if missing:
        raise InputError(_problem(folder, MISSING_PART, f"{name} is missing", AGAIN) for name in missing)
    found = digest_parts(folder)
    changed = [name for name, digest in parts.items() if found.get(name) != digest]
    if changed:
        raise InputError(_problem(folder, DAMAGED, f"{name} was changed or cut short", AGAIN) for name in changed)


def _check_arrays(posterior: Path) -> None:
    """Refuse arrays of Python objects: reading one could run code that a stranger put there."""
    for path in sorted(posterior.rglob(".zarray")):
        array = json.loads(path.read_bytes())
        compressor = (array["compressor"] or {}).get("id")
        plain = "O" not in array["dtype"] and not array["filters"] and compressor in COMPRESSORS | {None}
        if not plain:
            why = f"{path.parent.name} in {POSTERIOR} is not an array of plain numbers or text"
            raise _fault(posterior.parent, UNSAFE, why, "Do not use this folder; ask where it comes from.")


def _fault(folder: Path, code: str, why: str, remedy: str) -> InputError:
    return InputError([_problem(folder, code, why, remedy)])


def _problem(folder: Path, code: str, why: str, remedy: str) -> Problem:
    return Problem(code=code, file=folder.name, why=why, remedy=remedy)
