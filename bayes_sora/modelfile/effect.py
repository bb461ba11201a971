"""The exposure effect of a block: which formula its form is, with the names of its coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.numerics.forms import emax_effect, polynomial_effect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import FloatArray

EMAX_FORMS = frozenset({"emax", "sigmoid_emax"})


def exposure_effect(x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock) -> FloatArray:
    """Return the exposure effect of `block` at centred log exposures x; the parameters broadcast against x."""
    return effect_formula(block)(x, *(parameters[name] for name in block.coefficients))


def effect_formula(block: OutcomeBlock) -> Callable[..., FloatArray]:
    """Return the effect of `block` as a function of x and of its coefficients in their order.

    It is added to the intercept of toxicity and response. Of survival it is g, the log hazard ratio against the
    reference exposure, so that it is zero at x = 0.
    """
    if block.form not in EMAX_FORMS:
        return polynomial_effect
    log_reference = float(np.log(block.reference_mg_l))

    def emax(x: FloatArray, emax: FloatArray, ec50: FloatArray, *hill: FloatArray) -> FloatArray:
        return emax_effect(x, emax, np.log(ec50) - log_reference, *hill)

    def against_reference(x: FloatArray, *coefficients: FloatArray) -> FloatArray:
        return np.asarray(emax(x, *coefficients) - emax(np.zeros(()), *coefficients))

    return against_reference if block.endpoint == "survival" else emax
