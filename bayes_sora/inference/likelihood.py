r"""Log-likelihood of every patient at every draw, and the patients' exposures drawn again, without PyMC.

The joint model integrates each patient's average exposure out, so its draws hold parameters only. Here the same
integrand is evaluated by our own formulas on evenly spaced nodes around the conditional mean of the log exposure: its
sum is the marginal log-likelihood, and the integrand itself is the conditional distribution from which the exposure is
drawn.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.inference.data import trough_log_dose, trough_statistics
from bayes_sora.inference.nodes import NodeGrid, node_grid
from bayes_sora.modelfile.dated import given_troughs, slot_arrays
from bayes_sora.modelfile.terms.term import FRAILTY, given_exposure, patient_parameters
from bayes_sora.numerics.dated import GivenTroughs
from bayes_sora.numerics.exposure import (
    TroughStatistics,
    censored_log_likelihood,
    conditional_log_exposure,
    measured_log_likelihood,
)
from bayes_sora.numerics.limits import centre_on_limits, moved_log_weights, unmeasured_limits
from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.quadrature import draw_between_nodes, log_sum_exp
from bayes_sora.types import Endpoint, FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile

LIKELIHOOD_NODES = 15
LIKELIHOOD_NODES_CENSORED = 31
# A batch's arrays should stay in the processor's cache.
BATCH_ELEMENTS = 150_000
POPULATION = {"mu": "log_median", "sd_between": "sd_between"}


class PatientDraws(NamedTuple):
    """What the draws say of each patient.

    Attributes
    ----------
    log_likelihood : dict of FloatArray, shape (n_draws, n_patients)
        ``patient`` (everything observed of the patient, latents integrated out), ``exposure`` (the troughs) and each
        endpoint's own term log p(endpoint | troughs, θ). They need not sum to ``patient``.
    log_exposure : FloatArray, shape (n_draws, n_patients)
        The log average trough in log(mg/L), drawn from its distribution given everything observed and θ.
    """

    log_likelihood: dict[str, FloatArray]
    log_exposure: FloatArray


class _Known(NamedTuple):
    """What the likelihood is conditioned on, gathered once for all draws."""

    troughs: TroughStatistics
    limits: dict[str, FloatArray] | None
    slots: dict[str, FloatArray]
    outcomes: dict[Endpoint, dict[str, FloatArray]]


def evaluate_patients(
    parameters: Mapping[str, FloatArray],
    model: ModelFile,
    cohort: Cohort,
    *,
    rng: np.random.Generator,
    n_nodes: int | None = None,
) -> PatientDraws:
    """Evaluate every patient's log-likelihood at every draw and draw the exposures again.

    Parameters
    ----------
    parameters : mapping of str to FloatArray, shape (n_draws,)
    model : ModelFile
    cohort : Cohort
    rng : numpy.random.Generator
        For the exposures.
    n_nodes : int, optional
        Quadrature nodes a patient; default 15, or 31 when troughs lie outside the limits of quantification.
    """
    if n_nodes is None:
        n_nodes = LIKELIHOOD_NODES_CENSORED if cohort.troughs.n_censored else LIKELIHOOD_NODES
    n_draws = len(next(iter(parameters.values())))
    uniforms = rng.uniform(size=(n_draws, cohort.n_patients))
    blocks = {endpoint: model.outcomes[endpoint] for endpoint in model.endpoints}
    troughs = trough_statistics(cohort, model)
    known = _Known(
        troughs,
        unmeasured_limits(troughs),
        slot_arrays(cohort, model.exposure, trough_log_dose(cohort, model)) if model.exposure.dated else {},
        {endpoint: block.outcome.arrays(cohort, block) for endpoint, block in blocks.items()},
    )
    evaluate = _latent_batch if model.exposure.form == "latent" else _observed_batch
    size = max(1, BATCH_ELEMENTS // (cohort.n_patients * node_grid(model, n_nodes).log_weights.size))

    def batch(start: int) -> PatientDraws:
        part = slice(start, start + size)
        at = {name: values[part] for name, values in parameters.items()}
        return evaluate(at, model, cohort, known, uniforms[part], n_nodes)

    # NumPy lets go of the interpreter in its loops, so threads share the processors; the order of results is fixed.
    with ThreadPoolExecutor() as threads:
        batches = list(threads.map(batch, range(0, n_draws, size)))
    return PatientDraws(
        log_likelihood={
            name: np.concatenate([batch.log_likelihood[name] for batch in batches])
            for name in batches[0].log_likelihood
        },
        log_exposure=np.concatenate([batch.log_exposure for batch in batches]),
    )


def patients_at(
    parameters: Mapping[str, FloatArray], model: ModelFile, columns: Mapping[str, FloatArray], frailty: FloatArray
) -> dict[str, FloatArray]:
    """Return the parameters of every patient; `columns` and `frailty` broadcast against the parameters."""
    return patient_parameters(model.derived(NUMPY, parameters), model.patient_terms, {FRAILTY: frailty, **columns})


def _observed_batch(  # noqa: PLR0917 - as the other
    parameters: Mapping[str, FloatArray],
    model: ModelFile,
    cohort: Cohort,
    known: _Known,
    uniforms: FloatArray,
    n_nodes: int,
) -> PatientDraws:
    grid = node_grid(model, n_nodes)
    log_exposure = np.broadcast_to(known.troughs.mean_log, uniforms.shape)
    of_patient = _by_patient(parameters, model, cohort)
    mean, sd = of_patient["exposure_log_median"], of_patient["exposure_sd"]
    exposure = normal_log_density(log_exposure, mean=mean, sd=sd)
    log_weights, terms = _at_nodes(log_exposure[..., None], parameters, model, cohort, known, grid)
    return PatientDraws(_sum_over_nodes(exposure, log_weights, terms)[0], log_exposure.copy())


def _latent_batch(  # noqa: PLR0917 - as the other
    parameters: Mapping[str, FloatArray],
    model: ModelFile,
    cohort: Cohort,
    known: _Known,
    uniforms: FloatArray,
    n_nodes: int,
) -> PatientDraws:
    statistics, grid = known.troughs, node_grid(model, n_nodes)
    of_patient = _by_patient(parameters, model, cohort)
    within = of_patient["exposure_sd_within"]
    centre, spread, marginal = _given_troughs(of_patient, model, known)
    moved = np.zeros(1)
    if known.limits is not None:
        population = {name: of_patient[f"exposure_{long}"][..., None] for name, long in POPULATION.items()}
        limits = {name: column[:, None] for name, column in known.limits.items()}
        centre, spread = centre_on_limits(NUMPY, centre, spread, known.limits, sd_within=within)
        nodes = (grid.exposure, centre[..., None], spread[..., None])
        moved = moved_log_weights(NUMPY, *nodes, limits, **population)
    log_exposure = centre[..., None] + spread[..., None] * grid.exposure
    log_weights, terms = _at_nodes(log_exposure, parameters, model, cohort, known, grid)
    prior = log_weights + moved + _censored_at_nodes(log_exposure, statistics, within)
    log_likelihood, joint = _sum_over_nodes(marginal, prior, terms)
    at = draw_between_nodes(grid.over_frailty(joint), grid.exposure_alone, uniforms)
    return PatientDraws(log_likelihood, centre + spread * at)


def _given_troughs(of_patient: Mapping[str, FloatArray], model: ModelFile, known: _Known) -> GivenTroughs:
    """Mean and SD of log C given the measured troughs, and their marginal log density, shape (n_draws, n_patients)."""
    if model.exposure.dated:
        return given_troughs(NUMPY, of_patient, model.exposure, known.slots)
    troughs = known.troughs
    mu, between, within = (of_patient[f"exposure_{name}"] for name in ("log_median", "sd_between", "sd_within"))
    spreads = {"mu": mu, "sd_between": between, "sd_within": within}
    centre, spread = conditional_log_exposure(troughs.n, troughs.mean_log, **spreads)
    return GivenTroughs(
        centre, spread, measured_log_likelihood(troughs.n, troughs.mean_log, troughs.sum_squares, **spreads)
    )


def _sum_over_nodes(
    marginal: FloatArray, prior: FloatArray, terms: Mapping[Endpoint, FloatArray]
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return the log-likelihoods, latents integrated out, and the log integrand of everything at every node."""
    joint = prior + sum(terms.values(), start=np.zeros(1))
    alone = log_sum_exp(prior)
    found = {"patient": marginal + log_sum_exp(joint), "exposure": marginal + alone}
    return found | {endpoint: log_sum_exp(prior + term) - alone for endpoint, term in terms.items()}, joint


