"""The posterior against importance sampling that shares nothing with the package: neither PyMC nor its formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

import bayes_sora as bs

POSITIVE = ("exposure_sd", "exposure_sd_between", "exposure_sd_within", "survival_median", "survival_shape")

# The priors of science.md §6 as SciPy sees them; those of positive parameters are priors of the logarithm.
PRIORS = {
    "exposure_log_median": (np.log(3.0), 0.5),
    "exposure_sd": (np.log(0.6), 0.3),
    "exposure_sd_between": (np.log(0.55), 0.3),
    "exposure_sd_within": (np.log(0.30), 0.35),
    "toxicity_intercept": (0.0, 1.5),
    "toxicity_slope": (0.5, 1.0),
    "response_intercept": (0.5, 1.5),
    "response_slope": (1.0, 2.0),
    "survival_median": (np.log(10.7), 0.5),
    "survival_shape": (np.log(1.25), 0.25),
    "survival_linear": (0.0, 0.5),
    "survival_curvature": (0.0, 0.5),
}
COMMON = tuple(name for name in PRIORS if not name.startswith("exposure_sd"))
NAMES = {
    "sorafenib_observed.v1": (*COMMON, "exposure_sd"),
    "sorafenib_joint.v1": (*COMMON, "exposure_sd_between", "exposure_sd_within"),
}


def log_posterior(points, names, cohort):
    """Return the unnormalised log posterior of points (S, d), positive parameters on the log scale."""
    at = {name: points[:, i] for i, name in enumerate(names)}
    prior = sum(stats.norm.logpdf(at[name], *PRIORS[name]) for name in names)
    natural = {name: (np.exp(v) if name in POSITIVE else v)[:, None, None] for name, v in at.items()}
    log_y = np.log(cohort.trough_mg_l)[None, :, None]
    if "exposure_sd" in natural:
        log_c = np.broadcast_to(log_y, (len(points), cohort.n_patients, 1))
        weight = stats.norm.logpdf(log_c, natural["exposure_log_median"], natural["exposure_sd"])
    else:
        # Gauss–Legendre over ±5.5 SD of the population, nothing centred on the patient.
        nodes, areas = np.polynomial.legendre.leggauss(61)
        between, within = natural["exposure_sd_between"], natural["exposure_sd_within"]
        log_c = natural["exposure_log_median"] + 5.5 * between * nodes
        weight = (
            np.log(5.5 * between * areas)
            + stats.norm.logpdf(log_c, natural["exposure_log_median"], between)
            + stats.norm.logpdf(log_y, log_c, within)
        )
    total = weight + outcomes(log_c - np.log(2.91), natural, cohort)
    return prior + special.logsumexp(total, axis=2).sum(axis=1)


def outcomes(x, at, cohort):
    """Return the log density of all outcomes at centred log exposure x (S, n, q)."""
    total = 0.0
    for endpoint, seen in (("toxicity", cohort.toxicity), ("response", cohort.response)):
        p = stats.logistic.cdf(at[f"{endpoint}_intercept"] + at[f"{endpoint}_slope"] * x)
        known = ~np.isnan(seen)
        total = total + np.where(known, 1.0, 0.0)[None, :, None] * stats.bernoulli.logpmf(
            np.where(known, seen, 0.0)[None, :, None], p
        )
    g = at["survival_linear"] * x + at["survival_curvature"] * x**2
    shape = at["survival_shape"]
    time, died = cohort.os_months[None, :, None], cohort.death[None, :, None]
    hazard_scale = np.log(2.0) * (time / at["survival_median"]) ** shape * np.exp(g)
    return total + died * np.log(shape / time * hazard_scale) - hazard_scale


def importance_sample(names, cohort, *, size, seed):
    """Return points (S, d) and normalised weights, from a multivariate t around the mode."""
    start = np.array([PRIORS[name][0] for name in names])
    mode = optimize.minimize(lambda z: -log_posterior(z[None, :], names, cohort)[0], start, method="BFGS")
    proposal = stats.multivariate_t(mode.x, 1.3 * mode.hess_inv, df=6, seed=seed)
    points = proposal.rvs(size=size)
    log_weights = np.concatenate([log_posterior(part, names, cohort) for part in np.array_split(points, size // 250)])
    log_weights -= proposal.logpdf(points)
    weights = np.exp(log_weights - special.logsumexp(log_weights))
    return points, weights


@pytest.mark.mcmc
@pytest.mark.parametrize("model", NAMES)
def test_posterior_of_the_reference_models_is_the_independent_one(model):
    """Mean, SD and 2.5/50/97.5 % of every parameter agree with importance sampling within 5 Monte Carlo errors."""
    cohort = bs.read_cohort(bs.shipped_cohort("moderate_26"))
    fit = bs.fit(cohort, model=model, seed=2)
    points, weights = importance_sample(NAMES[model], cohort, size=20_000, seed=7)
    effective = 1.0 / np.sum(weights**2)
    assert effective > 2_000, "the independent posterior itself must be good"
    for i, name in enumerate(NAMES[model]):
        truth = np.exp(points[:, i]) if name in POSITIVE else points[:, i]
        draws = fit.parameters[name].to_numpy().reshape(-1)
        mean = np.sum(weights * truth)
        sd = np.sqrt(np.sum(weights * (truth - mean) ** 2))
        error = sd * np.sqrt(1.0 / effective + 1.0 / 2_000)
        assert draws.mean() == pytest.approx(mean, abs=5 * error), name
        assert draws.std() == pytest.approx(sd, abs=8 * error), name
        order = np.argsort(truth)
        cumulative = np.cumsum(weights[order])
        for q in (0.025, 0.5, 0.975):
            below = cumulative[np.searchsorted(truth[order], np.quantile(draws, q)) - 1]
            assert below == pytest.approx(q, abs=5 * np.sqrt(q * (1 - q) * (1 / effective + 1 / 2_000))), (name, q)


@pytest.mark.mcmc
def test_engines_agree():
    """PyMC's own NUTS and nutpie give the same posterior of every parameter within Monte Carlo error."""
    cohort = bs.read_cohort(bs.shipped_cohort("literal_26"))
    one, other = (
        bs.fit(cohort, model="toxicity_only.v1", seed=3, engine=name, tune=400, draws=500)
        for name in ("nutpie", "pymc")
    )
    for name in one.parameters:
        first, second = (fit.parameters[name].to_numpy().reshape(-1) for fit in (one, other))
        error = first.std() * np.sqrt(2.0 / 400)
        assert first.mean() == pytest.approx(second.mean(), abs=5 * error), name
        assert first.std() == pytest.approx(second.std(), abs=5 * error), name
