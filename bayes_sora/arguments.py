"""What the arguments of public functions must be: a call that cannot be meant is refused at the door, in plain words.

An argument is described by a :class:`Kind`, which knows its words and which values it takes. NumPy's numbers pass as
Python's do; True and False are no numbers.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, SupportsIndex

import numpy as np

from bayes_sora.errors import UsageError, shortened

LARGEST_SEED = 2**32 - 1
MOST_SEED = 2**128 - 1
"""Of what is drawn with NumPy, whose own seeds have as many bits."""
MOST_BITS = 128
"""A longer number is described and not written out."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What an argument must be.

    Attributes
    ----------
    words : str
        As read after "expected", such as ``"a whole number"``.
    accepts : callable
        Whether a value is of this kind.
    """

    words: str
    accepts: Callable[[Any], bool]

    def or_none(self) -> Kind:
        """Return the kind that takes None as well."""
        return Kind(words=f"{self.words}, or None", accepts=lambda value: value is None or self.accepts(value))

    def each(self) -> Kind:
        """Return the kind of a list or tuple whose entries are all of this kind."""
        return Kind(
            words=f"a list or tuple, each entry {self.words}",
            accepts=lambda values: isinstance(values, list | tuple) and all(map(self.accepts, values)),
        )


def check_argument(name: str, value: object, kind: Kind, *, remedy: str = "") -> None:
    """Refuse an argument that is not of the kind expected.

    Parameters
    ----------
    name : str
        Of the argument, as the caller writes it.
    value : object
        What came.
    kind : Kind
    remedy : str
        What to do, a sentence without its full stop.

    Raises
    ------
    UsageError
        With what was expected and what came.
    """
    if not kind.accepts(value):
        advice = f". {remedy}" if remedy else ""
        msg = f"{name}: expected {kind.words}, got {described(value)}{advice}"
        raise UsageError(msg)


def whole(least: int, most: int | None = None) -> Kind:
    """Return the kind of a whole number of at least `least` and at most `most`."""
    words = f"a whole number of at least {least:,}" if most is None else f"a whole number from {least:,} to {most:,}"
    largest = math.inf if most is None else most
    return Kind(words=words, accepts=lambda value: is_whole(value) and least <= value <= largest)


def whole_number(name: str, value: object, *, least: int, most: int) -> int:
    """Return an argument that must be a whole number from `least` to `most`; errors as :func:`check_argument`.

    >>> whole_number("draws", 1000, least=100, most=1_000_000)
    1000
    """
    check_argument(name, value, whole(least, most))
    assert isinstance(value, SupportsIndex)
    return operator.index(value)


def one_of(*values: str) -> Kind:
    """Return the kind of a text that is one of these."""
    return Kind(words=f"one of {', '.join(map(repr, values))}", accepts=lambda value: value in tuple(values))


def instance(words: str, *types: type) -> Kind:
    """Return the kind of an object of these types."""
    return Kind(words=words, accepts=lambda value: isinstance(value, types))


def is_whole(value: Any) -> bool:  # noqa: ANN401 - anything may come
    """Whether a value is a whole number, and no truth value."""
    return not isinstance(value, bool) and isinstance(value, Integral)


def is_number(value: Any) -> bool:  # noqa: ANN401 - anything may come
    """Whether a value is a number other than NaN and the infinite ones, and no truth value."""
    try:
        return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def described(value: object) -> str:
    """Return what came as a reader recognises it.

    >>> described("0.4"), described(500.0), described(None), described([1, 2])
    ("the text '0.4'", '500.0', 'None', 'a list')
    """
    match value:
        case int() if value.bit_length() > MOST_BITS:
            return f"a number of {value.bit_length()} bits"
        case str():
            return f"the text {shortened(value)!r}"
        case None | bool() | int() | float() | np.number() | np.bool_():
            return shortened(str(value))
        case _:
            name = type(value).__name__
            return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


WHOLE = Kind(words="a whole number", accepts=is_whole)
SEED = whole(0, LARGEST_SEED)
NUMBER = Kind(words="a number", accepts=is_number)
POSITIVE = Kind(words="a positive number", accepts=lambda value: is_number(value) and value > 0)
PROBABILITY = Kind(
    words="a probability between 0 and 1, both excluded", accepts=lambda value: is_number(value) and 0 < value < 1
)
FLAG = instance("True or False", bool, np.bool_)
TEXT = instance("a text", str)
PATH = instance("a path", str, os.PathLike)
CALLBACK = Kind(words="a callable", accepts=callable)
TEXTS = Kind(
    words="a list or tuple of texts",
    accepts=lambda values: (
        isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(value, str) for value in values)
    ),
)
MAPPING = instance("a mapping", Mapping)
