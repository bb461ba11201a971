"""The folder of a prior predictive check: page, numbers and figures, whole or absent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.figures.prior_curves import TITLE as CURVES_TITLE
from bayes_sora.figures.prior_curves import draw_prior_curves, prior_curves_alt, prior_curves_caption
from bayes_sora.figures.prior_data import TITLE as DATA_TITLE
from bayes_sora.figures.prior_data import draw_prior_data, prior_data_alt, prior_data_caption
from bayes_sora.figures.prior_windows import TITLE as WINDOWS_TITLE
from bayes_sora.figures.prior_windows import draw_prior_windows, prior_windows_alt, prior_windows_caption
from bayes_sora.figures.style import figure_context
from bayes_sora.fitting.document import to_json
from bayes_sora.fitting.prior.document import KIND
from bayes_sora.report.destination import check_arrived, check_destination, whole_folder
from bayes_sora.report.images import Image, figure_files
from bayes_sora.report.prior.html import render_prior
from bayes_sora.report.replaceable import holds_only

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from bayes_sora.fitting import PriorPredictive

DOCUMENT, PAGE, FIGURES = "prior.json", "report.html", "figures"
ENTRIES = frozenset({DOCUMENT, PAGE, FIGURES})

DRAWN = {
    "data": (DATA_TITLE, draw_prior_data, prior_data_caption, prior_data_alt),
    "curves": (CURVES_TITLE, draw_prior_curves, prior_curves_caption, prior_curves_alt),
    "windows": (WINDOWS_TITLE, draw_prior_windows, prior_windows_caption, prior_windows_alt),
}
"""Section of the page → title, drawing, caption and description of its figure."""


def check_prior_destination(folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Return the full path of a folder that can be written; `overwrite` allows an earlier page and nothing else.

    Raises
    ------
    UsageError
        When it exists, holds anything but such a page, cannot be written, or the disk is full.
    """
    return check_destination(folder, overwrite=overwrite, replaceable=is_prior_folder)


def write_prior(prior: PriorPredictive, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write ``report.html``, ``prior.json`` and ``figures/`` (SVG and PNG), whole or not at all.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UsageError
        As :func:`check_prior_destination`, or when the disk fails.
    """
    destination = check_prior_destination(folder, overwrite=overwrite)
    created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    with whole_folder(destination, promised=ENTRIES, overwrite=overwrite, replaceable=is_prior_folder) as temporary:
        (temporary / DOCUMENT).write_bytes(to_json(prior.as_dict()).encode())
        (temporary / FIGURES).mkdir()
        images = _draw(prior, temporary / FIGURES)
        check_arrived(temporary / FIGURES, figure_files(images))
        (temporary / PAGE).write_bytes(render_prior(prior, images, created=created).encode())
    return destination / PAGE


def is_prior_folder(folder: Path) -> bool:
    """Whether `folder` is a page of priors and nothing but that."""
    return holds_only(folder, entries=ENTRIES, document=DOCUMENT, kind=KIND)


def _draw(prior: PriorPredictive, folder: Path) -> Mapping[str, Image]:
    images = {}
    for key, (title, draw, caption, alt) in DRAWN.items():
        if key == "windows" and not prior.windows:
            continue
        figure, picture = draw(prior), folder / f"prior_{key}.svg"
        with figure_context():
            # Without a date the same priors give the same bytes.
            figure.savefig(picture, metadata={"Date": None})
            figure.savefig(picture.with_suffix(".png"))
        images[key] = Image(
            key=f"prior_{key}", title=title, caption=caption(prior), alt=alt(prior), svg=picture.read_bytes()
        )
    return images
