"""``bayes-sora study report``: summary, figures and report of a study, as far as it is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import json_option, note, print_json, say

if TYPE_CHECKING:
    from bayes_sora.report.study import StudyRecord

INCOMPLETE = 5


@click.command(name="report", short_help="Write the report of a study.")
@click.argument("folder", metavar="DIR", type=Path)
@click.option("--out", type=Path, help="Folder to write into; DIR itself by default.")
@json_option
def command(*, folder: Path, out: Path | None, as_json: bool) -> None:
    """Write report.html, summary.csv, summary.parquet and figures/ of the study in DIR.

    An incomplete study is reported as far as it is, and the command ends with exit code 5.
    """
    # `--help` needs neither pandas nor matplotlib.
    from bayes_sora.report.study import read_study, write_record  # noqa: PLC0415

    record = read_study(folder)
    path = write_record(record, folder if out is None else out)
    if as_json:
        print_json(_document(record, path))
    else:
        say("\n".join(_lines(record, path)))
    if not record.complete:
        note(
            f"incomplete: {record.n_done:,} of {record.n_planned:,} replicates are done, the report is about those. "
            "`bayes-sora study run` into this folder goes on"
        )
        raise click.exceptions.Exit(INCOMPLETE)


def _document(record: StudyRecord, path: Path) -> dict[str, object]:
    from bayes_sora.report.study.findings import lead_sentence, study_findings  # noqa: PLC0415

    return {
        "report": str(path),
        "name": record.plan.name,
        "complete": record.complete,
        "replicates": {"done": record.n_done, "total": record.n_planned},
        "lead": lead_sentence(record),
        "findings": [
            {"heading": one.heading, "sentences": [str(sentence) for sentence in one.sentences]}
            for one in study_findings(record)
        ],
    }


def _lines(record: StudyRecord, path: Path) -> list[str]:
    from bayes_sora.report.study.findings import lead_sentence  # noqa: PLC0415

    return [lead_sentence(record), f"report: {path}"]
