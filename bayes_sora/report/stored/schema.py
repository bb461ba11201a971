"""What a JSON value must be, said as a value: `check(found, where)` raises, and says where, when it does not fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bayes_sora.errors import shortened
from bayes_sora.report.stored.faults import DAMAGED, fault

LONGEST_TEXT = 10_000


class Schema(Protocol):
    """Something that a JSON value is held against."""

    def check(self, found: object, where: str) -> None:
        """Raise R003 with the place `where` when `found` is something else."""


@dataclass(frozen=True)
class Anything:
    """Any value: nobody reads it."""

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters, one of `choices` if there are any."""

    longest: int = LONGEST_TEXT
    choices: tuple[str, ...] = ()

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        fits = isinstance(found, str) and len(found) <= self.longest and (not self.choices or found in self.choices)
        _demand(fits, found, where, f"one of {', '.join(self.choices)}" if self.choices else "a text")


@dataclass(frozen=True)
class Number:
    """A finite number from `low` to `high`; `whole` ones are integers."""

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        kinds = int if self.whole else (int, float)
        fits = isinstance(found, kinds) and not isinstance(found, bool)
        fits = fits and -_LARGEST <= found <= _LARGEST and self.low <= found <= self.high  # type: ignore[operator]
        _demand(fits, found, where, "a whole number in its range" if self.whole else "a finite number in its range")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        _demand(isinstance(found, bool), found, where, "true or false")


@dataclass(frozen=True)
class Exactly:
    """One value and no other."""

    value: object

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        _demand(type(found) is type(self.value) and found == self.value, found, where, repr(self.value))


@dataclass(frozen=True)
class Optional:
    """Null, or what `inner` says."""

    inner: Schema

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        if found is not None:
            self.inner.check(found, where)


@dataclass(frozen=True)
class ListOf:
    """A list of `fewest` to `most` values that `inner` describes."""

    inner: Schema
    most: int = 100_000
    fewest: int = 0

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        fits = isinstance(found, list) and self.fewest <= len(found) <= self.most
        _demand(fits, found, where, f"a list of {self.fewest} to {self.most} entries")
        for index, inner in enumerate(found):  # type: ignore[arg-type, var-annotated]
            self.inner.check(inner, f"{where}[{index}]")


@dataclass(frozen=True)
class MapOf:
    """An object of at most so many values that `inner` describes, under any names."""

    inner: Schema
    most: int = 10_000

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        _demand(isinstance(found, dict) and len(found) <= self.most, found, where, "an object")
        for name, inner in found.items():  # type: ignore[attr-defined]
            self.inner.check(inner, _inside(where, name))


@dataclass(frozen=True)
class Record:
    """An object with the keys of `required`, perhaps those of `optional`, and others only where `others` says what."""

    required: Mapping[str, Schema]
    optional: Mapping[str, Schema] = field(default_factory=dict)
    others: Schema | None = None

    def check(self, found: object, where: str) -> None:
        """Hold `found` against it."""
        _demand(isinstance(found, dict), found, where, "an object")
        content: dict[str, object] = found  # type: ignore[assignment]
        for name in self.required:
            if name not in content:
                raise fault(DAMAGED, f"{_inside(where, name)} is missing")
        for name, inner in content.items():
            schema = self.required.get(name) or self.optional.get(name) or self.others
            if schema is None:
                raise fault(DAMAGED, f"{where} has the key {shortened(repr(name))}, which does not belong there")
            schema.check(inner, _inside(where, name))


_LARGEST = 1.7976931348623157e308


def _inside(where: str, name: str) -> str:
    return f"{where}: {shortened(name)}"


def _demand(fits: bool, found: object, where: str, expected: str) -> None:  # noqa: FBT001 - read as "demand that"
    if not fits:
        raise fault(DAMAGED, f"{where} is {_words(found)}, expected {expected}")


def _words(found: object) -> str:
    """Describe a value without printing much of it."""
    match found:
        case dict() | list():
            return f"{'an object' if isinstance(found, dict) else 'a list'} of {len(found)}"
        case str():
            return shortened(repr(found[:200]))
        case int() if abs(found) > _LARGEST:
            return "a number of too many digits"
        case _:
            return repr(found)
