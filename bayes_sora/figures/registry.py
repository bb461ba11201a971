"""All figures, in the order of the report."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.figures import (
    answer,
    covariates,
    diagnostics,
    exposure_response,
    parameters,
    predictive,
    predictive_groups,
    prior_curves,
    prior_data,
    prior_posterior,
    roc,
    sensitivity,
    survival,
    survival_exposure,
    window_probability,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.figures.spec import FigureSpec

_SPECS = (
    answer.SPEC,
    windows.SPEC,
    exposure_response.TOXICITY,
    exposure_response.RESPONSE,
    survival.SPEC,
    survival_exposure.SPEC,
    window_probability.SPEC,
    covariates.SPEC,
    prior_posterior.SPEC,
    prior_curves.SPEC,
    prior_data.SPEC,
    sensitivity.SPEC,
    roc.SPEC,
    predictive.SPEC,
    predictive_groups.SPEC,
    diagnostics.SPEC,
    parameters.SPEC,
)

FIGURES: Mapping[str, FigureSpec] = MappingProxyType({spec.key: spec for spec in _SPECS})
"""Key → figure, immutable; ``for spec in FIGURES.values(): if spec.applicable(fit): spec.draw(fit)``."""
