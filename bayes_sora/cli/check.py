"""``bayes-sora check``: read, check, say what was understood."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

import bayes_sora as bs
from bayes_sora.cli.failure import fail
from bayes_sora.cli.inputs import CohortFiles, columns_option, doses_option, model_option, read_inputs, troughs_option
from bayes_sora.cli.terminal import json_option, print_json, say, say_notes
from bayes_sora.errors import InputError, Problem


@click.command(name="check", short_help="Say what cohort files hold, or what is wrong with them.")
@click.argument("cohorts", metavar="COHORT...", nargs=-1, required=True, type=Path)
@columns_option
@troughs_option
@doses_option
@model_option
@json_option
def command(
    *,
    cohorts: tuple[Path, ...],
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    model_name: str,
    as_json: bool,
) -> None:
    """Read and check cohort files and say what they hold; fits nothing.

    With --json: the counts and units of the file, or {"cohorts": [...]} for several files.
    """
    documents: list[dict[str, object]] = []
    problems: list[Problem] = []
    for path in cohorts:
        try:
            files = CohortFiles(cohort=path, columns=columns, troughs=troughs, doses=doses)
            cohort, _ = read_inputs(files, model_name=model_name)
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            continue
        description = bs.describe_cohort(cohort)
        documents.append(description.as_dict())
        if not as_json:
            say(description.name, bold=True)
            say("\n".join(f"  {line}" for line in replace(description, notes=()).text()))
        say_notes(description.notes)
    if problems:
        fail(InputError(problems), as_json=as_json, beside={"cohorts": documents})
    if as_json:
        print_json(documents[0] if len(documents) == 1 else {"cohorts": documents})
