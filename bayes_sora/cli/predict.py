"""``bayes-sora predict``: one patient against a fit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bayes_sora as bs
from bayes_sora.cli.terminal import aligned, json_option, print_json, say
from bayes_sora.errors import TrustError

if TYPE_CHECKING:
    from bayes_sora.fitting.patient import DoseRange, Estimate, PatientPrediction

WINDOW_KINDS = ("limits", "youden", "utility")


def positive(text: str) -> float:
    """Return the finite number above 0 that `text` stands for."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0.0):
        msg = f"expected a number above 0, got {text!r}"
        raise click.BadParameter(msg)
    return number


@click.command(name="predict", short_help="One patient against the window of a result.")
@click.argument("folder", metavar="DIR", type=Path)
@click.option(
    "--trough",
    "troughs",
    type=positive,
    multiple=True,
    required=True,
    metavar="X",
    help="A measured steady-state trough in the unit of the model file; repeat it for several.",
)
@click.option("--dose", "dose_mg", type=positive, metavar="MG", help="The dose at which the troughs were measured.")
@click.option(
    "--window", "kind", type=click.Choice(WINDOW_KINDS), help="Which window.  [default: the one the report leads with]"
)
@json_option
def command(
    *, folder: Path, troughs: tuple[float, ...], dose_mg: float | None, kind: str | None, as_json: bool
) -> None:
    """Say where one patient stands against the window of the result folder DIR.

    Prints how probable it is that the average trough behind the measured ones is below, in or above the window, and
    what the cohort's patients with such an average trough went through.
    """
    from bayes_sora.fitting.patient import predict_patient  # noqa: PLC0415 - `--help` needs no xarray

    fit = bs.read_result(folder)
    if not fit.trusted:
        raise TrustError(fit.trust.reasons)
    prediction = predict_patient(fit, troughs=troughs, kind=kind, dose_mg=dose_mg)
    if as_json:
        print_json(prediction.as_dict())
    else:
        say("\n".join(_lines(prediction)))


def _lines(prediction: PatientPrediction) -> list[str]:
    unit = prediction.unit.name
    measured = ", ".join(f"{trough:g}" for trough in prediction.troughs)
    average = prediction.average_trough
    known = average.q025 == average.q975  # a model that takes troughs as measured
    return [
        f"measured trough: {measured} {unit}",
        f"average trough behind it: {f'{average.q50:.3g} {unit}' if known else _estimate(average, f' {unit}')}",
        "",
        *_standing_lines(prediction),
        "",
        "patients of the cohort with such an average trough (median and 95 % interval):",
        *_outcome_lines(prediction),
        *(_dose_lines(prediction.dose, prediction.window) if prediction.dose else []),
        "",
        *prediction.caveats,
    ]


def _standing_lines(prediction: PatientPrediction) -> list[str]:
    standing, window = prediction.standing, prediction.window
    rows = [
        ("  P(below the window)", f"{standing.p_below:.2f}"),
        ("  P(in the window)", f"{standing.p_inside:.2f}"),
        ("  P(above the window)", f"{standing.p_above:.2f}"),
        ("  P(no window exists)", f"{standing.p_no_window:.2f}"),
    ]
    return [f"average trough against the {window.kind} window:", *aligned(rows)]


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
    from bayes_sora.window import format_exposure  # noqa: PLC0415 - `--help` needs no xarray

    if dose.lower_mg is None or dose.upper_mg is None:
        return ["", "dose: no window, hence no dose that would reach it"]
    low, high = window.lower.q50, window.upper.q50
    unit = window.posterior.unit
    ends = [format_exposure(end, span=window.posterior.span, unit=unit) for end in (low, high) if end is not None]
    doses = f"{dose.lower_mg:.0f} to {dose.upper_mg:.0f} mg instead of {dose.current_mg:g} mg"
    return [
        "",
        f"arithmetic, not advice: were the trough proportional to the dose, {doses}",
        f"would put the average trough between {' and '.join(ends)} {unit.name} (medians)",
    ]


def _estimate(estimate: Estimate, unit: str = "") -> str:
    return f"{estimate.q50:.3g}{unit} ({estimate.q025:.3g} to {estimate.q975:.3g})"
