"""The model's survival of the cohort's exposure groups, to stand beside their Kaplan–Meier curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.classical.groups import group_places
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.numerics import weibull
from bayes_sora.numerics.thinning import rows, thin
from bayes_sora.population import people_of_cohort, population_average
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from bayes_sora.classical import GroupedSurvival
    from bayes_sora.fitting.result import Fit

MAX_DRAWS, MAX_VALUES = 500, 200_000


def group_survival(fit: Fit, groups: GroupedSurvival, months: FloatArray) -> FloatArray:
    r"""Return the model's survival of every group, averaged over its patients as they are.

    .. math:: S_G(t) = \frac{1}{|G|} \sum_{i \in G} E_b[S(t \mid C_i, z_i, b)]

    one curve a draw, with the parameters and exposures C_i of that draw, each patient's site and covariates z_i, and
    whatever is not known of the patient (frailty, an unmeasured factor) averaged over; given survival to the first
    entry of the cohort, as Kaplan–Meier is where patients came under observation late.

    Parameters
    ----------
    fit : Fit
        Of a model with survival.
    groups : GroupedSurvival
        Of the same cohort.
    months : FloatArray, shape (n_times,)
        Rising, from 0.

    Returns
    -------
    FloatArray, shape (n_groups, n_draws, n_times)
        Draws are thinned, more so in a large cohort; NaN for a group without patients.
    """
    most = max(1, min(MAX_DRAWS, MAX_VALUES // fit.cohort.n_patients))
    sampled = fit.posterior["posterior"].to_dataset()[["patient_log_exposure"]]
    draws = thin(sampled.merge(fit.parameters), most=most)
    log_exposure = rows(draws["patient_log_exposure"])
    parameters = {str(name): rows(draws[name])[:, None] for name in fit.parameters}
    people, of_patient = people_of_cohort(fit.model_file, "survival", parameters, fit.cohort, log_exposure)
    # Proportional hazards: one baseline a draw spares a logarithm a patient.
    effect = exposure_effect(people.x, of_patient, fit.model_file.outcomes["survival"])

    def baseline(time: float) -> FloatArray:
        median, shape = parameters["survival_median"], parameters["survival_shape"]
        return np.exp(weibull.log_cumulative_hazard(time, median=median, shape=shape, log_hazard_ratio=0.0))

    first = 0.0 if fit.cohort.entry_months is None else float(fit.cohort.entry_months.min())
    before = baseline(first) if first > 0.0 else np.zeros(1)

    def alive(hazard: FloatArray) -> FloatArray:
        return np.asarray(population_average([people], lambda _, added: np.exp(-hazard * np.exp(effect + added))))

    share, seen = _membership(fit, groups), alive(before)
    survival = np.ones((share.shape[1], log_exposure.shape[0], months.size))
    for place, time in enumerate(months.tolist()):
        if time > first:
            survival[:, :, place] = ((alive(baseline(time)) / seen) @ share).T
    survival[~share.any(axis=0)] = np.nan
    return survival


def _membership(fit: Fit, groups: GroupedSurvival) -> FloatArray:
    """Return 1/|G| where a patient belongs to a group, else 0; shape (n_patients, n_groups)."""
    place = group_places(fit.cohort.trough_mg_l, cuts_mg_l=[group.high_mg_l for group in groups.groups[:-1]])
    member = place[:, None] == np.arange(len(groups.groups))
    return np.asarray(member / np.maximum(member.sum(axis=0), 1), dtype=float)
