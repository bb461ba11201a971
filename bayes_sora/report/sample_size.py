"""The answer to a sample-size question as a folder: size.json, curve.csv, and the figure as SVG and PNG."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bayes_sora.report.destination import whole_folder

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from bayes_sora.study.sample_size import SizeAnswer

DOCUMENT, CURVE, FIGURE = "size.json", "curve.csv", "sample_size.svg"


def write_size_answer(answer: SizeAnswer, folder: str | os.PathLike[str]) -> None:
    """Write `answer` into a new folder, whole or not at all.

    Parameters
    ----------
    answer : SizeAnswer
    folder : path
        Must not exist.

    Raises
    ------
    UsageError
        When it exists or cannot be written.
    """
    with whole_folder(folder, promised=(DOCUMENT, CURVE, FIGURE)) as temporary:
        document = json.dumps(answer.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        (temporary / DOCUMENT).write_text(document + "\n", encoding="utf-8", newline="\n")
        _write_curve(answer, temporary / CURVE)
        _write_figure(answer, temporary / FIGURE)


def _write_curve(answer: SizeAnswer, path: Path) -> None:
    rows = [asdict(point) for point in answer.curve]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _write_figure(answer: SizeAnswer, path: Path) -> None:
    from bayes_sora.figures import figure_context  # noqa: PLC0415 - matplotlib is slow to import
    from bayes_sora.figures.sample_size import draw_sample_size  # noqa: PLC0415

    figure = draw_sample_size(answer)
    with figure_context():
        # Without a date the same answer gives the same bytes.
        figure.savefig(path, metadata={"Date": None})
        figure.savefig(path.with_suffix(".png"))
