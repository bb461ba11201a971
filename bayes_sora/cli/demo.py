"""``bayes-sora demo``: the first thing a newcomer runs."""

from __future__ import annotations

from pathlib import Path

import click

import bayes_sora as bs
from bayes_sora.cli.inputs import DEFAULT_MODEL
from bayes_sora.cli.run import run_fit
from bayes_sora.cli.terminal import json_option, note, say_notes

COHORT, SEED = "literal_26", 1


@click.command(name="demo", short_help="Fit a shipped cohort: the first thing to run.")
@click.option(
    "--out", type=Path, default=Path("bayes-sora-demo"), show_default=True, metavar="DIR", help="Result folder."
)
@json_option
def command(*, out: Path, as_json: bool) -> None:
    """Fit a shipped cohort of 26 simulated patients and write the whole result folder.

    A second run replaces the folder.
    """
    # PyMC, xarray and matplotlib: `--help` must not wait for them.
    from bayes_sora.cli.answer import give_answer  # noqa: PLC0415
    from bayes_sora.report import check_destination  # noqa: PLC0415

    check_destination(out, overwrite=True)
    model = bs.load_model(DEFAULT_MODEL)
    cohort = bs.read_cohort(bs.shipped_cohort(COHORT), expected=model.expected)
    note(f"fitting {cohort.n_patients} simulated patients ({cohort.source.name}); this takes about half a minute")
    say_notes(cohort.notes)
    fit = run_fit(cohort, model=model, out=out, overwrite=True, seed=SEED)
    give_answer(fit, out, force=False, as_json=as_json)
