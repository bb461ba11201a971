"""``bayes-sora study status``: how far a study is, cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import aligned, json_option, note, print_json, say

if TYPE_CHECKING:
    from bayes_sora.study import StudyStatus
    from bayes_sora.study.status import CellStatus

INCOMPLETE = 5


@click.command(name="status", short_help="How far a study is.")
@click.argument("folder", metavar="DIR", type=Path)
@json_option
def command(*, folder: Path, as_json: bool) -> None:
    """Say how far the study in DIR is, cell by cell; ends with exit code 5 while it is incomplete."""
    from bayes_sora.study import study_status  # noqa: PLC0415 - `--help` needs no NumPy

    status = study_status(folder)
    if as_json:
        print_json({"folder": str(folder), **status.as_dict()})
    else:
        say("\n".join(aligned(_rows(status))))
    if not status.complete:
        left = status.tasks - status.tasks_done
        note(f"incomplete: {left} of {status.tasks} tasks are left. `bayes-sora study run` into this folder goes on")
        raise click.exceptions.Exit(INCOMPLETE)


def _rows(status: StudyStatus) -> list[tuple[str, ...]]:
    heading = ("scenario", "n", "troughs", "follow-up", "done", "of", "failed analyses")
    in_all = (
        "all",
        "",
        "",
        "",
        str(sum(one.done for one in status.cells)),
        str(sum(one.total for one in status.cells)),
        str(status.failed),
    )
    return [heading, *map(_row, status.cells), in_all]


def _row(one: CellStatus) -> tuple[str, ...]:
    cell = one.cell
    follow_up = "scenario's" if cell.follow_up_months is None else f"{cell.follow_up_months:g} months"
    counts = (cell.n, cell.troughs), (one.done, one.total, one.failed)
    return (cell.scenario, *map(str, counts[0]), follow_up, *map(str, counts[1]))
