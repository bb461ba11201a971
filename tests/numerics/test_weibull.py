"""Weibull survival against SciPy, lifelines and numerical integration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import WeibullFitter
from scipy.integrate import quad
from scipy.stats import kstest, weibull_min

from bayes_sora.numerics import weibull

PARAMETERS = [(10.7, 1.25, 0.0), (4.0, 0.7, 0.8), (30.0, 2.2, -1.3)]


def scipy_twin(median, shape, log_hazard_ratio):
    """Weibull of SciPy, whose scale is λ^(−1/k)."""
    rate = np.log(2.0) * median**-shape * np.exp(log_hazard_ratio)
    return weibull_min(shape, scale=rate ** (-1.0 / shape))


@pytest.mark.parametrize(("median", "shape", "g"), PARAMETERS)
def test_survival_and_density(median, shape, g):
    """Log survival, log density and median are SciPy's."""
    twin, time = scipy_twin(median, shape, g), np.array([0.05, 1.0, 12.0, 60.0])
    arguments = {"median": median, "shape": shape, "log_hazard_ratio": g}
    assert weibull.log_survival(time, **arguments) == pytest.approx(twin.logsf(time))
    assert weibull.log_likelihood(time, np.ones(4), **arguments) == pytest.approx(twin.logpdf(time))
    assert weibull.log_likelihood(time, np.zeros(4), **arguments) == pytest.approx(twin.logsf(time))
    assert weibull.median_survival(**arguments) == pytest.approx(twin.median())


def test_median_at_the_reference():
    """At the reference exposure, g = 0, half survive the median."""
    assert np.exp(weibull.log_survival(8.0, median=8.0, shape=1.7, log_hazard_ratio=0.0)) == pytest.approx(0.5)


def test_lifelines_finds_the_parameters_again():
    """The log likelihood is largest where lifelines puts the Weibull fitted to the same censored times."""
    rng = np.random.default_rng(4)
    time = weibull.draw_survival_times(rng, median=np.full(300, 12.0), shape=1.3, log_hazard_ratio=0.0)
    censored = rng.uniform(3, 40, 300)
    death, time = (time <= censored).astype(float), np.minimum(time, censored)
    fitted = WeibullFitter().fit(time, death)
    best = {"median": fitted.median_survival_time_, "shape": fitted.rho_, "log_hazard_ratio": 0.0}
    at_best = weibull.log_likelihood(time, death, **best).sum()
    assert at_best == pytest.approx(fitted.log_likelihood_)
    for name, factor in (("median", 1.05), ("median", 0.95), ("shape", 1.05), ("shape", 0.95)):
        assert weibull.log_likelihood(time, death, **(best | {name: best[name] * factor})).sum() < at_best


@settings(max_examples=60, deadline=None)
@given(st.floats(1.0, 60.0), st.floats(0.4, 4.0), st.floats(-4.0, 4.0), st.floats(3.0, 60.0))
def test_restricted_mean_is_the_integral_of_survival(median, shape, g, horizon):
    """RMST is ∫₀^τ S(t) dt by adaptive quadrature."""
    twin = scipy_twin(median, shape, g)
    places = sorted({min(float(twin.ppf(q)), horizon) for q in (0.01, 0.5, 0.99)})
    integral = quad(twin.sf, 0.0, horizon, points=places, limit=200)[0]
    found = weibull.restricted_mean(horizon, median=median, shape=shape, log_hazard_ratio=g)
    assert found == pytest.approx(integral, rel=1e-6)


@pytest.mark.parametrize(("g", "expected"), [(-200.0, 24.0), (-40.0, 24.0), (900.0, 0.0)])
def test_restricted_mean_at_the_extremes(g, expected):
    """Where nobody dies the restricted mean is the horizon, where all die at once it is 0, without a warning."""
    found = weibull.restricted_mean(24.0, median=10.0, shape=1.2, log_hazard_ratio=g)
    assert found == pytest.approx(expected, abs=1e-9)


def test_restricted_mean_is_continuous_at_the_switch():
    """Where the limit takes over from the formula the value does not jump."""
    g = np.linspace(-32.0, -28.0, 41)
    found = weibull.restricted_mean(24.0, median=24.0, shape=1.2, log_hazard_ratio=g)
    assert np.all(np.abs(found - 24.0) < 1e-9)


def test_drawn_times_follow_the_distribution():
    """Drawn times pass the Kolmogorov–Smirnov test against SciPy's Weibull."""
    drawn = weibull.draw_survival_times(
        np.random.default_rng(7), median=np.full(4000, 9.0), shape=0.8, log_hazard_ratio=0.5
    )
    assert drawn.shape == (4000,)
    assert kstest(drawn, scipy_twin(9.0, 0.8, 0.5).cdf).pvalue > 0.01
