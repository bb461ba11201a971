"""``bayes-sora roc``: the paper's own analysis, for comparison."""

from __future__ import annotations

from pathlib import Path

import click

import bayes_sora as bs
from bayes_sora.cli.inputs import (
    CohortFiles,
    model_option,
    read_inputs,
    reading_options,
)
from bayes_sora.cli.terminal import json_option, print_json, say, say_notes


@click.command(name="roc", short_help="The classical comparator alone.")
@click.argument("cohort", type=Path)
@model_option
@reading_options
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the bootstrap.")
@json_option
def command(
    *,
    cohort: Path,
    model_name: str,
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    drop_incomplete: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Analyse COHORT classically: ROC cut-offs, and survival by trough group.

    This is the comparator, with the numbers that `fit` shows beside its windows.
    """
    files = CohortFiles(cohort=cohort, columns=columns, troughs=troughs, doses=doses, drop_incomplete=drop_incomplete)
    read, model = read_inputs(files, model_name=model_name)
    say_notes(read.notes)
    classical = bs.classical_analysis(read, model, seed=seed)
    if as_json:
        print_json(classical.as_dict())
    else:
        say(classical.text())
