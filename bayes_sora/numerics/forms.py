r"""Shapes of an exposure effect, as functions of the centred log exposure :math:`x = \log(C / c_{ref})`.

Every form is zero at x = 0. A coefficient that is absent counts as zero, so that ``constant`` (no coefficient),
``linear`` (the first) and ``quadratic`` (both) are one formula.
"""

from __future__ import annotations

import numpy as np

from bayes_sora.types import FloatArray, Real


def polynomial_effect(x: Real, *coefficients: Real) -> FloatArray:
    r"""Return :math:`f(x) = β_1 x + β_2 x^2 + …` without an intercept.

    Parameters
    ----------
    x : array
        Centred log exposure; broadcasts against the coefficients.
    *coefficients : arrays
        β₁, β₂, … per unit of log exposure; none gives zeros.
    """
    effect = np.zeros_like(x, dtype=float)
    for coefficient in reversed(coefficients):
        effect = (effect + coefficient) * x
    return effect
