"""The figures of a fit as files, and as the report shows them; half of them may be drawn by a second process."""

from __future__ import annotations

import base64
import io
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from bayes_sora.fitting import Fit

LARGEST_TO_SHARE = 500e6
"""Bytes of draws: above, copying them to a second process costs more memory than its help is worth."""


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


@dataclass(frozen=True)
class Share:
    """The figures that a second process is drawing.

    Attributes
    ----------
    keys : tuple of str
        Which.
    drawn : Future
        The pictures, once they are there.
    """

    keys: tuple[str, ...]
    drawn: Future[list[Image]]


def share_images(fit: Fit, folder: Path, *, helper: Executor, force: bool = False) -> Share | None:
    """Have the second half of the figures drawn by `helper` from now on; None when the draws are too many to copy.

    Parameters
    ----------
    fit : Fit
    folder : Path
        Made when it does not exist.
    helper : Executor
    force : bool
        Draw windows also of a fit that must be refused.
    """
    if fit.posterior.nbytes > LARGEST_TO_SHARE:
        return None
    folder.mkdir(exist_ok=True)
    keys = _applicable(fit, force=force)
    theirs = tuple(keys[(len(keys) + 1) // 2 :])
    return Share(theirs, helper.submit(_draw, fit, theirs, folder))


def draw_images(fit: Fit, folder: Path, *, force: bool = False, share: Share | None = None) -> dict[str, Image]:
    """Draw every figure that applies to `fit` as SVG and PNG into `folder`, and return them by key.

    Parameters
    ----------
    fit : Fit
    folder : Path
        Made when it does not exist.
    force : bool
        Draw windows also of a fit that must be refused.
    share : Share, optional
        What somebody else is drawing already.
    """
    folder.mkdir(exist_ok=True)
    keys = _applicable(fit, force=force)
    theirs = share.keys if share else ()
    images = _draw(fit, [key for key in keys if key not in theirs], folder)
    if share:
        try:
            images += share.drawn.result()
        except BrokenExecutor:  # killed, perhaps for its memory: nothing is lost but time
            images += _draw(fit, share.keys, folder)
    by_key = {image.key: image for image in images}
    return {key: by_key[key] for key in keys}


def prepare_to_draw() -> None:
    """Import what figures need and find the fonts, so that the first figure does not wait for it."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    from bayes_sora.figures import figure_context  # noqa: PLC0415

    with figure_context():
        figure = Figure()
        figure.text(0, 0, "x")
        for form in ("svg", "png"):
            figure.savefig(io.BytesIO(), format=form)


def _applicable(fit: Fit, *, force: bool) -> list[str]:
    from bayes_sora.figures import FIGURES  # noqa: PLC0415 - reading a folder needs no matplotlib

    return [key for key, spec in FIGURES.items() if spec.applicable(fit, force=force)]


def _draw(fit: Fit, keys: Sequence[str], folder: Path) -> list[Image]:
    from bayes_sora.figures import FIGURES, figure_context  # noqa: PLC0415

    images = []
    for key in keys:
        spec = FIGURES[key]
        picture = folder / f"{key}.svg"
        figure = spec.draw(fit)
        with figure_context():
            # Without a date the same fit gives the same bytes.
            figure.savefig(picture, metadata={"Date": None})
            # The layout is found; finding it again for the second format would cost as much as drawing.
            figure.set_layout_engine("none")
            figure.savefig(picture.with_suffix(".png"), pil_kwargs={"compress_level": 1})
        images.append(
            Image(key=key, title=spec.title, caption=spec.caption(fit), alt=spec.alt(fit), svg=picture.read_bytes())
        )
    return images
