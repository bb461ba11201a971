"""Carry out ``extends``: a short file changes a longer one.

Tables merge key by key, with three exceptions that keep a merged file honest: a prior that names a family replaces
the whole prior, a block that names a form keeps only the priors of that form, and what identifies a file (its name,
title, description, date) is never inherited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayes_sora.errors import InputError, Problem
from bayes_sora.modelfile.check import NAME, check_content
from bayes_sora.modelfile.content import parse_toml, read_text
from bayes_sora.modelfile.find import SUFFIX, released_paths
from bayes_sora.modelfile.findings import BAD_BASE, MISSING, WRONG_TYPE, describe, known_words
from bayes_sora.modelfile.outcomes import KINDS
from bayes_sora.modelfile.vocabulary import BLOCKS, EVENT_FREE, IDENTITY, block_forms, exposure_parts

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_CHAIN = 5  # files below the one that is read
REMEDY = 'Write extends = "sorafenib_joint.v1" or the like, or a self-contained file.'


def resolve(
    content: dict[str, Any], *, folder: Path | None, file: str | None, chain: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return `content` merged over the file it extends, without the key ``extends``.

    Parameters
    ----------
    content : dict
        The file as written.
    folder : Path or None
        Where a sibling may lie; released files are found always, and first.
    file : str or None
        Name of the file for the messages.
    chain : tuple of str
        Names that led here.

    Raises
    ------
    InputError
        When the base is unknown, faulty, extends itself, the chain is too long, or the unit changes on the way.
        What is wrong with the file itself is then listed too.
    """
    if "extends" not in content:
        return content
    own = {key: value for key, value in content.items() if key != "extends"}
    try:
        base = _resolved_base(content["extends"], folder=folder, file=file, chain=chain)
        _check_same_unit(base, own, file=file)
    except InputError as error:
        # What the base would have supplied is not missing.
        others = [problem for problem in check_content(own, file=file) if problem.code != MISSING]
        raise InputError((*error.problems, *others)) from error
    return _merged_files(base, own)


def _resolved_base(base: object, *, folder: Path | None, file: str | None, chain: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(base, str):
        raise _fault(file, WRONG_TYPE, "expected the name of a model file in quotes", describe(base))
    if base in chain:
        why = f"goes round in a circle: {' → '.join((*chain, base))}"
        raise _fault(file, BAD_BASE, why, base, remedy="Let one of these files extend a released one, or none.")
    if len(chain) > LONGEST_CHAIN:
        raise _fault(file, BAD_BASE, f"is a chain of more than {LONGEST_CHAIN} files", base)
    path = _base_path(base, folder, file=file)
    try:
        content = parse_toml(read_text(path), file=path.name)
        resolved = resolve(content, folder=path.parent, file=path.name, chain=(*chain, base))
        problems = check_content(resolved, file=path.name, stem=base)
    except InputError as error:
        problems = error.problems
    if problems:
        fault = _fault(
            file, BAD_BASE, "the file it extends has faults", base, remedy="Correct them, or extend another."
        )
        raise InputError((*fault.problems, *problems))
    return resolved


def _base_path(base: str, folder: Path | None, *, file: str | None) -> Path:
    """Find a released file or a neighbour, in this order: a released name means one thing everywhere."""
    released = released_paths()
    if base in released:
        return released[base]
    neighbour = None if folder is None or NAME.fullmatch(base) is None else folder / f"{base}{SUFFIX}"
    if neighbour is None or not neighbour.is_file():  # a name, never a path
        why = "there is no released or neighbouring model file of that name"
        raise _fault(file, BAD_BASE, why, describe(base), remedy=known_words(base, released))
    return neighbour


def _check_same_unit(base: dict[str, Any], own: dict[str, Any], *, file: str | None) -> None:
    """Exposures inherited from the base are in its unit: a new unit would silently change what they mean."""
    drug = own.get("drug")
    unit = base["drug"]["unit"]
    if isinstance(drug, dict) and drug.get("unit", unit) != unit:
        why = f"changes drug.unit, but inherits exposures in {unit}"
        remedy = f"Leave unit out and write exposures in {unit}, or write a self-contained file."
        raise _fault(file, BAD_BASE, why, describe(drug["unit"]), remedy=remedy)


def _merged_files(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    inherited = {key: value for key, value in base.items() if key not in IDENTITY}
    for block in inherited.keys() & set(BLOCKS):
        inherited[block] = _of_new_form(block, inherited[block], own.get(block))
    return _merged(inherited, own)


def _of_new_form(block: str, inherited: dict[str, Any], own: object) -> dict[str, Any]:
    """Drop the inherited priors that the form or kind named by `own` does not have; if it names none, keep all."""
    named = own if isinstance(own, dict) else {}
    form, kind = (named.get(key, inherited.get(key)) for key in ("form", "kind"))
    if not {"form", "kind"} & named.keys() or not (kind is None or kind in tuple(KINDS)):
        return inherited
    forms = block_forms(block, kind)
    if not isinstance(form, str) or form not in forms:
        return inherited
    kept = (EVENT_FREE, *forms[form], *(exposure_parts(inherited) if block == "exposure" else ()))
    return {key: value for key, value in inherited.items() if not isinstance(value, dict) or key in kept}


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        below = base.get(key)
        if isinstance(below, dict) and isinstance(value, dict) and "family" not in value:
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


def _fault(file: str | None, code: str, why: str, value: str, *, remedy: str = REMEDY) -> InputError:
    return InputError([Problem(code=code, why=why, remedy=remedy, file=file, column="extends", value=value)])
