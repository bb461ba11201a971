"""How numbers are printed: significant digits for what may be small, and a value beside its bound."""

from __future__ import annotations

import math
from typing import NamedTuple

SIGNIFICANT = 3
LEAST_PLAIN = 1e-6
"""Smaller numbers are printed with an exponent."""
MOST_DECIMALS = 12
EXACT_DECIMALS = 3


class Compared(NamedTuple):
    """A value and its bound as text, printed so that the comparison between them can be read off."""

    value: str
    bound: str


def significant(value: float, *, digits: int = SIGNIFICANT) -> str:
    """Print a number with three significant digits, zeros at the end among them, and no exponent in the usual range.

    >>> significant(1.7), significant(0.01266), significant(1234.5), significant(99.96), significant(-0.5)
    ('1.70', '0.0127', '1234', '100', '-0.500')
    """
    if 0.0 < abs(value) < LEAST_PLAIN:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{decimals_of(value, digits=digits)}f}"


def short(value: float, *, digits: int = SIGNIFICANT) -> str:
    """Print a number as :func:`significant` does, without zeros at the end of its decimals.

    >>> short(1.7), short(0.5), short(0.01266), short(1234.5), short(2.0)
    ('1.7', '0.5', '0.0127', '1234', '2')
    """
    return _stripped(significant(value, digits=digits))


def compared(value: float, bound: float, *, decimals: int, bound_decimals: int | None = None) -> Compared:
    """Print a value and its bound with as many decimals as show on which side of the bound the value lies.

    Where rounding to `decimals` would put the value on the bound or beyond it, both get more of them.

    Parameters
    ----------
    value, bound : float
    decimals : int
        Of the value, where they suffice.
    bound_decimals : int, optional
        Of the bound, where they suffice; by default as few as print it exactly, up to three, else `decimals`.

    Examples
    --------
    >>> compared(0.85, 0.9, decimals=2), compared(0.896, 0.9, decimals=2)
    (Compared(value='0.85', bound='0.9'), Compared(value='0.896', bound='0.900'))
    """
    fewest = _exact_decimals(bound, otherwise=decimals) if bound_decimals is None else bound_decimals
    for more in range(MOST_DECIMALS + 1 - decimals):
        places = max(fewest, decimals + more) if more else fewest
        pair = Compared(f"{value:.{decimals + more}f}", f"{bound:.{places}f}")
        if not math.isfinite(value) or _side(*map(float, pair)) == _side(value, bound):
            return pair
    return Compared(repr(value), repr(bound))


def compared_percent(share: float, bound: float) -> Compared:
    """Print a share and its bound as percentages with three significant digits, or more where they are needed.

    >>> compared_percent(0.0985, 0.025), compared_percent(0.024996, 0.025)
    (Compared(value='9.85 %', bound='2.5 %'), Compared(value='2.4996 %', bound='2.5 %'))
    """
    percentage, limit = 100.0 * share, round(100.0 * bound, MOST_DECIMALS)
    pair = compared(percentage, limit, decimals=decimals_of(percentage))
    return Compared(f"{_stripped(pair.value)} %", f"{_stripped(pair.bound)} %")


def decimals_of(value: float, *, digits: int = SIGNIFICANT) -> int:
    """Return the decimals that leave so many significant digits after rounding: 99.96 becomes 100, not 100.0."""
    if value == 0.0 or not math.isfinite(value):
        return 0
    exponent = int(f"{abs(value):.{digits - 1}e}".partition("e")[2])
    return max(0, digits - 1 - exponent)


def _stripped(text: str) -> str:
    """Return the text of a number without zeros at the end of its decimals."""
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _exact_decimals(bound: float, *, otherwise: int) -> int:
    return next((few for few in range(EXACT_DECIMALS + 1) if float(f"{bound:.{few}f}") == bound), otherwise)


def _side(value: float, bound: float) -> int:
    return (value > bound) - (value < bound)
