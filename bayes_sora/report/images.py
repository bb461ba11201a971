"""The figures of a fit as files, and as the report shows them; a second process may help to draw them."""

from __future__ import annotations

import base64
import io
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    """The figures that a second process draws while this one does something else.

    Attributes
    ----------
    drawn : mapping of key to Future
        In the order in which the second process takes them; what it has not begun can be taken back.
    """

    drawn: Mapping[str, Future[Image]]

    def take_back(self, key: str) -> bool:
        """Say whether the second process has not begun with a figure, and now never will."""
        return self.drawn[key].cancel()


def share_images(fit: Fit, folder: Path, *, helper: Executor, force: bool = False) -> Share | None:
    """Have the figures drawn by `helper` from now on, the last one first; None when the draws are too many to copy.

    Parameters
    ----------
    fit : Fit
    folder : Path
        Made when it does not exist.
    helper : Executor
        Of one process, prepared by :func:`prepare_to_draw`.
    force : bool
        Draw windows also of a fit that must be refused.
    """
    if fit.posterior.nbytes > LARGEST_TO_SHARE:
        return None
    folder.mkdir(exist_ok=True)
    helper.submit(_hold, fit, folder)
    return Share({key: helper.submit(_draw_held, key) for key in reversed(_applicable(fit, force=force))})


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
        What a second process is drawing already: it works from the end while this one works from the beginning.
    """
    folder.mkdir(exist_ok=True)
    keys = _applicable(fit, force=force)
    mine = {key: _draw(fit, key, folder) for key in keys if share is None or share.take_back(key)}
    return {key: mine[key] if key in mine else _drawn_by(share, fit, key, folder) for key in keys}


def _drawn_by(share: Share | None, fit: Fit, key: str, folder: Path) -> Image:
    try:
        if share is not None:
            return share.drawn[key].result()
    except BrokenExecutor:  # killed, perhaps for its memory: nothing is lost but time
        pass
    return _draw(fit, key, folder)


# What the second process holds between figures: a fit travels once.
_held: list[tuple[Fit, Path]] = []


def _hold(fit: Fit, folder: Path) -> None:
    _held[:] = [(fit, folder)]


def _draw_held(key: str) -> Image:
    ((fit, folder),) = _held
    return _draw(fit, key, folder)


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


def _draw(fit: Fit, key: str, folder: Path) -> Image:
    from bayes_sora.figures import FIGURES, figure_context  # noqa: PLC0415

    spec = FIGURES[key]
    picture = folder / f"{key}.svg"
    figure = spec.draw(fit)
    with figure_context():
        # Without a date the same fit gives the same bytes.
        figure.savefig(picture, metadata={"Date": None})
        # The layout is found; finding it again for the second format would cost as much as drawing.
        figure.set_layout_engine("none")
        figure.savefig(picture.with_suffix(".png"), pil_kwargs={"compress_level": 1})
    return Image(key=key, title=spec.title, caption=spec.caption(fit), alt=spec.alt(fit), svg=picture.read_bytes())
