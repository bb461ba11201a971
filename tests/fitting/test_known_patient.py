"""One patient of whom something is known, against importance sampling over simulated patients."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.errors import UsageError
from bayes_sora.fitting.known import known_patient
from bayes_sora.fitting.patient_exposure import exposure_groups
from bayes_sora.fitting.patient_outcomes import patient_outcomes, patient_survival
from bayes_sora.modelfile import bind_model, parse_model

N_SIMULATED = 400_000
TROUGHS = np.log([1.2, 1.5])
SITES = ("A", "B", "C")
NORMAL = {"family": "normal", "mean": 0.0, "sd": 0.5, "unit": "1", "meaning": "β", "source": "test"}
HALF_NORMAL = {"family": "half_normal", "sd": 0.5, "unit": "1", "meaning": "τ", "source": "test"}
COVARIATES = {
    "covariates": {
        "formulas": {"exposure": "age", "toxicity": "age + sex", "survival": "age"},
        "coefficient": NORMAL,
    }
}
SITE = {
    "site": {
        "exposure": {"log_median": HALF_NORMAL},
        "toxicity": {"intercept": HALF_NORMAL, "slope": HALF_NORMAL},
        "survival": {"log_hazard": HALF_NORMAL},
    }
}
CONFOUNDING = {"confounding": {"correlation": -0.6, "toxicity": -0.9, "survival": 0.8}}
FRAILTY = {"frailty": {"toxicity": HALF_NORMAL, "survival": HALF_NORMAL}}
BASES = {"latent": "sorafenib_joint.v1", "observed": "sorafenib_observed.v1"}
AT = {
    "exposure_log_median": 1.1,
    "exposure_sd_between": 0.5,
    "exposure_sd": 0.5,
    "exposure_sd_within": 0.3,
    "toxicity_intercept": 0.2,
    "toxicity_slope": 1.3,
    "response_intercept": 1.0,
    "response_slope": 2.0,
    "survival_median": 11.0,
    "survival_shape": 1.3,
    "survival_linear": 0.4,
    "survival_curvature": 0.3,
    "exposure_covariates[age]": -0.4,
    "toxicity_covariates[age]": 0.9,
    "toxicity_covariates[sex=m]": 0.7,
    "survival_covariates[age]": 0.8,
    "site_sd_exposure_log_median": 0.4,
    "site_sd_toxicity_intercept": 0.6,
    "site_sd_toxicity_slope": 0.5,
    "site_sd_survival_log_hazard": 0.5,
    "frailty_toxicity": 0.8,
    "frailty_survival": 0.7,
}
VARYING = ("exposure_log_median", "toxicity_intercept", "toxicity_slope", "survival_log_hazard")
EFFECTS = {"A": (1.0, -0.5, 0.7, 1.2), "B": (-1.0, 0.8, -0.2, -0.6), "C": (0.2, 0.1, 0.3, 0.4)}
AT |= {
    f"site_z_{target}[{site}]": value
    for site, values in EFFECTS.items()
    for target, value in zip(VARYING, values, strict=True)
}


def fit_of(*blocks, form="latent"):
    """Return what `predict` needs of a fit: one draw of a model with these blocks, and its cohort."""
    rng = np.random.default_rng(4)
    seen = replace(
        bs.simulate("moderate", n=15, seed=3).cohort,
        covariates={"age": rng.normal(60.0, 9.0, size=15), "sex": tuple("mf"[i % 2] for i in range(15))},
        site=tuple(SITES[i % 3] for i in range(15)),
    )
    text = {"schema": 1, "name": "known.v1", "title": "known", "extends": BASES[form]}
    for block in blocks:
        text |= block
    loaded, _ = bind_model(parse_model(text), seen)
    draws = xr.Dataset({name: (("chain", "draw"), [[AT[name]]]) for name in loaded.priors})
    return SimpleNamespace(model_file=loaded, parameters=draws, cohort=seen)


def simulated(fit, *, age=None, sex=None, site=None, seed=0):
    """Draw patients as the model has them, weigh each by the density of the troughs, and average their outcomes."""
    rng = np.random.default_rng(seed)
    terms = fit.model_file.patient_terms
    has = {name: any(name in term.target + str(term.factors) for term in terms) for name in ("covariates", "site_z")}
    assumed = next((block for block in fit.model_file.terms if hasattr(block, "correlation")), None)
    ages = fit.cohort.covariates["age"]
    who = rng.integers(0, ages.size, N_SIMULATED)
    z_age = ((ages[who] if age is None else np.full(N_SIMULATED, age)) - ages.mean()) / ages.std()
    male = (np.array(fit.cohort.covariates["sex"])[who] == "m") if sex is None else np.full(N_SIMULATED, sex == "m")
    on = float(has["covariates"])
    effects = rng.normal(size=(4, N_SIMULATED)) if site is None else np.array(EFFECTS[site])[:, None]
    sds = np.array([float(has["site_z"]) * AT[f"site_sd_{name}"] for name in VARYING])
    s_exposure, s_toxicity, s_slope, s_hazard = sds[:, None] * effects
    z, e = rng.normal(size=(2, N_SIMULATED))
    log_c = AT["exposure_log_median"] + on * AT["exposure_covariates[age]"] * z_age + s_exposure + 0.5 * z
    x = log_c - np.log(2.91)
    toxicity = AT["toxicity_intercept"] + s_toxicity + (AT["toxicity_slope"] + s_slope) * x
    toxicity += on * (AT["toxicity_covariates[age]"] * z_age + AT["toxicity_covariates[sex=m]"] * male)
    hazard = AT["survival_linear"] * x + AT["survival_curvature"] * x**2 + s_hazard
    hazard += on * AT["survival_covariates[age]"] * z_age
    if assumed is not None:
        u = assumed.correlation * z + np.sqrt(1.0 - assumed.correlation**2) * e
        toxicity, hazard = toxicity + assumed.effects["toxicity"] * u, hazard + assumed.effects["survival"] * u
    elif fit.model_file.has_frailty:
        toxicity, hazard = toxicity + AT["frailty_toxicity"] * e, hazard + AT["frailty_survival"] * e
    if fit.model_file.exposure.form == "latent":
        weight = np.exp(-0.5 * ((TROUGHS.mean() - log_c) / (0.3 / np.sqrt(TROUGHS.size))) ** 2)
    else:  # the exposure itself was seen: a narrow kernel around it
        weight = np.exp(-0.5 * ((TROUGHS.mean() - log_c) / 0.01) ** 2)
    alive = np.exp(-np.log(2.0) * (12.0 / AT["survival_median"]) ** AT["survival_shape"] * np.exp(hazard))
    found = {"toxicity": expit(toxicity), "alive": alive, "log_c": log_c}
    mean = {name: np.average(values, weights=weight) for name, values in found.items()}
    size = weight.sum() ** 2 / (weight**2).sum()
    error = {name: 4.0 * np.sqrt(np.average((v - mean[name]) ** 2, weights=weight) / size) for name, v in found.items()}
    return mean, error


CASES = {
    "covariates unknown": ((COVARIATES,), {}),
    "age known": ((COVARIATES,), {"age": 72.0}),
    "all covariates known": ((COVARIATES,), {"age": 50.0, "sex": "f"}),
    "new site": ((SITE,), {}),
    "site known": ((SITE,), {"site": "A"}),
    "factor": ((CONFOUNDING,), {}),
    "factor, covariates and site unknown": ((CONFOUNDING, COVARIATES, SITE), {}),
    "factor, all known": ((CONFOUNDING, COVARIATES, SITE), {"age": 70.0, "sex": "m", "site": "B"}),
    "frailty, age and site known": ((FRAILTY, COVARIATES, SITE), {"age": 70.0, "site": "B"}),
}


@pytest.mark.parametrize("form", BASES)
@pytest.mark.parametrize("case", CASES)
def test_answer_by_importance_sampling(case, form):
    """Exposure, toxicity and survival are the weighted means of simulated patients who share what is known."""
    blocks, known = CASES[case]
    fit = fit_of(*blocks, form=form)
    patient = known_patient(
        fit,
        covariates={name: value for name, value in known.items() if name != "site"},
        site=known.get("site"),
        study=None,
    )
    mean, error = simulated(fit, **known)
    toxicity = patient_outcomes(patient, TROUGHS)["toxicity"].probability.q50
    alive = patient_survival(patient, TROUGHS).p_alive.q50
    # Groups of patients are taken as normal in log exposure: with 15 patients there are as many groups, and no error.
    assert toxicity == pytest.approx(mean["toxicity"], abs=error["toxicity"] + 1e-3)
    assert alive == pytest.approx(mean["alive"], abs=error["alive"] + 1e-3)
    groups = exposure_groups(patient.model, patient.parameters, TROUGHS)
    log_c = sum(float(group.share[0] * group.mean[0]) for group in groups)
    assert log_c == pytest.approx(mean["log_c"], abs=error["log_c"] + 1e-3)


def test_factor_moves_the_answer():
    """A low trough makes a harmful factor that goes with low exposure probable: more die than under a set exposure."""
    with_factor, without = (
        patient_survival(known_patient(fit_of(*blocks), covariates={}, site=None, study=None), np.log([0.8]))
        for blocks in ((CONFOUNDING,), ())
    )
    assert with_factor.p_alive.q50 < without.p_alive.q50 - 0.1


def test_words_say_what_was_used_and_what_not():
    """Known and averaged covariates, sites, factor and frailty are named; a plain model has nothing to say."""

    def words(*blocks, covariates=None, site=None):
        return " ".join(known_patient(fit_of(*blocks), covariates=covariates or {}, site=site, study=None).words)

    assert words() == ""
    told = words(COVARIATES, SITE, covariates={"age": "70"})
    assert "Known covariates were used: age 70." in told
    assert "Not given: sex." in told
    assert "a patient of a new site" in told
    assert "The site B is known" in words(SITE, site="B")
    assert "unmeasured factor" in words(CONFOUNDING)
    assert "frailty of a patient is not known" in words(FRAILTY)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"covariates": {"weight": "70"}}, "no covariate 'weight'; its covariates: age, sex"),
        ({"covariates": {"age": "old"}}, "age is a number, got 'old'"),
        ({"covariates": {"age": "nan"}}, "age is a number, got 'nan'"),
        ({"covariates": {"sex": "x"}}, "sex has the levels f, m, got 'x'"),
        ({"site": "Z"}, "unknown site 'Z'; the cohort's: A, B, C"),
        ({"study": "S"}, "nothing that differs between studies"),
    ],
)
def test_what_cannot_be_used_is_refused(known, why):
    """Neither a typo nor a value that the cohort never had passes silently."""
    asked = {"covariates": {}, "site": None, "study": None} | known
    with pytest.raises(UsageError, match=why):
        known_patient(fit_of(COVARIATES, SITE), **asked)


def test_patients_with_missing_numbers_are_left_out_of_the_average():
    """With sex given, age is that of the patients in whom it is recorded; with nobody left it is asked for."""
    fit = fit_of(COVARIATES)
    ages = fit.cohort.covariates["age"].copy()
    ages[:5] = np.nan
    gappy = replace(fit.cohort, covariates=dict(fit.cohort.covariates) | {"age": ages})
    loaded, _ = bind_model(parse_model(_content(fit)), gappy)
    draws = xr.Dataset({name: (("chain", "draw"), [[AT.get(name, 0.3)]]) for name in loaded.priors})
    made = SimpleNamespace(model_file=loaded, parameters=draws, cohort=gappy)
    patient = known_patient(made, covariates={"sex": "m"}, site=None, study=None)
    assert len(exposure_groups(patient.model, patient.parameters, TROUGHS)) == 10


def _content(fit):
    text = {"schema": 1, "name": "known.v1", "title": "known", "extends": BASES[fit.model_file.exposure.form]}
    return text | COVARIATES
