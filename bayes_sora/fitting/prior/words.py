"""What priors believe, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.digits import short

if TYPE_CHECKING:
    from bayes_sora.fitting.prior.number import PriorNumber
    from bayes_sora.fitting.prior.result import PriorPredictive

WHAT = {"toxicity": "toxicity", "response": "response", "median_survival": "a median survival of"}


def prior_sentence(prior: PriorPredictive) -> str:
    """Return in one or two sentences what the priors believe, and whether an observed cohort contradicts them."""
    unit, size = prior.curves.unit.name, prior.curves.unit.mg_l
    beliefs = [_belief(number) for number in prior.at_reference]
    article = "an" if prior.curves.scale[0] in "aeiou" else "a"
    at = f"{article} {prior.curves.scale} of {short(prior.model.drug.reference_mg_l / size)} {unit}"
    exists = _windows(prior)
    first = f"Before any patient, {prior.model.name} expects {_and(beliefs)} at {at}{exists}."
    return first if prior.cohort is None else f"{first} {conflict_sentence(prior)}"


def conflict_sentence(prior: PriorPredictive) -> str:
    """Say where the observed cohort lies in the prior predictive distribution."""
    if prior.cohort is None:
        return "No cohort was compared."
    named = prior.cohort.n_patients
    if not prior.conflicts:
        return f"The observed cohort of {named} patients lies within what the priors expect."
    told = [
        f"{_lower(number.label)} {value_text(number, number.observed)}, expected {interval_text(number)}"
        + (f" {prior.curves.unit.name}" if number.scale == "exposure" else "")
        for number in prior.conflicts
    ]
    return f"The observed cohort of {named} patients contradicts the priors: {'; '.join(told)}."


def value_text(number: PriorNumber, value: float | None) -> str:
    """Print a value of a number: a share as a percentage, months with their name, others with three digits."""
    if value is None:
        return "–"
    match number.scale:
        case "share":
            return share_text(value)
        case "months":
            return f"{plain_digits(value)} months"
        case "auc":
            return f"{value:.2f}"
        case "exposure" | "fold":
            return plain_digits(value)


def interval_text(number: PriorNumber) -> str:
    """Print the central 95 % of a number, such as "5 to 95 %"."""
    low, high = number.summary["q025"], number.summary["q975"]
    if low is None or high is None:
        return "undefined"
    start = value_text(number, low)
    return f"{start.removesuffix(' %').removesuffix(' months')} to {value_text(number, high)}"


def share_text(share: float) -> str:
    """Print a share as a percentage that is never rounded to a certainty.

    >>> share_text(0.494), share_text(0.997), share_text(0.003), share_text(1.0)
    ('49 %', '> 99 %', '< 1 %', '100 %')
    """
    if 0.0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1.0 else f"{100.0 * share:.0f} %"


def plain_digits(value: float) -> str:
    """Print three significant digits, without an exponent where a reader can do without.

    >>> plain_digits(0.01234), plain_digits(28.46), plain_digits(1234.5), plain_digits(3.2e7)
    ('0.0123', '28.5', '1,234', '3.2e+07')
    """
    if 1000.0 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _belief(number: PriorNumber) -> str:
    """Return "50 % toxicity (5 to 95 %)"."""
    middle, around = value_text(number, number.summary["q50"]), interval_text(number)
    if number.name == "median_survival":
        return f"{WHAT[number.name]} {middle} ({around.removesuffix(' months')})"
    return f"{middle} {WHAT[number.name]} ({around})"


def _windows(prior: PriorPredictive) -> str:
    if "limits" in prior.windows:
        share = float(prior.windows["limits"].draws["exists"].mean())
        return f"; a limits window exists in {share_text(share)} of prior draws"
    if "utility" in prior.windows:
        window = prior.windows["utility"]
        edge = float((window.at_low_edge("optimum") | window.at_high_edge("optimum")).mean())
        return f"; the best exposure lies at an edge of the range in {share_text(edge)} of prior draws"
    return ""


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _lower(label: str) -> str:
    return label if label[:2].isupper() else label[0].lower() + label[1:]
