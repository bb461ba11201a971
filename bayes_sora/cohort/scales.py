"""Where the scale of each quantity of a cohort ends: beyond, a number is a slip, and arithmetic with it fails.

The ends say nothing of what is plausible: they are so far out that only a slip reaches them, and so near that squares,
logarithms and likelihoods of what lies between are finite.
"""

from __future__ import annotations

from typing import NamedTuple


class Scale(NamedTuple):
    """The smallest and the largest number a quantity can be; where 0 is allowed it is allowed besides."""

    low: float
    high: float

    def holds(self, number: float) -> bool:
        """Whether `number` lies on the scale; NaN never does."""
        return self.low <= number <= self.high

    def in_units(self, size: float) -> Scale:
        """Return the scale for numbers in a unit of `size`."""
        return Scale(self.low / size, self.high / size)


TROUGH_MG_L = Scale(1e-9, 1e6)
MONTHS = Scale(1e-6, 1e5)
DAYS = Scale(1e-6, 1e5)
"""Of a date counted from time zero; before time zero it is the same with a minus."""
DOSE_MG = Scale(1e-9, 1e9)
RESULT = Scale(1e-9, 1e9)
"""Of an earlier result and its standard error, as the prior of a model file may have them."""
