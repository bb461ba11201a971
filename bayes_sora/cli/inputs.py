"""The inputs that several commands share: a cohort, what is declared about its columns, and a model file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bayes_sora as bs
from bayes_sora.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_MODEL = "sorafenib_joint.v2"
NO_MOLAR_MASS = "C014"


@dataclass(frozen=True, kw_only=True)
class CohortFiles:
    """The files of one cohort as named on the command line."""

    cohort: Path
    columns: Path | None = None
    troughs: Path | None = None
    doses: Path | None = None
    drop_incomplete: bool = False


model_option = click.option(
    "--model",
    "model_name",
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="NAME|PATH",
    help="Model file: a name of `models list`, or the path of your own.",
)
_READING: Sequence[Callable[[Callable[..., None]], Callable[..., None]]] = (
    click.option(
        "--columns",
        type=Path,
        metavar="FILE",
        help="TOML file with a [columns] table (our name = name in your file), a dialect, or both.",
    ),
    click.option(
        "--troughs", type=Path, metavar="FILE", help="Repeated troughs: patient_id, day and a trough, one a row."
    ),
    click.option(
        "--doses",
        type=Path,
        metavar="FILE",
        help="Doses: patient_id, day (0 is time zero) and dose_mg, one change a row.",
    ),
    click.option(
        "--drop-incomplete",
        is_flag=True,
        help="Leave out, and count, patients whose trough, time or death is missing.",
    ),
)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option that says how a cohort is read: a file that one command reads, all of them read."""
    for option in reversed(_READING):
        command = option(command)
    return command


def read_inputs(files: CohortFiles, *, model_name: str) -> tuple[bs.Cohort, bs.ModelFile]:
    """Read cohort and model file; the model says which exposures and times are expected, and the molar mass.

    Raises
    ------
    InputError
        With the problems of both, when both are bad.
    """
    problems: list[Problem] = []
    model = cohort = None
    try:
        model = bs.load_model(model_name)
    except InputError as error:
        problems += error.problems
    try:
        cohort = bs.read_cohort(
            files.cohort,
            columns=files.columns,
            troughs=files.troughs,
            doses=files.doses,
            covariates=model.covariates if model else (),
            drop_incomplete=files.drop_incomplete,
            expected=model.expected if model else None,
        )
    except InputError as error:
        # Without its model file a cohort in µmol/L lacks a molar mass, which is no fault of the cohort.
        problems += [problem for problem in error.problems if model is not None or problem.code != NO_MOLAR_MASS]
    if problems or model is None or cohort is None:
        raise InputError(problems)
    return cohort, model
