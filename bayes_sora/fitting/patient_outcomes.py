"""What patients like one patient go through: outcomes averaged over exposure and over whatever is not known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.fitting.known import KnownPatient
from bayes_sora.fitting.patient_exposure import exposure_groups
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.modelfile.terms.population import effect_given_exposure, predictor_name
from bayes_sora.numerics import weibull
from bayes_sora.numerics.logistic import expit
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.population import REACH, Alike, half_dead, population_average
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import Endpoint

NODES, HALF_WIDTH = 61, 6.0
TAILS = {"q025": 0.025, "q50": 0.5, "q975": 0.975}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Posterior median and 95 % equal-tailed interval of one number."""

    q025: float
    q50: float
    q975: float


@dataclass(frozen=True, kw_only=True)
class PatientOutcome:
    """Probability of toxicity or response, averaged over the patient's average trough, and its name for people."""

    label: str
    probability: Estimate


@dataclass(frozen=True, kw_only=True)
class PatientSurvival:
    """Overall survival averaged over the patient's average trough.

    Attributes
    ----------
    median_months : Estimate
        When half of such patients are dead.
    at_months : float
    p_alive : Estimate
        P(alive at `at_months`).
    tau_months : float
    restricted_mean : Estimate
        Mean survival within `tau_months`, months.
    """

    median_months: Estimate
    at_months: float
    p_alive: Estimate
    tau_months: float
    restricted_mean: Estimate


def patient_outcomes(patient: KnownPatient, log_troughs: FloatArray) -> dict[Endpoint, PatientOutcome]:
    """Return the probability of every binary endpoint."""
    outcomes: dict[Endpoint, PatientOutcome] = {}
    for endpoint, block in patient.model.outcomes.items():
        if endpoint == "survival":
            continue
        people = _people(patient, log_troughs, endpoint)
        probability = _averaged(people, partial(_probability, patient, block))
        outcomes[endpoint] = PatientOutcome(label=block.label, probability=_over_draws(probability))
    return outcomes


def patient_survival(patient: KnownPatient, log_troughs: FloatArray) -> PatientSurvival | None:
    """Return overall survival, None where the model has none."""
    model, parameters = patient.model, patient.parameters
    if "survival" not in model.outcomes:
        return None
    median, shape = parameters["survival_median"], parameters["survival_shape"]
    # A known site may have a hazard of its own, a parameter that no block declares.
    of_site = parameters.get("survival_log_hazard", np.zeros(1))
    people = _people(patient, log_troughs, "survival")

    def log_hazard(x: FloatArray, added: FloatArray) -> FloatArray:
        return np.asarray(exposure_effect(x, parameters, model.outcomes["survival"]) + of_site + added)

    def averaged(formula: Callable[..., FloatArray]) -> FloatArray:
        return _averaged(
            people, lambda x, added: formula(median=median, shape=shape, log_hazard_ratio=log_hazard(x, added))
        )

    def alive(months: FloatArray) -> FloatArray:
        return averaged(lambda **of: np.exp(weibull.log_survival(months, **of)))

    at_months, tau_months = model.questions.limits.survival_months, model.questions.utility.tau_months
    restricted = averaged(partial(weibull.restricted_mean, tau_months))
    return PatientSurvival(
        median_months=_over_draws(half_dead(alive, *_month_range(people, log_hazard, median, shape))),
        at_months=at_months,
        p_alive=_over_draws(alive(np.asarray(at_months))),
        tau_months=tau_months,
        restricted_mean=_over_draws(restricted),
    )


def _people(patient: KnownPatient, log_troughs: FloatArray, endpoint: Endpoint) -> list[Alike]:
    """Return whom this patient may be like, on the nodes of their log exposure: axes nodes, draws.

    Shares add up to one over the nodes of all groups.
    """
    model, parameters = patient.model, patient.parameters
    people = []
    for group in exposure_groups(model, parameters, log_troughs, target=predictor_name(endpoint)):
        nodes, weights = uniform_nodes(NODES, half_width=HALF_WIDTH) if np.any(group.sd) else (np.zeros(1), np.ones(1))
        log_exposure = group.mean + group.sd * nodes[:, None]
        x = log_exposure - np.log(model.drug.reference_mg_l)
        z_mean, z_variance = group.standardised(log_exposure)
        shift, spread = effect_given_exposure(model, endpoint, parameters, x, z_mean=z_mean, z_variance=z_variance)
        people.append(Alike(x, weights[:, None] * group.share, np.asarray(group.offset + shift), spread))
    return people


def _averaged(people: Sequence[Alike], at: Callable[[FloatArray, FloatArray], FloatArray]) -> FloatArray:
    """Return the mean of a function of x and of what is added to the linear predictor, shape (n_draws,)."""
    return np.asarray(np.sum(population_average(people, at), axis=0), dtype=float)


def _probability(patient: KnownPatient, block: OutcomeBlock, x: FloatArray, added: FloatArray) -> FloatArray:
    """Return the probability of a binary endpoint at x in a patient with `added` to the linear predictor."""
    if block.event_free_months is None:
        return _among_the_living(patient.parameters, block, x, added)
    log_alive = weibull.log_survival(
        block.event_free_months,
        median=patient.parameters["survival_median"],
        shape=patient.parameters["survival_shape"],
        log_hazard_ratio=exposure_effect(x, patient.parameters, patient.model.outcomes["survival"]),
    )
    return np.asarray(np.exp(log_alive) * _among_the_living(patient.parameters, block, x, added))


def _among_the_living(
    parameters: Mapping[str, FloatArray], block: OutcomeBlock, x: FloatArray, added: FloatArray
) -> FloatArray:
    intercept = f"{block.endpoint}_intercept"
    shifted = {**parameters, intercept: parameters[intercept] + added}
    if block.outcome.logit_event is None:
        return np.asarray(expit(shifted[intercept] + exposure_effect(x, shifted, block)))
    return np.asarray(expit(block.outcome.logit_event(NUMPY, x, shifted, block)))


def _month_range(
    people: Sequence[Alike],
    log_hazard: Callable[[FloatArray, FloatArray], FloatArray],
    median: FloatArray,
    shape: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return months between which half of such patients die: the medians of the frailest and of the fittest of them."""
    earliest, latest = np.full_like(median, np.inf), np.zeros_like(median)
    for one in people:
        spread = 0.0 if one.spread is None else REACH * one.spread
        for reach in (-spread, spread):
            ratio = log_hazard(one.x, one.shift + reach)
            months = weibull.median_survival(median=median, shape=shape, log_hazard_ratio=ratio)
            earliest, latest = np.minimum(earliest, months.min(axis=0)), np.maximum(latest, months.max(axis=0))
    return earliest, latest


def _over_draws(values: FloatArray) -> Estimate:
    quantiles = np.quantile(values, list(TAILS.values())).tolist()
    return Estimate(**dict(zip(TAILS, quantiles, strict=True)))
