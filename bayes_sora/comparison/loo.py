r"""Leave-one-patient-out: how probable each patient is to a fit of the others.

.. math:: \widehat{\mathrm{elpd}}_i = \log \frac1S \sum_s p(\text{patient } i \mid θ_s), \qquad
          θ_s \sim p(θ \mid \text{the others})

By Pareto-smoothed importance sampling from the fit of all patients (Vehtari, Gelman, Gabry 2017) and, where its shape k
says that this cannot be trusted, by fitting the others again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from arviz_stats.base.array import array_stats
from scipy.special import logsumexp

from bayes_sora.cohort.subset import take_patients
from bayes_sora.errors import UsageError
from bayes_sora.fitting import fit as fit_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.fitting import Fit

LARGEST_K = 0.7


@dataclass(frozen=True, kw_only=True, eq=False)
class LeaveOneOut:
    """What a fit of the others says of each patient.

    Attributes
    ----------
    elpd : FloatArray, shape (n_patients,)
        Log predictive density of everything seen of the patient, latents integrated out.
    pareto_k : FloatArray, shape (n_patients,)
        Of the importance weights.
    refitted : BoolArray, shape (n_patients,)
        Where `elpd` is from a fit without the patient.
    log_likelihood : FloatArray, shape (n_patients,)
        The same density by the fit of all patients.
    """

    elpd: FloatArray
    pareto_k: FloatArray
    refitted: BoolArray
    log_likelihood: FloatArray

    @property
    def total(self) -> float:
        """The sum over patients."""
        return float(self.elpd.sum())

    @property
    def standard_error(self) -> float:
        """Of the total, over patients."""
        return float(np.sqrt(self.elpd.size) * self.elpd.std(ddof=1))

    @property
    def effective_parameters(self) -> float:
        """p_loo: how much better the patients fit in than they are predicted."""
        return float((self.log_likelihood - self.elpd).sum())


def leave_one_out(
    fit: Fit, *, refit: bool = True, progress: Callable[[str, int, int], None] | None = None
) -> LeaveOneOut:
    """Return the leave-one-patient-out prediction of a fit.

    Parameters
    ----------
    fit : Fit
    refit : bool
        Fit again without each patient whose Pareto k exceeds 0.7.
    progress : callable, optional
        Hears (what is being done, refits done, refits in all).

    Raises
    ------
    UsageError
        When the log-likelihood of a draw is not finite, or patients count in part.
    """
    log_likelihood = _by_patient(fit)
    elpd, pareto_k = psis_loo(log_likelihood)
    refitted = np.zeros(elpd.size, dtype=bool)
    if refit:
        again = np.flatnonzero(pareto_k > LARGEST_K)
        for done, patient in enumerate(again):
            if progress is not None:
                progress("fits without one patient", done, again.size)
            exact = _without(fit, int(patient))
            if exact is not None:
                elpd[patient], refitted[patient] = exact, True
    draws = log_likelihood.shape[0]
    return LeaveOneOut(
        elpd=elpd,
        pareto_k=pareto_k,
        refitted=refitted,
        log_likelihood=np.asarray(logsumexp(log_likelihood, axis=0) - np.log(draws)),
    )


def psis_loo(log_likelihood: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return elpd and Pareto k of each patient from log-likelihoods of shape (n_draws, n_patients)."""
    smooth: Callable[[FloatArray], tuple[FloatArray, float]] = array_stats.psislw  # not annotated by ArviZ
    elpd, pareto_k = np.empty(log_likelihood.shape[1]), np.empty(log_likelihood.shape[1])
    for patient, values in enumerate(np.ascontiguousarray(log_likelihood.T)):
        log_weights, pareto_k[patient] = smooth(values)
        # psislw takes log-likelihoods, whose negatives are the log weights of leaving out.
        elpd[patient] = logsumexp(values + log_weights) - logsumexp(log_weights)
    return elpd, pareto_k


def _by_patient(fit: Fit) -> FloatArray:
    if fit.model_file.study_weights:
        msg = (
            f"{fit.model_file.name} counts patients of earlier studies in part, and leaving out one patient is about "
            "patients that count in full: compare model files without [borrowing]"
        )
        raise UsageError(msg)
    patients = fit.posterior["log_likelihood"]["patient"].transpose("chain", "draw", "patient_id").to_numpy()
    if not np.isfinite(patients).all():
        msg = "the log-likelihood of some draws is not finite: fit again before comparing"
        raise UsageError(msg)
    return np.asarray(patients.reshape(-1, patients.shape[-1]), dtype=float)


def _without(fit: Fit, patient: int) -> float | None:
    """Return the log predictive density of a patient by a fit of the others.

    None where the others do not tell it: the patient is the only one of a site.
    """
    everyone = np.arange(fit.cohort.n_patients)
    others = take_patients(fit.cohort, everyone[everyone != patient])
    one = take_patients(fit.cohort, np.array([patient]))
    settings, seed = fit.provenance.attempts[0], fit.provenance.seed
    engine = str(fit.provenance.engine["name"])
    refitted = fit_model(
        others,
        model=fit.model_file,
        seed=seed,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        engine=engine,
    )
    if refitted.model_file.vectors != fit.model_file.vectors:
        return None
    draws = {str(name): values.to_numpy().reshape(-1) for name, values in refitted.parameters.items()}
    # The exposures that this draws beside are not used: any generator will do.
    found = evaluate_patients(draws, refitted.model_file, one, rng=np.random.default_rng(0))
    log_likelihood = found.log_likelihood["patient"][:, 0]
    return float(logsumexp(log_likelihood) - np.log(log_likelihood.size))
