"""The fast engine: posteriors known by quadrature, the same numbers in any company, weights that cannot be trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayes_sora as bs
from bayes_sora.study.engine import fast
from bayes_sora.study.engine.draws import estimate_windows
from bayes_sora.study.engine.fast import BATCH, DRAWS, LEAST_ESS, draw_fast
from tests.study.engine import examples

N, N_COHORTS = 12, BATCH + 5
PROBABILITIES = (0.025, 0.25, 0.5, 0.75, 0.975)


@pytest.fixture(scope="module")
def cohorts():
    """Simulate more cohorts than a batch holds, of every scenario."""
    names = list(bs.SCENARIOS)
    return [examples.cohort(names[i % len(names)], n=N, seed=i) for i in range(N_COHORTS)]


@pytest.fixture(scope="module")
def posteriors(cohorts):
    """Draw all their posteriors in one call."""
    return draw_fast(examples.toxicity_as_measured(), cohorts, range(N_COHORTS))


def same(left, right):
    """Say whether two posteriors are the same, bit for bit."""
    return left.ess == right.ess and all(
        np.array_equal(left.parameters[name], right.parameters[name]) for name in right.parameters
    )


def share_below(draws, name, value):
    """Share of the draws of a parameter up to `value`."""
    return float((draws.parameters[name] <= value).mean())


def assert_quantiles(draws, name, grid, log_density):
    """Hold the draws of a parameter against a density on a grid, within four Monte Carlo errors."""
    mass = np.cumsum(np.exp(log_density - log_density.max()))
    for probability in PROBABILITIES:
        value = np.interp(probability, mass / mass[-1], grid)
        error = np.sqrt(probability * (1.0 - probability) / draws.ess)
        assert share_below(draws, name, value) == pytest.approx(probability, abs=4.0 * error), (name, probability)


@pytest.mark.parametrize("which", [0, 5, 13])
def test_toxicity_is_that_of_a_quadrature(cohorts, posteriors, which):
    """Intercept and slope have the quantiles of their posterior on a plane of 400 × 400 points, by SciPy."""
    cohort, draws = cohorts[which], posteriors[which]
    intercept, slope = np.linspace(-7.0, 7.0, 400), np.linspace(-4.0, 5.0, 400)
    x = np.log(cohort.trough_mg_l / 2.91)
    p = stats.logistic.cdf(intercept[:, None, None] + slope[:, None] * x)
    log_density = stats.bernoulli.logpmf(cohort.toxicity.astype(int), p).sum(axis=2)
    log_density += stats.norm.logpdf(intercept, 0.0, 1.5)[:, None] + stats.norm.logpdf(slope, 0.5, 1.0)
    assert_quantiles(draws, "toxicity_intercept", intercept, np.logaddexp.reduce(log_density, axis=1))
    assert_quantiles(draws, "toxicity_slope", slope, np.logaddexp.reduce(log_density, axis=0))


@pytest.mark.parametrize("which", [0, 5, 13])
def test_exposure_is_that_of_a_quadrature(cohorts, posteriors, which):
    """Median trough and its spread have the quantiles of a normal sample's posterior on a plane, by SciPy."""
    cohort, draws = cohorts[which], posteriors[which]
    mean, sd = np.linspace(-0.5, 2.5, 400), np.geomspace(0.1, 3.0, 400)
    log_density = stats.norm.logpdf(np.log(cohort.trough_mg_l), mean[:, None, None], sd[:, None]).sum(axis=2)
    log_density += stats.norm.logpdf(mean, np.log(3.0), 0.5)[:, None]
    # On the log scale of the spread, on which the grid is even.
    log_density += stats.norm.logpdf(np.log(sd), np.log(0.6), 0.3)
    assert_quantiles(draws, "exposure_log_median", mean, np.logaddexp.reduce(log_density, axis=1))
    assert_quantiles(draws, "exposure_sd", sd, np.logaddexp.reduce(log_density, axis=0))


def test_every_posterior_is_trusted_and_says_how_much(posteriors):
    """Each comes with 1,000 draws, at least 400 effective ones and a Pareto k below 0.7."""
    for draws in posteriors:
        assert all(values.shape == (DRAWS,) for values in draws.parameters.values())
        assert LEAST_ESS <= draws.ess <= DRAWS
        assert draws.k_hat <= fast.LARGEST_K


def test_company_does_not_matter(cohorts, posteriors):
    """A cohort alone, among others, or in another order has the same draws, bit for bit."""
    model = examples.toxicity_as_measured()
    alone = draw_fast(model, [cohorts[7]], [7])[0]
    assert same(alone, posteriors[7])
    backwards = draw_fast(model, cohorts[::-1], range(N_COHORTS - 1, -1, -1))
    assert all(same(left, right) for left, right in zip(backwards[::-1], posteriors, strict=True))


