r"""Polynomials of the log exposure: ``constant``, ``linear`` and ``quadratic``, :math:`f(x) = β x + h x^2`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.modelfile.forms.form import EffectForm, first_order
from bayes_sora.numerics.forms import polynomial_effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops


def _effect(ops: Ops, x: Array, coefficients: Sequence[Array], block: OutcomeBlock) -> Array:  # noqa: ARG001
    return polynomial_effect(x, *coefficients)


def _as_polynomial(
    ops: Ops,  # noqa: ARG001 - as other forms
    coefficients: Sequence[Array],
    block: OutcomeBlock,  # noqa: ARG001
) -> tuple[Array, tuple[Array, ...]]:
    return 0.0, tuple(coefficients)


ADDITIVE = frozenset({"slope", "linear", "curvature"})
CONSTANT = EffectForm(coefficients=lambda endpoint: (), effect=_effect, as_polynomial=_as_polynomial)  # noqa: ARG005
LINEAR = EffectForm(
    coefficients=lambda endpoint: (first_order(endpoint),),
    effect=_effect,
    additive=ADDITIVE,
    as_polynomial=_as_polynomial,
)
QUADRATIC = EffectForm(
    coefficients=lambda endpoint: (first_order(endpoint), "curvature"),
    effect=_effect,
    additive=ADDITIVE,
    as_polynomial=_as_polynomial,
)
