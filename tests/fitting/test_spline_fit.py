"""A fit with splines from end to end: windows, figures, report and prediction, on draws of its prior."""

from __future__ import annotations

import html
import json
from functools import cache

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.curves import build_curves
from bayes_sora.figures.parameters import SPEC
from bayes_sora.figures.survival import SPEC as SURVIVAL
from bayes_sora.fitting.document import window_document
from bayes_sora.fitting.patient import predict_patient
from bayes_sora.modelfile import parse_model
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.questions import Limits
from bayes_sora.report import render_report
from bayes_sora.simulation.curves import true_curves
from bayes_sora.types import Span
from bayes_sora.window import window_draws
from tests.conftest import make_fake_fit
from tests.inference import oracle

SPAN = Span(0.5, 10.0)


@cache
def spline_fit():
    """Return a fit of the released spline model made of draws of its prior."""
    return make_fake_fit(model="sorafenib_spline.v1", from_prior=True, draws=100)


def test_curves_of_a_fit_are_intercept_and_effect():
    """The labelled curve of every draw is what the formula gives, draw by draw; the prevalence lies within it."""
    fit = spline_fit()
    block = fit.model_file.outcomes["toxicity"]
    x = np.log(fit.curves.exposure_mg_l / 2.91)
    for draw in (0, 57):
        at = {str(name): values.to_numpy()[1, draw] for name, values in fit.parameters.items()}
        expected = at["toxicity_intercept"] + exposure_effect(x, at, block)
        curve = fit.curves.draws["logit_toxicity"].to_numpy()[1, draw]
        np.testing.assert_allclose(curve, expected, atol=1e-12)
        prevalence = float(fit.curves.draws["prevalence_toxicity"].to_numpy()[1, draw])
        assert 1.0 / (1.0 + np.exp(-curve[0])) - 0.05 < prevalence < 1.0 / (1.0 + np.exp(-curve[-1])) + 0.05


def test_report_and_figures_do_not_list_standardised_coefficients():
    """Panels and rows are those of the numbers with a prior in the file; one sentence counts the others."""
    fit = spline_fit()
    report = html.unescape(render_report(fit, {}))
    sentence = "Not shown are 23 further standardised effects: toxicity_spline (8), response_spline (8), survival_spl"
    assert sentence in report
    assert sentence in SPEC.caption(fit)
    assert "toxicity_spline[1]" not in report + SPEC.caption(fit)
    titles = [axes.get_title(loc) for axes in SPEC.draw(fit).axes for loc in ("left", "center")]
    assert sum(bool(title) for title in titles) == len(fit.model_file.scalar_priors) == 13
    assert SURVIVAL.draw(fit).axes
    assert "toxicity_spline[1]" in window_document(fit, force=True)["parameters"]


def test_a_patient_is_predicted_from_the_curves():
    """The predicted probability is the mean of SciPy's curve over the average trough given the measured one."""
    fit, trough = spline_fit(), 3.0
    found = predict_patient(fit, troughs=[trough], kind="limits").outcomes["toxicity"].probability
    names = [str(name) for name in fit.parameters]
    z, weights = np.polynomial.hermite_e.hermegauss(60)
    means = []
    for values in zip(*(fit.parameters[name].to_numpy().ravel() for name in names), strict=True):
        at = dict(zip(names, values, strict=True))
        between, within = at["exposure_sd_between"] ** 2, at["exposure_sd_within"] ** 2
        mean = (at["exposure_log_median"] * within + np.log(trough) * between) / (between + within)
        log_c = mean + np.sqrt(between * within / (between + within)) * z
        p = expit(at["toxicity_intercept"] + oracle.effect(log_c, at, "toxicity"))
        means.append(p @ weights / weights.sum())
    assert (found.q025, found.q50, found.q975) == pytest.approx(np.quantile(means, (0.025, 0.5, 0.975)), abs=2e-3)


@pytest.mark.parametrize(("bend", "disconnected"), [(-4.0, True), (4.0, False)])
def test_limits_of_a_curve_that_turns_round(bend, disconnected):
    """Toxicity that is too high in the middle alone leaves two acceptable pieces; one that dips there leaves one."""
    content = json.loads(bs.load_model("sorafenib_spline.v1").text) | {"name": "humps.v1"}
    half = {"family": "half_normal", "sd": 1.0}
    content["toxicity"] = {"form": "spline", "smoothness": half} | {
        name: {"family": "normal", "mean": 0.0, "sd": 1.0} for name in ("intercept", "slope")
    }
    for block in ("response", "survival"):
        del content[block]
    content["windows"] = {"limits": {"max_toxicity": 0.5}}
    model = parse_model(content)
    at = dict.fromkeys(model.priors, 0.0) | {"toxicity_smoothness": 1.0, "toxicity_spline[1]": bend}
    at |= {"exposure_sd_between": 0.5, "exposure_sd_within": 0.3}
    draws = xr.Dataset({name: (("chain", "draw"), np.full((1, 1), value)) for name, value in at.items()})
    found = window_draws(build_curves(draws, model, span=SPAN, observed_span=SPAN), Limits(max_toxicity=0.5)).draws
    assert bool(found["exists"].all())
    assert bool(found["disconnected"].all()) == disconnected


@pytest.mark.mcmc
@pytest.mark.slow
def test_a_step_is_recovered_from_400_patients():
    """The 95 % bands of a toxicity with two plateaus hold the truth at 19 of 20 exposures where the patients are."""
    cohort = bs.simulate("step", n=400, seed=7).cohort
    fit = bs.fit(cohort, model="sorafenib_spline.v1", seed=1)
    assert fit.trust.diagnostics.divergences <= 4
    grid = fit.curves.exposure_mg_l
    at = np.linspace(np.log(1.2), np.log(6.0), 20)
    places = [int(np.abs(np.log(grid) - one).argmin()) for one in at]
    bands = np.quantile(fit.curves.probability("toxicity").to_numpy()[..., places], (0.025, 0.975), axis=(0, 1))
    truth = true_curves("step").p_toxicity(grid[places])
    assert ((bands[0] <= truth) & (truth <= bands[1])).mean() >= 0.95