def test_the_seed_decides(cohorts, posteriors):
    """Another seed gives other draws of the same posterior."""
    other = draw_fast(examples.toxicity_as_measured(), [cohorts[3]], [1234])[0]
    assert not same(other, posteriors[3])
    error = 4.0 * np.sqrt(2.0 / LEAST_ESS) * posteriors[3].parameters["toxicity_slope"].std()
    assert other.parameters["toxicity_slope"].mean() == pytest.approx(
        posteriors[3].parameters["toxicity_slope"].mean(), abs=error
    )


def test_three_patients_and_extreme_outcomes_are_finite():
    """Three patients, all toxic, none, or separated by exposure: draws and windows are finite, prior and all."""
    model, cohort = examples.toxicity_as_measured(), examples.cohort(n=3)
    separated = (cohort.trough_mg_l > np.median(cohort.trough_mg_l)).astype(float)
    outcomes = (np.ones(3), np.zeros(3), separated, np.full(3, np.nan))
    extreme = [replace(cohort, toxicity=toxicity) for toxicity in outcomes]
    for one, draws in zip(extreme, draw_fast(model, extreme, range(4)), strict=True):
        assert all(np.isfinite(values).all() for values in draws.parameters.values())
        limits, youden = estimate_windows(draws, model, one, windows=("limits", "youden"), engine="fast")
        assert 0.0 < limits.p_exists < 1.0
        assert np.isfinite([limits.limits["upper"].q50, youden.limits["upper"].q50]).all()


def shifted(shift, *, seed=4, size=3000, n_parameters=4):
    """Return draws of N(0, 1) and their log weights towards a first mean of `shift`: a proposal off its target."""
    position = np.random.default_rng(seed).normal(size=(n_parameters, size))
    return position, shift * position[0]


@pytest.mark.parametrize(("shift", "good"), [(0.1, True), (4.0, False)])
def test_a_proposal_that_misses_is_told(shift, good):
    """Weights towards a target four standard deviations away are not trusted, those towards a near one are."""
    outcome = fast._judge(*shifted(shift))
    assert outcome.good is good
    assert (outcome.k_hat > fast.LARGEST_K or outcome.ess < LEAST_ESS) is not good


@pytest.mark.parametrize("broken", ["position", "log_weight"])
def test_draws_that_are_no_numbers_are_told(broken):
    """A position or a largest weight that is not finite can be trusted by nobody."""
    position, log_weight = shifted(0.1)
    {"position": position[0], "log_weight": log_weight}[broken][:] = np.nan
    outcome = fast._judge(position, log_weight)
    assert not outcome.good


def test_who_misses_every_time_is_handed_over(cohorts, monkeypatch):
    """A cohort whose weights fail in all attempts, each larger than the one before, gets no draws from this engine."""
    missed_in = {1: (), 2: (fast.FIRST,), 3: (fast.FIRST, fast.SECOND, fast.THIRD)}
    asked = []

    def attempt(density, cohorts, seeds, rounds, *, size):  # noqa: ARG001 - as the engine calls it
        asked.append((rounds, tuple(seeds)))
        return [fast._judge(*shifted(4.0 if rounds in missed_in[seed] else 0.1)) for seed in seeds]

    monkeypatch.setattr(fast, "_attempt", attempt)
    found = draw_fast(examples.toxicity_as_measured(), cohorts[:3], [1, 2, 3])
    assert [draws is None for draws in found] == [False, False, True]
    assert asked == [(fast.FIRST, (1, 2, 3)), (fast.SECOND, (2,)), (fast.SECOND, (3,)), (fast.THIRD, (3,))]


@pytest.mark.mcmc
def test_nuts_agrees(cohorts, posteriors):
    """NUTS draws the same posterior: quantiles of every parameter within four combined Monte Carlo errors."""
    from bayes_sora.study.engine.nuts import draw_nuts  # noqa: PLC0415 - PyMC and nutpie, which no other test here needs

    sampled = draw_nuts(examples.toxicity_as_measured(), cohorts[0], 1)
    assert sampled is not None
    for name, values in sampled.parameters.items():
        for probability in PROBABILITIES:
            value = np.quantile(values, probability)
            error = np.sqrt(probability * (1.0 - probability) * (1.0 / sampled.ess + 1.0 / posteriors[0].ess))
            assert share_below(posteriors[0], name, value) == pytest.approx(probability, abs=4.0 * error), name
