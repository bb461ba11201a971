"""The released model files: frozen, and exactly what science.md fixes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bayes_sora.modelfile import list_models, load_model
from bayes_sora.resources import shipped_folder

FROZEN: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "reference" / "released_models.json").read_text(encoding="utf-8")
)
NAMES = [model.name for model in list_models()]
log = math.log

# The table of the reference models: family and arguments, in the order of the vocabulary.
LATENT = {
    "exposure_log_median": ("normal", log(3), 0.5),
    "exposure_sd_between": ("log_normal", 0.55, 0.3),
    "exposure_sd_within": ("log_normal", 0.30, 0.35),
}
OBSERVED = {"exposure_log_median": ("normal", log(3), 0.5), "exposure_sd": ("log_normal", 0.6, 0.3)}
TOXICITY = {"toxicity_intercept": ("normal", 0, 1.5), "toxicity_slope": ("normal", 0.5, 1)}
RESPONSE = {"response_intercept": ("normal", 0.5, 1.5), "response_slope": ("normal", 1, 2)}
SURVIVAL = {
    "survival_median": ("log_normal", 10.7, 0.5),
    "survival_shape": ("log_normal", 1.25, 0.25),
    "survival_linear": ("normal", 0, 0.5),
    "survival_curvature": ("normal", 0, 0.5),
}
LITERATURE = {
    "exposure_log_median": ("normal", log(3.1), 0.2),
    "exposure_sd_between": ("log_normal", 0.55, 0.3),
    "exposure_sd_within": ("log_normal", 0.30, 0.35),
    "toxicity_intercept": ("normal", 0, 0.6),
    "toxicity_slope": ("normal", 0.4, 0.6),
    "response_intercept": ("normal", 0.6, 0.8),
    "response_slope": ("normal", 0.7, 1),
    "survival_median": ("log_normal", 10.7, 0.35),
    "survival_shape": ("log_normal", 1.25, 0.2),
    "survival_linear": ("normal", 0, 0.4),
    "survival_curvature": ("normal", 0, 0.35),
}
EMAX = {
    "response_intercept": ("normal", -2, 1.5),
    "response_emax": ("normal", 4, 2.5),
    "response_ec50": ("log_normal", 1.5, 0.8),
    "survival_median": ("log_normal", 10.7, 0.5),
    "survival_shape": ("log_normal", 1.25, 0.25),
    "survival_emax": ("normal", -0.4, 0.5),
    "survival_ec50": ("log_normal", 2.9, 0.8),
}
SIGMOID = {
    "toxicity_intercept": ("normal", -1.5, 1),
    "toxicity_emax": ("normal", 3, 1.5),
    "toxicity_ec50": ("log_normal", 3, 0.6),
    "toxicity_hill": ("log_normal", 2, 0.7),
    "response_intercept": ("normal", -2, 1.5),
    "response_emax": ("normal", 4, 2),
    "response_ec50": ("log_normal", 1.5, 0.6),
    "response_hill": ("log_normal", 2, 0.7),
}
ONSET = LATENT | TOXICITY | RESPONSE
ONSET |= {name: SURVIVAL[name] for name in ("survival_median", "survival_shape")}
ONSET |= {"survival_onset": ("normal", 0, 0.5), **SURVIVAL}
SITES = {
    "site_sd_exposure_log_median": ("half_normal", 0.3),
    "site_sd_toxicity_intercept": ("half_normal", 0.5),
    "site_sd_toxicity_slope": ("half_normal", 0.5),
    "site_sd_response_intercept": ("half_normal", 0.5),
    "site_sd_survival_log_hazard": ("half_normal", 0.5),
}
FRAILTY = {f"frailty_{endpoint}": ("half_normal", 0.5) for endpoint in ("toxicity", "response", "survival")}
GRADES = {
    "toxicity_intercept": ("normal", 0, 1.5),
    "toxicity_gap_1_2": ("log_normal", 1.2, 0.5),
    "toxicity_gap_2_3": ("log_normal", 1.2, 0.5),
    "toxicity_gap_3_4": ("log_normal", 2, 0.5),
    "toxicity_slope": ("normal", 0.5, 1),
}
EVENT_TYPES = {
    "toxicity_intercept": ("normal", -1.5, 1),
    "toxicity_intercept_sd": ("half_normal", 1),
    "toxicity_slope_sd": ("half_normal", 0.5),
    "toxicity_slope": ("normal", 0.5, 1),
}
SPLINE = {
    "toxicity_intercept": ("normal", 0, 1.5),
    "toxicity_rise": ("half_normal", 4),
    "toxicity_smoothness": ("half_normal", 1),
    "response_intercept": ("normal", 0.5, 1.5),
    "response_rise": ("half_normal", 8),
    "response_smoothness": ("half_normal", 1),
    "survival_median": ("log_normal", 10.7, 0.5),
    "survival_shape": ("log_normal", 1.25, 0.25),
    "survival_linear": ("normal", 0, 0.5),
    "survival_smoothness": ("half_normal", 0.35),
    **{f"{name}_spline[{k}]": ("normal", 0, 1) for name in ("toxicity", "response") for k in range(1, 9)},
    **{f"survival_spline[{k}]": ("normal", 0, 1) for k in range(1, 8)},
}
LOCATED = {
    "toxicity_intercept": ("normal", 0, 1),
    "toxicity_floor": ("normal", -2, 1),
    "toxicity_ceiling": ("normal", 2.5, 1),
    "toxicity_slope": ("student_t", 4, 0.5, 2),
    "toxicity_location": ("log_normal", 2.91, 1),
    "response_intercept": ("normal", 0.5, 1.5),
    "response_slope": ("student_t", 4, 1, 2),
    "response_location": ("log_normal", 2.91, 1),
}
LITERATURE_LOCATED = {
    "toxicity_intercept": ("normal", 0, 0.6),
    "toxicity_floor": ("normal", -2, 1),
    "toxicity_ceiling": ("normal", 2.5, 1),
    "toxicity_slope": ("student_t", 4, 0.4, 0.8),
    "toxicity_location": ("log_normal", 2.91, 0.7),
    "response_intercept": ("normal", 0.6, 0.8),
    "response_slope": ("student_t", 4, 0.7, 1.2),
    "response_location": ("log_normal", 2.91, 0.7),
}
JOINT = LATENT | TOXICITY | RESPONSE | SURVIVAL
PRIORS = {
    "sorafenib_joint.v1": JOINT,
    "sorafenib_observed.v1": OBSERVED | TOXICITY | RESPONSE | SURVIVAL,
    "sorafenib_literature.v1": LITERATURE,
    "sorafenib_joint.v2": LATENT | LOCATED | SURVIVAL,
    "sorafenib_observed.v2": OBSERVED | LOCATED | SURVIVAL,
    "sorafenib_literature.v2": {name: LITERATURE[name] for name in LATENT}
    | LITERATURE_LOCATED
    | {name: LITERATURE[name] for name in SURVIVAL},
    "sorafenib_joint_heavy_tails.v2": LATENT | LOCATED | SURVIVAL | {"response_slope": ("student_t", 3, 0, 4)},
    "toxicity_only.v1": LATENT | TOXICITY,
    "response_only.v1": LATENT | RESPONSE,
    "survival_only.v1": LATENT | SURVIVAL,
    "sorafenib_joint_heavy_tails.v1": JOINT | {"response_slope": ("student_t", 3, 0, 2.5)},
    "sorafenib_joint_hump.v1": JOINT | {"survival_curvature": ("half_normal", 0.5)},
    "sorafenib_joint_cv20.v1": JOINT | {"exposure_sd_within": ("log_normal", 0.20, 0.35)},
    "sorafenib_joint_cv45.v1": JOINT | {"exposure_sd_within": ("log_normal", 0.45, 0.35)},
    "sorafenib_emax.v1": LATENT | TOXICITY | EMAX,
    "sorafenib_sigmoid.v1": LATENT | SIGMOID | SURVIVAL,
    "sorafenib_sites.v1": JOINT | SITES,
    "sorafenib_frailty.v1": JOINT | FRAILTY,
    "sorafenib_grades.v1": LATENT | GRADES | RESPONSE | SURVIVAL,
    "sorafenib_event_types.v1": LATENT | EVENT_TYPES | RESPONSE | SURVIVAL,
    "sorafenib_doses.v1": JOINT,
    "sorafenib_entry.v1": JOINT,
    "sorafenib_onset.v1": ONSET,
    "sorafenib_decline.v1": LATENT
    | {
        "exposure_decline_size": ("normal", 0.6, 0.5),
        "exposure_decline_months": ("log_normal", 3.0, 0.5),
        "exposure_occasion_sd": ("half_normal", 0.25),
    }
    | TOXICITY
    | RESPONSE
    | SURVIVAL,
    "sorafenib_spline.v1": LATENT | SPLINE,
    "sorafenib_robust.v1": LITERATURE
    | {
        "toxicity_slope": ("robust_normal", 0.4, 0.6, 0.8, 0, 2),
        "response_slope": ("robust_normal", 0.7, 1, 0.5, 0, 4),
    },
    "sorafenib_covariates.v1": JOINT,
    "sorafenib_power_prior.v1": JOINT,
    "sorafenib_confounding.v1": JOINT,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_released_file_never_changes(name):
    """The hash of each released model is the one frozen when it was released; a change needs a new version."""
    assert load_model(name).sha256 == FROZEN[name]


def test_no_released_file_disappears():
    """What was released once stays available."""
    assert sorted(FROZEN) == sorted(NAMES)


@pytest.mark.parametrize("name", PRIORS)
def test_priors_are_those_of_the_science(name):
    """Families and numbers, in the order of the posterior, are the literal table above."""
    priors = load_model(name).priors
    assert list(priors) == list(PRIORS[name])
    for parameter, (family, *numbers) in PRIORS[name].items():
        assert priors[parameter].family == family
        assert list(priors[parameter].arguments.values()) == pytest.approx(numbers, rel=1e-15)


@pytest.mark.parametrize("name", PRIORS)
def test_reference_range_windows_and_sampling_are_those_of_the_science(name):
    """Reference exposure 2.91, range 0.5–10 mg/L, the defaults of the windows, both published windows."""
    model = load_model(name)
    assert (model.drug.reference_mg_l, model.drug.unit.name) == (2.91, "mg/L")
    assert model.drug.span is not None
    assert (model.drug.span.low, model.drug.span.high) == (0.5, 10.0)
    limits, utility = model.questions.limits, model.questions.utility
    assert (limits.max_toxicity, limits.min_response, limits.min_survival) == (0.5, 0.5, None)
    assert (utility.tau_months, utility.toxicity_cost_months, utility.tolerance_months) == (24.0, 3.0, 0.5)
    published = [(window.name, window.lower_mg_l, window.upper_mg_l) for window in model.published]
    assert published == [("Noda 2020", 1.40, 3.45), ("DPOG target", 3.75, None)]
    assert model.group_cuts_mg_l == (1.40, 3.45)
    assert (model.sampling.chains, model.sampling.tune, model.sampling.draws) == (4, 1000, 1000)


@pytest.mark.parametrize("name", NAMES)
def test_a_released_file_explains_itself(name):
    """Each has a version, a date, a title, a description, and each prior its unit, meaning and source."""
    model = load_model(name)
    assert model.name.rpartition(".v")[2].isdecimal()
    assert model.released is not None
    assert model.title
    assert model.description
    assert all(prior.unit and prior.meaning and prior.source for prior in model.priors.values())
    assert all(window.source for window in model.published)


def test_every_toml_file_of_the_folder_is_listed():
    """list_models leaves nothing out and sorts by name."""
    assert sorted(f"{name}.toml" for name in NAMES) == sorted(path.name for path in shipped_folder("models").iterdir())
    assert sorted(NAMES) == NAMES


def test_the_example_of_another_drug_is_read_in_its_own_unit():
    """Sunitinib in ng/mL becomes mg/L inside: reference 60 ng/mL, range 15–250, window 60.75–82.3."""
    model = load_model("sunitinib_example")
    assert model.drug.unit.name == "ng/mL"
    assert model.drug.reference_mg_l == pytest.approx(0.060)
    assert model.drug.span is not None
    assert (model.drug.span.low, model.drug.span.high) == pytest.approx((0.015, 0.250))
    assert model.priors["exposure_log_median"].arguments["mean"] == pytest.approx(log(0.070))
    assert model.group_cuts_mg_l == pytest.approx((0.06075, 0.0823))
    assert "EXAMPLE" in model.title
