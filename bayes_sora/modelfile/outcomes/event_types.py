r"""Adverse events of several types, with partially pooled intercepts and slopes, and "any of them" derived.

.. math:: \operatorname{logit} p_k = (α + τ_α a_k) + f(x) + τ_β b_k x, \qquad a_k, b_k \sim N(0, 1)

The types are the columns ``ae_…`` of the cohort. Given exposure (and a frailty, where there is one) types are
independent, so that

.. math:: p_{\text{any}} = 1 - \prod_k (1 - p_k),

which is the toxicity that curves and windows are about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.kind import OutcomeKind
from bayes_sora.modelfile.prior import STANDARD_NORMAL
from bayes_sora.modelfile.terms.term import Vector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

DIM = "event_type"
INTERCEPTS, SLOPES = "toxicity_intercept_z", "toxicity_slope_z"


def bind(block: OutcomeBlock, cohort: Cohort) -> OutcomeBlock:
    """Return the block with the types of a cohort as labels; one that nobody was evaluable for says nothing."""
    labels = tuple(name for name, seen in (cohort.event_types or {}).items() if not np.isnan(seen).all())
    vectors = tuple(Vector(name, DIM, labels, STANDARD_NORMAL) for name in (INTERCEPTS, SLOPES))
    return replace(block, vectors=vectors if labels else ())


def arrays(cohort: Cohort, block: OutcomeBlock) -> dict[str, FloatArray]:
    """``sign_0``, …, +1 event and −1 none, and ``evaluable_0``, … of the types in their order."""
    named: dict[str, FloatArray] = {}
    for place, label in enumerate(_labels(block)):
        seen = (cohort.event_types or {})[label]
        named[f"sign_{place}"] = np.where(seen == 1.0, 1.0, -1.0)
        named[f"evaluable_{place}"] = (~np.isnan(seen)).astype(float)
    return named


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return log p of every type that was evaluable."""
    total = 0.0
    for place, logit_p in enumerate(_logits(ops, x, parameters, block)):
        total = total - data[f"evaluable_{place}"] * ops.softplus(-data[f"sign_{place}"] * logit_p)
    return total


def logit_event(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> Array:
    r"""Return the logit of any event: with :math:`L = \sum \log(1 + e^{η_k})`, :math:`L + \log(1 - e^{-L})`."""
    log_none = sum((ops.softplus(logit_p) for logit_p in _logits(ops, x, parameters, block)), start=0.0)
    return log_none + ops.log(-ops.expm1(-log_none))


def draw(
    rng: np.random.Generator, x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock
) -> FloatArray:
    """Draw 0 or 1, any event."""
    from bayes_sora.numerics.logistic import expit  # noqa: PLC0415 - SciPy, which reading a model file does without
    from bayes_sora.numerics.numpy_ops import NUMPY  # noqa: PLC0415

    p = expit(logit_event(NUMPY, x, parameters, block))
    return (rng.uniform(size=p.shape) < p).astype(float)


def _logits(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> Iterator[Array]:
    common = parameters["toxicity_intercept"] + block_effect(ops, x, parameters, block)
    for label in _labels(block):
        intercept = parameters["toxicity_intercept_sd"] * parameters[f"{INTERCEPTS}[{label}]"]
        slope = parameters["toxicity_slope_sd"] * parameters[f"{SLOPES}[{label}]"]
        yield common + intercept + slope * x


def _labels(block: OutcomeBlock) -> tuple[str, ...]:
    return block.vectors[0].labels if block.vectors else ()


EVENT_TYPES = OutcomeKind(
    endpoints=("toxicity",),
    needs=("event_types", "toxicity"),
    parameters=("intercept", "intercept_sd", "slope_sd"),
    positive=frozenset({"intercept_sd", "slope_sd"}),
    arrays=arrays,
    log_likelihood=log_likelihood,
    logit_event=logit_event,
    draw=draw,
    bind=bind,
)
