"""The exposure effect of a block in any array library; needs no SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import OutcomeBlock


def block_effect(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> Array:
    """Return the effect of `block` at centred log exposures x, by its form and coefficients.

    It is added to the intercept of toxicity and response. Of survival it is g, the log hazard ratio against the
    reference exposure, so that it is zero at x = 0.
    """
    coefficients = [parameters[name] for name in block.scalar_coefficients]
    for vector in block.effect_vectors:
        whole = parameters.get(vector.name)  # as PyMC has it; elsewhere there are entries only
        entries = [parameters[entry] for entry in vector.entries] if whole is None else []
        coefficients.append(ops.stack(entries) if whole is None else whole)
    return block.effect_form.effect(ops, x, coefficients, block)


def block_polynomial(ops: Ops, parameters: Mapping[str, Array], block: OutcomeBlock) -> tuple[Array, tuple[Array, ...]]:
    """Return the effect of `block` as a polynomial of x: its constant, and its coefficients by rising power from 1.

    Raises
    ------
    ValueError
        When the form of the block is no polynomial (``as_polynomial`` of the form is None).
    """
    polynomial = block.effect_form.as_polynomial
    if polynomial is None:
        msg = f"form {block.form!r} of {block.endpoint} is no polynomial"
        raise ValueError(msg)
    return polynomial(ops, [parameters[name] for name in block.coefficients], block)
