"""The public door: find, read, lint and build model files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bayes_sora.arguments import check_argument, instance
from bayes_sora.errors import InputError, Problem
from bayes_sora.modelfile.build import build_model
from bayes_sora.modelfile.check import check_content
from bayes_sora.modelfile.content import checked_nesting, parse_json, parse_toml, read_text
from bayes_sora.modelfile.extend import resolve
from bayes_sora.modelfile.find import SUFFIX, released_path, released_paths
from bayes_sora.modelfile.spec import ModelFile

MODEL = instance("a ModelFile, or the name or path of one", ModelFile, str, os.PathLike)


def load_model(name_or_path: str | os.PathLike[str]) -> ModelFile:
    """Return the model file called `name_or_path`.

    Parameters
    ----------
    name_or_path : str or Path
        A released name with its version (``"sorafenib_joint.v1"``) or without (its newest version), or the path of
        a file: anything that ends in ``.toml`` or contains a path separator.

    Raises
    ------
    InputError
        When there is no such model, or with every problem of the file.

    Examples
    --------
    >>> load_model("sorafenib_joint").endpoints
    ('toxicity', 'response', 'survival')
    """
    check_argument("name_or_path", name_or_path, instance("the name or path of a model file", str, os.PathLike))
    path = Path(name_or_path) if is_path(name_or_path) else released_path(str(name_or_path))
    return _checked_model(_read(path), file=path.name, stem=path.stem)


def as_model(model: ModelFile | str | os.PathLike[str]) -> ModelFile:
    """Return a model file as it is, or load the one of that name or path.

    Raises
    ------
    UsageError
        When it is neither.
    InputError
        As :func:`load_model`.
    """
    check_argument("model", model, MODEL)
    return model if isinstance(model, ModelFile) else load_model(model)


def lint_model(path: str | os.PathLike[str]) -> tuple[Problem, ...]:
    """Return every problem of the model file at `path`, or () when there is none; takes names as `load_model` does."""
    try:
        load_model(path)
    except InputError as error:
        return error.problems
    return ()


def list_models() -> tuple[ModelFile, ...]:
    """Return the released model files, by name and rising version."""
    return tuple(load_model(path) for path in released_paths().values())


def parse_model(text_or_mapping: str | Mapping[str, Any]) -> ModelFile:
    """Return the model file that `text_or_mapping` says: a TOML text, or the mapping such a text would read as.

    ``extends`` may name a released file. Errors as for :func:`load_model`.
    """
    check_argument("text_or_mapping", text_or_mapping, instance("a TOML text or a mapping", str, Mapping))
    if isinstance(text_or_mapping, str):
        content = parse_toml(text_or_mapping, file=None)
    else:
        content = checked_nesting(dict(text_or_mapping), file=None)
    return _checked_model(resolve(content, folder=None, file=None), file=None, stem=None)


def model_from_json(text: str) -> ModelFile:
    """Return the model file of a canonical JSON text (:attr:`ModelFile.text`), as a result folder carries it.

    The same text gives an equal :class:`ModelFile`, hash included. Errors as for :func:`load_model`.
    """
    return _checked_model(resolve(parse_json(text), folder=None, file=None), file=None, stem=None)


def _checked_model(content: dict[str, Any], *, file: str | None, stem: str | None) -> ModelFile:
    problems = check_content(content, file=file, stem=stem)
    if problems:
        raise InputError(problems)
    return build_model(content)


def _read(path: Path) -> dict[str, Any]:
    content = parse_toml(read_text(path), file=path.name)
    return resolve(content, folder=path.parent, file=path.name, chain=(path.stem,))


def is_path(name_or_path: str | os.PathLike[str]) -> bool:
    """Say whether `name_or_path` is the path of a file, not a released name."""
    text = str(name_or_path)
    separated = any(mark in text for mark in (os.sep, os.altsep, "/") if mark)
    return isinstance(name_or_path, os.PathLike) or text.endswith(SUFFIX) or separated
