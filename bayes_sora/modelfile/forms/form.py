"""The contract of a form of an exposure effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import Endpoint

    Effect = Callable[[Ops, Array, Sequence[Array], OutcomeBlock], Array]


@dataclass(frozen=True, kw_only=True)
class EffectForm:
    """A form of the exposure effect f(x), x = log(C / c_ref).

    Attributes
    ----------
    coefficients : callable
        Endpoint → names of the coefficients that have a prior in the model file, in the order of the posterior and
        without the endpoint's name.
    effect : callable
        (ops, x, coefficients, block) → f(x): coefficients in their order, then the vector as one array with its
        entries on a last axis, before which everything broadcasts against x. Of survival it is g, the log hazard
        ratio against the reference, zero at x = 0. Written in operators and
        :class:`~bayes_sora.numerics.ops.Ops` only.
    positive : frozenset of str
        Those of them that are positive.
    concentrations : frozenset of str
        Those of them that are exposures: positive, and written in ``drug.unit``.
    additive : frozenset of str
        Those of them that multiply a power of x, so that something can be added to them for a patient.
    vector : str
        Name of a vector of standardised coefficients, N(0, 1) each, which the form has besides; "" when it has none.
    labels : tuple of str
        Labels of the entries of that vector.
    polynomial : bool
        Whether f is Σ β_k x^k with the coefficients by rising power from 1: what the engine of studies is fast with.
    needs_range : bool
        Whether f depends on the optimisation range, so that the model file has to name one.
    """

    coefficients: Callable[[Endpoint], tuple[str, ...]]
    effect: Effect
    positive: frozenset[str] = frozenset()
    concentrations: frozenset[str] = frozenset()
    additive: frozenset[str] = frozenset()
    vector: str = ""
    labels: tuple[str, ...] = ()
    polynomial: bool = False
    needs_range: bool = False


def first_order(endpoint: Endpoint) -> str:
    """Return the name of the coefficient of x: ``slope``, or ``linear`` of survival."""
    return "linear" if endpoint == "survival" else "slope"
