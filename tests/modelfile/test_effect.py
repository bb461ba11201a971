"""The exposure effect of a block, whatever its form: units, the reference, and simpler forms as special cases."""

from __future__ import annotations

import json

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.modelfile import parse_model
from bayes_sora.modelfile.effect import exposure_effect

X = np.linspace(-2.0, 2.0, 9)
WORDS = {"unit": "ng/mL", "meaning": "made up", "source": "made up"}


def in_ng_ml(prior):
    """Return the Emax model with exposures in ng/mL and a given prior of the EC50 of response."""
    content = json.loads(bs.load_model("sorafenib_emax.v1").text)
    content["drug"] |= {"unit": "ng/mL", "reference": 2910.0, "range": [500.0, 10_000.0]}
    content["exposure"]["log_median"]["exp_mean"] = 3000.0
    content["survival"]["ec50"] |= {"median": 2900.0}
    content["response"]["ec50"] = prior | WORDS
    content["published"] = []
    content["groups"] = {"cuts": [1400.0, 3450.0]}
    return parse_model(content)


@pytest.mark.parametrize(
    ("prior", "in_mg_l"),
    [
        ({"family": "log_normal", "median": 1500.0, "sd_log": 0.8}, {"median": 1.5, "sd_log": 0.8}),
        ({"family": "half_normal", "sd": 1500.0}, {"sd": 1.5}),
        ({"family": "exponential", "mean": 1500.0}, {"mean": 1.5}),
        ({"family": "gamma", "shape": 3.0, "rate": 0.002}, {"shape": 3.0, "rate": 2.0}),
    ],
    ids=lambda value: value.get("family", ""),
)
def test_ec50_is_written_in_the_unit_of_the_drug(prior, in_mg_l):
    """Whatever its family, the prior of an EC50 in ng/mL is the same one in mg/L."""
    model = in_ng_ml(prior)
    assert model.priors["response_ec50"].arguments == pytest.approx(in_mg_l)
    assert model.priors["response_ec50"].unit == "mg/L"
    assert model.outcomes["response"].reference_mg_l == pytest.approx(2.91)


def test_effect_on_survival_is_against_the_reference():
    """The log hazard ratio is zero at the reference exposure, so that the median keeps its meaning; a logit is not."""
    model = bs.load_model("sorafenib_emax.v1")
    parameters = {
        **{f"survival_{name}": np.array(value) for name, value in {"emax": -0.8, "ec50": 2.0}.items()},
        **{f"response_{name}": np.array(value) for name, value in {"emax": 3.0, "ec50": 2.0}.items()},
    }
    assert exposure_effect(np.zeros(1), parameters, model.outcomes["survival"]) == pytest.approx([0.0])
    assert exposure_effect(np.zeros(1), parameters, model.outcomes["response"]) == pytest.approx([3.0 * 2.91 / 4.91])


def test_no_effect_is_the_constant_form():
    """With E = 0 the curve is flat, whatever EC50 and steepness."""
    model = bs.load_model("sorafenib_sigmoid.v1")
    parameters = {
        f"toxicity_{name}": np.array(value) for name, value in {"emax": 0.0, "ec50": 2.0, "hill": 3.0}.items()
    }
    assert exposure_effect(X, parameters, model.outcomes["toxicity"]) == pytest.approx(np.zeros(9))


def test_hill_of_one_is_the_plain_form():
    """A sigmoid with γ = 1 is the Emax form."""
    sigmoid, plain = (bs.load_model(f"sorafenib_{name}.v1").outcomes["response"] for name in ("sigmoid", "emax"))
    parameters = {f"response_{name}": np.array(v) for name, v in {"emax": 3.0, "ec50": 2.0, "hill": 1.0}.items()}
    assert exposure_effect(X, parameters, sigmoid) == pytest.approx(exposure_effect(X, parameters, plain))


def test_far_below_its_ec50_a_sigmoid_is_a_power_of_exposure():
    """Where C is small against EC50 the logit is linear in C^γ: a known limit of the form."""
    sigmoid = bs.load_model("sorafenib_sigmoid.v1").outcomes["response"]
    parameters = {f"response_{name}": np.array(v) for name, v in {"emax": 3.0, "ec50": 1e6, "hill": 1.5}.items()}
    power = 3.0 * (2.91 * np.exp(X) / 1e6) ** 1.5
    assert exposure_effect(X, parameters, sigmoid) == pytest.approx(power, rel=1e-6)
