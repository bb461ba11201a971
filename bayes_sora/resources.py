"""Where the shipped model files and cohorts are: in the installed package or, in a checkout, at its root."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped_folder(name: str) -> Path:
    """Return the folder of shipped files called `name`, such as ``"models"`` or ``"data/simulated"``.

    A wheel carries them inside the package; an editable install finds them at the root of the repository.

    Raises
    ------
    FileNotFoundError
        When neither place has it: the installation is broken.
    """
    for root in (PACKAGE, PACKAGE.parent):
        folder = root / name
        if folder.is_dir():
            return folder
    msg = f"the shipped folder {name!r} is missing: install bayes-sora again"
    raise FileNotFoundError(msg)
