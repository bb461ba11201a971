"""``bayes-sora predict``: one patient against a fit."""

from __future__ import annotations

import math
from pathlib import Path

import click

import bayes_sora as bs
from bayes_sora.cli.terminal import json_option, print_json, say
from bayes_sora.errors import TrustError

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
    # xarray and SciPy: `--help` must not wait for them.
    from bayes_sora.cli.patient_text import patient_lines  # noqa: PLC0415
    from bayes_sora.fitting.patient import predict_patient  # noqa: PLC0415

    fit = bs.read_result(folder)
    if not fit.trusted:
        raise TrustError(fit.trust.reasons)
    prediction = predict_patient(fit, troughs=troughs, kind=kind, dose_mg=dose_mg)
    if as_json:
        print_json(prediction.as_dict())
    else:
        say("\n".join(patient_lines(prediction)))
