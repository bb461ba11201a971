r"""Outcomes averaged over evenly spaced nodes by multiplication, in single precision: the fast way of a density.

Effects are polynomials of degree two at most, so that :math:`\exp f(x_q)` follows from its neighbour by
multiplications: two or three exponentials a patient instead of one a node.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bayes_sora.modelfile.form import block_polynomial
from bayes_sora.modelfile.outcomes.bounded import BOUNDS
from bayes_sora.modelfile.outcomes.weibull import LOG_HAZARD
from bayes_sora.numerics.forms import polynomial_effect
from bayes_sora.numerics.ops import LOG_LOG_2
from bayes_sora.study.engine.jax_ops import JAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import Endpoint, FloatArray

    Parameters = dict[str, Array]

LARGEST_EXPONENT = 80.0
"""exp of it is finite in single precision, and odds beyond it are as good as infinite."""


class EvenNodes(NamedTuple):
    """Centred log exposures of every patient and draw, evenly spaced.

    Attributes
    ----------
    centre : Array, shape (n_patients, n_draws)
        The middle node.
    step : Array, shape (n_patients, n_draws), or 0
        From one node to the next.
    weights : FloatArray, shape (n_nodes,)
        An odd number of them.
    """

    centre: Array
    step: Array
    weights: FloatArray


def log_averaged_outcomes(
    at: EvenNodes, parameters: Parameters, blocks: Mapping[Endpoint, OutcomeBlock], data: Mapping[str, Array]
) -> Array:
    """Return the log of the outcomes' likelihood averaged over the nodes, shape (n_patients, n_draws).

    Parameters
    ----------
    at : EvenNodes
    parameters : dict of Array
        Broadcast against (n_patients, n_draws).
    blocks : mapping of Endpoint to OutcomeBlock
        Binary or bounded, and a Weibull survival; with polynomial effects.
    data : mapping of str to Array, shape (n_patients,)
        Such as ``toxicity_sign``.
    """
    middle = at.weights.size // 2
    # From the middle outwards: products that have left the range of single precision never come back into it.
    below = np.append(0.0, at.weights[:middle][::-1])
    upwards, constant = _sum(at._replace(weights=at.weights[middle:]), parameters, blocks, data)
    downwards, _ = _sum(EvenNodes(at.centre, -at.step, below), parameters, blocks, data)
    return constant + jnp.log(upwards + downwards)


def _sum(
    at: EvenNodes, parameters: Parameters, blocks: Mapping[Endpoint, OutcomeBlock], data: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Sum the likelihood over nodes from the first one at the centre on; with the log of its unit."""
    endpoints, constant = _start(at, parameters, blocks, data)
    survival = None
    if "survival" in blocks:
        survival = _Survival.start(at, parameters, blocks["survival"], data)
        constant = constant + survival.constant
    total = jnp.zeros_like(at.centre)
    for q, weight in enumerate(at.weights.tolist()):
        if weight > 0.0:
            term = jnp.full((), weight)
            if survival is not None:
                term = term * survival.factor(at.centre + at.step * float(q))
            term = math.prod((one.between_bounds for one in endpoints if one.bounds), start=term)
            # One division for all the others: it costs more than anything else here.
            total = total + term / math.prod(1.0 + one.odds.value for one in endpoints if not one.bounds)
        endpoints = [one.next() for one in endpoints]
        survival = None if survival is None else survival.next()
    return total, constant


def _start(
    at: EvenNodes, parameters: Parameters, blocks: Mapping[Endpoint, OutcomeBlock], data: Mapping[str, Array]
) -> tuple[list[_Binary], Array]:
    """Return what was seen of each binary endpoint at the centre, and the log of what to multiply it all by."""
    found, constant = [], jnp.zeros_like(at.centre)
    for endpoint, block in blocks.items():
        if endpoint != "survival":
            known = data[f"{endpoint}_evaluable"][:, None]
            event = data[f"{endpoint}_sign"][:, None] > 0.0
            found.append(_Binary.start(at, parameters, block, event, known))
            # Who is not evaluable has odds of one at every node: a factor of 1/2 to take back.
            constant = constant + (1.0 - known) * float(np.log(2.0))
    return found, constant


