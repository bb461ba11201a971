"""Curves over exposure against direct formulas and adaptive quadrature."""

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from bayes_sora.curves import build_curves, measured_scale_probability
from bayes_sora.modelfile.outcomes import DEFAULT_KINDS
from bayes_sora.modelfile.prior import Prior
from bayes_sora.modelfile.spec import Drug, ExposureBlock, ModelFile, OutcomeBlock
from bayes_sora.types import MG_L, Span

REFERENCE, SPAN, OBSERVED = 2.91, Span(0.5, 10.0), Span(0.74, 8.8)
ANY = Prior(family="normal", arguments={"mean": 0.0, "sd": 1.0})
VALUES = {
    "exposure_log_median": [0.9, 1.2],
    "exposure_sd_between": [0.4, 0.7],
    "exposure_sd_within": [0.3, 0.2],
    "exposure_sd": [0.5, 0.6],
    "toxicity_intercept": [-0.7, 0.2],
    "toxicity_slope": [0.9, 2.5],
    "toxicity_curvature": [0.3, -0.8],
    "response_intercept": [0.6, 1.1],
    "response_slope": [7.0, -1.0],
    "survival_median": [11.0, 17.0],
    "survival_shape": [0.8, 1.4],
    "survival_linear": [-0.3, 0.2],
    "survival_curvature": [0.5, -0.1],
}
PARAMETERS = xr.Dataset({name: (("chain", "draw"), [values]) for name, values in VALUES.items()})


def model(*, exposure="latent", toxicity="linear", response="linear", survival="quadratic"):
    """Make a model file by hand; the priors play no part in the curves."""
    forms = {"toxicity": toxicity, "response": response, "survival": survival}
    return ModelFile(
        name="made_by_hand.v1",
        title="",
        drug=Drug(name="sorafenib", unit=MG_L, reference_mg_l=REFERENCE, span=SPAN),
        exposure=ExposureBlock(form=exposure, priors={"log_median": ANY}),
        outcomes={
            endpoint: OutcomeBlock(endpoint=endpoint, form=form, kind=DEFAULT_KINDS[endpoint], priors={})
            for endpoint, form in forms.items()
            if form
        },
    )


def curves(**forms):
    """Build the curves of the two draws in VALUES."""
    return build_curves(PARAMETERS, model(**forms), span=SPAN, observed_span=OBSERVED)


def probability(endpoint, draw, log_c):
    """p(c) written again, linear in log exposure."""
    x = log_c - np.log(REFERENCE)
    return expit(VALUES[f"{endpoint}_intercept"][draw] + VALUES[f"{endpoint}_slope"][draw] * x)


@pytest.mark.parametrize("endpoint", ["toxicity", "response"])
@pytest.mark.parametrize("draw", [0, 1])
def test_probability_on_the_grid(endpoint, draw):
    """p(c) is the logistic of intercept and slope in log(c / reference) at every grid point."""
    found = curves().probability(endpoint)
    expected = probability(endpoint, draw, np.log(found["exposure"].to_numpy()))
    assert found.dims == ("chain", "draw", "exposure")
    assert found.to_numpy()[0, draw] == pytest.approx(expected)


def test_quadratic_toxicity():
    """A quadratic form adds its curvature times the square of the centred log exposure."""
    found = curves(toxicity="quadratic").draws["logit_toxicity"]
    x = np.log(found["exposure"].to_numpy() / REFERENCE)
    assert found.to_numpy()[0, 1] == pytest.approx(0.2 + 2.5 * x - 0.8 * x**2)


def test_constant_forms_carry_their_draws():
    """Without an exposure effect every curve is flat in exposure and still one a draw."""
    found = curves(toxicity="constant", response="constant", survival="constant")
    assert found.probability("toxicity").to_numpy()[0, 1] == pytest.approx(np.full(257, expit(0.2)))
    assert found.draws["prevalence_toxicity"].to_numpy()[0] == pytest.approx(expit([-0.7, 0.2]))
    assert found.draws["log_hazard_ratio"].dims == ("chain", "draw", "exposure")
    assert found.median_survival().to_numpy()[0, 1] == pytest.approx(np.full(257, 17.0))


