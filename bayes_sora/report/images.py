"""The figures of a fit as files, and as the report shows them; a second process may help to draw them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bayes_sora.fitting.measure import reworded
from bayes_sora.report.second import result_or
from bayes_sora.types import MG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.report.second import SecondProcess


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


def share_images(fit: Fit, folder: Path, *, second: SecondProcess, force: bool = False) -> Share:
    """Have the figures drawn by the second process from now on, the last one first.

    Parameters
    ----------
    fit : Fit
    folder : Path
        Made when it does not exist.
    second : SecondProcess
        Holds the same fit.
    force : bool
        Draw windows also of a fit that must be refused.
    """
    folder.mkdir(exist_ok=True)
    return Share({key: second.submit(_draw, key, folder) for key in reversed(_applicable(fit, force=force))})


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
    images = {key: _draw(fit, key, folder) for key in keys if share is None or share.take_back(key)}
    if share:
        images |= {
            key: result_or(share.drawn[key], partial(_draw, fit, key, folder)) for key in keys if key not in images
        }
    return {key: images[key] for key in keys}


def figure_files(images: Mapping[str, Image]) -> list[str]:
    """Return the names of the files that figures are in, each as SVG and PNG."""
    return [f"{image.key}.{form}" for image in images.values() for form in ("svg", "png")]


def _applicable(fit: Fit, *, force: bool) -> list[str]:
    from bayes_sora.figures import FIGURES  # noqa: PLC0415 - reading a folder needs no matplotlib

    return [key for key, spec in FIGURES.items() if spec.applicable(fit, force=force)]


def reword_figure(figure: Figure) -> None:
    """Put every text of a figure in words for doses, those of fixed ticks included."""
    from matplotlib.text import Text  # noqa: PLC0415 - reading a folder needs no matplotlib
    from matplotlib.ticker import FixedFormatter  # noqa: PLC0415

    for text in figure.findobj(Text):
        text.set_text(reworded(text.get_text(), MG))
    for axes in figure.axes:
        formatter = axes.yaxis.get_major_formatter()
        if isinstance(formatter, FixedFormatter):
            formatter.seq = [reworded(label, MG) for label in formatter.seq]


def _draw(fit: Fit, key: str, folder: Path) -> Image:
    from bayes_sora.figures import FIGURES, figure_context  # noqa: PLC0415

    spec = FIGURES[key]
    picture = folder / f"{key}.svg"
    figure = spec.draw(fit)
    unit = fit.curves.unit
    if unit == MG:
        reword_figure(figure)
    with figure_context():
        # Without a date the same fit gives the same bytes.
        figure.savefig(picture, metadata={"Date": None})
        # The layout is found; finding it again for the second format would cost as much as drawing.
        figure.set_layout_engine("none")
        figure.savefig(picture.with_suffix(".png"), pil_kwargs={"compress_level": 1})
    title, caption, alt = (reworded(words, unit) for words in (spec.title, spec.caption(fit), spec.alt(fit)))
    return Image(key=key, title=title, caption=caption, alt=alt, svg=picture.read_bytes())
