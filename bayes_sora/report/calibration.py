"""The folder of a calibration: verdict, ranks and figure, whole or absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.errors import UsageError
from bayes_sora.figures.sbc import draw_calibration
from bayes_sora.figures.style import figure_context
from bayes_sora.fitting.document import to_json
from bayes_sora.places import full_path
from bayes_sora.report.destination import check_destination, whole_folder

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from bayes_sora.study.calibration import Calibration

VERDICT, RANKS, FIGURE = "calibration.json", "ranks.parquet", "calibration"


def check_calibration_destination(folder: str | os.PathLike[str]) -> Path:
    """Return the full path of a folder that does not exist and can be made.

    Raises
    ------
    UsageError
        When it exists, cannot be written, or the disk is full.
    """
    destination = full_path(folder)
    if destination.exists():
        msg = f"{destination.name!r} exists, and a calibration is never written over anything. Choose another name"
        raise UsageError(msg)
    return check_destination(destination)


def write_calibration(calibration: Calibration, folder: str | os.PathLike[str]) -> Path:
    """Write ``calibration.json``, ``ranks.parquet`` (one row a replication) and the figure as SVG and PNG.

    Raises
    ------
    UsageError
        As :func:`check_calibration_destination`, or when the disk fails.
    """
    destination = check_calibration_destination(folder)
    with whole_folder(destination, promised=(VERDICT, RANKS, f"{FIGURE}.svg", f"{FIGURE}.png")) as temporary:
        (temporary / VERDICT).write_text(to_json(calibration.as_dict()), encoding="utf-8")
        calibration.ranks_table().to_parquet(temporary / RANKS, index=False)
        with figure_context():
            figure = draw_calibration(calibration)
            figure.savefig(temporary / f"{FIGURE}.svg", metadata={"Date": None})
            figure.savefig(temporary / f"{FIGURE}.png")
    return destination
