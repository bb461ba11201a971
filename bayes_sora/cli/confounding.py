"""``bayes-sora confounding``: what the answer would be if something unmeasured went with exposure and survival."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.inputs import (
    CohortFiles,
    model_option,
    read_inputs,
    reading_options,
)
from bayes_sora.cli.terminal import Progress, aligned, json_option, print_json, say, say_notes
from bayes_sora.digits import significant

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.fitting import ConfoundedAnswer
    from bayes_sora.fitting.confounding import Interval

TITLES = ("correlation", "effect", "optimum", "limits, lower", "limits, upper", "survival slope", "draws")


@click.command(name="confounding", short_help="Say what an unmeasured confounder of given strength would change.")
@click.argument("cohort", metavar="COHORT", type=Path)
@model_option
@click.option(
    "--correlation",
    "correlations",
    type=float,
    multiple=True,
    default=(-0.5, 0.5),
    show_default=True,
    help="Of the factor with log exposure; may be given several times.",
)
@click.option(
    "--effect",
    "effects",
    type=float,
    multiple=True,
    default=(0.4, 0.8),
    show_default=True,
    help="Log hazard ratio of death per SD of the factor; may be given several times.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Everything random follows from it.")
@reading_options
@json_option
def command(
    *,
    cohort: Path,
    model_name: str,
    correlations: tuple[float, ...],
    effects: tuple[float, ...],
    seed: int,
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    drop_incomplete: bool,
    as_json: bool,
) -> None:
    """Fit COHORT once as it is and once for each assumed strength of a factor that nobody measured.

    The strengths are assumed: the data hold nothing of them. Medians and 95 % intervals; exposures in the unit of the
    model file. Writes nothing.
    """
    from bayes_sora.fitting import confounding_sensitivity  # noqa: PLC0415 - `--help` must not wait for xarray

    files = CohortFiles(cohort=cohort, columns=columns, troughs=troughs, doses=doses, drop_incomplete=drop_incomplete)
    read, model = read_inputs(files, model_name=model_name)
    say_notes(read.notes)
    progress = Progress()
    table = confounding_sensitivity(
        read, model=model, correlations=correlations, effects=effects, seed=seed, progress=progress
    )
    progress.finish()
    if as_json:
        print_json({"unit": model.drug.unit.name, "answers": [one.as_dict() for one in table]})
    else:
        say("\n".join(aligned([TITLES, *map(_row, table)])))


def _row(one: ConfoundedAnswer) -> tuple[str, ...]:
    exposures = (_text(limit, significant) for limit in (one.optimum, one.limits_lower, one.limits_upper))
    slope = _text(one.survival_slope, "{:.2f}".format)
    return f"{one.correlation:g}", f"{one.effect:g}", *exposures, slope, one.verdict


def _text(interval: Interval | None, text: Callable[[float], str]) -> str:
    if interval is None:
        return "undefined"
    low, middle, high = map(text, interval)
    return f"{middle} ({low} to {high})"
