"""Parse TOML whose depth was counted first: ``tomllib`` needs time and memory that grow with the square of it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from bayes_sora.files.budgets import LEVELS

# What can hold a bracket or a dot without meaning it (texts, comments), then what makes a level. A dotted key is a run
# of names and quoted names; the longest number or time has one dot, so that values need not be told from keys.
_NAME = r"""(?:[A-Za-z0-9_+:-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_PIECE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\Z)'  # up to two quotes more are the last of the text
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"
    r"|#[^\n]*+"
    rf"|(?P<key>{_NAME}(?:[ \t]*+\.[ \t]*+{_NAME})*+)"
    r"|(?P<open>[\[{])"
    r"|(?P<close>[\]}])",
    re.DOTALL,
)


class TooDeep(ValueError):  # noqa: N818 - what is wrong, as in RecursionError's place
    """A TOML text has more levels than its budget; `row` is the line where."""

    def __init__(self, row: int) -> None:
        self.row = row
        super().__init__(f"more levels than allowed in line {row}")


def parse_toml(text: str, *, levels: int = LEVELS) -> dict[str, Any]:
    r"""Return the content of a TOML text with at most `levels` tables and arrays inside each other.

    Parameters
    ----------
    text : str
    levels : int
        Brackets inside each other, and names of a dotted key.

    Raises
    ------
    TooDeep
        Before anything is parsed.
    ValueError
        When the text is not TOML, or holds an integer of thousands of digits.

    Examples
    --------
    >>> parse_toml("[drug]\nname = 'sorafenib'")
    {'drug': {'name': 'sorafenib'}}
    """
    _check_levels(text, levels)
    return tomllib.loads(text)


def _check_levels(text: str, levels: int) -> None:
    depth = 0
    for piece in _PIECE.finditer(text):
        kind = piece.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        names = _names(piece["key"], levels) if kind == "key" else 0
        if max(depth, names) > levels:
            raise TooDeep(text.count("\n", 0, piece.start()) + 1)


def _names(key: str, levels: int) -> int:
    """Return how many names a key has, texts in quotes counting as one however many dots they hold."""
    return 1 if key.count(".") < levels else len(re.findall(_NAME, key))
