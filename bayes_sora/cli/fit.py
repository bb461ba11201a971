"""``bayes-sora fit``: from a cohort file to a result folder."""

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
from bayes_sora.cli.question_options import question_options
from bayes_sora.cli.run import run_fit
from bayes_sora.cli.terminal import json_option, say_notes

if TYPE_CHECKING:
    from bayes_sora.modelfile.asked import Asked


@click.command(name="fit", short_help="Fit the joint model and write the result folder.")
@click.argument("cohort", type=Path)
@model_option
@click.option("--out", type=Path, metavar="DIR", help="Result folder.  [default: named after the cohort file]")
@click.option("--overwrite", is_flag=True, help="Replace an earlier result folder.")
@click.option("--seed", type=int, default=1, show_default=True, help="Everything random follows from it.")
@click.option("--draws", type=int, help="Draws a chain.  [default: the model file's, 1000]")
@click.option("--tune", type=int, help="Tuning steps a chain.  [default: the model file's, 1000]")
@click.option("--chains", type=int, help="Chains.  [default: the model file's, 4]")
@click.option("--engine", default="nutpie", show_default=True, metavar="NAME", help="Sampler: nutpie or pymc.")
@reading_options
@click.option("--force", is_flag=True, help="Print windows also of a fit that is not trustworthy (still exit code 4).")
@question_options
@json_option
def command(
    *,
    cohort: Path,
    asked: Asked,
    model_name: str,
    out: Path | None,
    overwrite: bool,
    seed: int,
    draws: int | None,
    tune: int | None,
    chains: int | None,
    engine: str,
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    drop_incomplete: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Fit the joint model to COHORT, write the result folder and print the answer.

    COHORT has one row a patient: patient_id, trough_mg_l (or _ng_ml, _ug_ml, _umol_l), toxicity, response (0/1),
    os_months (or os_days, os_years) and death (1 = died). Try `bayes-sora check COHORT` first.
    """
    # PyMC, xarray and matplotlib: `--help` must not wait for them.
    from bayes_sora.cli.answer import give_answer  # noqa: PLC0415
    from bayes_sora.report import check_destination  # noqa: PLC0415

    folder = out or Path(_stem(cohort))
    check_destination(folder, overwrite=overwrite)
    files = CohortFiles(cohort=cohort, columns=columns, troughs=troughs, doses=doses, drop_incomplete=drop_incomplete)
    read, model = read_inputs(files, model_name=model_name)
    model = asked.of(model)
    say_notes(read.notes)
    fit = run_fit(
        read,
        model=model,
        out=folder,
        overwrite=overwrite,
        seed=seed,
        force=force,
        draws=draws,
        tune=tune,
        chains=chains,
        engine=engine,
    )
    give_answer(fit, folder, force=force, as_json=as_json)


def _stem(cohort: Path) -> str:
    """Return the file name without its extensions, ``"cohort.csv.gz"`` → ``"cohort"``."""
    return Path(cohort.name.removesuffix(".gz")).stem or "result"
