"""Sentences and numbers that captions share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.classical.groups import cut_text
from bayes_sora.window import format_exposure

if TYPE_CHECKING:
    from bayes_sora.fitting import Fit
    from bayes_sora.types import Endpoint
    from bayes_sora.window import Quantity, Window


def what_exposure(fit: Fit) -> str:
    """Return the sentence that says what the exposure is and what the curves are not."""
    if fit.curves.scale == "average trough":
        exposure = "Exposure is a patient's average trough held constant, not one measured trough"
    elif fit.curves.scale == "dose":
        exposure = "Exposure is the dose as given"
    else:
        exposure = "Exposure is the measured trough, taken as if it were a constant average"
    return f"{exposure}. The curves are associations, not causal effects; {_what_patients(fit)}."


def _what_patients(fit: Fit) -> str:
    """Say over whom the curves are averaged."""
    model = fit.model_file
    assumed = " an unmeasured factor goes with exposure as the model file assumes;" if model.has_exposure_terms else ""
    over = ["the covariates of the cohort's patients"] if any(block.population() for block in model.terms) else []
    over += ["the random effects of the model"] if model.random_effects else []
    if over:
        return f"{assumed.lstrip()} they are averaged over {' and '.join(over)}".strip()
    return "the outcome models have no covariates or random effects, so typical and standardised patients are the same"


INTERVALS = "Intervals are 95 % equal-tailed unless another level is named."


def endpoint_label(fit: Fit, endpoint: Endpoint) -> str:
    """Return the model file's name of an endpoint."""
    return fit.model_file.outcomes[endpoint].label or endpoint


def in_unit(fit: Fit, value_mg_l: float) -> float:
    """Return an exposure in the unit of the model file."""
    return value_mg_l / fit.curves.unit.mg_l


def exposure_text(fit: Fit, value: float) -> str:
    """Print an exposure of the model file's unit, at an edge of the range as "≤ 0.5" or "≥ 10"."""
    return format_exposure(value, span=fit.curves.span, unit=fit.curves.unit)


def quantity_text(window: Window, quantity: Quantity) -> str:
    """Return median and 95 % interval of a limit, such as "1.40 (1.02 to 1.91)"."""
    if quantity.q025 is None or quantity.q50 is None or quantity.q975 is None:
        return "undefined"
    middle, low, high = (
        format_exposure(value, span=window.posterior.span, unit=window.posterior.unit)
        for value in (quantity.q50, quantity.q025, quantity.q975)
    )
    return f"{middle} ({low} to {high})"


def published_text(lower: float | None, upper: float | None) -> str:
    """Return the ends of a published window, both in one unit, such as "1.40–3.45" or "≥ 3.75"."""
    low, high = (None if end is None else cut_text(end) for end in (lower, upper))
    if high is None:
        return "open" if low is None else f"≥ {low}"
    return f"≤ {high}" if low is None else f"{low}–{high}"


def number_text(value: float | None, *, digits: int = 2) -> str:
    """Return a number with a fixed number of decimals, "undefined" for None."""
    return "undefined" if value is None else f"{value:.{digits}f}"


def span_text(ends: tuple[float | None, float | None], *, digits: int = 2) -> str:
    """Return an interval such as "0.54 to 0.93", "undefined" where neither end is known."""
    if ends == (None, None):
        return "undefined"
    return " to ".join(number_text(end, digits=digits) for end in ends)
