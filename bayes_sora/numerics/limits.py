r"""Where to look for the average trough of a patient of whom no trough was measured, only limits that it lies beyond.

Nothing but the population centres the quadrature of such a patient, :math:`\log C \sim N(μ, σ_b)`, and a trough known
as ``<0.7`` may lie beyond the last node. Given one limit L of a trough with noise :math:`σ_w` the mean and variance of
log C are known: with :math:`s^2 = σ_b^2 + σ_w^2`, :math:`a = (L - μ)/s` and :math:`λ = φ(a)/Φ(a)`,

.. math:: E = μ - \frac{σ_b^2}{s} λ, \qquad V = σ_b^2 \Big(1 - \frac{σ_b^2}{s^2} λ (λ + a)\Big),

and mirrored for a trough above the upper limit. The nodes are put there, wider by a quarter since that distribution is
skewed, and their weights are corrected: the integral stays the same. Arguments broadcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.numerics.exposure import LOG_2_PI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.numerics.exposure import TroughStatistics
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

WIDER = 1.25
FARTHEST = -1e3
"""In SDs: beyond it λ has no digits left, and the nodes need not be anywhere better."""
SIDES = (("below", 1.0), ("above", -1.0))


def unmeasured_limits(statistics: TroughStatistics) -> dict[str, FloatArray] | None:
    """Return the closest limits of the patients without a measured trough; None where everybody has one.

    ``below`` and ``above`` are 1 where there is such a limit, ``below_log_limit`` and ``above_log_limit`` the log of it
    and 0 elsewhere, each of shape (n_patients,).
    """
    unmeasured = statistics.n == 0
    if not unmeasured.any():
        return None
    named: dict[str, FloatArray] = {}
    for name, sign in SIDES:
        own = (statistics.censored_sign == sign) & unmeasured[statistics.censored_patient]
        closest = np.full(statistics.n.size, np.inf)
        np.minimum.at(closest, statistics.censored_patient[own], sign * statistics.censored_log_limit[own])
        there = np.isfinite(closest)
        named[name], named[f"{name}_log_limit"] = there.astype(float), np.where(there, sign * closest, 0.0)
    return named


def centre_on_limits(
    ops: Ops, centre: Array, spread: Array, limits: Mapping[str, Array], *, sd_within: Array
) -> tuple[Array, Array]:
    """Return centre and spread of the nodes, moved for the patients of :func:`unmeasured_limits`."""
    for name, sign in SIDES:
        there = limits[name] > 0.0
        total = (spread**2 + sd_within**2) ** 0.5
        reach = sign * (limits[f"{name}_log_limit"] - centre) / total
        a = ops.where(reach < FARTHEST, FARTHEST, reach)
        ratio = ops.exp(-0.5 * (a**2 + LOG_2_PI) - ops.log_cdf(a))
        taken = ratio * (ratio + a)
        share = (sd_within**2 + spread**2 * (1.0 - ops.where(taken > 1.0, 1.0, taken))) / total**2
        centre = ops.where(there, centre - sign * spread**2 / total * ratio, centre)
        spread = ops.where(there, spread * share**0.5, spread)
    return centre, ops.where(limits["below"] + limits["above"] > 0.0, WIDER * spread, spread)


def moved_log_weights(
    ops: Ops,
    nodes: Array,
    centre: Array,
    spread: Array,
    limits: Mapping[str, Array],
    *,
    mu: Array,
    sd_between: Array,
) -> Array:
    r"""Return what is added to the log weights, ∝ φ(node), of nodes moved away from :math:`N(μ, σ_b)`; 0 of others."""
    z = (centre + spread * nodes - mu) / sd_between
    moved = 0.5 * (nodes**2 - z**2) + ops.log(spread / sd_between)
    return ops.where(limits["below"] + limits["above"] > 0.0, moved, 0.0)
