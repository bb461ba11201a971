"""Response that needs survival to the end of its window: S(t | C) · P(R = 1 | C, alive), by hand and by quadrature."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.curves import build_curves
from bayes_sora.errors import InputError
from bayes_sora.fitting.patient import predict_patient
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile import load_model, parse_model
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.types import Span
from tests.conftest import make_fake_fit
from tests.draws import JOINT_DRAW

SPAN = Span(0.5, 10.0)
AT = JOINT_DRAW | {"survival_median": 5.0, "survival_linear": -0.4}


def content(base="sorafenib_joint.v1"):
    """Return a released model file whose response is judged at month 3, as content."""
    found = json.loads(load_model(base).text) | {"name": "mine"}
    found["response"]["requires_event_free"] = {"endpoint": "survival", "months": 3}
    return found


MODEL = parse_model(content())


def by_hand(x):
    """P(R = 1 | x) of the draw AT."""
    hazard = np.log(2.0) * (3.0 / 5.0) ** 1.3 * np.exp(-0.4 * x + 0.3 * x**2)
    return np.exp(-hazard) * expit(1.0 + 2.0 * x)


def curves():
    """Return the curves of the draw AT."""
    draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in AT.items()})
    return build_curves(draws, MODEL, span=SPAN, observed_span=SPAN, size=9)


def test_the_curve_is_that_of_living_and_responding():
    """At every exposure, and averaged over the exposures of the population."""
    found = curves()
    x = np.log(found.exposure_mg_l / 2.91)
    np.testing.assert_allclose(found.probability("response")[0, 0], by_hand(x), rtol=1e-10)
    centre = 1.1 - np.log(2.91)
    mean = integrate.quad(lambda z: stats.norm.pdf(z) * by_hand(centre + 0.5 * z), -8.0, 8.0)[0]
    assert float(found.draws["prevalence_response"][0, 0]) == pytest.approx(mean, abs=1e-6)


def test_the_dead_say_nothing_of_response_among_the_living():
    """Whatever is recorded of who died before month 3; the likelihood of the others' response is as without the key."""
    cohort = bs.simulate("moderate", n=60, seed=2).cohort
    early = (cohort.death == 1.0) & (cohort.os_months < 3.0)
    assert early.sum() >= 3
    parameters = {name: np.array([value]) for name, value in AT.items()}

    def response(model, seen):
        rng = np.random.default_rng(0)
        return evaluate_patients(parameters, model, seen, rng=rng).log_likelihood["response"][0]

    found, plain = response(MODEL, cohort), response(load_model("sorafenib_joint.v1"), cohort)
    assert (found[early] == 0.0).all()
    np.testing.assert_allclose(found[~early], plain[~early], rtol=1e-12)
    flipped = replace(cohort, response=np.where(early, 1.0 - cohort.response, cohort.response))
    np.testing.assert_allclose(response(MODEL, flipped), found, rtol=1e-12)


@pytest.mark.mcmc
def test_pymc_has_the_same_density():
    """PyMC samples the log prior plus the patients' log-likelihood of our own formulas."""
    from bayes_sora.inference import build_model  # noqa: PLC0415 - brings PyMC

    cohort = bs.simulate("moderate", n=20, seed=2).cohort
    parameters = {name: np.array([value]) for name, value in AT.items()}
    patients = evaluate_patients(parameters, MODEL, cohort, rng=np.random.default_rng(0), n_nodes=11)
    prior = sum(prior_log_density(parameters[name], p.family, p.arguments)[0] for name, p in MODEL.priors.items())
    built = build_model(MODEL, cohort)
    values = {}
    for variable in built.free_RVs:
        transformed = built.rvs_to_transforms[variable] is not None
        value = AT[variable.name]
        values[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
    found = float(built.compile_logp(jacobian=False, mode="FAST_COMPILE")(values))
    assert found == pytest.approx(prior + patients.log_likelihood["patient"][0].sum(), abs=1e-6)


def test_replicates_of_the_dead_do_not_respond():
    """Nobody responds in a replicate in which they die before month 3; the living do as often as they should."""
    fit = make_fake_fit(bs.simulate("moderate", n=60, seed=2).cohort, model=MODEL, draws=50)
    drawn = fit.posterior["posterior_predictive"].to_dataset()
    early = drawn["os_months"] < 3.0
    assert bool(early.any())
    assert not bool((drawn["response"] == 1.0).where(early, other=False).any())
    assert float(drawn["response"].where(~early).mean()) > 0.5


def test_one_patient_has_the_product_averaged_over_the_exposure():
    """Against a fit whose draws are all the same."""
    fit = make_fake_fit(bs.simulate("moderate", n=26, seed=2).cohort, model=MODEL, draws=50)
    same = fit.posterior["posterior"].to_dataset().map(lambda values: values * 0.0 + AT.get(str(values.name), 0.0))
    tree = fit.posterior.copy()
    tree["posterior"] = xr.DataTree(
        same.assign(patient_log_exposure=fit.posterior["posterior"]["patient_log_exposure"])
    )
    patient = predict_patient(replace(fit, posterior=tree), troughs=[2.0])
    mean = (1.1 / 0.25 + np.log(2.0) / 0.09) / (1.0 / 0.25 + 1.0 / 0.09)
    sd = (1.0 / 0.25 + 1.0 / 0.09) ** -0.5
    expected = integrate.quad(lambda z: stats.norm.pdf(z) * by_hand(mean - np.log(2.91) + sd * z), -8.0, 8.0)[0]
    assert patient.outcomes["response"].probability.q50 == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("table", ["frailty", "confounding"])
def test_nothing_else_makes_survival_and_response_go_together(table):
    """A frailty or an unmeasured factor beside the key is refused: the product would be wrong."""
    released = json.loads(load_model(f"sorafenib_{table}.v1").text)
    with pytest.raises(InputError, match=rf"M016.*requires_event_free.*\[{table}\]"):
        parse_model(content() | {table: released[table]})


def test_windows_of_a_study_are_those_of_the_curves():
    """The quick way from parameters to limits is left where a curve is not the block's own."""
    from bayes_sora.study.engine.windows import WindowFinder  # noqa: PLC0415 - brings JAX
    from bayes_sora.window import window_draws  # noqa: PLC0415 - beside it

    limits = bs.Limits(max_toxicity=0.95, min_response=0.2)
    parameters = {name: np.array([value]) for name, value in AT.items()}
    found = WindowFinder(MODEL, (limits,)).find(parameters, SPAN)["limits"]
    draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in AT.items()})
    expected = window_draws(build_curves(draws, MODEL, span=SPAN, observed_span=SPAN), limits).draws
    assert 0.5 < float(expected["lower"][0, 0]) < 10.0
    assert float(np.ravel(found.lower)[0]) == pytest.approx(float(expected["lower"][0, 0]), rel=1e-3)
