"""The joint model written again from SciPy's distributions, one patient at a time: slow, plain, independent.

Nothing here is imported from the package's formulas.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from scipy import integrate, stats

from tests.splines import natural_bends, rise, straight_beyond

REFERENCE = 2.91
RANGE = (log(0.5 / REFERENCE), log(10.0 / REFERENCE))


def draw_parameters(rng, *, form):
    """Draw one plausible parameter vector as a dict of floats."""
    drawn = {
        "exposure_log_median": rng.normal(1.1, 0.2),
        "toxicity_intercept": rng.normal(0.0, 0.8),
        "toxicity_slope": rng.normal(0.8, 0.6),
        "response_intercept": rng.normal(0.8, 0.8),
        "response_slope": rng.normal(2.0, 1.5),
        "survival_median": exp(rng.normal(log(11.0), 0.3)),
        "survival_shape": exp(rng.normal(log(1.25), 0.2)),
        "survival_linear": rng.normal(0.0, 0.4),
        "survival_curvature": rng.normal(0.2, 0.4),
        "toxicity_emax": rng.normal(3.0, 1.0),
        "toxicity_ec50": exp(rng.normal(log(3.0), 0.5)),
        "toxicity_hill": exp(rng.normal(log(2.0), 0.5)),
        "response_emax": rng.normal(4.0, 2.0),
        "response_ec50": exp(rng.normal(log(1.5), 0.5)),
        "response_hill": exp(rng.normal(log(2.0), 0.5)),
        "toxicity_location": exp(rng.normal(log(2.9), 0.8)),
        "toxicity_floor": rng.normal(-2.0, 1.0),
        "toxicity_ceiling": rng.normal(2.5, 1.0),
        "response_location": exp(rng.normal(log(2.9), 0.8)),
        "survival_emax": rng.normal(-0.4, 0.5),
        "survival_ec50": exp(rng.normal(log(2.9), 0.5)),
    }
    drawn |= draw_splines(rng.spawn(1)[0])
    if form == "latent":
        return drawn | {
            "exposure_sd_between": exp(rng.normal(log(0.55), 0.2)),
            "exposure_sd_within": exp(rng.normal(log(0.3), 0.2)),
        }
    return drawn | {"exposure_sd": exp(rng.normal(log(0.6), 0.2))}


def draw_splines(rng):
    """Draw the parameters of splines of every endpoint."""
    drawn = {}
    for endpoint, size in (("toxicity", 4.0), ("response", 8.0), ("survival", 2.0)):
        drawn |= {f"{endpoint}_rise": abs(rng.normal(0.0, size)), f"{endpoint}_smoothness": abs(rng.normal())}
        drawn |= {f"{endpoint}_spline[{k}]": rng.normal() for k in range(1, 9)}
    return drawn


def standardised(at, endpoint):
    """Return z of a spline, as many as there are."""
    return np.array([value for name, value in at.items() if name.startswith(f"{endpoint}_spline[")])


def climbing(x, at, endpoint):
    """Return A (F(x) − F(0)) of a monotone spline."""
    height, slope = rise(RANGE, at[f"{endpoint}_smoothness"] * standardised(at, endpoint))
    return at[f"{endpoint}_rise"] * straight_beyond(height, slope, RANGE, x)


def bent(x, at, endpoint):
    """Return σ Σ z_k B_k(x) of a penalised spline, of survival against x = 0."""
    bends = natural_bends(RANGE)
    basis = straight_beyond(bends, bends.derivative(), RANGE, x)
    against = bends(0.0) if endpoint == "survival" else 0.0
    return at[f"{endpoint}_smoothness"] * (basis - against) @ standardised(at, endpoint)


def saturating(concentration, at, endpoint):
    """Return E·C^γ / (C^γ + EC50^γ), as the textbooks write it."""
    power = concentration ** at.get(f"{endpoint}_hill", 1.0)
    return at[f"{endpoint}_emax"] * power / (power + at[f"{endpoint}_ec50"] ** at.get(f"{endpoint}_hill", 1.0))


def effect(log_c, at, endpoint):
    """Return the exposure effect of an endpoint, of whichever form `at` has the parameters of."""
    x = log_c - log(REFERENCE)
    if f"{endpoint}_emax" in at:
        against = saturating(REFERENCE, at, endpoint) if endpoint == "survival" else 0.0
        return saturating(np.exp(log_c), at, endpoint) - against
    if f"{endpoint}_rise" in at:
        return climbing(x, at, endpoint)
    if f"{endpoint}_location" in at:
        return at[f"{endpoint}_slope"] * np.log(np.exp(log_c) / at[f"{endpoint}_location"])
    first = at.get("survival_linear" if endpoint == "survival" else f"{endpoint}_slope", 0.0)
    bend = bent(x, at, endpoint) if f"{endpoint}_smoothness" in at else 0.0
    return first * x + at.get(f"{endpoint}_curvature", 0.0) * x**2 + bend


def outcome_density(log_c, at, patient, endpoints):
    """Return the density of a patient's outcomes at an array of log average troughs."""
    density = np.ones_like(log_c)
    for endpoint in ("toxicity", "response"):
        if endpoint in endpoints and not np.isnan(patient[endpoint]):
            p = stats.logistic.cdf(at[f"{endpoint}_intercept"] + effect(log_c, at, endpoint))
            if f"{endpoint}_floor" in at:
                floor, ceiling = (stats.logistic.cdf(at[f"{endpoint}_{name}"]) for name in ("floor", "ceiling"))
                p = floor + (ceiling - floor) * p
            density *= stats.bernoulli.pmf(int(patient[endpoint]), p)
    if "survival" in endpoints:
        g = effect(log_c, at, "survival")
        k = at["survival_shape"]
        # S(t) = exp(−(t/scale)^k) with scale = m·(ln 2·e^g)^(−1/k).
        scale = at["survival_median"] * (log(2.0) * np.exp(g)) ** (-1.0 / k)
        of_time = stats.weibull_min.pdf if patient["death"] else stats.weibull_min.sf
        density *= of_time(patient["os_months"], k, scale=scale)
    return density


