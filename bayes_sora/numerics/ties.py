r"""Values as they are compared: what is equal in mathematics is equal in bits.

A geometric mean :math:`\exp(\sum_j \log y_j / n)` or a converted unit differs in its last bit from the same value got
in another way: of two patients with the troughs 2.1 and 2.1, 2.1, 2.1 one would rank above the other. Hence ranks,
groups, ties and distinct values are those of rounded numbers, far finer than any assay, far coarser than such errors.
"""

from __future__ import annotations

import numpy as np

from bayes_sora.types import FloatArray

DIGITS = 10
"""Significant digits in which values are compared."""
SMALLEST = 1e-250


def comparable(values: FloatArray | float) -> FloatArray:
    """Return values rounded to :data:`DIGITS` significant digits.

    Parameters
    ----------
    values : FloatArray, any shape
        NaN, infinities, 0, and sizes below 1e-250 or above 1e250 stay as they are.

    Returns
    -------
    FloatArray, same shape

    Examples
    --------
    >>> thrice = np.exp(np.log([2.1, 2.1, 2.1]).sum() / 3.0)
    >>> bool(thrice == 2.1), bool(comparable(thrice) == comparable(2.1))
    (False, True)
    """
    given = np.asarray(values, dtype=float)
    size = np.abs(given)
    plain = (size > SMALLEST) & (size < 1.0 / SMALLEST)
    places = DIGITS - 1 - np.floor(np.log10(size, out=np.zeros_like(given), where=plain))
    # Powers of ten up to 10²² are exact: dividing by one gives the float that the decimal text would.
    up, down = np.power(10.0, np.maximum(places, 0.0)), np.power(10.0, np.maximum(-places, 0.0))
    return np.where(plain, np.round(np.where(plain, given, 1.0) / down * up) * down / up, given)


def comparable_logs(logs: FloatArray) -> FloatArray:
    """Return logarithms rounded to :data:`DIGITS` decimals: as fine as :func:`comparable` is on the values."""
    return np.round(logs, DIGITS)
