"""The part of the formula language that a model file may use: nothing in it can be executed.

formulaic evaluates Python inside formulas, so that a formula is judged here before it is given one. Allowed are names,
``+``, ``-``, ``:``, ``*``, ``** 2`` to ``** 4``, parentheses and ``C(name)``, a name whose numbers are levels. What
formulaic is given in the end has plain names only, without any call.

formulaic also writes out every product before anybody can count: thirty factors joined by ``*`` have 2³⁰ − 1 terms. So
the terms are counted here, and none is written out beyond :data:`MOST_TERMS`.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST = 500
DEEPEST = 10
MOST_NAMES = 60
MOST_TERMS = 200
SMALLEST_POWER, LARGEST_POWER = 2, 4
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
CATEGORICAL = "C"
ALLOWED = 'Use names, +, -, :, *, **2, parentheses and C(name), as in "age + C(ecog)".'
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z][A-Za-z0-9_]{0,59})|(?P<power>\*\*)|(?P<number>\d+)|(?P<sign>[-+:*()]))")


class Reference(NamedTuple):
    """A covariate as a formula names it: plainly, or as ``C(name)``."""

    name: str
    categorical: bool


Term = frozenset[Reference]
"""A product of covariates, ``age:sex``; a covariate times itself is that covariate."""


class Formula(NamedTuple):
    """A formula that was found to be harmless.

    Attributes
    ----------
    tokens : tuple of str or Reference
        In their order.
    terms : frozenset of frozenset of Reference
        The products it is the sum of.
    """

    tokens: tuple[str | Reference, ...]
    terms: frozenset[Term]

    @property
    def references(self) -> tuple[Reference, ...]:
        """What is named, each once."""
        return tuple(dict.fromkeys(token for token in self.tokens if isinstance(token, Reference)))

    def written(self, names: dict[Reference, str]) -> str:
        """Return the formula with other names for what it refers to."""
        return " ".join(names[token] if isinstance(token, Reference) else token for token in self.tokens)


class FormulaError(ValueError):
    """Why a formula is refused, in words, and what to do about it."""

    def __init__(self, why: str, remedy: str = ALLOWED) -> None:
        self.remedy = remedy
        super().__init__(why)


def parse_formula(text: str) -> Formula:
    """Return the tokens of a formula.

    Raises
    ------
    FormulaError
        When it holds anything but what is allowed, or more than :data:`MOST_TERMS` terms.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"is longer than {LONGEST} characters")
    tokens = _references(_tokens(text))
    terms, end = _sum(tokens, 0, depth=0)
    if end != len(tokens):
        raise FormulaError(f"{_shown(tokens[end])} is not expected there")
    formula = Formula(tuple(tokens), terms)
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


# A sum of crossings of interactions of powers, by descent; each returns its terms and the place behind what it read.
Terms = frozenset[Term]
Read = tuple[Terms, int]


def _sum(tokens: list[str | Reference], place: int, *, depth: int) -> Read:
    return _joined(tokens, place, _crossing, {"+": lambda a, b: a | b, "-": lambda a, b: a - b}, depth=depth)


def _crossing(tokens: list[str | Reference], place: int, *, depth: int) -> Read:
    return _joined(tokens, place, _interaction, {"*": lambda a, b: a | b | _times(a, b)}, depth=depth)


def _interaction(tokens: list[str | Reference], place: int, *, depth: int) -> Read:
    return _joined(tokens, place, _power, {":": _times}, depth=depth)


def _joined(
    tokens: list[str | Reference],
    place: int,
    read: Callable[..., Read],
    signs: dict[str, Callable[[Terms, Terms], Terms]],
    *,
    depth: int,
) -> Read:
    """Read operands with `read`, and join the terms of the first, from left to right, with those of the next."""
    terms, place = read(tokens, place, depth=depth)
    while place < len(tokens) and (sign := str(tokens[place])) in signs:
        others, place = read(tokens, place + 1, depth=depth)
        terms = _counted(signs[sign](terms, others))
    return terms, place


def _power(tokens: list[str | Reference], place: int, *, depth: int) -> Read:
    terms, place = _atom(tokens, place, depth=depth)
    if place < len(tokens) and tokens[place] == "**":
        exponent = tokens[place + 1] if place + 1 < len(tokens) else ""
        plain = isinstance(exponent, str) and exponent.isdecimal() and len(exponent) == 1
        if not plain or not SMALLEST_POWER <= int(str(exponent)) <= LARGEST_POWER:
            raise FormulaError(f"a power must be {SMALLEST_POWER} to {LARGEST_POWER}")
        raised = terms
        for _ in range(int(str(exponent)) - 1):
            raised = _times(raised, terms)
        return raised, place + 2
    return terms, place


def _atom(tokens: list[str | Reference], place: int, *, depth: int) -> Read:
    if place >= len(tokens):
        raise FormulaError("ends where a covariate is expected")
    token = tokens[place]
    if isinstance(token, Reference):
        return frozenset([frozenset([token])]), place + 1
    if token != "(":
        raise FormulaError(f"{token!r} stands where a covariate is expected")
    if depth >= DEEPEST:
        raise FormulaError(f"has more than {DEEPEST} parentheses inside each other")
    terms, place = _sum(tokens, place + 1, depth=depth + 1)
    if place >= len(tokens) or tokens[place] != ")":
        raise FormulaError("a parenthesis is not closed")
    return terms, place + 1


def _times(one: Terms, other: Terms) -> Terms:
    return _counted(a | b for a, b in product(one, other))


def _counted(terms: Iterable[Term]) -> Terms:
    """Return the distinct terms, refused as soon as there are too many of them."""
    found: set[Term] = set()
    for term in terms:
        found.add(term)
        if len(found) > MOST_TERMS:
            why = f"has more than {MOST_TERMS} terms once its products are written out"
            raise FormulaError(why, "Join covariates by + instead of *, or leave some out.")
    return frozenset(found)


def _shown(token: str | Reference) -> str:
    return repr(token.name if isinstance(token, Reference) else token)
