r"""Shapes of an exposure effect, as functions of the centred log exposure :math:`x = \log(C / c_{ref})`.

A polynomial is zero at x = 0, the reference exposure; an Emax effect is zero at no exposure at all. A coefficient that
is absent counts as zero, so that ``constant`` (no coefficient), ``linear`` (the first) and ``quadratic`` (both) are one
formula. Each is written once for every array library (:mod:`bayes_sora.numerics.ops`).
"""

from __future__ import annotations

from bayes_sora.numerics.ops import Array, Ops


def polynomial_effect(x: Array, *coefficients: Array) -> Array:
    r"""Return :math:`f(x) = β_1 x + β_2 x^2 + …` without an intercept.

    Parameters
    ----------
    x : array
        Centred log exposure; broadcasts against the coefficients.
    *coefficients : arrays
        β₁, β₂, … per unit of log exposure; none gives zeros.
    """
    effect = 0.0 * x
    for coefficient in reversed(coefficients):
        effect = (effect + coefficient) * x
    return effect


def emax_effect(ops: Ops, x: Array, emax: Array, log_ec50: Array, hill: Array = 1.0) -> Array:
    r"""Return :math:`E\,C^γ / (C^γ + EC_{50}^γ)`, from 0 at no exposure to E at a very high one.

    On the log scale it is a logistic curve, :math:`E \operatorname{expit}(γ (x - \log(EC_{50} / c_{ref})))`.

    Parameters
    ----------
    ops : Ops
    x : array
        Centred log exposure; broadcasts against the others.
    emax : array
        E, the effect of a very high exposure; of either sign.
    log_ec50 : array
        log(EC50 / c_ref), where half of the effect is reached.
    hill : array
        γ > 0, the steepness; 1 is the plain Emax model.
    """
    return emax * ops.expit(hill * (x - log_ec50))
