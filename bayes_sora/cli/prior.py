"""``bayes-sora prior``: what the priors of a model file say before any patient is seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.inputs import CohortFiles, read_inputs, reading_options
from bayes_sora.cli.terminal import aligned, json_option, note, print_json, say, say_notes
from bayes_sora.errors import UsageError

if TYPE_CHECKING:
    import bayes_sora as bs


EXAMPLES = """\b
Examples:
  bayes-sora prior sorafenib_joint.v1 --out priors
  bayes-sora prior my_model.toml --cohort cohort.csv"""


@click.command(name="prior", short_help="Show what the priors of a model file say before any patient.", epilog=EXAMPLES)
@click.argument("model", metavar="MODEL")
@click.option("--n", type=int, help="Patients a cohort; 26, or those of --cohort.")
@click.option("--troughs-per-patient", type=int, help="Troughs a patient; 1, or those of --cohort.")
@click.option("--draws", type=int, default=4000, show_default=True, help="Prior draws, one cohort each.")
@click.option("--seed", type=int, default=1, show_default=True, help="Everything random follows from it.")
@click.option("--cohort", type=Path, metavar="FILE", help="Place an observed cohort in what the priors expect.")
@reading_options
@click.option("--out", type=Path, metavar="DIR", help="Write report.html, prior.json and figures into this folder.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier page of priors in DIR.")
@json_option
def command(
    *,
    model: str,
    n: int | None,
    troughs_per_patient: int | None,
    draws: int,
    seed: int,
    cohort: Path | None,
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    drop_incomplete: bool,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Show the prior predictive distribution of MODEL, a model file or the name of a released one.

    Parameters are drawn from their priors, a cohort from the model with each, and curves and windows are computed as of
    a posterior. With --cohort, statistics of an observed cohort in the outer 1 % are named as prior-data conflicts.
    """
    import bayes_sora as bs  # noqa: PLC0415 - `--help` needs no NumPy
    from bayes_sora.report.prior import check_prior_destination, write_prior  # noqa: PLC0415

    if cohort is None and (drop_incomplete or any(file is not None for file in (columns, troughs, doses))):
        msg = "--columns, --troughs, --doses and --drop-incomplete go with --cohort"
        raise UsageError(msg)
    if out is not None:
        check_prior_destination(out, overwrite=overwrite)
    if cohort is None:
        model_file, observed = bs.load_model(model), None
    else:
        files = CohortFiles(
            cohort=cohort, columns=columns, troughs=troughs, doses=doses, drop_incomplete=drop_incomplete
        )
        observed, model_file = read_inputs(files, model_name=model)
        say_notes(observed.notes)
    found = bs.prior_predictive(
        model_file, n=n, troughs_per_patient=troughs_per_patient, draws=draws, seed=seed, cohort=observed
    )
    if out is not None:
        note(f"written: {write_prior(found, out, overwrite=overwrite)}")
    if as_json:
        print_json(found.as_dict())
    else:
        _say(found)


def _say(found: bs.PriorPredictive) -> None:
    """Print what the priors believe: the sentence, then the tables of the page."""
    from bayes_sora.report.prior_tables import (  # noqa: PLC0415
        beliefs_table,
        shares_table,
        statistics_table,
        windows_table,
    )

    say(found.sentence(), bold=True)
    for table in (statistics_table(found), shares_table(found), beliefs_table(found), windows_table(found)):
        if table.rows:
            say()
            say("\n".join(aligned([table.header, *table.rows])))
