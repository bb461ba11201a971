"""From draws of the parameters to labelled curves over exposure (science.md §3).

A :class:`Curves` holds what a window needs to know and nothing of how it was sampled: hand-made draws serve as well
as a posterior. Curves describe a *constant* average trough and are associations unless the model's covariates suffice
against confounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.arguments import POSITIVE, check_argument, instance, one_of
from bayes_sora.modelfile.dated import trough_sd
from bayes_sora.modelfile.effect import effect_formula
from bayes_sora.modelfile.terms.population import effect_nodes, effect_sd, exposure_mean, exposure_sd
from bayes_sora.numerics import weibull
from bayes_sora.numerics.exposure import conditional_log_exposure
from bayes_sora.numerics.logistic import expit
from bayes_sora.numerics.numpy_ops import NUMPY, softplus
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.population import Alike, half_dead_hazard, people_at, population_average, population_logit
from bayes_sora.types import ENDPOINTS, MG, MG_L, Endpoint, ExposureUnit, FloatArray, Span, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.population import Formula

GRID_SIZE = 257
HAZARD_SD = "log_hazard_sd"
TINY = 1e-300
LOG_PRIOR = "log_prior"
HAZARD_OFFSETS, OFFSET_SHARES, GROUP = "log_hazard_offset", "offset_share", "patient_group"
PREVALENCE_NODES, PREVALENCE_HALF_WIDTH = 61, 6.0
MOST_VALUES = 2**20
"""Of one array while curves are averaged over exposure: memory stays flat."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Draws of the curves over a log grid of exposure.

    Attributes
    ----------
    draws : xarray.Dataset
        Over ``(chain, draw, exposure)``: ``logit_toxicity`` and ``logit_response`` (logit of the probability at that
        average trough), ``log_hazard_ratio`` (g, against the reference exposure). Over ``(chain, draw)``:
        ``survival_median`` (months), ``survival_shape``, ``exposure_log_median`` (μ, log mg/L), ``exposure_log_sd``
        (σ_b, or σ when observed), ``log_prior_toxicity`` … (log density of the priors of an endpoint's block),
        ``prevalence_toxicity`` and ``prevalence_response`` (E_F[p(C)] under the log-normal
        of the same draw), and, for a latent exposure, ``exposure_sd_within``. Where sites or frailties make patients
        differ, probabilities are averaged over the population, and ``log_hazard_sd`` over (chain, draw, exposure) is
        the SD of the log hazard that survival is averaged over. Where covariates make them differ, curves are averaged
        over the cohort: ``log_hazard_offset`` over (chain, draw, patient_group) is the log hazard ratio of a group of
        patients, ``offset_share`` the share of each, and ``exposure_log_median`` the mean over patients. What the model
        has no block for is absent.
        ``exposure`` is a coordinate in mg/L.
    observed_span : Span
        Smallest to largest observed trough in mg/L.
    unit : ExposureUnit
        The unit to print exposures in.
    scale : str
        ``"average trough"``, ``"measured trough"`` where the model takes troughs as measured, or ``"dose"``.
    """

    draws: xr.Dataset
    observed_span: Span
    unit: ExposureUnit = MG_L
    scale: str = "average trough"
    # The incomplete gamma function is the costliest formula here, and windows, scores and figures ask for the same τ.
    _restricted_means: dict[float, xr.DataArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_argument("draws", self.draws, instance("an xarray.Dataset", xr.Dataset))
        # Windows, scores and figures must see the same draws, whatever a user does with what was handed out.
        kept = {name: frozen(draws.to_numpy()) for name, draws in self.draws.data_vars.items()}
        object.__setattr__(self, "draws", self.draws.copy(data=kept))

    @property
    def exposure_mg_l(self) -> FloatArray:
        """The grid in mg/L, evenly spaced on the log scale, shape (n_exposure,)."""
        return np.asarray(self.draws["exposure"].to_numpy(), dtype=float)

    @property
    def span(self) -> Span:
        """The optimisation range: the ends of the grid."""
        grid = self.exposure_mg_l
        return Span(float(grid[0]), float(grid[-1]))

    def has(self, endpoint: Endpoint) -> bool:
        """Say whether the draws carry `endpoint`."""
        check_argument("endpoint", endpoint, one_of(*ENDPOINTS))
        name = "log_hazard_ratio" if endpoint == "survival" else f"logit_{endpoint}"
        return name in self.draws

    def probability(self, endpoint: Endpoint) -> xr.DataArray:
        """Return p(c) of toxicity or response over (chain, draw, exposure); UsageError where there is no such curve."""
        there = [name for name in ("toxicity", "response") if self.has(name)]
        check_argument("endpoint", endpoint, one_of(*there))
        return _apply(expit, self.draws[f"logit_{endpoint}"]).rename(f"p_{endpoint}")

    def log_cumulative_hazard(self, months: float) -> xr.DataArray:
        """Return log H(months | c) over (chain, draw, exposure), H = −log S; linear in g where nothing else varies."""
        check_argument("months", months, POSITIVE)
        if self._hazards_vary:
            return _apply(lambda s: np.log(-np.log(s)), self.survival(months)).rename("log_cumulative_hazard")
        return self._weibull(partial(weibull.log_cumulative_hazard, months)).rename("log_cumulative_hazard")

    def survival(self, months: float) -> xr.DataArray:
        """Return S(months | c) over (chain, draw, exposure)."""
        check_argument("months", months, POSITIVE)
        return self._weibull(lambda **at: np.exp(weibull.log_survival(months, **at))).rename("survival")

    def median_survival(self) -> xr.DataArray:
        """Return the median overall survival in months over (chain, draw, exposure)."""
        if not self._hazards_vary:
            return self._weibull(weibull.median_survival).rename("median_survival")
        # In units of the hazard of who is typical at an exposure, half of a population is dead at one and the same
        # hazard whatever the exposure, unless its spread depends on it.
        people = [one._replace(x=0.0) for one in self._people()]
        hazard = half_dead_hazard(people)
        ratio, shape = self.draws["log_hazard_ratio"], self.draws["survival_shape"]
        found: xr.DataArray = self.draws["survival_median"] * np.exp((np.log(hazard / np.log(2.0)) - ratio) / shape)
        return found.transpose("chain", "draw", "exposure").rename("median_survival")

    @property
    def _hazards_vary(self) -> bool:
        return HAZARD_SD in self.draws or HAZARD_OFFSETS in self.draws

    def _people(self) -> list[Alike]:
        """Return the groups of patients that survival is averaged over, with log hazard ratios in place of x."""
        draws = self.draws
        ratio, spread = draws["log_hazard_ratio"], draws.get(HAZARD_SD)
        if HAZARD_OFFSETS not in draws:
            return [Alike(ratio, 1.0, 0.0, spread)]
        shares = draws[OFFSET_SHARES].to_numpy().tolist()
        offsets = (draws[HAZARD_OFFSETS].isel({GROUP: k}) for k in range(len(shares)))
        return [Alike(ratio, share, offset, spread) for share, offset in zip(shares, offsets, strict=True)]

    def restricted_mean_survival(self, months: float) -> xr.DataArray:
        """Return RMST up to `months`, in months, over (chain, draw, exposure); found once a horizon."""
        check_argument("months", months, POSITIVE)
        if months not in self._restricted_means:
            found = self._weibull(partial(weibull.restricted_mean, months))
            kept = found.copy(data=frozen(found.to_numpy()))
            self._restricted_means[months] = kept.rename("restricted_mean_survival")
        return self._restricted_means[months]

    def _weibull(self, formula: Callable[..., FloatArray]) -> xr.DataArray:
        """Apply a formula of a Weibull distribution, averaged over the population where hazards vary in it."""

        def at(ratio: xr.DataArray, added: xr.DataArray | float) -> xr.DataArray:
            draws = self.draws
            return _apply(_of_ratio(formula), draws["survival_median"], draws["survival_shape"], ratio + added)

        averaged: xr.DataArray = population_average(self._people(), at)
        return averaged.transpose("chain", "draw", "exposure")


def _of_ratio(formula: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    return lambda median, shape, ratio, **at: formula(median=median, shape=shape, log_hazard_ratio=ratio, **at)


def build_curves(
    parameters: xr.Dataset, model: ModelFile, *, span: Span, observed_span: Span, size: int = GRID_SIZE
) -> Curves:
    """Evaluate the curves of `model` at every draw of its parameters.

    Parameters
    ----------
    parameters : xarray.Dataset
        Draws over (chain, draw), named as in the model file's posterior.
    model : ModelFile
        Gives the forms and the reference exposure.
    span, observed_span : Span
        Optimisation range and range of the observed troughs, mg/L.
    size : int
        Number of grid points.
    """
    grid = span.log_grid(size)
    x = xr.DataArray(np.log(grid / model.drug.reference_mg_l), dims="exposure", coords={"exposure": grid})
    latent = model.exposure.form == "latent"
    log_sd = exposure_sd(model, _by_name(parameters))
    mu = exposure_mean(model, _by_name(parameters))
    named: dict[str, xr.DataArray] = {"exposure_log_median": mu, "exposure_log_sd": log_sd}
    if latent:
        named["exposure_sd_within"] = trough_sd(_by_name(parameters), model.exposure)
    for endpoint in model.endpoints:
        block = model.outcomes[endpoint]
        named[f"{LOG_PRIOR}_{endpoint}"] = _log_prior(parameters, block)
        if endpoint == "survival":
            named["survival_median"] = parameters["survival_median"]
            named["survival_shape"] = parameters["survival_shape"]
            # A constant effect has no coefficient and would carry no draws.
            named["log_hazard_ratio"] = _effect(x, _by_name(parameters), block).broadcast_like(mu)
            varies = effect_sd(model, endpoint, _by_name(parameters), x)
            if varies is not None:
                named[HAZARD_SD] = varies
            groups = effect_nodes(model, endpoint, _by_name(parameters))
            if groups is not None:
                named[HAZARD_OFFSETS] = _labelled(groups[0], mu)
                named[OFFSET_SHARES] = xr.DataArray(groups[1], dims=GROUP)
        else:
            named[f"logit_{endpoint}"] = _population_logit(x, parameters, block, model)
            named[f"prevalence_{endpoint}"] = _averaged_probability(parameters, block, model, mean=mu, sd=log_sd)
    return Curves(
        draws=xr.Dataset(named).transpose("chain", "draw", "exposure", ...),
        observed_span=observed_span,
        unit=model.drug.unit,
        scale=_scale(model),
    )


def _log_prior(parameters: xr.Dataset, block: OutcomeBlock) -> xr.DataArray:
    """Return the log density of the priors of an endpoint's block; standardised effects have none of their own."""
    densities = (
        _apply(partial(prior_log_density, family=prior.family, arguments=prior.arguments), parameters[name])
        for name, prior in zip(block.parameter_names, block.priors.values(), strict=True)
    )
    return sum(densities, start=xr.zeros_like(parameters["exposure_log_median"]))


def _scale(model: ModelFile) -> str:
    if model.drug.unit == MG:
        return "dose"
    return "average trough" if model.exposure.form == "latent" else "measured trough"


def measured_scale_probability(
    parameters: xr.Dataset, model: ModelFile, endpoint: Endpoint, *, trough_mg_l: FloatArray
) -> xr.DataArray:
    r"""Return :math:`p^*(y) = E[p(C) \mid y]`, the curve on the scale of one measured trough.

    Parameters
    ----------
    parameters, model
        As in :func:`build_curves`.
    endpoint : {"toxicity", "response"}
    trough_mg_l : FloatArray, shape (n,)
        Measured troughs y in mg/L; they become the coordinate ``trough``.

    Returns
    -------
    xarray.DataArray over (chain, draw, trough).
    """
    block = model.outcomes[endpoint]
    log_y = xr.DataArray(np.log(trough_mg_l), dims="trough", coords={"trough": trough_mg_l})
    if model.exposure.form == "observed":
        x = log_y - np.log(model.drug.reference_mg_l)
        return _apply(expit, _population_logit(x, parameters, block, model)).transpose("chain", "draw", "trough")
    mean, sd = _one_trough(log_y, parameters, model)
    return _averaged_probability(parameters, block, model, mean=mean, sd=sd).transpose("chain", "draw", "trough")


def _one_trough(log_y: xr.DataArray, parameters: xr.Dataset, model: ModelFile) -> tuple[xr.DataArray, xr.DataArray]:
    """Mean and SD of log C of a patient of the population given one measured trough."""
    named = _by_name(parameters)
    of_population = (exposure_mean(model, named), exposure_sd(model, named), trough_sd(named, model.exposure))
    mu, sd_between, sd_within = (draws.expand_dims(trough=log_y.sizes["trough"]) for draws in of_population)
    mean, sd = xr.apply_ufunc(
        lambda y, mu, sb, sw: conditional_log_exposure(1.0, y, mu=mu, sd_between=sb, sd_within=sw),
        *(log_y, mu, sd_between, sd_within),
        output_core_dims=[[], []],
    )
    return mean, sd


def _effect(x: xr.DataArray, parameters: Mapping[str, xr.DataArray], block: OutcomeBlock) -> xr.DataArray:
    return _apply(effect_formula(block), x, *(parameters[name] for name in block.coefficients))


def _logit(parameters: Mapping[str, xr.DataArray], block: OutcomeBlock) -> Formula:
    """Return the logit of the probability that curves are of, in a patient with something added to the intercept."""
    intercept = f"{block.endpoint}_intercept"

    def at(x: xr.DataArray, added: xr.DataArray | float) -> xr.DataArray:
        if block.outcome.logit_event is None:
            return parameters[intercept] + added + _effect(x, parameters, block)
        shifted = {**parameters, intercept: parameters[intercept] + added}
        names = [name for name in shifted if name.startswith(f"{block.endpoint}_")]
        return _apply(partial(_event, block, names), x, *(shifted[name] for name in names))

    return at


def _event(block: OutcomeBlock, names: Sequence[str], x: FloatArray, *parameters: FloatArray) -> FloatArray:
    assert block.outcome.logit_event is not None
    return np.asarray(block.outcome.logit_event(NUMPY, x, dict(zip(names, parameters, strict=True)), block))


def _labelled(nodes: FloatArray, like: xr.DataArray) -> xr.DataArray:
    return xr.DataArray(nodes, dims=(GROUP, *like.dims), coords=like.coords)


def _population_logit(x: xr.DataArray, parameters: xr.Dataset, block: OutcomeBlock, model: ModelFile) -> xr.DataArray:
    """Return the logit of the probability at x, averaged over what varies in the population beside exposure."""
    named = _by_name(parameters)
    found: xr.DataArray = population_logit(people_at(model, block.endpoint, named, x), _logit(named, block))
    if block.event_free_months is None:
        return found
    # P(R = 1 | C) = S(t | C) P(R = 1 | C, alive at t); the linter lets nothing else make patients differ beside it.
    ratio = _effect(x, named, model.outcomes["survival"])
    alive = partial(_of_ratio(weibull.log_survival), time=block.event_free_months)
    log_p = _apply(alive, named["survival_median"], named["survival_shape"], ratio) - _apply(softplus, -found)
    return log_p - _apply(lambda log_p: np.log(-np.expm1(np.minimum(log_p, -TINY))), log_p)


def _averaged_probability(
    parameters: xr.Dataset, block: OutcomeBlock, model: ModelFile, *, mean: xr.DataArray, sd: xr.DataArray
) -> xr.DataArray:
    """E[p(C)] for log C ~ N(mean, sd²), labelled; covariates of exposure and of the outcome taken as independent."""
    # Even spacing: Gauss–Hermite errs by 1e-4 already where a curve rises by five logits per SD of log exposure.
    nodes, weights = uniform_nodes(PREVALENCE_NODES, half_width=PREVALENCE_HALF_WIDTH)
    by_node = xr.Dataset({"z": ("node", nodes), "weight": ("node", weights)})
    centre = mean - np.log(model.drug.reference_mg_l)

    def part(first: int) -> xr.DataArray:
        some = by_node.isel(node=slice(first, first + at_once))
        logit = _population_logit(centre + sd * some["z"], parameters, block, model)
        return (some["weight"] * _apply(expit, logit)).sum("node")

    at_once = max(1, MOST_VALUES // mean.size)
    return sum((part(first) for first in range(0, nodes.size, at_once)), start=xr.zeros_like(mean))


def _by_name(parameters: xr.Dataset) -> dict[str, xr.DataArray]:
    return {str(name): draws for name, draws in parameters.items()}


def _apply(formula: Callable[..., FloatArray], *arrays: xr.DataArray) -> xr.DataArray:
    """Apply a formula of plain arrays to labelled ones; xarray cannot say that one array comes back."""
    labelled: xr.DataArray = xr.apply_ufunc(formula, *arrays)
    return labelled
