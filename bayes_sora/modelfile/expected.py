"""What a model file leads one to expect of a cohort, for :func:`bayes_sora.cohort.check_expected`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bayes_sora.cohort.expected import Expected
from bayes_sora.types import Span

if TYPE_CHECKING:
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.modelfile.spec import ModelFile

WIDEST_RANGE = 20.0
"""So many times below and above the reference exposures are expected where a model file has no range."""
HALF_NORMAL_MEDIAN = 0.6744897501960817
WIDE_SD_LOG = 1.0
"""Of priors that are no log-normal: an exponential or a half-normal has much of its mass far below its median."""


def expected_of(model: ModelFile) -> Expected:
    """Return the scale of exposures and times that `model` is about."""
    drug, survival = model.drug, model.outcomes.get("survival")
    prior = None if survival is None else survival.priors.get("median")
    months, sd_log = (None, WIDE_SD_LOG) if prior is None else _middle(prior)
    response = model.outcomes.get("response")
    return Expected(
        model=model.name,
        unit=drug.unit,
        span=drug.span or Span(drug.reference_mg_l / WIDEST_RANGE, drug.reference_mg_l * WIDEST_RANGE),
        molar_mass_g_mol=drug.molar_mass_g_mol,
        survival_months=months,
        survival_sd_log=sd_log,
        response_window_months=None if response is None else response.event_free_months,
    )


def _middle(prior: Prior) -> tuple[float, float]:
    """Return the median of a positive prior, and the SD of its logarithm where it has one.

    That of a gamma is the approximation of Wilson and Hilferty (1931), so that reading needs no SciPy.
    """
    of = prior.arguments
    match prior.family:
        case "log_normal":
            return of["median"], of["sd_log"]
        case "exponential":
            return math.log(2.0) * of["mean"], WIDE_SD_LOG
        case "half_normal":
            return HALF_NORMAL_MEDIAN * of["sd"], WIDE_SD_LOG
        case "gamma":
            mean = of["shape"] / of["rate"]
            return mean * max(1.0 - 1.0 / (9.0 * of["shape"]), 0.1) ** 3, WIDE_SD_LOG
        case family:
            msg = f"a positive parameter has a prior of the family {family}"
            raise ValueError(msg)
