"""``bayes-sora check``: read, check, say what was understood."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

import bayes_sora as bs
from bayes_sora.cli.failure import fail
from bayes_sora.cli.inputs import CohortFiles, model_option, read_inputs, reading_options
from bayes_sora.cli.terminal import json_option, print_json, say, say_notes
from bayes_sora.errors import InputError, Problem


@click.command(name="check", short_help="Say what cohort files hold, or what is wrong with them.")
@click.argument("cohorts", metavar="COHORT...", nargs=-1, required=True, type=Path)
@reading_options
@model_option
@json_option
def command(
    *,
    cohorts: tuple[Path, ...],
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    drop_incomplete: bool,
    model_name: str,
    as_json: bool,
) -> None:
    """Read and check cohort files and say what they hold; fits nothing.

    Exposures and times are held against the model file, so give the one you will fit. With --json: the counts and units
    of the file, or {"cohorts": [...]} for several files.
    """
    documents: list[dict[str, object]] = []
    problems: list[Problem] = []
    for path in cohorts:
        try:
            files = CohortFiles(
                cohort=path, columns=columns, troughs=troughs, doses=doses, drop_incomplete=drop_incomplete
            )
            cohort, model = read_inputs(files, model_name=model_name)
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            continue
        description = bs.describe_cohort(cohort)
        documents.append(description.as_dict() | _model_document(model))
        if not as_json:
            say(description.name, bold=True)
            lines = (*replace(description, notes=()).text(unit=model.drug.unit), _model_line(model))
            say("\n".join(f"  {line}" for line in lines))
        say_notes(description.notes)
    if problems:
        fail(InputError(problems), as_json=as_json, beside={"cohorts": documents})
    if as_json:
        print_json(documents[0] if len(documents) == 1 else {"cohorts": documents})


def _model_line(model: bs.ModelFile) -> str:
    """Return the model file that the cohort was held against, its unit, and the molar mass that µmol/L is read with."""
    mass = model.drug.molar_mass_g_mol
    molar = "no molar mass, so µmol/L cannot be read" if mass is None else f"molar mass {mass:g} g/mol"
    return f"model: {model.name} ({model.drug.name}, exposures in {model.drug.unit.name}, {molar})"


def _model_document(model: bs.ModelFile) -> dict[str, object]:
    return {
        "model": model.name,
        "model_unit": model.drug.unit.name,
        "molar_mass_g_mol": model.drug.molar_mass_g_mol,
    }
