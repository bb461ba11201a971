"""What can go wrong, said so that the reader can mend it.

Every error a user can cause carries a code, what was expected, what came, where, and what to do. A reader of
files gathers all its :class:`Problem` values first and raises one :class:`InputError` that lists them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning"]
LONGEST_PLACE, LONGEST_SENTENCE = 120, 2000
"""Characters of a file name or a column, and of what is wrong, in a message."""
MOST_LINES = 1000
"""Problems in the text of an error; a file of a million wrong cells has all of them in `problems`."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault of an input, with its place and its remedy.

    Attributes
    ----------
    code : str
        Stable code, a letter and three digits (``C…`` cohort, ``M…`` model file, ``F…`` fit, ``R…`` result folder,
        ``P…`` plan file, ``S…`` study folder).
    why : str
        What was expected and what came instead.
    remedy : str
        What the user can do about it.
    file : str or None
        Name of the file, never a full path.
    row : int or None
        Line of the file, counted from 1 with the header, as a spreadsheet shows it.
    patient, column, value : str or None
        Place and content of the cell.
    severity : {"error", "warning"}
        A warning lets the work go on and is carried into the report.
    """

    code: str
    why: str
    remedy: str
    file: str | None = None
    row: int | None = None
    patient: str | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        """Return the problem on one line, whatever the names and cells it quotes hold."""
        places = (
            ("", _place(self.file)),
            ("row ", self.row),
            ("patient ", None if self.patient is None else shortened(self.patient)),
            ("column ", _place(self.column)),
            ("value ", None if self.value is None else repr(shortened(self.value))),
        )
        where = ", ".join(f"{label}{place}" for label, place in places if place is not None)
        why, remedy = (shortened(text, limit=LONGEST_SENTENCE) for text in (self.why, self.remedy))
        return f"{self.code} {where + ': ' if where else ''}{why}. {remedy}"


def shortened(text: str, *, limit: int = 60) -> str:
    """Return `text` on one line, without control characters and at most `limit` characters long, for a message."""
    start = text[: 4 * limit]  # a cell can be a megabyte
    line = one_line(" ".join(start.split()))
    return line if len(line) <= limit and start == text else line[: limit - 1] + "…"


def one_line(text: str) -> str:
    r"""Return `text` with line breaks and other characters that are no print written out, such as ``\n``."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()


def _place(name: str | None) -> str | None:
    return None if name is None else shortened(name, limit=LONGEST_PLACE)


class BayesSoraError(Exception):
    """Anything bayes_sora refuses to do; the command line ends with `exit_code`."""

    exit_code: ClassVar[int] = 1


class UsageError(BayesSoraError):
    """A call that cannot be carried out as written, such as an unknown engine or an existing folder (exit 2)."""

    exit_code = 2


class InputError(BayesSoraError):
    """Bad data or a bad model file (exit 3), with every problem found.

    Parameters
    ----------
    problems : iterable of Problem
        At least one; warnings among them are kept, for context.
    """

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        more = len(self.problems) - MOST_LINES
        lines = [str(problem) for problem in self.problems[:MOST_LINES]]
        super().__init__("\n".join((*lines, f"… and {more} more") if more > 0 else lines))


class IncompleteError(BayesSoraError):
    """A simulation study too many of whose analyses failed to be an answer (exit 5)."""

    exit_code = 5


class TrustError(BayesSoraError):
    """A fit whose draws cannot be trusted (exit 4).

    Parameters
    ----------
    reasons : iterable of str
        What was found, one reason each.
    """

    exit_code = 4

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons: tuple[str, ...] = tuple(reasons)
        super().__init__("the fit cannot be trusted: " + "; ".join(self.reasons))
