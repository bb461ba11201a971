"""The contract of a form of an exposure effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.numerics.ops import Array, Ops
from bayes_sora.types import ENDPOINTS, Endpoint

if TYPE_CHECKING:
    from bayes_sora.modelfile.spec import OutcomeBlock

    Effect = Callable[[Ops, Array, Sequence[Array], OutcomeBlock], Array]
    AsPolynomial = Callable[[Ops, Sequence[Array], OutcomeBlock], tuple[Array, tuple[Array, ...]]]


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
    as_polynomial : callable or None
        (ops, coefficients, block) → the constant and the coefficients b₁, b₂, … by rising power of the polynomial of x
        that f is: what the engine of studies is fast with. None where f is none, or of a degree above two.
    needs_range : bool
        Whether f depends on the optimisation range, so that the model file has to name one.
    endpoints : tuple of Endpoint
        Which endpoints can have it.
    """

    coefficients: Callable[[Endpoint], tuple[str, ...]]
    effect: Effect
    positive: frozenset[str] = frozenset()
    concentrations: frozenset[str] = frozenset()
    additive: frozenset[str] = frozenset()
    vector: str = ""
    labels: tuple[str, ...] = ()
    as_polynomial: AsPolynomial | None = None
    needs_range: bool = False
    endpoints: tuple[Endpoint, ...] = ENDPOINTS


def first_order(endpoint: Endpoint) -> str:
    """Return the name of the coefficient of x: ``slope``, or ``linear`` of survival."""
    return "linear" if endpoint == "survival" else "slope"
