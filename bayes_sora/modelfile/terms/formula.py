"""The part of the formula language that a model file may use: nothing in it can be executed.

formulaic evaluates Python inside formulas, so that a formula is judged here before it is given one. Allowed are names,
``+``, ``-``, ``:``, ``*``, ``** 2`` to ``** 4``, parentheses and ``C(name)``, a name whose numbers are levels. What
formulaic is given in the end has plain names only, without any call.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 500
DEEPEST = 10
MOST_NAMES = 60
SMALLEST_POWER, LARGEST_POWER = 2, 4
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
CATEGORICAL = "C"
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z][A-Za-z0-9_]{0,59})|(?P<power>\*\*)|(?P<number>\d+)|(?P<sign>[-+:*()]))")


class Reference(NamedTuple):
    """A covariate as a formula names it: plainly, or as ``C(name)``."""

    name: str
    categorical: bool


class Formula(NamedTuple):
    """A formula that was found to be harmless.

    Attributes
    ----------
    tokens : tuple of str or Reference
        In their order.
    """

    tokens: tuple[str | Reference, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """What is named, each once."""
        return tuple(dict.fromkeys(token for token in self.tokens if isinstance(token, Reference)))

    def written(self, names: dict[Reference, str]) -> str:
        """Return the formula with other names for what it refers to."""
        return " ".join(names[token] if isinstance(token, Reference) else token for token in self.tokens)


class FormulaError(ValueError):
    """Why a formula is refused, in words."""


def parse_formula(text: str) -> Formula:
    """Return the tokens of a formula.

    Raises
    ------
    FormulaError
        When it holds anything but what is allowed.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"is longer than {LONGEST} characters")
    tokens = _references(_tokens(text))
    end = _sum(tokens, 0, depth=0)
    if end != len(tokens):
        raise FormulaError(f"{_shown(tokens[end])} is not expected there")
    formula = Formula(tuple(tokens))
    if len(formula.references) > MOST_NAMES:
        raise FormulaError(f"names more than {MOST_NAMES} covariates")
    return formula


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise FormulaError(f"{text[place:].lstrip()[:1]!r} is not allowed")
        found.append(match.group().strip())
        place = match.end()
    return found


def _references(tokens: list[str]) -> list[str | Reference]:
    """Put C(name) and every other name together; a call of anything else is refused."""
    found: list[str | Reference] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        called = tokens[place + 1 : place + 2] == ["("]
        if not NAME.fullmatch(token):
            found.append(token)
        elif not called:
            found.append(Reference(token, categorical=False))
        else:
            inner = tokens[place + 2 : place + 4]
            if token != CATEGORICAL or len(inner) != 2 or not NAME.fullmatch(inner[0]) or inner[1] != ")":
                raise FormulaError(f"{token}(…) is not allowed: functions are not, but C(name)")
            found.append(Reference(inner[0], categorical=True))
            place += 3
        place += 1
    return found


# A sum of products of powers, by descent; each function returns the place behind what it read.
def _sum(tokens: list[str | Reference], place: int, *, depth: int) -> int:
    place = _product(tokens, place, depth=depth)
    while place < len(tokens) and tokens[place] in ("+", "-"):
        place = _product(tokens, place + 1, depth=depth)
    return place


def _product(tokens: list[str | Reference], place: int, *, depth: int) -> int:
    place = _power(tokens, place, depth=depth)
    while place < len(tokens) and tokens[place] in ("*", ":"):
        place = _power(tokens, place + 1, depth=depth)
    return place


def _power(tokens: list[str | Reference], place: int, *, depth: int) -> int:
    place = _atom(tokens, place, depth=depth)
    if place < len(tokens) and tokens[place] == "**":
        exponent = tokens[place + 1] if place + 1 < len(tokens) else ""
        plain = isinstance(exponent, str) and exponent.isdecimal() and len(exponent) == 1
        if not plain or not SMALLEST_POWER <= int(str(exponent)) <= LARGEST_POWER:
            raise FormulaError(f"a power must be {SMALLEST_POWER} to {LARGEST_POWER}")
        place += 2
    return place


def _atom(tokens: list[str | Reference], place: int, *, depth: int) -> int:
    if place >= len(tokens):
        raise FormulaError("ends where a covariate is expected")
    token = tokens[place]
    if isinstance(token, Reference):
        return place + 1
    if token != "(":
        raise FormulaError(f"{token!r} stands where a covariate is expected")
    if depth >= DEEPEST:
        raise FormulaError(f"has more than {DEEPEST} parentheses inside each other")
    place = _sum(tokens, place + 1, depth=depth + 1)
    if place >= len(tokens) or tokens[place] != ")":
        raise FormulaError("a parenthesis is not closed")
    return place + 1


def _shown(token: str | Reference) -> str:
    return repr(token.name if isinstance(token, Reference) else token)
