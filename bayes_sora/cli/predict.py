"""``bayes-sora predict``: one patient against a fit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bayes_sora as bs
from bayes_sora.cli.question_options import question_options
from bayes_sora.cli.terminal import json_option, print_json, say
from bayes_sora.errors import TrustError

if TYPE_CHECKING:
    from bayes_sora.modelfile.asked import Asked

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


def covariate(text: str) -> tuple[str, str]:
    """Return name and value of a covariate written as NAME=VALUE."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        msg = f"expected NAME=VALUE, such as age=70, got {text!r}"
        raise click.BadParameter(msg)
    return name, value


def _once(_context: click.Context, _option: click.Parameter, given: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return covariates by name; one that is given twice is refused."""
    named = dict(given)
    if len(named) < len(given):
        msg = f"a covariate is given twice: {', '.join(name for name, _ in given)}. Give each once"
        raise click.BadParameter(msg)
    return named


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
@click.option(
    "--covariate",
    "covariates",
    type=covariate,
    multiple=True,
    callback=_once,
    metavar="NAME=VALUE",
    help="What is known of the patient, such as age=70; repeat it. The others are averaged over the cohort's patients.",
)
@click.option("--site", metavar="SITE", help="The patient's site, one of the cohort's; without it a new one.")
@click.option("--study", metavar="STUDY", help="The patient's study, one of the cohort's; without it a new one.")
@question_options
@json_option
def command(
    *,
    folder: Path,
    asked: Asked,
    troughs: tuple[float, ...],
    dose_mg: float | None,
    kind: str | None,
    covariates: dict[str, str],
    site: str | None,
    study: str | None,
    as_json: bool,
) -> None:
    """Say where one patient stands against the window of the result folder DIR.

    Prints how probable it is that the patient's exposure is below, in or above the window, and what the cohort's
    patients with such an exposure went through. The exposure is the average trough behind the measured ones, or in a
    model of measured troughs the trough itself. The answer says what was known of the patient and what was averaged
    over.
    """
    # xarray and SciPy: `--help` must not wait for them.
    from bayes_sora.cli.light_imports import import_arviz_lightly  # noqa: PLC0415

    import_arviz_lightly()
    from bayes_sora.cli.patient_text import patient_lines  # noqa: PLC0415
    from bayes_sora.fitting.patient import predict_patient  # noqa: PLC0415

    fit = bs.read_result(folder).asked(asked)
    if not fit.trusted:
        raise TrustError(fit.trust.reasons)
    prediction = predict_patient(
        fit, troughs=troughs, kind=kind, dose_mg=dose_mg, covariates=covariates, site=site, study=study
    )
    if as_json:
        print_json(prediction.as_dict())
    else:
        say("\n".join(patient_lines(prediction)))
