"""What reaches a terminal: text for people and JSON on stdout, notes and progress on stderr."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.streams import drop_stderr
from bayes_sora.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

QUARTERS = 4
_unfinished: list[str] = []  # the line on stderr that has no end yet

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def say(text: str = "", *, bold: bool = False) -> None:
    """Print text for people on stdout."""
    click.echo(click.style(printable(text), bold=True) if bold else printable(text), color=_colour())


def note(text: str) -> None:
    """Print a note on stderr, on a line of its own."""
    tell(("\n" if _unfinished else "") + printable(text) + "\n")


def tell(text: str) -> None:
    """Write `text` on stderr as it is; where that fails (a reader that is gone, a full disk) the command goes on."""
    _unfinished[:] = [text] if not text.endswith("\n") else []
    try:
        click.echo(text, nl=False, err=True)
    except OSError:
        drop_stderr()


def is_terminal() -> bool:
    """Return whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def say_notes(notes: Iterable[object]) -> None:
    """Print the warnings of an input on stderr, one a line."""
    for one in notes:
        note(f"note {one}")


def print_json(document: object) -> None:
    """Print the one JSON object of a command on stdout, in ASCII: no terminal or pipe can spoil it."""
    click.echo(json.dumps(document, indent=1, allow_nan=False))


def printable(text: str) -> str:
    r"""Return `text` with control characters written out: an id such as ``"\x1b[2J"`` must not drive the terminal."""
    return "\n".join(map(one_line, text.split("\n")))


def keep_printable() -> None:
    """Write out what the terminal's encoding lacks (≥ in an ASCII pipe) instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows of a table as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


class Progress:
    """Tells on stderr what a long step is doing: in place on a terminal, else one line a step and a quarter of it."""

    def __init__(self) -> None:
        self._in_place = is_terminal()
        self._line = ""

    def __call__(self, what: str, done: int, in_all: int) -> None:
        """Hear that `done` of `in_all` steps of `what` are done."""
        line = f"{what} {_percent(done, in_all, coarse=not self._in_place)}".rstrip()
        if line == self._line:
            return
        if self._in_place:
            same_step = self._line.startswith(what)
            tell(("\r" if same_step else self._end_of_line()) + line)
        else:
            tell(line + "\n")
        self._line = line

    def finish(self) -> None:
        """End the line of the last step."""
        if self._in_place and self._line:
            tell("\n")
        self._line = ""

    def _end_of_line(self) -> str:
        return "\n" if self._line else ""


def _percent(done: int, in_all: int, *, coarse: bool) -> str:
    """Return "45 %", or with `coarse` the last quarter reached; nothing for a step of one piece."""
    if in_all <= 1:
        return ""
    share = done / in_all
    return f"{int(share * QUARTERS) * 100 // QUARTERS if coarse else int(100 * share)} %"


def _colour() -> bool | None:
    """Return False where the user wants no colours (no-color.org), else let click ask the terminal."""
    return False if os.environ.get("NO_COLOR") else None
