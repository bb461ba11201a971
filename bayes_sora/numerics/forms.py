r"""Shapes of an exposure effect, as functions of the centred log exposure :math:`x = \log(C / c_{ref})`.

Every form is zero at x = 0. A coefficient that is absent counts as zero, so that ``constant`` (no coefficient),
``linear`` (the first) and ``quadratic`` (both) are one formula.
"""

from __future__ import annotations

from bayes_sora.types import FloatArray


def polynomial_effect(x: FloatArray, *coefficients: FloatArray) -> FloatArray:
    r"""Return :math:`f(x) = β_1 x + β_2 x^2 + …` without an intercept.

    Parameters
    ----------
    x : array
        Centred log exposure; broadcasts against the coefficients.
    *coefficients : arrays
        β₁, β₂, … per unit of log exposure; none gives zeros.
    """
    effect = x * 0.0
    for coefficient in reversed(coefficients):
        effect = (effect + coefficient) * x
    return effect
