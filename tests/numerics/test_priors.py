"""Prior families against densities written out and their own quantiles."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma
from scipy.stats import kstest

from bayes_sora.numerics.priors import FAMILIES, POSITIVE_FAMILIES, draw_prior, prior_log_density, prior_quantile


def _student(v):
    z = (v - 0.5) / 2.5
    return gamma(2.0) / (gamma(1.5) * np.sqrt(3 * np.pi) * 2.5) * (1 + z**2 / 3) ** -2


def _normal(v, mean, sd):
    return np.exp(-0.5 * ((v - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))


CASES = {
    "normal": (
        {"mean": 1.0, "sd": 2.0},
        lambda v: np.exp(-0.5 * ((v - 1.0) / 2.0) ** 2) / (2.0 * np.sqrt(2 * np.pi)),
    ),
    "student_t": ({"df": 3.0, "location": 0.5, "scale": 2.5}, _student),
    "half_normal": ({"sd": 0.5}, lambda v: 2 * np.exp(-0.5 * (v / 0.5) ** 2) / (0.5 * np.sqrt(2 * np.pi))),
    "log_normal": (
        {"median": 0.3, "sd_log": 0.35},
        lambda v: np.exp(-0.5 * (np.log(v / 0.3) / 0.35) ** 2) / (v * 0.35 * np.sqrt(2 * np.pi)),
    ),
    "exponential": ({"mean": 2.0}, lambda v: np.exp(-v / 2.0) / 2.0),
    "gamma": ({"shape": 3.0, "rate": 1.5}, lambda v: 1.5**3 / gamma(3.0) * v**2 * np.exp(-1.5 * v)),
    "robust_normal": (
        {"mean": 0.6, "sd": 0.4, "weight": 0.7, "vague_mean": -0.3, "vague_sd": 2.0},
        lambda v: 0.7 * _normal(v, 0.6, 0.4) + 0.3 * _normal(v, -0.3, 2.0),
    ),
}


def test_every_family_has_a_case():
    """The table below covers the closed vocabulary."""
    assert set(CASES) == set(FAMILIES)


@pytest.mark.parametrize("family", CASES)
def test_density_as_written_out(family):
    """The density is the textbook's at interior points."""
    arguments, density = CASES[family]
    values = np.array([0.1, 0.35, 0.9, 2.2])
    assert np.exp(prior_log_density(values, family, arguments)) == pytest.approx(density(values))


@pytest.mark.parametrize("family", CASES)
def test_support(family):
    """Positive families have no mass below zero, the others do, and all have total mass one."""
    arguments, density = CASES[family]
    below = prior_log_density(-0.2, family, arguments)
    assert (below == -np.inf) == (family in POSITIVE_FAMILIES)
    start = 0.0 if family in POSITIVE_FAMILIES else -np.inf
    assert quad(density, start, np.inf)[0] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("family", CASES)
def test_draws_follow_the_density(family):
    """Draws fall below the q-quantile with probability q, and their CDF is the integral of the density."""
    arguments, density = CASES[family]
    drawn = draw_prior(np.random.default_rng(3), family, arguments, size=2000)
    start = 0.0 if family in POSITIVE_FAMILIES else -np.inf
    median = float(prior_quantile(0.5, family, arguments))
    assert quad(density, start, median)[0] == pytest.approx(0.5, abs=1e-6)
    assert kstest(drawn, lambda v: FAMILIES[family](**arguments).cdf(v)).pvalue > 0.01
    assert np.mean(drawn <= median) == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / 2000))


def test_the_same_seed_draws_the_same():
    """Draws depend on the generator alone."""
    one, two = (draw_prior(np.random.default_rng(5), "normal", {"mean": 0.0, "sd": 1.0}, size=(2, 3)) for _ in range(2))
    assert one.shape == (2, 3)
    assert np.array_equal(one, two)
