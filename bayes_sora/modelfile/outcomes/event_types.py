r"""Adverse events of several types, with partially pooled intercepts and slopes, and "any of them" derived.

.. math:: \operatorname{logit} p_k = (α + τ_α a_k) + f(x) + τ_β b_k x, \qquad a_k, b_k \sim N(0, 1)

The types are the columns ``ae_…`` of the cohort. Given exposure (and a frailty, where there is one) types are
independent, so that

.. math:: p_{\text{any}} = 1 - \prod_k (1 - p_k),

which is the toxicity that curves and windows are about.

A patient with toxicity and no type seen had an event of another type, or of one whose cell is blank. With one such
patient, or by ``other = "always"`` of the model file, a further type "other" enters, which no column records. With U
the types of a patient that are not known, "other" among them, the column ``toxicity`` then says

.. math:: \prod_{k \in U} (1 - p_k) \text{ where there was none}, \qquad
          1 - \prod_{k \in U} (1 - p_k) \text{ where there was one and no type was seen},

and nothing more where a type was seen, or where it is blank.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.kind import OutcomeKind, known
from bayes_sora.modelfile.prior import STANDARD_NORMAL
from bayes_sora.modelfile.terms.term import Vector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

DIM = "event_type"
INTERCEPTS, SLOPES = "toxicity_intercept_z", "toxicity_slope_z"
OTHER = "other"


def bind(block: OutcomeBlock, cohort: Cohort) -> OutcomeBlock:
    """Return the block with the types of a cohort as labels; one that nobody was evaluable for says nothing."""
    labels = _recorded(cohort)
    other = bool(labels) and (block.other or bool(cohort.without_type.any()))
    if other:
        labels = (*labels, other_label(cohort))
    vectors = tuple(Vector(name, DIM, labels, STANDARD_NORMAL) for name in (INTERCEPTS, SLOPES))
    return replace(block, vectors=vectors if labels else (), other=other)


def note(block: OutcomeBlock, cohort: Cohort) -> str | None:
    """Return in words that the type "other" entered, and for how many patients; None where it did not."""
    n = int(cohort.without_type.sum())
    if not (block.other and n):
        return None
    who = "1 patient has" if n == 1 else f"{n} patients have"
    return (
        f"{who} toxicity and no type of event seen: a further type of event, {_labels(block)[-1]!r}, enters the model"
    )


def other_label(cohort: Cohort) -> str:
    """Return what the type that no column records is called: "other", unless a column is."""
    taken = cohort.event_types or {}
    numbered = (f"{OTHER}_{number}" for number in count(2))
    return OTHER if OTHER not in taken else next(name for name in numbered if name not in taken)


def arrays(cohort: Cohort, block: OutcomeBlock) -> dict[str, FloatArray]:
    """Return what is known of every type, and of all of them together.

    ``sign_0``, …, +1 event and −1 none, and ``evaluable_0``, … of the types in their order. With a type "other",
    which is the last and has neither, also ``unknown_0``, …, 1 where it is not known whether there was such an event,
    and ``none`` and ``some``, 1 where the column toxicity says so of the types that are not known.
    """
    named: dict[str, FloatArray] = {}
    labels = _labels(block)
    for place, label in enumerate(labels[:-1] if block.other else labels):
        seen = (cohort.event_types or {})[label]
        named[f"sign_{place}"] = np.where(seen == 1.0, 1.0, -1.0)
        named[f"evaluable_{place}"] = (~np.isnan(seen)).astype(float)
    if not block.other:
        return named
    unknown = {f"unknown_{place}": 1.0 - named[f"evaluable_{place}"] for place in range(len(labels) - 1)}
    unknown[f"unknown_{len(labels) - 1}"] = np.ones(cohort.n_patients)
    none = (known(cohort.toxicity, block.endpoint) == 0.0).astype(float)
    return named | unknown | {"none": none, "some": cohort.without_type.astype(float)}


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return log p of every type that was evaluable, and of what toxicity says of the others."""
    logits = _logits(ops, x, parameters, block)
    total = 0.0
    for place, logit_p in enumerate(logits[:-1] if block.other else logits):
        total = total - data[f"evaluable_{place}"] * ops.softplus(-data[f"sign_{place}"] * logit_p)
    if not block.other:
        return total
    log_none = sum(data[f"unknown_{place}"] * ops.softplus(logit_p) for place, logit_p in enumerate(logits))
    # Where there was no such event its logarithm is not taken, which would be that of zero.
    some = data["some"]
    return total - data["none"] * log_none + some * ops.log(-ops.expm1(-ops.where(some > 0.0, log_none, 1.0)))


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


def _logits(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> list[Array]:
    common = parameters["toxicity_intercept"] + block_effect(ops, x, parameters, block)
    logits = []
    for label in _labels(block):
        intercept = parameters["toxicity_intercept_sd"] * parameters[f"{INTERCEPTS}[{label}]"]
        slope = parameters["toxicity_slope_sd"] * parameters[f"{SLOPES}[{label}]"]
        logits.append(common + intercept + slope * x)
    return logits


def _recorded(cohort: Cohort) -> tuple[str, ...]:
    return tuple(name for name, seen in (cohort.event_types or {}).items() if not np.isnan(seen).all())


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
    note=note,
    settings=("other",),
)
