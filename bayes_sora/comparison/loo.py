"""Leave one patient out: by Pareto-smoothed importance sampling, and by an exact refit where that cannot be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from arviz_stats.base.array import array_stats

from bayes_sora.cohort import take_patients
from bayes_sora.errors import UsageError, shortened
from bayes_sora.fitting import fit_bound
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.numerics.quadrature import log_sum_exp

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray, IntArray

    Progress = Callable[[str, int, int], None]

MAX_PARETO_K = 0.7


class Refit(Protocol):
    """Fits a model to all patients but one."""

    def __call__(self, fit: Fit, patient: int, *, progress: Progress | None) -> Predicted:
        """Return how a fit without the patient at that position predicts the patient."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What a refit says of the patient it has not seen.

    Attributes
    ----------
    log_density : float
        log p(patient | the others).
    distrust : tuple of str
        Why the refit must be refused; empty when it need not be.
    """

    log_density: float
    distrust: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Leave-one-patient-out of one model; arrays are of shape (n_patients,).

    Attributes
    ----------
    elpd : FloatArray
        log p(patient | the others), everything observed of the patient together.
    p_loo : FloatArray
        By how much the patient's own data improve that: the patient's part of the effective number of parameters.
    pareto_k : FloatArray
        Of the importance sampling, also where a refit took its place.
    refitted : tuple of str
        Patients for whom `elpd` is from an exact refit.
    notes : tuple of str
        What is to be said of the refits.
    """

    elpd: FloatArray
    p_loo: FloatArray
    pareto_k: FloatArray
    refitted: tuple[str, ...]
    notes: tuple[str, ...] = ()


def leave_out(name: str, fit: Fit, *, refit: Refit | None, progress: Progress) -> LeftOut:
    """Leave out every patient of a fit in turn.

    Parameters
    ----------
    name : str
        Of the model, for `progress` and notes.
    fit : Fit
    refit : Refit or None
        Called for every patient whose Pareto k is above :func:`largest_good_k`.
    progress : callable
        Hears (what is being done, steps done, steps in all).
    """
    patients = tuple(map(str, fit.cohort.patient_id))
    log_likelihood = fit.posterior["log_likelihood"]["patient"].to_numpy()
    elpd, pareto_k = psis(log_likelihood)
    n_draws = log_likelihood[..., 0].size
    within = log_sum_exp(log_likelihood.reshape(n_draws, -1).T) - np.log(n_draws)
    doubtful = np.flatnonzero(~(pareto_k <= largest_good_k(n_draws)))
    if refit is None:
        notes = _unmended(name, elpd, doubtful)
        doubtful = doubtful[:0]
    else:
        notes = _mend(name, fit, elpd, doubtful, refit=refit, progress=progress)
    return LeftOut(
        elpd=elpd,
        p_loo=within - elpd,
        pareto_k=pareto_k,
        refitted=tuple(patients[patient] for patient in doubtful),
        notes=tuple(notes),
    )


def _mend(name: str, fit: Fit, elpd: FloatArray, doubtful: IntArray, *, refit: Refit, progress: Progress) -> list[str]:
    """Put the density by a refit in the place of every doubtful one; return what is to be said of the refits."""
    notes = []
    for done, patient in enumerate(doubtful.tolist()):
        who = shortened(fit.cohort.patient_id[patient], limit=30)
        progress(f"{name}: refit {done + 1} of {doubtful.size}, without patient {who}", done, doubtful.size)
        predicted = refit(fit, patient, progress=None)
        elpd[patient] = predicted.log_density
        if predicted.distrust:
            notes.append(f"{name} without patient {who}: {'; '.join(predicted.distrust)}")
    return notes


def _unmended(name: str, elpd: FloatArray, doubtful: IntArray) -> list[str]:
    """Say for how many patients importance sampling cannot be relied on."""
    if not np.isfinite(elpd).all():
        msg = f"{name}: the log-likelihood of some draws is not finite. Allow refits, or sample longer"
        raise UsageError(msg)
    if not doubtful.size:
        return []
    return [f"{name}: {doubtful.size} of {elpd.size} patients with a large Pareto k, and no refits, as asked"]


def psis(log_likelihood: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Return elpd and Pareto k of every patient, by importance sampling.

    Draws are weighted by :math:`1/p(y_i \mid θ)`, the largest weights smoothed by a generalised Pareto distribution
    (Vehtari, Gelman and Gabry 2017, Statistics and Computing 27:1413; Vehtari, Simpson, Gelman, Yao and Gabry 2024,
    Journal of Machine Learning Research 25:72).

    Parameters
    ----------
    log_likelihood : FloatArray, shape (n_chains, n_draws, n_patients)

    Returns
    -------
    tuple of FloatArray, shape (n_patients,)
        NaN and infinite where a log-likelihood is not finite.
    """
    each = [_psis_of_one(np.ascontiguousarray(log_likelihood[..., i])) for i in range(log_likelihood.shape[-1])]
    elpd, pareto_k = np.asarray(each, dtype=float).T
    return elpd.copy(), pareto_k


def _psis_of_one(log_likelihood: FloatArray) -> tuple[float, float]:
    if not np.isfinite(log_likelihood).all():
        return np.nan, np.inf
    leave_one_out: Callable[..., tuple[float, float, float]] = array_stats.loo  # not annotated by ArviZ
    elpd, pareto_k, _ = leave_one_out(log_likelihood)
    return elpd, pareto_k


def largest_good_k(n_draws: int) -> float:
    """Return the Pareto k up to which importance sampling from so many draws can be relied on."""
    return min(1.0 - 1.0 / float(np.log10(n_draws)), MAX_PARETO_K)


def refit_without(fit: Fit, patient: int, *, progress: Progress | None = None) -> Predicted:
    r"""Fit the same model, with the same sampling, to the other patients, and predict the patient left out.

    .. math:: \log p(y_i \mid y_{-i}) = \log \frac{1}{S} \sum_s p(y_i \mid θ_s), \qquad θ_s \sim p(θ \mid y_{-i}),

    the patient's latents integrated out. The model keeps the labels of the whole cohort: where the patient was the only
    one of a site, that site's effect is drawn from its distribution between sites.

    Parameters
    ----------
    fit : Fit
    patient : int
        Position in the cohort.
    progress : callable, optional
        As of :func:`bayes_sora.fit`.
    """
    sampled, seed = fit.provenance.attempts[-1], fit.provenance.seed
    fit_seed, draw_seed = np.random.SeedSequence([seed, patient]).generate_state(2).tolist()
    refitted = fit_bound(
        take_patients(fit.cohort, np.delete(np.arange(fit.cohort.n_patients), patient)),
        fit.model_file,
        seed=fit_seed,
        draws=sampled.draws,
        tune=sampled.tune,
        chains=sampled.chains,
        engine=fit.provenance.engine["name"],
        progress=progress,
    )
    return Predicted(
        log_density=log_predictive(refitted, fit, patient, rng=np.random.default_rng(draw_seed)),
        distrust=() if refitted.trusted else refitted.trust.reasons,
    )


def log_predictive(refitted: Fit, fit: Fit, patient: int, *, rng: np.random.Generator) -> float:
    """Return the log density of a patient of `fit` averaged over the draws of `refitted`."""
    parameters = {str(name): draws.to_numpy().reshape(-1) for name, draws in refitted.parameters.items()}
    alone = take_patients(fit.cohort, np.array([patient]))
    log_likelihood = evaluate_patients(parameters, fit.model_file, alone, rng=rng).log_likelihood["patient"][:, 0]
    return float(log_sum_exp(log_likelihood)) - float(np.log(log_likelihood.size))
