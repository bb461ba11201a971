"""Curves made by hand, with the parameters of every draw known."""

import numpy as np
import xarray as xr
from scipy.special import expit

from bayes_sora.curves import GRID_SIZE, Curves
from bayes_sora.types import MG_L, Span

REFERENCE = 2.91
LOG_MEDIAN = float(np.log(2.91))
SPAN = Span(0.5, 10.0)
OBSERVED = Span(0.74, 8.8)


def labelled(values, *, chains=1):
    """Label one number a draw with chain and draw."""
    return xr.DataArray(np.reshape(np.asarray(values, dtype=float), (chains, -1)), dims=("chain", "draw"))


def hand_made_curves(
    *,
    toxicity=None,
    response=None,
    survival=None,
    log_median=LOG_MEDIAN,
    log_sd=0.55,
    sd_within=0.3,
    span=SPAN,
    observed_span=OBSERVED,
    unit=MG_L,
    reference=REFERENCE,
    chains=1,
    size=GRID_SIZE,
):
    """Make curves from parameters, one number a draw each.

    ``toxicity`` and ``response`` are the coefficients of the logit in x = log(c / reference), by rising power from the
    intercept; ``survival`` is (median, shape, first, second coefficient, …). ``sd_within=None``: exposure as measured.
    """
    grid = span.log_grid(size)
    x = xr.DataArray(np.log(grid / reference), dims="exposure", coords={"exposure": grid})
    given = [value for part in (toxicity, response, survival) if part is not None for value in part]
    n = max(np.size(value) for value in (*given, log_median, log_sd))

    def draws_of(value):
        return labelled(np.broadcast_to(value, (n,)), chains=chains)

    mu, sd = draws_of(log_median), draws_of(log_sd)
    named = {"exposure_log_median": mu, "exposure_log_sd": sd}
    if sd_within is not None:
        named["exposure_sd_within"] = draws_of(sd_within)
    for endpoint, coefficients in (("toxicity", toxicity), ("response", response)):
        if coefficients is not None:
            parts = [draws_of(value) for value in coefficients]
            named[f"logit_{endpoint}"] = polynomial(x, parts)
            named[f"prevalence_{endpoint}"] = prevalence(parts, mu, sd, reference)
    if survival is not None:
        median, shape, *coefficients = (draws_of(value) for value in survival)
        named |= {"survival_median": median, "survival_shape": shape}
        named["log_hazard_ratio"] = polynomial(x, [xr.zeros_like(median), *coefficients])
    return Curves(
        draws=xr.Dataset(named).transpose("chain", "draw", "exposure"),
        observed_span=observed_span,
        unit=unit,
        scale="average trough" if sd_within is not None else "measured trough",
    )


def polynomial(x, coefficients):
    """Sum of coefficient times power, over (chain, draw) and the dimensions of x."""
    return sum((coefficient * x**power for power, coefficient in enumerate(coefficients)), start=x * 0.0)


def prevalence(coefficients, mu, sd, reference):
    """E[p(C)] by the trapezoidal rule over ± 8 standard deviations."""
    z = xr.DataArray(np.linspace(-8.0, 8.0, 641), dims="z")
    weight = np.exp(-0.5 * z**2)
    p = xr.apply_ufunc(expit, polynomial(mu + sd * z - np.log(reference), coefficients))
    return (p * weight).sum("z") / weight.sum()


def in_mg_l(array):
    """Return a limit as a plain array over all draws."""
    return array.to_numpy().ravel()
