r"""Toxicity by its worst grade, 0 to 4 (5 counts as 4): a cumulative logit.

.. math:: \operatorname{logit} P(G ≥ g) = α_g + f(x), \qquad α_3 = α, \quad α_2 = α + δ_{23}, \quad
          α_1 = α_2 + δ_{12}, \quad α_4 = α - δ_{34}

The intercept stays that of grade ≥ 3, and the gaps δ are positive. A patient of grade g contributes
:math:`\log\{P(G ≥ g) - P(G ≥ g+1)\}`, which with :math:`a = α_g + f > b = α_{g+1} + f` is

.. math:: -\operatorname{softplus}(-a) - \operatorname{softplus}(b) + \log(1 - e^{-(a - b)}).

Where the grade is not known but toxicity is, it is known to be ≥ 3 or below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.kind import OutcomeKind, known
from bayes_sora.types import ENDPOINT_GRADE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

GAPS = ("gap_1_2", "gap_2_3", "gap_3_4")
HIGHEST, TOXIC = 4, ENDPOINT_GRADE
# α_g = α + Σ of these times the gaps, by grade 1 to 4.
THRESHOLDS = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -1.0]])


def arrays(cohort: Cohort, block: OutcomeBlock) -> dict[str, FloatArray]:
    """Return between which thresholds each patient's grade lies.

    ``at_least`` and ``below`` say whether a lower and an upper threshold is known, ``at_least_gap_1_2`` … and
    ``below_gap_1_2`` … how often each gap is in them, ``between_gap_1_2`` … whether the two are that gap apart.
    """
    grade = np.minimum(known(cohort.grade, "grade"), HIGHEST)
    toxicity = known(cohort.toxicity, block.endpoint)
    # As thresholds: the grade is ≥ low and < high; 0 and 5 stand for none.
    low = np.where(np.isnan(grade), np.where(toxicity == 1.0, TOXIC, 0), grade)
    high = np.where(np.isnan(grade), np.where(toxicity == 0.0, TOXIC, HIGHEST + 1), grade + 1)
    low, high = np.nan_to_num(low).astype(int), np.nan_to_num(high, nan=HIGHEST + 1.0).astype(int)
    padded = np.vstack([np.zeros(3), THRESHOLDS, np.zeros(3)])
    named = {"at_least": (low > 0).astype(float), "below": (high <= HIGHEST).astype(float)}
    for place, gap in enumerate(GAPS):
        named[f"at_least_{gap}"], named[f"below_{gap}"] = padded[low, place], padded[high, place]
        named[f"between_{gap}"] = ((low == place + 1) & (high == place + 2)).astype(float)
    return named


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return log P of the grade, or of the range of grades it is known to lie in."""
    gaps = {gap: parameters[f"{block.endpoint}_{gap}"] for gap in GAPS}
    logit_p = parameters[f"{block.endpoint}_intercept"] + block_effect(ops, x, parameters, block)
    lower, upper = logit_p, logit_p
    apart = 0.0
    for name, gap in gaps.items():
        lower = lower + data[f"at_least_{name}"] * gap
        upper = upper + data[f"below_{name}"] * gap
        apart = apart + data[f"between_{name}"] * ops.log(-ops.expm1(-gap))
    return apart - data["at_least"] * ops.softplus(-lower) - data["below"] * ops.softplus(upper)


def logit_event(ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock) -> Array:
    """Return the logit of P(grade ≥ the grade that windows are about), 3 unless the model file says otherwise."""
    logit_p = parameters[f"{block.endpoint}_intercept"] + block_effect(ops, x, parameters, block)
    for gap, times in zip(GAPS, THRESHOLDS[block.event_grade - 1].tolist(), strict=True):
        logit_p = logit_p + times * parameters[f"{block.endpoint}_{gap}"]
    return logit_p


def draw(
    rng: np.random.Generator, x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock
) -> FloatArray:
    """Draw grades: a latent logistic variable and how many of the thresholds it passes."""
    from bayes_sora.numerics.numpy_ops import NUMPY  # noqa: PLC0415 - SciPy, which reading a model file does without

    common = parameters[f"{block.endpoint}_intercept"] + block_effect(NUMPY, x, parameters, block)
    latent = common + rng.logistic(size=np.shape(common + 0.0 * x))
    gaps = [parameters[f"{block.endpoint}_{gap}"] for gap in GAPS]
    cuts = (sum(times * gap for times, gap in zip(row, gaps, strict=True)) for row in THRESHOLDS.tolist())
    return np.asarray(sum((latent > -cut).astype(float) for cut in cuts))


def event(grade: FloatArray, block: OutcomeBlock) -> FloatArray:
    """Return 0 or 1, whether a grade is at least the one that windows are about; NaN where there is none."""
    return np.where(np.isnan(grade), np.nan, (grade >= block.event_grade).astype(float))


def contradiction(cohort: Cohort) -> str | None:
    """Return in words that toxicity is not grade ≥ 3, which is what the intercept is of."""
    if cohort.grade is None or cohort.toxicity is None:
        return None
    both = ~(np.isnan(cohort.grade) | np.isnan(cohort.toxicity))
    differ = both & ((cohort.grade >= TOXIC) != (cohort.toxicity == 1.0))
    n_differ = int(np.count_nonzero(differ))
    return f"toxicity is not grade ≥ {TOXIC} in {n_differ} patient(s)" if n_differ else None


ORDINAL = OutcomeKind(
    endpoints=("toxicity",),
    needs=("grade", "toxicity"),
    parameters=("intercept", *GAPS),
    positive=frozenset(GAPS),
    arrays=arrays,
    log_likelihood=log_likelihood,
    logit_event=logit_event,
    draw=draw,
    recorded="grade",
    event=event,
    contradiction=contradiction,
)
