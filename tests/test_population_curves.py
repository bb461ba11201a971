"""Curves of a population whose sites or patients differ: averages, against adaptive quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, optimize, stats
from scipy.special import expit

from bayes_sora.curves import build_curves
from bayes_sora.population import Alike, population_logit
from bayes_sora.types import Span
from tests.draws import JOINT_DRAW
from tests.inference.test_terms import model

SPAN = Span(0.5, 10.0)
AT = JOINT_DRAW | {
    "site_sd_exposure_log_median": 0.4,
    "site_sd_toxicity_intercept": 0.7,
    "site_sd_toxicity_slope": 0.6,
    "site_sd_response_intercept": 0.5,
    "site_sd_survival_log_hazard": 0.5,
    "site_sd_survival_linear": 0.4,
    "frailty_toxicity": 0.8,
    "frailty_response": 0.6,
    "frailty_survival": 0.7,
}
NORMAL = stats.norm()


@pytest.fixture(scope="module")
def curves():
    """Build the curves of one draw of a model with sites and a frailty."""
    draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in AT.items()})
    return build_curves(draws, model("sites and frailty"), span=SPAN, observed_span=SPAN, size=9)


def over(values):
    """E[f(Z)] by adaptive quadrature."""
    return integrate.quad(lambda z: values(z) * NORMAL.pdf(z), -9, 9)[0]


def x_of(curves, index):
    """Centred log exposure of a grid point."""
    return float(np.log(curves.exposure_mg_l[index] / 2.91))


def toxicity_at(x):
    """P(toxicity) averaged over a normal logit with the variances added up."""
    sd = np.sqrt(0.7**2 + (0.6 * x) ** 2 + 0.8**2)
    return over(lambda z: expit(0.2 + 1.3 * x + sd * z))


def alive_at(x, months):
    """S averaged over a normal log hazard."""
    sd = np.sqrt(0.5**2 + (0.4 * x) ** 2 + 0.7**2)
    hazard = np.log(2.0) * (months / 11.0) ** 1.3 * np.exp(0.4 * x + 0.3 * x**2)
    return over(lambda z: np.exp(-hazard * np.exp(sd * z)))


@pytest.mark.parametrize("index", [0, 4, 8])
def test_probability_is_averaged_over_the_population(curves, index):
    """p(c) is that of a patient of any site and frailty."""
    assert float(curves.probability("toxicity")[0, 0, index]) == pytest.approx(
        toxicity_at(x_of(curves, index)), abs=2e-4
    )


@pytest.mark.parametrize("index", [0, 4, 8])
def test_survival_is_averaged_over_the_population(curves, index):
    """Survival, its median, RMST and cumulative hazard are those of the mixture."""
    x = x_of(curves, index)
    assert float(curves.survival(12.0)[0, 0, index]) == pytest.approx(alive_at(x, 12.0), abs=2e-4)
    assert float(curves.log_cumulative_hazard(12.0)[0, 0, index]) == pytest.approx(
        np.log(-np.log(alive_at(x, 12.0))), abs=2e-3
    )
    median = optimize.brentq(lambda t: alive_at(x, t) - 0.5, 0.1, 200.0)
    assert float(curves.median_survival()[0, 0, index]) == pytest.approx(median, rel=2e-3)
    area = integrate.quad(lambda t: alive_at(x, t), 0.0, 24.0)[0]
    assert float(curves.restricted_mean_survival(24.0)[0, 0, index]) == pytest.approx(area, abs=5e-3)


def test_prevalence_and_spread_of_exposure(curves):
    """Exposure varies between patients and sites, and prevalence is the average of p over all of it."""
    total = float(np.hypot(0.5, 0.4))
    assert float(curves.draws["exposure_log_sd"][0, 0]) == pytest.approx(total)
    centre = 1.1 - np.log(2.91)
    expected = over(lambda z: toxicity_at(centre + total * z))
    assert float(curves.draws["prevalence_toxicity"][0, 0]) == pytest.approx(expected, abs=2e-4)


def test_an_averaged_logit_stays_finite_far_out():
    """Where a probability rounds to 1 its logit does not overflow, and without spread nothing changes."""

    def averaged(logits, spread):
        return population_logit([Alike(np.array(logits), 1.0, 0.0, spread)], lambda x, added: x + added)

    far = averaged([-800.0, 0.0, 800.0], np.array(0.5))
    assert np.isfinite(far).all()
    assert far[1] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(averaged([-3.0, 2.0], np.array(0.0)), [-3.0, 2.0], rtol=1e-12)
    assert (averaged([-3.0, 2.0], None) == [-3.0, 2.0]).all()
