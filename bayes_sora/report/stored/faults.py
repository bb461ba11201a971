"""What can be wrong with a result folder, in codes and words."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.errors import BayesSoraError, InputError, Problem, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_A_RESULT, MISSING_PART, DAMAGED, OTHER_VERSION, UNSAFE, TOO_LARGE = "R001", "R002", "R003", "R004", "R005", "R006"

ASK = "Do not use this folder; ask where it comes from."
AGAIN = "Fit again, or take an unchanged copy of the folder."
REMEDIES = MappingProxyType(
    {
        NOT_A_RESULT: "Give a folder that fit wrote.",
        MISSING_PART: AGAIN,
        DAMAGED: AGAIN,
        OTHER_VERSION: "Read it with the version of bayes_sora that wrote it.",
        UNSAFE: ASK,
        TOO_LARGE: ASK,
    }
)


def fault(code: str, why: str, *, remedy: str | None = None) -> InputError:
    """Return the error of one fault, with the remedy of its code unless another is given; the door adds the folder."""
    return InputError([Problem(code=code, why=why, remedy=remedy or REMEDIES[code])])


@contextmanager
def faults_of(folder: Path) -> Iterator[None]:
    """Turn whatever a folder does to its reader into one error with an R-code and the name of the folder.

    Raises
    ------
    InputError
        With R-codes only: what another room refuses, such as a model file (M) or a cohort (F), is a fault of the folder
        that carries it.
    """
    name = shortened(folder.name or str(folder))
    try:
        yield
    except InputError as error:
        raise InputError(_labelled(error, name)) from error
    except BayesSoraError as error:
        raise InputError([_refused(str(error), name)]) from error
    except OSError as error:
        why = f"cannot be read: {error.strerror or type(error).__name__}"
        raise InputError([Problem(code=DAMAGED, file=name, why=why, remedy=AGAIN)]) from error


def _labelled(error: InputError, name: str) -> list[Problem]:
    if all(problem.code.startswith("R") for problem in error.problems):
        return [replace(problem, file=name) for problem in error.problems]
    return [_refused(str(error.problems[0]), name)]


def _refused(words: str, name: str) -> Problem:
    why = f"the model file or the cohort in it is refused ({shortened(words, limit=300).rstrip('.')})"
    return Problem(code=DAMAGED, file=name, why=why, remedy=AGAIN)
