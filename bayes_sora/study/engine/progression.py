"""Likelihoods from one evenly spaced node of exposure to the next, by multiplication, in JAX.

What :class:`~bayes_sora.study.engine.density.Density` is quick by: exp of a polynomial at the next node follows from
that at this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
from jax import Array

from bayes_sora.modelfile.outcomes.weibull import LOG_HAZARD
from bayes_sora.numerics.forms import polynomial_effect
from bayes_sora.numerics.ops import LOG_LOG_2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.study.engine.density import CohortArrays, Parameters

LARGEST_EXPONENT = 80.0
"""exp of it is finite in single precision, and odds beyond it are as good as infinite."""


class SurvivalProgression(NamedTuple):
    """The survival term from node to node; what it is at the middle node is taken out, so that none vanishes."""

    hazard: Progression
    base: Array
    coefficients: list[Array]
    death: Array
    middle: Array
    constant: Array

    @classmethod
    def start(  # noqa: PLR0917 - as the other blocks, and where it starts
        cls,
        centre: Array,
        low: Array,
        step: Array,
        parameters: Parameters,
        block: OutcomeBlock,
        cohort: CohortArrays,
    ) -> SurvivalProgression:
        """Begin at the first node, `low`; `centre` is the middle one."""
        shape = parameters["survival_shape"]
        log_months, death = (cohort.outcomes[f"survival_{name}"][:, None] for name in ("log_months", "death"))
        base = (
            LOG_LOG_2 + shape * (log_months - jnp.log(parameters["survival_median"])) + parameters.get(LOG_HAZARD, 0.0)
        )
        coefficients = [parameters[name] for name in block.coefficients]
        log_hazard = base + polynomial_effect(centre, *coefficients)
        middle = death * log_hazard - jnp.exp(log_hazard)
        return cls(
            hazard=Progression.start(base, coefficients, low, step),
            base=base,
            coefficients=coefficients,
            death=death,
            middle=middle,
            constant=middle + death * (jnp.log(shape) - log_months),
        )

    def factor(self, x: Array) -> Array:
        """Return the likelihood at the node x over that at the middle node."""
        log_hazard = self.base + polynomial_effect(x, *self.coefficients)
        return jnp.exp(self.death * log_hazard - self.hazard.value - self.middle)

    def next(self) -> SurvivalProgression:
        """Go one node on."""
        return self._replace(hazard=self.hazard.next())


class Progression(NamedTuple):
    """exp of a polynomial of degree two at evenly spaced points, by multiplication."""

    value: Array
    ratio: Array
    growth: Array | float

    @classmethod
    def start(cls, constant: Array, coefficients: Sequence[Array], low: Array, step: Array) -> Progression:
        """Begin at `low`: exp(constant + b₁x + b₂x²)."""
        none = jnp.zeros(())
        first, second = (*coefficients, none, none)[:2]
        ratio = jnp.exp(step * (first + second * (2.0 * low + step)))
        growth = jnp.exp(2.0 * second * step**2) if len(coefficients) > 1 else 1.0
        return cls(
            jnp.exp(jnp.minimum(constant + polynomial_effect(low, *coefficients), LARGEST_EXPONENT)), ratio, growth
        )

    def next(self) -> Progression:
        """Go one step on."""
        return Progression(self.value * self.ratio, self.ratio * self.growth, self.growth)
