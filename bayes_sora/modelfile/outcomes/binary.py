r"""Toxicity or response, seen or not: :math:`\operatorname{logit} p = α + f(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.kind import OutcomeKind, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray


def arrays(cohort: Cohort, block: OutcomeBlock) -> dict[str, FloatArray]:
    """``sign``, +1 event and −1 none, and ``evaluable``, 0 where the outcome is not known.

    Where response needs survival to the end of its window, the dead say nothing of response among the living.
    """
    outcome = known(cohort.toxicity if block.endpoint == "toxicity" else cohort.response, block.endpoint)
    evaluable = ~np.isnan(outcome)
    if block.event_free_months is not None:
        dead = known(cohort.death, "death") == 1.0
        evaluable &= ~(dead & (known(cohort.os_months, "os_months") < block.event_free_months))
    return {"sign": np.where(outcome == 1.0, 1.0, -1.0), "evaluable": evaluable.astype(float)}


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return log p of what was seen; a patient who is not evaluable contributes 0."""
    logit_p = parameters[f"{block.endpoint}_intercept"] + block_effect(ops, x, parameters, block)
    return -data["evaluable"] * ops.softplus(-data["sign"] * logit_p)


def draw(
    rng: np.random.Generator, x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock
) -> FloatArray:
    """Draw 0 or 1."""
    # SciPy, which reading a model file does without.
    from bayes_sora.modelfile.effect import exposure_effect  # noqa: PLC0415
    from bayes_sora.numerics.logistic import expit  # noqa: PLC0415

    p = expit(parameters[f"{block.endpoint}_intercept"] + exposure_effect(x, parameters, block))
    return (rng.uniform(size=p.shape) < p).astype(float)


BINARY = OutcomeKind(
    endpoints=("toxicity", "response"),
    needs=(),
    parameters=("intercept",),
    arrays=arrays,
    log_likelihood=log_likelihood,
    draw=draw,
)
