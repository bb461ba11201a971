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

from bayes_sora.inference.data import outcome_arrays, trough_statistics
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.numerics import weibull
from bayes_sora.numerics.exposure import (
    TroughStatistics,
    censored_log_likelihood,
    conditional_log_exposure,
    measured_log_likelihood,
)
from bayes_sora.numerics.logistic import bernoulli_log_likelihood
from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.numerics.quadrature import draw_between_nodes, log_sum_exp, uniform_nodes
from bayes_sora.types import Endpoint, FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock

LIKELIHOOD_NODES = 15
LIKELIHOOD_NODES_CENSORED = 31
# A batch's arrays should stay in the processor's cache.
BATCH_ELEMENTS = 150_000


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


def outcome_log_likelihood(
    x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock, data: tuple[FloatArray, ...]
) -> FloatArray:
    """Return an endpoint's log-likelihood at centred log exposure x; parameters and data broadcast against x."""
    effect = exposure_effect(x, parameters, block)
    if block.endpoint == "survival":
        os_months, death = data
        return weibull.log_likelihood(
            os_months,
            death,
            median=parameters["survival_median"],
            shape=parameters["survival_shape"],
            log_hazard_ratio=effect,
        )
    (outcome,) = data
    return bernoulli_log_likelihood(outcome, parameters[f"{block.endpoint}_intercept"] + effect)


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
    evaluate = _latent_batch if model.exposure.form == "latent" else _observed_batch
    size = max(1, BATCH_ELEMENTS // (cohort.n_patients * n_nodes))

    def batch(start: int) -> PatientDraws:
        part = slice(start, start + size)
        at = {name: values[part] for name, values in parameters.items()}
        return evaluate(at, model, cohort, uniforms[part], n_nodes)

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


def _observed_batch(
    parameters: Mapping[str, FloatArray],
    model: ModelFile,
    cohort: Cohort,
    uniforms: FloatArray,
    n_nodes: int,  # noqa: ARG001 - exposures taken as measured need no quadrature
) -> PatientDraws:
    by_draw = {name: values[:, None] for name, values in parameters.items()}
    log_exposure = np.broadcast_to(trough_statistics(cohort).mean_log, uniforms.shape)
    x = log_exposure - np.log(model.drug.reference_mg_l)
    terms = {
        "exposure": normal_log_density(log_exposure, mean=by_draw["exposure_log_median"], sd=by_draw["exposure_sd"])
    }
    for endpoint in model.endpoints:
        data = outcome_arrays(cohort, endpoint)
        terms[endpoint] = outcome_log_likelihood(x, by_draw, model.outcomes[endpoint], data)
    return PatientDraws({"patient": sum(terms.values(), start=np.zeros(x.shape)), **terms}, log_exposure.copy())


def _latent_batch(
    parameters: Mapping[str, FloatArray],
    model: ModelFile,
    cohort: Cohort,
    uniforms: FloatArray,
    n_nodes: int,
) -> PatientDraws:
    statistics = trough_statistics(cohort)
    mu, between, within = (
        parameters[f"exposure_{name}"][:, None] for name in ("log_median", "sd_between", "sd_within")
    )
    centre, spread = conditional_log_exposure(
        statistics.n, statistics.mean_log, mu=mu, sd_between=between, sd_within=within
    )
    marginal = measured_log_likelihood(
        statistics.n,
        statistics.mean_log,
        statistics.sum_squares,
        mu=mu,
        sd_between=between,
        sd_within=within,
    )
    nodes, weights = uniform_nodes(n_nodes)
    log_exposure = centre[..., None] + spread[..., None] * nodes
    prior = np.log(weights) + _censored_at_nodes(log_exposure, statistics, within)
    terms = _endpoint_terms(log_exposure, parameters, model, cohort)
    joint = prior + sum(terms.values(), start=np.zeros(1))
    censored = log_sum_exp(prior)
    log_likelihood = {"patient": marginal + log_sum_exp(joint), "exposure": marginal + censored}
    for endpoint, term in terms.items():
        log_likelihood[endpoint] = log_sum_exp(prior + term) - censored
    return PatientDraws(log_likelihood, centre + spread * draw_between_nodes(joint, nodes, uniforms))


def _endpoint_terms(
    log_exposure: FloatArray, parameters: Mapping[str, FloatArray], model: ModelFile, cohort: Cohort
) -> dict[Endpoint, FloatArray]:
    """Log-likelihood of each endpoint at every node, shape (n_draws, n_patients, n_nodes)."""
    by_draw = {name: values[:, None, None] for name, values in parameters.items()}
    x = log_exposure - np.log(model.drug.reference_mg_l)
    return {
        endpoint: outcome_log_likelihood(
            x,
            by_draw,
            model.outcomes[endpoint],
            tuple(array[:, None] for array in outcome_arrays(cohort, endpoint)),
        )
        for endpoint in model.endpoints
    }


def _censored_at_nodes(log_exposure: FloatArray, statistics: TroughStatistics, within: FloatArray) -> FloatArray:
    total = np.zeros(log_exposure.shape if statistics.censored_patient.size else (1,))
    for who, limit, sign in zip(
        statistics.censored_patient, statistics.censored_log_limit, statistics.censored_sign, strict=True
    ):
        total[:, who] += censored_log_likelihood(log_exposure[:, who], limit, sign, sd_within=within)
    return total
