"""The functions of a likelihood for NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_ndtr

from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    from collections.abc import Sequence


def softplus(z: Array) -> Array:
    """Return log(1 + exp(z)), to the last digits also where it is tiny; faster than logaddexp."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def _stack(arrays: Sequence[Array]) -> Array:
    return np.stack(np.broadcast_arrays(*arrays), axis=-1)


def _log_sum_exp(array: Array, axis: int) -> Array:
    largest = array.max(axis=axis, keepdims=True)
    return np.log(np.exp(array - largest).sum(axis=axis, keepdims=True)) + largest


NUMPY = Ops(
    exp=np.exp,
    log=np.log,
    expm1=np.expm1,
    expit=expit,
    softplus=softplus,
    where=np.where,
    stack=_stack,
    log_cdf=log_ndtr,
    log_sum_exp=_log_sum_exp,
)
