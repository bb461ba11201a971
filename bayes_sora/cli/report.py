"""``bayes-sora report``: write report.html again."""

from __future__ import annotations

from pathlib import Path

import click

from bayes_sora.cli.terminal import Progress, json_option, print_json, say


@click.command(name="report", short_help="Write report.html again, without sampling.")
@click.argument("folder", metavar="DIR", type=Path)
@json_option
def command(*, folder: Path, as_json: bool) -> None:
    """Write report.html of the result folder DIR again, without sampling."""
    from bayes_sora.report import rebuild_report  # noqa: PLC0415 - `--help` must not wait for matplotlib and xarray

    progress = Progress()
    progress("writing the report", 0, 1)
    path = rebuild_report(folder)
    progress.finish()
    if as_json:
        print_json({"report": str(path)})
    else:
        say(f"report: {path}")
