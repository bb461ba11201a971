"""One patient's prediction against Monte Carlo, closed forms and the curves of the model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

import bayes_sora as bs
from bayes_sora.curves import measured_scale_probability
from bayes_sora.fitting.patient import predict_patient


@pytest.fixture(scope="module")
def fit(fake_fit):
    """Make a fit with a latent average trough."""
    return fake_fit()


@pytest.fixture(scope="module")
def observed(fake_fit):
    """Make a fit that takes troughs as measured."""
    return fake_fit(model="sorafenib_observed.v1")


def flat(fit):
    """Return the parameters as arrays over all draws."""
    return {str(name): draws.to_numpy().reshape(-1) for name, draws in fit.parameters.items()}


def test_prediction_agrees_with_monte_carlo(fit):
    """Averages over 2,000 simulated average troughs a draw: 61 nodes give the same intervals."""
    troughs = (1.3, 2.9, 2.2)
    p, log_y = flat(fit), np.log(troughs)
    precision = 1 / p["exposure_sd_between"] ** 2 + 3 / p["exposure_sd_within"] ** 2
    mean = (
        p["exposure_log_median"] / p["exposure_sd_between"] ** 2 + log_y.sum() / p["exposure_sd_within"] ** 2
    ) / precision
    z = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)[:, None]
    log_c = mean + z / np.sqrt(precision)
    x = log_c - np.log(2.91)
    toxic = (1 / (1 + np.exp(-(p["toxicity_intercept"] + p["toxicity_slope"] * x)))).mean(axis=0)
    hazard = np.exp(p["survival_linear"] * x + p["survival_curvature"] * x**2)
    alive = np.exp(-np.log(2) * (12 / p["survival_median"]) ** p["survival_shape"] * hazard).mean(axis=0)
    prediction = predict_patient(fit, troughs=troughs)
    for estimate, truth in (
        (prediction.outcomes["toxicity"].probability, toxic),
        (prediction.survival.p_alive, alive),
    ):
        expected = np.quantile(truth, [0.025, 0.5, 0.975])
        assert [estimate.q025, estimate.q50, estimate.q975] == pytest.approx(expected, abs=1e-4)
    average = prediction.average_trough
    expected = np.quantile(np.exp(log_c), [0.025, 0.5, 0.975])
    assert [average.q025, average.q50, average.q975] == pytest.approx(expected, rel=1e-3)


def test_one_trough_gives_the_curve_on_the_measured_scale(fit):
    """E[p(C) | y] is what curves.measured_scale_probability states for a single trough."""
    curve = measured_scale_probability(fit.parameters, fit.model_file, "response", trough_mg_l=np.array([1.1]))
    probability = predict_patient(fit, troughs=[1.1]).outcomes["response"].probability
    expected = np.quantile(curve.to_numpy(), [0.025, 0.5, 0.975])
    assert [probability.q025, probability.q50, probability.q975] == pytest.approx(expected, rel=1e-12)


def test_median_survival_halves_the_averaged_survival(fit):
    """With every draw alike, half of such patients are dead at the printed median, and the mean is the area below S."""
    parameters = fit.posterior["posterior"].to_dataset()
    alike = parameters.map(lambda draws: draws * 0 + draws.to_numpy().flat[0])
    tree = fit.posterior.copy()
    tree["posterior"] = alike
    survival = predict_patient(
        bs.Fit(cohort=fit.cohort, model_file=fit.model_file, posterior=tree, provenance=fit.provenance), troughs=[6.0]
    ).survival
    p = {name: values[0] for name, values in flat(fit).items()}
    total = p["exposure_sd_between"] ** 2 + p["exposure_sd_within"] ** 2
    mean = p["exposure_log_median"] + p["exposure_sd_between"] ** 2 / total * (np.log(6.0) - p["exposure_log_median"])
    sd = p["exposure_sd_between"] * p["exposure_sd_within"] / np.sqrt(total)
    x = mean + sd * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000) - np.log(2.91)
    hazard = np.exp(p["survival_linear"] * x + p["survival_curvature"] * x**2)

    def alive(months):
        return float(np.exp(-np.log(2) * (months / p["survival_median"]) ** p["survival_shape"] * hazard).mean())

    assert alive(survival.median_months.q50) == pytest.approx(0.5, abs=1e-4)
    months = np.linspace(0, survival.tau_months, 400)
    assert survival.restricted_mean.q50 == pytest.approx(np.trapezoid([alive(t) for t in months], months), abs=2e-3)


def test_measured_trough_taken_as_it_is_needs_no_average(observed):
    """Exposure as measured: the geometric mean of the troughs, the Weibull median in closed form."""
    prediction = predict_patient(observed, troughs=[1.0, 4.0])
    assert prediction.average_trough.q025 == prediction.average_trough.q975 == pytest.approx(2.0)
    p, x = flat(observed), np.log(2.0 / 2.91)
    effect = p["survival_linear"] * x + p["survival_curvature"] * x**2
    expected = np.quantile(p["survival_median"] * np.exp(-effect / p["survival_shape"]), [0.025, 0.5, 0.975])
    median = prediction.survival.median_months
    assert [median.q025, median.q50, median.q975] == pytest.approx(expected, rel=1e-9)


def test_more_troughs_narrow_the_average_trough(fit):
    """Eight troughs of 2 tell more than one; the median moves from the cohort's towards 2."""
    one, eight = (predict_patient(fit, troughs=[2.0] * n).average_trough for n in (1, 8))
    assert eight.q975 / eight.q025 < one.q975 / one.q025
    assert 2.0 < eight.q50 < one.q50


