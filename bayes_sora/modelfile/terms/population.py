"""How much a patient of the population differs from the typical one, for curves that are averaged over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.terms.term import patient_parameters, population_variance, random_effect_sd
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.population import equal_mass_nodes
from bayes_sora.types import FloatArray

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
    loadings = _loadings(endpoint, x)
    if not any(effect.target in loadings for effect in model.random_effects):
        return None
    return np.sqrt(population_variance(model.random_effects, parameters, loadings))


def predictor_name(endpoint: Endpoint) -> str:
    """Return the parameter that whatever makes patients differ adds to: the constant of a linear predictor."""
    return "survival_log_hazard" if endpoint == "survival" else f"{endpoint}_intercept"


def _loadings(endpoint: Endpoint, x: Array) -> dict[str, Array]:
    """Return what each parameter of a linear predictor is multiplied by."""
    names = ("log_hazard", "linear") if endpoint == "survival" else ("intercept", "slope")
    return {f"{endpoint}_{names[0]}": 1.0, f"{endpoint}_{names[1]}": x, f"{endpoint}_curvature": x**2}


def effect_given_exposure(
    model: ModelFile,
    endpoint: Endpoint,
    parameters: Mapping[str, Array],
    x: Array,
    *,
    z_mean: Array,
    z_variance: Array,
) -> tuple[Array, Array | None]:
    r"""Return mean and SD of what random effects add to the linear predictor of a patient who *has* an exposure.

    With :math:`ρ_j` the correlation of effect j with the patient's standardised exposure z, whose mean and variance
    follow from the exposure (site or covariates may be unknown),

    .. math:: κ = \sum_j ρ_j σ_j a_j, \qquad κ\,E[z], \qquad
              \sqrt{\sum_j (1 - ρ_j^2) σ_j^2 a_j^2 + κ^2 \operatorname{Var}(z)}.

    Where no effect goes with exposure this is 0 and :func:`effect_sd`, None when nothing of the endpoint varies.
    """
    spread, loadings = effect_sd(model, endpoint, parameters, x), _loadings(endpoint, x)
    going = [one for one in model.random_effects if one.target in loadings and one.exposure_correlation != 0.0]
    if spread is None or not going:
        return np.zeros(1), spread
    parts = [one.exposure_correlation * random_effect_sd(one, parameters) * loadings[one.target] for one in going]
    kappa = sum(parts)
    return kappa * z_mean, np.sqrt(spread**2 - sum(part**2 for part in parts) + kappa**2 * z_variance)


def exposure_sd(model: ModelFile, parameters: Mapping[str, Array]) -> Array:
    """Return the SD of log average exposure over the population: between patients, and between their sites."""
    name = "exposure_sd_between" if model.exposure.form == "latent" else "exposure_sd"
    between, known = parameters[name], patient_offsets(model, parameters, "exposure_log_median")
    if not model.random_effects and known is None:
        return between
    variance = between**2 + population_variance(model.random_effects, parameters, {"exposure_log_median": 1.0})
    return np.sqrt(variance + (0.0 if known is None else known.var(axis=0)))


def exposure_mean(model: ModelFile, parameters: Mapping[str, Array]) -> Array:
    """Return the mean of log average exposure over the population, log mg/L."""
    known = patient_offsets(model, parameters, "exposure_log_median")
    typical = parameters["exposure_log_median"]
    return typical if known is None else typical + known.mean(axis=0)


def effect_nodes(
    model: ModelFile, endpoint: Endpoint, parameters: Mapping[str, Array]
) -> tuple[FloatArray, FloatArray] | None:
    """Return what covariates add to an endpoint's linear predictor in groups of patients, and the share of each.

    Shapes (n_groups, …) and (n_groups,); None where no covariate adds to it.
    """
    known = patient_offsets(model, parameters, predictor_name(endpoint))
    return None if known is None else equal_mass_nodes(known)


def patient_offsets(model: ModelFile, parameters: Mapping[str, Array], target: str) -> FloatArray | None:
    """Return what covariates add to a parameter in every patient curves are averaged over, (n_patients, …), or None."""
    columns = {name: column for block in model.terms for name, column in block.population().items()}
    terms = [term for term in model.patient_terms if term.target == target and term.column in columns]
    if not terms:
        return None
    plain = {name: np.asarray(values, dtype=float) for name, values in parameters.items()}
    shape = plain["exposure_log_median"].shape
    wide = {name: column.reshape(-1, *(1 for _ in shape)) for name, column in columns.items()}
    added = patient_parameters(model.derived(NUMPY, plain), [term._replace(target="added") for term in terms], wide)
    return np.broadcast_to(added["added"], (next(iter(columns.values())).size, *shape))
