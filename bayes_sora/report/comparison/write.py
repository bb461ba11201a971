"""Write the folder of a comparison, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.fitting.document import to_json
from bayes_sora.fitting.measure import reworded
from bayes_sora.report.comparison.document import comparison_document
from bayes_sora.report.comparison.html import render_comparison
from bayes_sora.report.destination import check_arrived, check_destination, whole_folder
from bayes_sora.report.images import Image, figure_files, reword_figure
from bayes_sora.report.layout import COMPARISON, COMPARISON_ENTRIES, FIGURES, REPORT
from bayes_sora.report.replaceable import is_comparison
from bayes_sora.types import MG

if TYPE_CHECKING:
    import os

    from bayes_sora.comparison import Comparison
    from bayes_sora.figures.comparison import ComparisonFigure


def check_comparison_destination(folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Return the full path of a folder that a comparison can be written to.

    Raises
    ------
    UsageError
        When it exists and is no comparison (or `overwrite` is not asked for), cannot be written, or the disk is full.
    """
    return check_destination(folder, overwrite=overwrite, replaceable=is_comparison)


def write_comparison(
    comparison: Comparison,
    folder: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> Path:
    """Write ``comparison.json``, ``report.html`` and ``figures/`` (SVG and PNG) of a comparison.

    Parameters
    ----------
    comparison : Comparison
    folder : path
        The folder to make, parents included.
    overwrite : bool
        Replace an earlier comparison; a folder that holds anything else is never replaced.

    Raises
    ------
    UsageError
        As :func:`check_comparison_destination`, or when the disk fails.
    """
    document = comparison_document(comparison)
    with whole_folder(folder, promised=COMPARISON_ENTRIES, overwrite=overwrite, replaceable=is_comparison) as temporary:
        (temporary / COMPARISON).write_text(to_json(document), encoding="utf-8")
        images = _draw_images(comparison, temporary / FIGURES)
        check_arrived(temporary / FIGURES, figure_files(images))
        page = render_comparison(comparison, images, created=str(document["created"]))
        (temporary / REPORT).write_text(page, encoding="utf-8")
    return Path(folder)


def _draw_images(comparison: Comparison, folder: Path) -> dict[str, Image]:
    from bayes_sora.figures.comparison import COMPARISON_FIGURES  # noqa: PLC0415 - a check needs no matplotlib

    folder.mkdir()
    return {
        one.key: _draw(one, comparison, folder)
        for one in COMPARISON_FIGURES
        if one.key != "windows" or comparison.kinds
    }


def _draw(spec: ComparisonFigure, comparison: Comparison, folder: Path) -> Image:
    from bayes_sora.figures import figure_context  # noqa: PLC0415

    unit = comparison.models[0].fit.curves.unit
    figure, picture = spec.draw(comparison), folder / f"{spec.key}.svg"
    if unit == MG:
        reword_figure(figure)
    with figure_context():
        figure.savefig(picture, metadata={"Date": None})
        figure.set_layout_engine("none")
        figure.savefig(picture.with_suffix(".png"), pil_kwargs={"compress_level": 6})
    title, caption, alt = (
        reworded(words, unit) for words in (spec.title, spec.caption(comparison), spec.alt(comparison))
    )
    return Image(key=spec.key, title=title, caption=caption, alt=alt, svg=picture.read_bytes())
