"""Average exposures given troughs, in JAX: the twin of :mod:`bayes_sora.numerics.exposure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

from bayes_sora.numerics.exposure import LOG_2_PI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jax import Array


def average_exposure(
    parameters: Mapping[str, Array], trough_count: Array, trough_mean_log: Array, trough_sum_squares: Array
) -> tuple[Array, Array, Array]:
    """Return mean and SD of log C given the troughs, and the marginal log density of these; (n_patients, n_draws)."""
    mu, between, within = (parameters[f"exposure_{name}"] for name in ("log_median", "sd_between", "sd_within"))
    n, mean_log, squares = (array[:, None] for array in (trough_count, trough_mean_log, trough_sum_squares))
    total = n * between**2 + within**2
    centre = mu + n * between**2 / total * (mean_log - mu)
    spread = between * within / jnp.sqrt(total)
    size = jnp.where(n > 0, 2.0 * (n - 1.0) * jnp.log(within) + jnp.log(total), 0.0)
    marginal = -0.5 * (n * LOG_2_PI + size + squares / within**2 + n * (mean_log - mu) ** 2 / total)
    return centre, spread, marginal