class _Binary(NamedTuple):
    r"""The likelihood of a binary endpoint from node to node, :math:`(a + b\,o) / (1 + o)` with odds o.

    The odds are those against what was seen, so that (a, b) = (1, 0), unless the probability has a floor and a ceiling:
    then `bounds` are the probabilities of what was seen without any chance of the odds' event, and with certainty.
    """

    odds: _Progression
    bounds: tuple[Array, ...]

    @classmethod
    def start(cls, at: EvenNodes, parameters: Parameters, block: OutcomeBlock, event: Array, known: Array) -> _Binary:
        """Begin at the centre."""
        against = jnp.where(event, -1.0, 1.0) * known
        constant, coefficients = block_polynomial(JAX, parameters, block)
        intercept = parameters[f"{block.endpoint}_intercept"] + constant
        odds = _Progression.start(against * intercept, [against * one for one in coefficients], at)
        return cls(odds, _seen_at_bounds(parameters, block, event, known) if block.kind == "bounded" else ())

    @property
    def between_bounds(self) -> Array:
        """Return the likelihood at the node, for any odds up to infinity."""
        a, b = self.bounds
        return b + (a - b) / (1.0 + self.odds.value)

    def next(self) -> _Binary:
        """Go one node on."""
        return self._replace(odds=self.odds.next())


def _seen_at_bounds(parameters: Parameters, block: OutcomeBlock, event: Array, known: Array) -> tuple[Array, Array]:
    """Return the probability of what was seen where the odds against it are none, and where they are all."""
    floor, ceiling = (parameters[f"{block.endpoint}_{name}"] for name in BOUNDS)
    sign = jnp.where(event, 1.0, -1.0)
    of_floor, of_ceiling = jax.nn.sigmoid(sign * floor), jax.nn.sigmoid(sign * ceiling)
    nothing_known = 0.5 * (1.0 - known)  # as the odds of one make of the others
    a, b = (jnp.where(event, *both) for both in ((of_ceiling, of_floor), (of_floor, of_ceiling)))
    return nothing_known + known * a, nothing_known + known * b


class _Survival(NamedTuple):
    """The survival term from node to node; what it is at the middle node is taken out, so that none vanishes."""

    hazard: _Progression
    base: Array
    coefficients: list[Array]
    death: Array
    middle: Array
    constant: Array

    @classmethod
    def start(cls, at: EvenNodes, parameters: Parameters, block: OutcomeBlock, data: Mapping[str, Array]) -> _Survival:
        """Begin at the centre."""
        shape = parameters["survival_shape"]
        log_months, death = (data[f"survival_{name}"][:, None] for name in ("log_months", "death"))
        base = (
            LOG_LOG_2 + shape * (log_months - jnp.log(parameters["survival_median"])) + parameters.get(LOG_HAZARD, 0.0)
        )
        coefficients = [parameters[name] for name in block.coefficients]
        log_hazard = base + polynomial_effect(at.centre, *coefficients)
        middle = death * log_hazard - jnp.exp(log_hazard)
        return cls(
            hazard=_Progression.start(base, coefficients, at),
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

    def next(self) -> _Survival:
        """Go one node on."""
        return self._replace(hazard=self.hazard.next())


class _Progression(NamedTuple):
    """exp of a polynomial of degree two at evenly spaced points, by multiplication."""

    value: Array
    ratio: Array
    growth: Array | float

    @classmethod
    def start(cls, constant: Array, coefficients: Sequence[Array], at: EvenNodes) -> _Progression:
        """Begin at the centre: exp(constant + b₁x + b₂x²)."""
        low, step = at.centre, at.step
        none = jnp.zeros(())
        first, second = (*coefficients, none, none)[:2]
        ratio = jnp.exp(step * (first + second * (2.0 * low + step)))
        growth = jnp.exp(2.0 * second * step**2) if len(coefficients) > 1 else 1.0
        return cls(
            jnp.exp(jnp.minimum(constant + polynomial_effect(low, *coefficients), LARGEST_EXPONENT)), ratio, growth
        )

    def next(self) -> _Progression:
        """Go one step on."""
        return _Progression(self.value * self.ratio, self.ratio * self.growth, self.growth)
