"""The likelihood of a patient of a site with a frailty, from SciPy's densities, over a fine grid of frailties."""

from __future__ import annotations

import numpy as np
from scipy import integrate, stats

from tests.inference import oracle

SIGNS = {"toxicity": ("toxicity_intercept", 1.0), "response": ("response_intercept", -1.0)}
FRAILTIES = np.linspace(-8.0, 8.0, 161)


def at_site(at, site):
    """Return the parameters of one site: each plus its SD times the site's standardised effect."""
    shifted = dict(at)
    for name, sd in at.items():
        if name.startswith("site_sd_"):
            target = name.removeprefix("site_sd_")
            shifted[target] = shifted.get(target, 0.0) + sd * at[f"site_z_{target}[{site}]"]
    return shifted


def with_frailty(at, b):
    """Return the parameters of a patient whose frailty is b."""
    shifted = dict(at)
    for endpoint, (target, sign) in SIGNS.items():
        shifted[target] = shifted[target] + sign * at.get(f"frailty_{endpoint}", 0.0) * b
    return scaled(shifted, at.get("frailty_survival", 0.0) * b)


def scaled(at, log_hazard):
    """Return the parameters with the log hazard raised: a Weibull's median falls by exp(−log hazard / shape)."""
    total = log_hazard + at.get("survival_log_hazard", 0.0)
    median = at["survival_median"] * np.exp(-total / at["survival_shape"])
    return {**at, "survival_median": median, "survival_log_hazard": 0.0}


def patient_log_likelihood(at, patient, site, *, form, endpoints):
    """Return log p(everything observed of the patient | θ), exposure and frailty integrated out."""
    own = at_site(at, site)

    def log_likelihood(b):
        return oracle.patient_log_likelihood(with_frailty(own, b), patient, form=form, endpoints=endpoints)

    if not any(name.startswith("frailty_") for name in at):
        return log_likelihood(0.0)
    with np.errstate(divide="ignore"):  # a frailty of 8 SDs makes some outcomes impossible
        density = [np.exp(log_likelihood(b)) * stats.norm.pdf(b) for b in FRAILTIES]
    return float(np.log(integrate.trapezoid(density, FRAILTIES)))
