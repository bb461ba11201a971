r"""Curves whose shape the data choose: ``spline``, in any direction, and ``monotone_spline``, in one.

.. math:: f(x) = β x + σ \sum_k z_k B_k(x), \qquad f(x) = A \,(F(x) - F(0)), \qquad z_k \sim N(0, 1),

with B and F of :mod:`bayes_sora.numerics.splines` over the optimisation range of the drug. In both σ, ``smoothness``,
says how far f may leave the straight line: at σ = 0 it is one.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from bayes_sora.modelfile.forms.form import EffectForm, first_order
from bayes_sora.numerics.splines import N_BENDS, N_RISES, Ends, monotone_rise, spline_deviation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops

VECTOR = "spline"


def _spline(ops: Ops, x: Array, coefficients: Sequence[Array], block: OutcomeBlock) -> Array:
    slope, smoothness, z = coefficients
    bends = smoothness[..., None] * z
    return slope * x + spline_deviation(ops, x, _ends(block), bends, centred=block.endpoint == "survival")


def _monotone(ops: Ops, x: Array, coefficients: Sequence[Array], block: OutcomeBlock) -> Array:
    rise, smoothness, z = coefficients
    return rise * monotone_rise(ops, x, _ends(block), smoothness[..., None] * z)


def _ends(block: OutcomeBlock) -> Ends:
    """Return the optimisation range on the scale of x."""
    if block.span is None:
        msg = f"form {block.form!r} of {block.endpoint} needs the optimisation range: the linter comes first"
        raise ValueError(msg)
    return log(block.span.low / block.reference_mg_l), log(block.span.high / block.reference_mg_l)


def _labels(size: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, size + 1))


SPLINE = EffectForm(
    coefficients=lambda endpoint: (first_order(endpoint), "smoothness"),
    effect=_spline,
    positive=frozenset({"smoothness"}),
    additive=frozenset({"slope", "linear"}),
    vector=VECTOR,
    labels=_labels(N_BENDS),
    needs_range=True,
)
MONOTONE_SPLINE = EffectForm(
    coefficients=lambda endpoint: ("rise", "smoothness"),  # noqa: ARG005 - the same for every endpoint
    effect=_monotone,
    positive=frozenset({"smoothness"}),
    vector=VECTOR,
    labels=_labels(N_RISES),
    needs_range=True,
)
