"""Write the report of a study: report.html, the summary as CSV and Parquet, and every figure as SVG and PNG."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError
from bayes_sora.figures.study import StudyTables
from bayes_sora.interrupts import held, raise_if_interrupted
from bayes_sora.places import full_path, sweep_siblings, temporary_sibling
from bayes_sora.report.destination import check_arrived
from bayes_sora.report.study.html import render_study_report
from bayes_sora.report.study.images import draw_study_images
from bayes_sora.report.study.record import read_study

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pandas as pd

    from bayes_sora.report.study.record import StudyRecord

REPORT, FIGURES, SUMMARY_CSV, SUMMARY_PARQUET = "report.html", "figures", "summary.csv", "summary.parquet"


def write_study_report(folder: str | os.PathLike[str], *, out: str | os.PathLike[str] | None = None) -> Path:
    """Write the report of the study in `folder`, as far as the study is done.

    Parameters
    ----------
    folder : path
        That ``study run`` wrote.
    out : path, optional
        The folder to write into, made when it is not there; the study's own by default. What an earlier report left
        there is replaced, nothing else is touched.

    Returns
    -------
    Path
        ``report.html``; beside it are ``summary.csv``, ``summary.parquet`` and ``figures/``.

    Raises
    ------
    InputError
        When `folder` is no study folder.
    UsageError
        When `out` cannot be written.
    """
    return write_record(read_study(folder), folder if out is None else out)


def write_record(record: StudyRecord, out: str | os.PathLike[str]) -> Path:
    """Write the report of a study that is read already; arguments and errors as of :func:`write_study_report`."""
    destination = full_path(out)
    with _in_place_when_whole(destination) as temporary:
        _stamped(record).to_parquet(temporary / SUMMARY_PARQUET, index=False)
        record.summary.to_csv(temporary / SUMMARY_CSV, index=False, float_format="%.6g", lineterminator="\n")
        (temporary / FIGURES).mkdir()
        tables = StudyTables(summary=record.summary, rows=record.rows)
        images = {} if record.rows.empty else draw_study_images(tables, temporary / FIGURES)
        created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        html = render_study_report(record, images, created=created)
        (temporary / REPORT).write_bytes(html.encode())
        check_arrived(temporary, (REPORT, FIGURES, SUMMARY_CSV, SUMMARY_PARQUET))
    return destination / REPORT


def _stamped(record: StudyRecord) -> pd.DataFrame:
    """Return the summary with where it came from in ``attrs``, which Parquet keeps: the file may travel alone."""
    plan = record.plan
    summary = record.summary.copy(deep=False)
    summary.attrs = {
        "study": plan.name,
        "plan_sha256": plan.sha256,
        "seed": plan.seed,
        "replicates": {"done": record.n_done, "planned": record.n_planned},
        "versions": dict(record.versions),
    }
    return summary


@contextmanager
def _in_place_when_whole(destination: Path) -> Iterator[Path]:
    """Hand out a temporary folder whose entries replace those of `destination` one by one when the block ends well."""
    report = destination / "report"
    sweep_siblings(report)
    try:
        with temporary_sibling(report) as temporary:
            yield temporary
            raise_if_interrupted()
            with held():
                for entry in sorted(temporary.iterdir()):
                    _replace(entry, destination / entry.name)
    except OSError as error:
        msg = f"the report in {destination.name!r} could not be written: {error.strerror or error}"
        raise UsageError(msg) from error


def _replace(new: Path, old: Path) -> None:
    if old.is_dir():
        # A folder cannot be renamed over another: the old one waits inside the temporary folder for its removal.
        old.rename(new.with_name(f"{new.name}.old"))
    new.rename(old)
