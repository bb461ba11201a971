"""``bayes-sora study run``: carry out a plan, or go on where it was left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.study_progress import StudyLine
from bayes_sora.cli.terminal import json_option, note, print_json, say
from bayes_sora.errors import IncompleteError
from bayes_sora.interrupts import say_when_interrupted

if TYPE_CHECKING:
    from bayes_sora.study import StudyStatus


LONGEST_COUNT = 9
"""Digits of i and N."""


def _read_shard(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, int]:
    """Read ``i/N``, the i-th of N parts; the whole when it is not given."""
    number, mark, of = (value or "1/1").partition("/")
    plain = all(part.isdecimal() and len(part) <= LONGEST_COUNT for part in (number, of))
    if not (mark and plain and 1 <= int(number) <= int(of)):
        msg = f"expected i/N with 1 ≤ i ≤ N, such as 2/10, got {value!r}"
        raise click.BadParameter(msg)
    return int(number), int(of)


@click.command(name="run", short_help="Carry out a plan; run again to go on.")
@click.argument("plan", metavar="PLAN")
@click.option("--out", type=Path, required=True, metavar="DIR", help="Folder of the study; the same one to go on.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes of this machine; one a processor by default.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler whose workers do the work: tcp://host:8786.")
@click.option("--shard", metavar="i/N", callback=_read_shard, help="Only the i-th of N parts, for an array of jobs.")
@json_option
def command(
    *, plan: str, out: Path, workers: int | None, scheduler: str | None, shard: tuple[int, int], as_json: bool
) -> None:
    """Carry out PLAN, a plan file or the name of a shipped one (noda26, sample_size, quick).

    What is finished stays, whatever ends the run: the same command goes on. Any number of workers, a cluster and shards
    in one folder give the same numbers.
    """
    from bayes_sora.study import Shard, load_plan, run_study  # noqa: PLC0415 - `--help` needs no NumPy

    say_when_interrupted(f"what is finished is kept in {out}. Run the same command again to go on")
    line = StudyLine()
    status = run_study(
        load_plan(plan),
        out,
        workers=workers,
        scheduler=scheduler,
        shard=Shard(number=shard[0], of=shard[1]),
        progress=line,
        note=line.note,
    )
    line.finish()
    if as_json:
        print_json({"folder": str(out), **status.as_dict()})
    else:
        say("\n".join(_lines(status, out)))
    if status.mostly_failed:
        note("incomplete: most of the analyses failed. The rows of the study give the reasons")
        raise click.exceptions.Exit(IncompleteError.exit_code)


def _lines(status: StudyStatus, out: Path) -> list[str]:
    done = f"{status.name}: {status.tasks_done} of {status.tasks} tasks done"
    failed = f"{status.failed:,} analyses gave no answer and are counted as such" if status.failed else "none failed"
    if status.mostly_failed:
        return [f"{status.failed:,} of {status.analyses:,} analyses failed.", f"{done}."]
    if status.complete:
        return [f"{done}, {failed}.", f"`bayes-sora study report {out}` writes the report."]
    return [
        f"{done}, {failed}.",
        "The other shards are still to be run into this folder, or their chunks copied to it.",
    ]
