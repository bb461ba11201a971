"""The model's survival of exposure groups, against a plain mean over their patients, one after another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

import bayes_sora as bs
from bayes_sora.fitting.group_survival import group_survival
from bayes_sora.modelfile.spec import bind_model
from tests.conftest import make_fake_fit
from tests.fits import joint_fit

MONTHS = np.array([0.0, 3.0, 12.0])
COHORTS = {
    "sorafenib_sites.v1": "sites_100",
    "sorafenib_covariates.v1": "covariates_100",
    "sorafenib_confounding.v1": "confounded_100",
    "sorafenib_frailty.v1": "frailty_100",
}
"""Every released file with survival in which something beside exposure makes patients differ, and its cohort."""


def test_the_cohorts_are_of_all_released_files_with_terms():
    """A file that is released later must come in here."""
    assert set(COHORTS) == {model.name for model in bs.list_models() if model.terms and "survival" in model.outcomes}


def test_without_terms_it_is_the_mean_of_weibull_curves():
    """One draw and group is held against the formula written out patient by patient."""
    fit = joint_fit()
    found = group_survival(fit, fit.classical.survival, MONTHS)[1]
    first = fit.posterior["posterior"].to_dataset().isel(chain=0, draw=0)
    trough = fit.cohort.trough_mg_l
    inside = (trough >= 1.40) & (trough < 3.45)
    x = first["patient_log_exposure"].to_numpy()[inside] - np.log(2.91)
    effect = float(first["survival_linear"]) * x + float(first["survival_curvature"]) * x**2
    power = (MONTHS[:, None] / float(first["survival_median"])) ** float(first["survival_shape"])
    assert found[0] == pytest.approx((0.5 ** (power * np.exp(effect))).mean(axis=1))


@pytest.mark.parametrize("name", COHORTS)
def test_with_terms_it_is_the_mean_over_patients_as_they_are(name):
    """Sites and covariates as recorded, what is not known integrated by an adaptive rule: no term is left out."""
    loaded = bs.load_model(name)
    cohort = bs.read_cohort(bs.shipped_cohort(COHORTS[name]), covariates=loaded.covariates)
    fit = make_fake_fit(cohort, model=bind_model(loaded, cohort)[0], chains=2, draws=3, from_prior=True)
    found = group_survival(fit, fit.classical.survival, MONTHS)
    place = np.searchsorted(
        [group.high_mg_l for group in fit.classical.survival.groups[:-1]], cohort.trough_mg_l, "right"
    )
    for row in range(2):
        draw = {str(key): float(fit.parameters[key][0, row]) for key in fit.parameters}
        log_c = fit.posterior["posterior"]["patient_log_exposure"].to_numpy()[0, row]
        by_hand = np.array([patient_survival(draw, cohort, name, i, log_c[i]) for i in range(cohort.n_patients)])
        for group in set(place.tolist()):
            assert found[group, row] == pytest.approx(by_hand[place == group].mean(axis=0), abs=1e-4)
    assert differs_without_terms(fit, found)


def patient_survival(draw, cohort, name, i, log_c):
    """S(t) of one patient, months as in MONTHS, with the terms of the file written out."""
    x = log_c - np.log(2.91)
    log_hazard = draw["survival_linear"] * x + draw["survival_curvature"] * x**2
    spread = 0.0
    if name == "sorafenib_sites.v1":
        log_hazard += draw["site_sd_survival_log_hazard"] * draw[f"site_z_survival_log_hazard[{cohort.site[i]}]"]
    elif name == "sorafenib_covariates.v1":
        log_hazard += of_covariates(draw, cohort, i)
    elif name == "sorafenib_frailty.v1":
        spread = draw["frailty_survival"]
    else:
        z = (log_c - draw["exposure_log_median"]) / draw["exposure_sd_between"]
        log_hazard += 0.8 * -0.5 * z
        spread = 0.8 * np.sqrt(1.0 - 0.5**2)
    base = np.log(2.0) * (MONTHS / draw["survival_median"]) ** draw["survival_shape"]

    def weighted(b):
        return stats.norm.pdf(b) * np.exp(-base * np.exp(log_hazard + spread * b))

    return integrate.quad_vec(weighted, -8.0, 8.0)[0]


def of_covariates(draw, cohort, i):
    """Return what age, per SD, and sex add to a patient's log hazard; an age that is missing has a draw of its own."""
    age = cohort.covariates["age"]
    missing = f"covariate_missing_age[{cohort.patient_id[i]}]"
    z = draw[missing] if np.isnan(age[i]) else (age[i] - np.nanmean(age)) / np.nanstd(age)
    male = cohort.covariates["sex"][i] == "male"
    return draw["survival_covariates[age]"] * z + draw["survival_covariates[sex=male]"] * male


def differs_without_terms(fit, found):
    """Whether exposure alone, as the curves were drawn before, gives something else by more than rounding."""
    draws = fit.posterior["posterior"].to_dataset()
    x = draws["patient_log_exposure"] - np.log(2.91)
    effect = draws["survival_linear"] * x + draws["survival_curvature"] * x**2
    hazard = np.log(2.0) * (12.0 / draws["survival_median"]) ** draws["survival_shape"] * np.exp(effect)
    plain = np.exp(-hazard).mean("patient_id").to_numpy().ravel()
    shares = np.array([group.n for group in fit.classical.survival.groups]) / fit.cohort.n_patients
    return np.abs(np.tensordot(shares, np.nan_to_num(found[:, :, 2]), axes=1) - plain).max() > 1e-3
