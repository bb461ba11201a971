r"""A straight line of the log exposure about a location: ``located``, :math:`f = β \log(C / L)`.

With an intercept α the logit is :math:`α + β \log(C / L)`. At β = 0 the location L drops out and α alone is the logit;
the steeper the line, the more L says where it crosses one half. Intercept and slope at a fixed reference cannot do
that when they are independent a priori: there a steep line has to cross one half near the reference.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from bayes_sora.modelfile.forms.form import EffectForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops


def _effect(ops: Ops, x: Array, coefficients: Sequence[Array], block: OutcomeBlock) -> Array:
    constant, (slope,) = _polynomial(ops, coefficients, block)
    return constant + slope * x


def _polynomial(ops: Ops, coefficients: Sequence[Array], block: OutcomeBlock) -> tuple[Array, tuple[Array, ...]]:
    slope, location = coefficients
    return -slope * (ops.log(location) - log(block.reference_mg_l)), (slope,)


LOCATED = EffectForm(
    coefficients=lambda endpoint: ("slope", "location"),  # noqa: ARG005 - the same for both endpoints
    effect=_effect,
    concentrations=frozenset({"location"}),
    as_polynomial=_polynomial,
    endpoints=("toxicity", "response"),  # of survival only the slope would be left
)
