"""The figures of a fit as files, and as the report shows them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.fitting import Fit


@dataclass(frozen=True, kw_only=True)
class Image:
    """One figure, drawn.

    Attributes
    ----------
    key, title, caption, alt : str
        As in the registry of figures.
    svg : bytes
        The picture; its text is outlines, so that it looks the same everywhere.
    """

    key: str
    title: str
    caption: str
    alt: str
    svg: bytes

    @property
    def uri(self) -> str:
        """The picture as a data URI: an image element can neither run scripts nor clash with the ids of another."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode()


def draw_images(fit: Fit, folder: Path, *, force: bool = False) -> dict[str, Image]:
    """Draw every figure that applies to `fit` as SVG and PNG into `folder`, and return them by key.

    Parameters
    ----------
    fit : Fit
    folder : Path
        Made when it does not exist.
    force : bool
        Draw windows also of a fit that must be refused.
    """
    from bayes_sora.figures import FIGURES, figure_context  # noqa: PLC0415 - reading a folder needs no matplotlib

    folder.mkdir(exist_ok=True)
    images = {}
    for key, spec in FIGURES.items():
        if not spec.applicable(fit, force=force):
            continue
        picture = folder / f"{key}.svg"
        figure = spec.draw(fit)
        with figure_context():
            # Without a date the same fit gives the same bytes.
            figure.savefig(picture, metadata={"Date": None})
            # The layout is found; finding it again for the second format would cost as much as drawing.
            figure.set_layout_engine("none")
            figure.savefig(picture.with_suffix(".png"), pil_kwargs={"compress_level": 1})
        images[key] = Image(
            key=key, title=spec.title, caption=spec.caption(fit), alt=spec.alt(fit), svg=picture.read_bytes()
        )
    return images