def test_dose_is_plain_proportion_of_medians(fit):
    """Dose × limit / average trough, nothing cleverer."""
    prediction = predict_patient(fit, troughs=[5.0], dose_mg=800.0)
    upper = fit.windows["limits"].upper.q50
    assert prediction.dose.upper_mg == pytest.approx(800.0 * upper / prediction.average_trough.q50)
    assert prediction.dose.lower_mg < prediction.dose.upper_mg
    assert predict_patient(fit, troughs=[5.0]).dose is None


def test_window_is_the_one_asked_for(fit):
    """By name; without one, the one that the answer of the fit is about."""
    assert predict_patient(fit, troughs=[2.0], kind="utility").window is fit.windows["utility"]
    assert predict_patient(fit, troughs=[2.0]).window.kind == "limits"


def test_trough_outside_the_data_is_called_an_extrapolation(fit):
    """A trough far above the cohort's, such as one in another unit, comes with a warning."""
    assert not any("extrapolated" in caveat for caveat in predict_patient(fit, troughs=[2.5]).caveats)
    assert any("extrapolated" in caveat for caveat in predict_patient(fit, troughs=[2500.0]).caveats)


def test_unit_is_that_of_the_model_file(fake_fit):
    """A model in ng/mL takes 60 ng/mL and answers in ng/mL, with the same probabilities as 0.06 mg/L would."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    in_ng = fake_fit(cohort, model="sunitinib_example.v1", from_prior=True)
    prediction = predict_patient(in_ng, troughs=[60.0])
    assert prediction.unit.name == "ng/mL"
    curve = measured_scale_probability(in_ng.parameters, in_ng.model_file, "toxicity", trough_mg_l=np.array([0.06]))
    assert prediction.outcomes["toxicity"].probability.q50 == pytest.approx(np.median(curve.to_numpy()), rel=1e-9)
    assert 10.0 < prediction.average_trough.q50 < 300.0


def test_model_without_survival_or_toxicity_predicts_what_it_has(fake_fit):
    """Response alone: no survival, no toxicity, plain JSON all the same."""
    only = predict_patient(fake_fit(model="response_only.v1"), troughs=[2.0], dose_mg=400.0)
    assert only.survival is None
    assert list(only.outcomes) == ["response"]
    assert json.loads(json.dumps(only.as_dict(), allow_nan=False))["survival"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"troughs": []}, "positive numbers"),
        ({"troughs": [-1.0]}, "positive numbers"),
        ({"troughs": [2.0], "dose_mg": 0.0}, "dose must be a positive number"),
        ({"troughs": [2.0], "kind": "roc"}, "unknown window 'roc'"),
    ],
)
def test_senseless_question_is_a_usage_error(fit, arguments, words):
    """Said before anything is computed from it."""
    with pytest.raises(bs.UsageError, match=words):
        predict_patient(fit, **arguments)


def test_window_that_the_model_cannot_have_is_refused(fake_fit):
    """A utility needs survival."""
    with pytest.raises(bs.UsageError, match="utility"):
        predict_patient(fake_fit(model="toxicity_only.v1"), troughs=[2.0], kind="utility")
