"""The exposure effect of a block in any array library; needs no SciPy."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from bayes_sora.numerics.forms import emax_effect, polynomial_effect
from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import OutcomeBlock

EMAX_FORMS = frozenset({"emax", "sigmoid_emax"})


def block_effect(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> Array:
    """Return the effect of `block` at centred log exposures x, by its form and coefficients.

    It is added to the intercept of toxicity and response. Of survival it is g, the log hazard ratio against the
    reference exposure, so that it is zero at x = 0.
    """
    coefficients = [parameters[name] for name in block.coefficients]
    if block.form not in EMAX_FORMS:
        return polynomial_effect(x, *coefficients)
    emax, ec50, *hill = coefficients
    log_ec50 = ops.log(ec50) - log(block.reference_mg_l)
    at = emax_effect(ops, x, emax, log_ec50, *hill)
    return at - emax_effect(ops, 0.0, emax, log_ec50, *hill) if block.endpoint == "survival" else at
