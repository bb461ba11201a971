"""``bayes-sora report``: write report.html again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.question_options import question_options
from bayes_sora.cli.terminal import Progress, json_option, print_json, say

if TYPE_CHECKING:
    from bayes_sora.modelfile.asked import Asked


@click.command(name="report", short_help="Write report.html again, without sampling.")
@click.argument("folder", metavar="DIR", type=Path)
@question_options
@json_option
def command(
    *,
    folder: Path,
    asked: Asked,
    as_json: bool,
) -> None:
    """Write report.html and the figures of the result folder DIR again, without sampling.

    With another question window.json and curves.csv are written again as well, for it; without one the folder answers
    the question that it was fitted with.
    """
    from bayes_sora.report import rebuild_report  # noqa: PLC0415 - `--help` must not wait for matplotlib and xarray

    progress = Progress()
    progress("writing the report", 0, 1)
    path = rebuild_report(folder, asked=asked or None)
    progress.finish()
    if as_json:
        print_json({"report": str(path)})
    else:
        say(f"report: {path}")