def trough_density(log_c, at, patient):
    """Return the density of a patient's log troughs at an array of log average troughs."""
    within = at["exposure_sd_within"]
    density = np.ones_like(log_c)
    for value, censoring in zip(patient["troughs"], patient["censoring"], strict=True):
        term = {0: stats.norm.pdf, -1: stats.norm.cdf, 1: stats.norm.sf}[int(censoring)]
        density *= term(log(value), log_c, within)
    return density


def exposure_density(at, patient, endpoints):
    """Return a fine grid of log average troughs and the joint density of it and everything observed of a patient."""
    mu, between = at["exposure_log_median"], at["exposure_sd_between"]
    log_c = np.linspace(mu - 9 * between, mu + 9 * between, 3001)
    prior = stats.norm.pdf(log_c, mu, between)
    return log_c, prior * trough_density(log_c, at, patient) * outcome_density(log_c, at, patient, endpoints)


def patient_log_likelihood(at, patient, *, form, endpoints):
    """Return log p(everything observed of one patient | θ), the average trough integrated out on a fine grid."""
    if form == "observed":
        log_y = np.array([np.mean(np.log(patient["troughs"]))])
        density = stats.norm.pdf(log_y, at["exposure_log_median"], at["exposure_sd"])
        return float(np.log(density * outcome_density(log_y, at, patient, endpoints))[0])
    log_c, density = exposure_density(at, patient, endpoints)
    return float(np.log(integrate.trapezoid(density, log_c)))


def patients_of(cohort):
    """Return the patients of a cohort as plain dicts."""
    troughs = cohort.troughs
    return [
        {
            "toxicity": cohort.toxicity[i],
            "response": cohort.response[i],
            "os_months": cohort.os_months[i],
            "death": cohort.death[i],
            "troughs": troughs.value_mg_l[troughs.patient == i],
            "censoring": troughs.censoring[troughs.patient == i],
        }
        for i in range(cohort.n_patients)
    ]
