r"""Saturation: ``emax`` and ``sigmoid_emax``, :math:`f = E\,C^γ / (C^γ + EC_{50}^γ)`."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from bayes_sora.modelfile.forms.form import EffectForm
from bayes_sora.numerics.forms import emax_effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops


def _effect(ops: Ops, x: Array, coefficients: Sequence[Array], block: OutcomeBlock) -> Array:
    emax, ec50, *hill = coefficients
    log_ec50 = ops.log(ec50) - log(block.reference_mg_l)
    at = emax_effect(ops, x, emax, log_ec50, *hill)
    return at - emax_effect(ops, 0.0, emax, log_ec50, *hill) if block.endpoint == "survival" else at


EMAX = EffectForm(
    coefficients=lambda endpoint: ("emax", "ec50"),  # noqa: ARG005 - the same for every endpoint
    effect=_effect,
    concentrations=frozenset({"ec50"}),
)
SIGMOID_EMAX = EffectForm(
    coefficients=lambda endpoint: ("emax", "ec50", "hill"),  # noqa: ARG005
    effect=_effect,
    positive=frozenset({"hill"}),
    concentrations=frozenset({"ec50"}),
)
