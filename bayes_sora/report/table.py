"""Tables of the report and how their numbers are printed: two or three significant digits, units in the header."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.digits import short
from bayes_sora.window import MIN_DRAWS, format_exposure

if TYPE_CHECKING:
    from bayes_sora.curves import Curves
    from bayes_sora.window import Quantity, Window

DASH = "–"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of text, the first column heading its rows.

    Attributes
    ----------
    caption : str
        Says what the rows are and what the intervals mean.
    header : tuple of str
    rows : tuple of tuple of str
        As long as the header each.
    text : frozenset of int
        Columns that hold words rather than numbers.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text: frozenset[int] = frozenset()


def number(value: float | None) -> str:
    """Print a number with three significant digits.

    >>> number(-0.03456), number(17.84), number(1234.5), number(None)
    ('−0.0346', '17.8', '1234', '–')
    """
    if value is None or not math.isfinite(value):
        return DASH
    return short(value).replace("-", "−")


def percent(share: float | None) -> str:
    """Print a share as a percentage that is never rounded to a certainty.

    >>> percent(0.834), percent(0.9999), percent(0.0001), percent(0.0), percent(None)
    ('83 %', '> 99 %', '< 1 %', '0 %', '–')
    """
    if share is None or not math.isfinite(share):
        return DASH
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    if share < 0.01:
        return "< 1 %"
    return "> 99 %" if share > 0.99 else f"{100.0 * share:.0f} %"


def data_share(share: float | None) -> str:
    """Print the data's share in what is known of a limit."""
    return "unknown" if share is None else percent(share)


def unbroken(text: str) -> str:
    """Keep a number on one line with its sign and unit."""
    for mark in ("≥", "≤", "<", ">", "="):
        text = text.replace(f"{mark} ", f"{mark}\N{NO-BREAK SPACE}")
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def interval(low: str, high: str) -> str:
    """Print an interval, a dash where both ends are undefined."""
    return DASH if low == high == DASH else f"{low} to {high}"


def exposure(value: float | None, curves: Curves) -> str:
    """Print an exposure of the unit of the model file, at an edge of the range as "≤ 0.5" or "≥ 10"."""
    return DASH if value is None else format_exposure(value, span=curves.span, unit=curves.unit)


def quantity_cells(window: Window, name: str, curves: Curves) -> tuple[str, str]:
    """Return median and 95 % interval of a quantity of a window; "too few draws" where fewer than 400 define it."""
    quantity: Quantity = getattr(window, name)
    if quantity.share_defined * window.posterior.draws["exists"].size < MIN_DRAWS:
        return "too few draws", DASH
    middle, low, high = (
        number(value) if name == "width" else exposure(value, curves)
        for value in (quantity.q50, quantity.q025, quantity.q975)
    )
    return middle, interval(low, high)
