"""The sizes a search may visit: few and round, because each new one costs a compilation of the Bayesian engine."""

from __future__ import annotations

import math

MOST_SIZES = 25
LEAST_STEP = 1.07
DIGITS = 2


def size_lattice(n_min: int, n_max: int) -> tuple[int, ...]:
    """Return the sizes from `n_min` to `n_max` that may be simulated, rising.

    They are about evenly spaced on the log scale, at most :data:`MOST_SIZES`, at least some 7 % apart, and round (two
    digits) but for the ends, which are kept as asked.

    >>> size_lattice(200, 400)
    (200, 210, 230, 250, 260, 280, 300, 320, 350, 370, 400)
    >>> size_lattice(20, 2000)[:12]
    (20, 24, 29, 36, 43, 52, 63, 77, 93, 110, 140, 170)
    """
    if n_min == n_max:
        return (n_min,)
    steps = min(MOST_SIZES - 1, max(1, math.floor(math.log(n_max / n_min) / math.log(LEAST_STEP))))
    ratio = (n_max / n_min) ** (1.0 / steps)
    between = {_rounded(n_min * ratio**step) for step in range(1, steps)}
    return (n_min, *sorted(n for n in between if n_min < n < n_max), n_max)


def _rounded(n: float) -> int:
    unit = int(10 ** max(0, math.floor(math.log10(n)) + 1 - DIGITS))
    return round(n / unit) * unit