def _by_patient(parameters: Mapping[str, FloatArray], model: ModelFile, cohort: Cohort) -> dict[str, FloatArray]:
    """Return parameters over (draw, patient), or (draw, 1) where all patients share them; without frailty."""
    by_draw = {name: values[:, None] for name, values in parameters.items()}
    return patients_at(by_draw, model, model.patient_columns(cohort), np.zeros(1))


def _at_nodes(  # noqa: PLR0917 - of one batch
    log_exposure: FloatArray,
    parameters: Mapping[str, FloatArray],
    model: ModelFile,
    cohort: Cohort,
    known: _Known,
    grid: NodeGrid,
) -> tuple[FloatArray, dict[Endpoint, FloatArray]]:
    """Log weight of every node and log-likelihood of each endpoint there, shape (n_draws, n_patients, n_nodes)."""
    by_draw = {name: values[:, None, None] for name, values in parameters.items()}
    columns = {name: column[:, None] for name, column in model.patient_columns(cohort).items()}
    at_typical = patients_at(by_draw, model, columns, grid.frailty)
    of_patient = given_exposure(at_typical, model.patient_terms, log_exposure)
    x = log_exposure - np.log(model.drug.reference_mg_l)
    data = {
        endpoint: {name: array[:, None] for name, array in arrays.items()}
        for endpoint, arrays in known.outcomes.items()
    }
    terms = {
        endpoint: block.outcome.log_likelihood(NUMPY, x, of_patient, block, data[endpoint])
        for endpoint, block in model.outcomes.items()
    }
    log_entry = model.log_entry(NUMPY, x, of_patient, data)
    if log_entry is None:
        return grid.log_weights, terms
    return grid.log_weights_among_entered(NUMPY, log_entry, axis=2), terms


def _censored_at_nodes(log_exposure: FloatArray, statistics: TroughStatistics, within: FloatArray) -> FloatArray:
    total = np.zeros(log_exposure.shape if statistics.censored_patient.size else (1,))
    for who, limit, sign in zip(
        statistics.censored_patient, statistics.censored_log_limit, statistics.censored_sign, strict=True
    ):
        total[:, who] += censored_log_likelihood(log_exposure[:, who], limit, sign, sd_within=within)
    return total
