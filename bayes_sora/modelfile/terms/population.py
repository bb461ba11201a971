"""How much a patient of the population differs from the typical one, for curves that are averaged over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.terms.term import population_variance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.numerics.ops import Array
    from bayes_sora.types import Endpoint


def effect_sd(model: ModelFile, endpoint: Endpoint, parameters: Mapping[str, Array], x: Array) -> Array | None:
    r"""Return the SD over the population of an endpoint's linear predictor at centred log exposures x.

    .. math:: \sqrt{\sum τ_α^2 + x^2 τ_β^2 + x^4 τ_h^2 + λ^2}

    None when nothing of the endpoint varies. Parameters broadcast against x.
    """
    names = ("log_hazard", "linear") if endpoint == "survival" else ("intercept", "slope")
    loadings = {f"{endpoint}_{names[0]}": 1.0, f"{endpoint}_{names[1]}": x, f"{endpoint}_curvature": x**2}
    if not any(effect.target in loadings for effect in model.random_effects):
        return None
    return np.sqrt(population_variance(model.random_effects, parameters, loadings))


def exposure_sd(model: ModelFile, parameters: Mapping[str, Array]) -> Array:
    """Return the SD of log average exposure over the population: between patients, and between their sites."""
    name = "exposure_sd_between" if model.exposure.form == "latent" else "exposure_sd"
    between = parameters[name]
    if not model.random_effects:
        return between
    return np.sqrt(between**2 + population_variance(model.random_effects, parameters, {"exposure_log_median": 1.0}))
