"""Find released model files by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.errors import InputError, Problem
from bayes_sora.modelfile.findings import describe, known_words
from bayes_sora.resources import shipped_folder

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN_NAME = "M002"
SUFFIX = ".toml"


def released_paths() -> dict[str, Path]:
    """Return the released model files by name with version, sorted by name and rising version."""
    paths = {path.stem: path for path in shipped_folder("models").glob(f"*{SUFFIX}")}
    return {name: paths[name] for name in sorted(paths, key=name_and_version)}


def released_path(name: str) -> Path:
    """Return the released file called `name`, or without a version in `name` the newest one.

    Raises
    ------
    InputError
        M002 when there is none.
    """
    released = released_paths()
    if name in released:
        return released[name]
    versions = [path for stem, path in released.items() if name_and_version(stem)[0] == name]
    if versions:
        return versions[-1]
    problem = Problem(
        code=UNKNOWN_NAME,
        why="there is no released model of that name",
        remedy=f"{known_words(name, released)} A file of your own is given by its path.",
        value=describe(name),
    )
    raise InputError([problem])


def name_and_version(stem: str) -> tuple[str, int]:
    """Split ``"name.v12"`` into its name and 12; a name without a version counts as version 0."""
    name, mark, version = stem.rpartition(".v")
    return (name, int(version)) if mark and version.isdecimal() else (stem, 0)
