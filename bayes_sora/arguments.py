"""Numbers that a caller passes: whole, and within bounds that the work behind them can bear."""

from __future__ import annotations

import operator
from typing import SupportsIndex

from bayes_sora.errors import UsageError, shortened

MOST_SEED = 2**128 - 1
"""Of what is drawn with NumPy, whose own seeds have as many bits."""


def whole_number(name: str, value: object, *, least: int, most: int) -> int:
    """Return `value` as an int.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        An int, or a NumPy integer; True and 500.0 are none.
    least, most : int

    Raises
    ------
    UsageError
        When it is no whole number, or out of bounds.

    Examples
    --------
    >>> whole_number("draws", 1000, least=100, most=1_000_000)
    1000
    """
    number = operator.index(value) if isinstance(value, SupportsIndex) and not isinstance(value, bool) else None
    if number is None:
        msg = f"{name} = {_shown(value)} must be a whole number from {least:,} to {most:,}"
        raise UsageError(msg)
    if not least <= number <= most:
        found = str(number) if number.bit_length() <= 128 else f"a number of {number.bit_length()} bits"
        msg = f"{name} = {found} must lie between {least:,} and {most:,}"
        raise UsageError(msg)
    return number


def _shown(value: object) -> str:
    match value:
        case str():
            return repr(shortened(value))
        case float() | bool() | None:
            return repr(value)
        case _:
            return f"a {type(value).__name__}"
