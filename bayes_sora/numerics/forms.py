r"""Shapes of an exposure effect, as functions of the centred log exposure :math:`x = \log(C / c_{ref})`.

A polynomial is zero at x = 0, the reference exposure; an Emax effect is zero at no exposure at all. A coefficient that
is absent counts as zero, so that ``constant`` (no coefficient), ``linear`` (the first) and ``quadratic`` (both) are one
formula.
"""

from __future__ import annotations

import numpy as np

from bayes_sora.numerics.logistic import expit
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


def emax_effect(x: Real, emax: Real, log_ec50: Real, hill: Real = 1.0) -> FloatArray:
    r"""Return :math:`E\,C^γ / (C^γ + EC_{50}^γ)`, from 0 at no exposure to E at a very high one.

    On the log scale it is a logistic curve, :math:`E \operatorname{expit}(γ (x - \log(EC_{50} / c_{ref})))`.

    Parameters
    ----------
    x : array
        Centred log exposure; broadcasts against the others.
    emax : array
        E, the effect of a very high exposure; of either sign.
    log_ec50 : array
        log(EC50 / c_ref), where half of the effect is reached.
    hill : array
        γ > 0, the steepness; 1 is the plain Emax model.
    """
    return np.asarray(emax * expit(hill * (x - log_ec50)), dtype=float)
