"""Curves standardised over the covariates of a cohort, against the plain average over its patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, optimize, stats
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.curves import build_curves, measured_scale_probability
from bayes_sora.numerics.population import equal_mass_nodes
from bayes_sora.types import Span
from tests.draws import JOINT_DRAW
from tests.inference.test_covariates import model

SPAN = Span(0.5, 10.0)
AT = JOINT_DRAW | {
    "toxicity_covariates[age]": 1.0,
    "survival_covariates[age]": 0.8,
    "exposure_covariates[age]": -0.3,
}
FORMULAS = {"toxicity": "age", "survival": "age", "exposure": "age"}


def cohort(n):
    """Return a cohort with ages."""
    age = np.random.default_rng(4).normal(60.0, 9.0, size=n)
    return replace(bs.simulate("moderate", n=n, seed=3).cohort, covariates={"age": age})


def curves_of(n):
    """Return the curves of one draw, and the standardised ages they are averaged over."""
    seen = cohort(n)
    loaded = model(formulas=FORMULAS, at=seen)
    draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in AT.items()})
    age = seen.covariates["age"]
    return build_curves(draws, loaded, span=SPAN, observed_span=SPAN, size=9), (age - age.mean()) / age.std()


def x_of(curves):
    """Centred log exposures of the grid."""
    return np.log(curves.exposure_mg_l / 2.91)


def survival_at(x, months, z):
    """S averaged over patients, by hand."""
    hazard = np.log(2.0) * (months / 11.0) ** 1.3 * np.exp(0.4 * x + 0.3 * x**2)
    return np.exp(-hazard * np.exp(0.8 * z)).mean()


@pytest.mark.parametrize(("n", "tolerance"), [(13, 1e-10), (100, 2e-3), (997, 2e-3)])
def test_probability_is_that_of_the_average_patient_and_not_of_the_typical(n, tolerance):
    """p(c) is the mean over the patients: exactly in small cohorts, within 0.002 where they are put into 15 groups."""
    curves, z = curves_of(n)
    truth = expit(0.2 + 1.3 * x_of(curves)[:, None] + z).mean(axis=1)
    np.testing.assert_allclose(curves.probability("toxicity")[0, 0], truth, atol=tolerance)
    plain = expit(1.0 + 2.0 * x_of(curves))
    np.testing.assert_allclose(curves.probability("response")[0, 0], plain, atol=1e-12)


@pytest.mark.parametrize(("n", "tolerance"), [(13, 1e-6), (100, 3e-3)])
def test_survival_is_that_of_the_mixture(n, tolerance):
    """Survival, its median, the cumulative hazard and RMST are those of the patients together."""
    curves, z = curves_of(n)
    for place, x in enumerate(x_of(curves)):
        alive = survival_at(x, 12.0, z)
        assert float(curves.survival(12.0)[0, 0, place]) == pytest.approx(alive, abs=tolerance)
        log_hazard = float(curves.log_cumulative_hazard(12.0)[0, 0, place])
        assert np.exp(-np.exp(log_hazard)) == pytest.approx(alive, abs=tolerance)
        median = optimize.brentq(lambda t, x=x: survival_at(x, t, z) - 0.5, 0.01, 400.0)
        assert float(curves.median_survival()[0, 0, place]) == pytest.approx(median, rel=5 * tolerance)
        area = integrate.quad(lambda t, x=x: survival_at(x, t, z), 0.0, 24.0)[0]
        assert float(curves.restricted_mean_survival(24.0)[0, 0, place]) == pytest.approx(area, abs=24 * tolerance)


def test_exposure_is_that_of_the_population():
    """Its mean and SD add what covariates explain, and prevalence is averaged over both."""
    curves, z = curves_of(13)
    mean, sd = (float(curves.draws[f"exposure_log_{name}"][0, 0]) for name in ("median", "sd"))
    assert mean == pytest.approx(1.1)  # standardised ages have mean 0
    assert sd == pytest.approx(np.hypot(0.5, 0.3))

    def density(log_c):
        return expit(0.2 + 1.3 * (log_c - np.log(2.91)) + z).mean() * stats.norm.pdf(log_c, mean, sd)

    truth = integrate.quad(density, mean - 8 * sd, mean + 8 * sd)[0]
    assert float(curves.draws["prevalence_toxicity"][0, 0]) == pytest.approx(truth, abs=1e-5)


def test_a_measured_trough_is_read_against_the_population():
    """p*(y) averages over the average trough that goes with y, and over patients."""
    seen = cohort(13)
    loaded = model(formulas=FORMULAS, at=seen)
    draws = xr.Dataset({name: (("chain", "draw"), [[value]]) for name, value in AT.items()})
    found = measured_scale_probability(draws, loaded, "toxicity", trough_mg_l=np.array([4.0]))
    age = seen.covariates["age"]
    z, variance = (age - age.mean()) / age.std(), 0.5**2 + 0.3**2
    weight = variance / (variance + 0.3**2)
    centre, spread = 1.1 + weight * (np.log(4.0) - 1.1), np.sqrt(weight) * 0.3

    def density(log_c):
        return expit(0.2 + 1.3 * (log_c - np.log(2.91)) + z).mean() * stats.norm.pdf(log_c, centre, spread)

    truth = integrate.quad(density, centre - 8 * spread, centre + 8 * spread)[0]
    assert float(found[0, 0, 0]) == pytest.approx(truth, abs=1e-5)


def test_groups_hold_equal_shares_in_their_order():
    """Groups are of rising offset, their weights add up to one, and their mean is that of the patients."""
    offsets = np.random.default_rng(0).normal(size=(101, 3))
    nodes, weights = equal_mass_nodes(offsets)
    assert nodes.shape == (15, 3)
    assert weights.sum() == pytest.approx(1.0)
    assert np.ptp(weights) < 0.011
    np.testing.assert_allclose(weights @ nodes, offsets.mean(axis=0))
    assert (np.diff(nodes, axis=0) > 0).all()
    assert equal_mass_nodes(offsets[:7])[0].shape == (7, 3)