@pytest.mark.parametrize("draw", [0, 1])
def test_survival_curves(draw):
    """Survival, its median and the restricted mean follow from S(t|c) written again and integrated numerically."""
    found, at = curves(), 60
    x = np.log(found.exposure_mg_l[at] / REFERENCE)
    hazard_ratio = np.exp(VALUES["survival_linear"][draw] * x + VALUES["survival_curvature"][draw] * x**2)
    m, k = VALUES["survival_median"][draw], VALUES["survival_shape"][draw]

    def survival(t):
        return np.exp(-np.log(2) * (t / m) ** k * hazard_ratio)

    here = {"chain": 0, "draw": draw, "exposure": at}
    assert found.survival(12.0)[here].item() == pytest.approx(survival(12.0))
    assert np.exp(-np.exp(found.log_cumulative_hazard(12.0)[here].item())) == pytest.approx(survival(12.0))
    assert survival(found.median_survival()[here].item()) == pytest.approx(0.5)
    assert found.restricted_mean_survival(24.0)[here].item() == pytest.approx(quad(survival, 0, 24)[0], rel=1e-7)


@pytest.mark.parametrize("endpoint", ["toxicity", "response"])
@pytest.mark.parametrize("draw", [0, 1])
@pytest.mark.parametrize("exposure", ["latent", "observed"])
def test_prevalence_by_quadrature(endpoint, draw, exposure):
    """Prevalence is E[p(C)] under the log-normal of the same draw, with the SD of the exposure model, by quad."""
    mu = VALUES["exposure_log_median"][draw]
    sd = VALUES["exposure_sd_between" if exposure == "latent" else "exposure_sd"][draw]
    found = curves(exposure=exposure).draws[f"prevalence_{endpoint}"].to_numpy()[0, draw]
    expected = quad(lambda v: norm.pdf(v, mu, sd) * probability(endpoint, draw, v), mu - 9 * sd, mu + 9 * sd)[0]
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("endpoint", ["toxicity", "response"])
@pytest.mark.parametrize("draw", [0, 1])
def test_measured_scale_by_quadrature(endpoint, draw):
    """p*(y) is p averaged over log C given y, the posterior of a normal mean, by quad on the joint density."""
    troughs = np.array([0.8, 2.0, 6.0])
    found = measured_scale_probability(PARAMETERS, model(), endpoint, trough_mg_l=troughs)
    assert found.dims == ("chain", "draw", "trough")
    mu, between, within = (VALUES[f"exposure_{name}"][draw] for name in ("log_median", "sd_between", "sd_within"))
    for trough, value in zip(troughs, found.to_numpy()[0, draw], strict=True):

        def joint(v, trough=trough):
            return norm.pdf(v, mu, between) * norm.pdf(np.log(trough), v, within)

        ends = np.log(trough) - 8 * within, np.log(trough) + 8 * within
        numerator = quad(lambda v, joint=joint: joint(v) * probability(endpoint, draw, v), *ends)[0]
        assert value == pytest.approx(numerator / quad(joint, *ends)[0], abs=1e-6)


def test_measured_scale_of_a_measured_exposure():
    """Where exposure is taken as measured, p*(y) is p(y) itself."""
    troughs = np.array([0.8, 2.0, 6.0])
    found = measured_scale_probability(PARAMETERS, model(exposure="observed"), "toxicity", trough_mg_l=troughs)
    assert found.to_numpy()[0, 1] == pytest.approx(probability("toxicity", 1, np.log(troughs)))


def test_what_the_model_lacks_is_absent():
    """A model without response and survival has no such curves and says so."""
    found = curves(response=None, survival=None)
    assert (found.has("toxicity"), found.has("response"), found.has("survival")) == (True, False, False)
    assert set(found.draws) == {
        *("exposure_log_median", "exposure_log_sd", "exposure_sd_within"),
        *("logit_toxicity", "prevalence_toxicity", "log_prior_toxicity"),
    }


def test_span_scale_and_grid():
    """The grid's ends are the range exactly, evenly spaced on the log scale, and the scale names the exposure."""
    found = curves()
    assert (found.span.low, found.span.high) == (0.5, 10.0)
    assert np.diff(np.log(found.exposure_mg_l)) == pytest.approx(np.full(256, np.log(20) / 256))
    assert found.scale == "average trough"
    measured = curves(exposure="observed")
    assert measured.scale == "measured trough"
    assert "exposure_sd_within" not in measured.draws
