r"""Toxicity or response whose probability moves between a floor and a ceiling.

.. math:: p = p_0 + (p_1 - p_0)\,w, \qquad \operatorname{logit} w = α + f(x)

The floor :math:`p_0` is the probability where exposure does nothing, the ceiling :math:`p_1` that where it does all it
can; both are parameters on the logit scale, ``floor`` and ``ceiling``. At 0 and 1 it is the kind ``binary``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.binary import arrays
from bayes_sora.modelfile.outcomes.kind import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

BOUNDS = ("floor", "ceiling")


class _Logs(NamedTuple):
    """log p and log(1 − p)."""

    event: Array
    none: Array


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return log p of what was seen; a patient who is not evaluable contributes 0."""
    logs = _log_probabilities(ops, x, parameters, block)
    return data["evaluable"] * ops.where(data["sign"] > 0.0, logs.event, logs.none)


def logit_event(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> Array:
    """Return the logit of p."""
    logs = _log_probabilities(ops, x, parameters, block)
    return logs.event - logs.none


def draw(
    rng: np.random.Generator, x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock
) -> FloatArray:
    """Draw 0 or 1."""
    from bayes_sora.numerics.numpy_ops import NUMPY  # noqa: PLC0415 - SciPy, which reading a model file does without

    p = np.asarray(np.exp(_log_probabilities(NUMPY, x, parameters, block).event), dtype=float)
    return np.asarray(rng.uniform(size=p.shape) < p, dtype=float)


def _log_probabilities(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> _Logs:
    """As a mixture of the two bounds with weights 1 − w and w: exact to rounding however far out."""
    logit_w = parameters[f"{block.endpoint}_intercept"] + block_effect(ops, x, parameters, block)
    floor, ceiling = (parameters[f"{block.endpoint}_{name}"] for name in BOUNDS)
    parts = (
        (-ops.softplus(-sign * floor) - ops.softplus(logit_w), -ops.softplus(-sign * ceiling) - ops.softplus(-logit_w))
        for sign in (1.0, -1.0)
    )
    return _Logs(*(low + ops.softplus(high - low) for low, high in parts))


BOUNDED = OutcomeKind(
    endpoints=("toxicity", "response"),
    needs=(),
    parameters=("intercept", *BOUNDS),
    arrays=arrays,
    log_likelihood=log_likelihood,
    logit_event=logit_event,
    draw=draw,
)
