r"""The numbers of the prior page: of drawn cohorts, at the reference exposure, and per doubling of exposure.

An effect per doubling is that of going from :math:`c_{ref}/\sqrt 2` to :math:`c_{ref}\sqrt 2`: of a linear effect
:math:`2^β`, and of every other form its slope where the data lie.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.curves import Curves, build_curves
from bayes_sora.fitting.prior.number import PriorNumber, Scale
from bayes_sora.fitting.prior.pattern import BINARY, Pattern
from bayes_sora.fitting.prior.statistics import STATISTICS, observed_statistics
from bayes_sora.types import BoolArray, Endpoint, ExposureUnit, FloatArray, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile

PLAUSIBLE_SURVIVAL_MONTHS = (1.0, 60.0)
LARGEST_LOG = 700.0


def observed_beside(
    drawn: Mapping[str, FloatArray], cohort: Cohort | None, model: ModelFile, pattern: Pattern, *, unit: ExposureUnit
) -> tuple[PriorNumber, ...]:
    """Return the statistics of the drawn cohorts with those of an observed one; troughs in `unit`."""
    observed = {} if cohort is None else observed_statistics(cohort, model, pattern)
    if "median_trough" in observed:
        observed["median_trough"] /= unit.mg_l
    return tuple(
        PriorNumber(name=name, label=words.label, scale=words.scale, values=drawn[name], observed=observed.get(name))
        for name, words in STATISTICS.items()
        if name in drawn
    )


def cohort_shares(drawn: Mapping[str, FloatArray], *, span: Span, unit: ExposureUnit) -> dict[str, float]:
    """Return shares of the drawn cohorts: one-sided outcomes, and cohorts nobody would believe.

    A cohort is implausible when its median survival is below 1 or above 60 months, or its median trough lies outside
    the optimisation range.
    """
    events: dict[str, BoolArray] = {}
    for endpoint in BINARY:
        if f"{endpoint}_rate" in drawn:
            rate = drawn[f"{endpoint}_rate"]
            events |= {f"no_{endpoint}": rate == 0.0, f"all_{endpoint}": rate == 1.0}
    troughs = drawn["median_trough"] * unit.mg_l
    implausible = {"median_trough_outside_range": (troughs < span.low) | (troughs > span.high)}
    if "median_survival" in drawn:
        shortest, longest = PLAUSIBLE_SURVIVAL_MONTHS
        implausible["median_survival_below_1_month"] = drawn["median_survival"] < shortest
        implausible["median_survival_above_60_months"] = drawn["median_survival"] > longest
    events |= implausible | {"implausible": np.any(list(implausible.values()), axis=0)}
    return {name: float(event.mean()) for name, event in events.items()}


def at_reference(parameters: xr.Dataset, model: ModelFile) -> tuple[PriorNumber, ...]:
    """Return the probabilities and the median survival at the reference exposure, over the prior draws."""
    return tuple(_at_reference(_around_reference(parameters, model)))


def per_doubling(parameters: xr.Dataset, model: ModelFile) -> tuple[PriorNumber, ...]:
    """Return odds ratios and hazard ratio when exposure doubles across the reference, over the prior draws."""
    curves = _around_reference(parameters, model)
    logs: dict[Endpoint, str] = {
        "toxicity": "logit_toxicity",
        "response": "logit_response",
        "survival": "log_hazard_ratio",
    }
    return tuple(
        PriorNumber(
            name="death_hazard_ratio" if endpoint == "survival" else f"{endpoint}_odds_ratio",
            label="Death, hazard ratio" if endpoint == "survival" else f"{endpoint.capitalize()}, odds ratio",
            scale="fold",
            values=_ratio(curves.draws[name]),
        )
        for endpoint, name in logs.items()
        if name in curves.draws
    )


def _around_reference(parameters: xr.Dataset, model: ModelFile) -> Curves:
    reference = model.drug.reference_mg_l
    span = Span(reference / math.sqrt(2.0), reference * math.sqrt(2.0))
    return build_curves(parameters, model, span=span, observed_span=span, size=3)


def _at_reference(curves: Curves) -> Iterator[PriorNumber]:
    for endpoint in BINARY:
        if curves.has(endpoint):
            yield _number(endpoint, f"P({endpoint})", "share", curves.probability(endpoint))
    if curves.has("survival"):
        yield _number("median_survival", "Median survival", "months", curves.median_survival())


def _number(name: str, label: str, scale: Scale, draws: xr.DataArray) -> PriorNumber:
    values = draws.isel(exposure=1).transpose("chain", "draw").to_numpy().reshape(-1)
    return PriorNumber(name=name, label=label, scale=scale, values=np.asarray(values, dtype=float))


def _ratio(draws: xr.DataArray) -> FloatArray:
    change = (draws.isel(exposure=2) - draws.isel(exposure=0)).transpose("chain", "draw").to_numpy().reshape(-1)
    return np.asarray(np.exp(np.clip(change, -LARGEST_LOG, LARGEST_LOG)), dtype=float)
