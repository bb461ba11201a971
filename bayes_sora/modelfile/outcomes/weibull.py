r"""Overall survival, Weibull with proportional hazards, log survival written analytically.

.. math:: \log H(t \mid x) = \log \ln 2 + k \log(t / m) + g(x) + η, \qquad
          \ell = d\,(\log k - \log t + \log H) - H

η, ``survival_log_hazard``, is 0 unless a term of the model file (a site, a frailty, a covariate) sets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.modelfile.outcomes.kind import OutcomeKind, known
from bayes_sora.numerics.ops import LOG_LOG_2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

LOG_HAZARD = "survival_log_hazard"


def arrays(cohort: Cohort, block: OutcomeBlock) -> dict[str, FloatArray]:
    """``log_months`` of follow-up and ``death``, 1 died and 0 censored."""
    return {
        "log_months": np.log(known(cohort.os_months, block.endpoint)),
        "death": known(cohort.death, block.endpoint),
    }


def log_likelihood(
    ops: Ops, x: Array, parameters: Mapping[str, Array], block: OutcomeBlock, data: Mapping[str, Array]
) -> Array:
    """Return the log density of a death, or the log survival of a censored time."""
    shape, log_months = parameters["survival_shape"], data["log_months"]
    effect = block_effect(ops, x, parameters, block) + parameters.get(LOG_HAZARD, 0.0)
    log_hazard = LOG_LOG_2 + shape * (log_months - ops.log(parameters["survival_median"])) + effect
    return data["death"] * (ops.log(shape) - log_months + log_hazard) - ops.exp(log_hazard)


def draw(
    rng: np.random.Generator, x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock
) -> FloatArray:
    """Draw the month of death, uncensored."""
    # SciPy, which reading a model file does without.
    from bayes_sora.modelfile.effect import exposure_effect  # noqa: PLC0415
    from bayes_sora.numerics.weibull import draw_survival_times  # noqa: PLC0415

    return draw_survival_times(
        rng,
        median=parameters["survival_median"],
        shape=parameters["survival_shape"],
        log_hazard_ratio=exposure_effect(x, parameters, block) + parameters.get(LOG_HAZARD, 0.0),
    )


WEIBULL = OutcomeKind(
    endpoints=("survival",),
    needs=("os_months", "death"),
    parameters=("median", "shape"),
    positive=frozenset({"median", "shape"}),
    arrays=arrays,
    log_likelihood=log_likelihood,
    draw=draw,
)
