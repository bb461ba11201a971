"""The operations of a likelihood in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from bayes_sora.numerics.ops import Ops

JAX = Ops(
    exp=jnp.exp,
    log=jnp.log,
    expm1=jnp.expm1,
    expit=jax.nn.sigmoid,
    softplus=jax.nn.softplus,
    where=jnp.where,
    stack=lambda arrays: jnp.stack(jnp.broadcast_arrays(*arrays), axis=-1),
    log_cdf=jax.scipy.special.log_ndtr,
    log_sum_exp=lambda array, axis: jax.nn.logsumexp(array, axis=axis, keepdims=True),
)
