"""The figures of a study as files, and as its report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.figures import figure_context
from bayes_sora.figures.study import STUDY_FIGURES, StudyTables
from bayes_sora.report.images import Image

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.figures.study import StudyFigure


NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
"""Without a date the same study gives the same bytes; without the rest the file names no host."""


def draw_study_images(tables: StudyTables, folder: Path) -> dict[str, Image]:
    """Draw every figure that applies as SVG and PNG into `folder`, which is there, and return them by key."""
    return {key: _draw(spec, tables, folder) for key, spec in STUDY_FIGURES.items() if spec.possible(tables)}


def _draw(spec: StudyFigure, tables: StudyTables, folder: Path) -> Image:
    picture = folder / f"{spec.key}.svg"
    figure = spec.draw(tables)
    with figure_context():
        figure.savefig(picture, metadata=NO_METADATA)
        # The layout is found; finding it again for the second format would cost as much as drawing.
        figure.set_layout_engine("none")
        figure.savefig(picture.with_suffix(".png"), pil_kwargs={"compress_level": 6})
    return Image(
        key=spec.key, title=spec.title, caption=spec.caption(tables), alt=spec.alt(tables), svg=picture.read_bytes()
    )
