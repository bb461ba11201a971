"""What a fit says about one patient, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.cli.terminal import aligned
from bayes_sora.digits import short
from bayes_sora.fitting.answer import probability_text
from bayes_sora.fitting.measure import reworded
from bayes_sora.window import format_exposure

if TYPE_CHECKING:
    import bayes_sora as bs
    from bayes_sora.fitting.patient import DoseRange, PatientPrediction
    from bayes_sora.fitting.patient_outcomes import Estimate


def patient_lines(prediction: PatientPrediction) -> list[str]:
    """Return the answer of `predict` as lines for people."""
    lines = [
        *_exposure_lines(prediction),
        "",
        *_standing_lines(prediction),
        "",
        f"patients of the cohort with such {_article(prediction.scale)} (median and 95 % interval):",
        *_outcome_lines(prediction),
        *(_dose_lines(prediction.dose, prediction.window) if prediction.dose else []),
        "",
        *prediction.known,
        *prediction.caveats,
    ]
    return [reworded(line, prediction.unit) for line in lines]


def _exposure_lines(prediction: PatientPrediction) -> list[str]:
    """Return what was measured, and what the model makes of it: the average trough behind it, or the trough itself."""
    unit, exposure = prediction.unit.name, prediction.average_trough
    measured = f"measured trough: {', '.join(f'{trough:g}' for trough in prediction.troughs)} {unit}"
    if prediction.scale == "average trough":
        return [measured, f"average trough behind it: {_estimate(exposure, f' {unit}')}"]
    several = f"the geometric mean, {exposure.q50:.3g} {unit}, " if len(prediction.troughs) > 1 else ""
    return [measured, f"taken for the exposure as it is: {several}no average trough is estimated"]


def _article(scale: str) -> str:
    return f"{'an' if scale.startswith('a') else 'a'} {scale}"


def _standing_lines(prediction: PatientPrediction) -> list[str]:
    standing, window = prediction.standing, prediction.window
    rows = [
        ("  P(below the window)", probability_text(standing.p_below)),
        ("  P(in the window)", probability_text(standing.p_inside)),
        ("  P(above the window)", probability_text(standing.p_above)),
        ("  P(no window exists)", probability_text(standing.p_no_window)),
    ]
    return [f"{prediction.scale} against the {window.kind} window:", *aligned(rows)]


def _outcome_lines(prediction: PatientPrediction) -> list[str]:
    rows = [(f"  {outcome.label}", _estimate(outcome.probability)) for outcome in prediction.outcomes.values()]
    survival = prediction.survival
    if survival is not None:
        rows += [
            ("  median overall survival", _estimate(survival.median_months, " months")),
            (f"  alive at {survival.at_months:g} months", _estimate(survival.p_alive)),
            (f"  mean survival within {survival.tau_months:g} months", _estimate(survival.restricted_mean, " months")),
        ]
    return aligned(rows)


def _dose_lines(dose: DoseRange, window: bs.Window) -> list[str]:
    if dose.lower_mg is None or dose.upper_mg is None:
        return ["", "dose: no window, hence no dose that would reach it"]
    low, high = window.lower.q50, window.upper.q50
    unit = window.posterior.unit
    ends = [format_exposure(end, span=window.posterior.span, unit=unit) for end in (low, high) if end is not None]
    doses = f"{dose.lower_mg:.0f} to {dose.upper_mg:.0f} mg instead of {dose.current_mg:g} mg"
    return [
        "",
        f"arithmetic, not advice: were the trough proportional to the dose, {doses}",
        f"would put the {window.posterior.scale} between {' and '.join(ends)} {unit.name} (medians)",
    ]


def _estimate(estimate: Estimate, unit: str = "") -> str:
    return f"{short(estimate.q50)}{unit} ({short(estimate.q025)} to {short(estimate.q975)})"
