"""How every figure looks: colours, sizes, and an rc context instead of global state.

Colours are those of Okabe and Ito, told apart by every common kind of colour vision; no meaning rests on colour alone,
line style, marker or hatch always says it too, so that a greyscale print can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bayes_sora.types import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes

    from bayes_sora.questions import WindowKind

WIDTH = 6.9
"""Inches: the text width of a page, so that a font of 9 points is printed at 9 points."""
FONT, SMALL_FONT = 9.0, 8.0
DPI = 200

BLACK, GREY, PALE = "#1a1a1a", "#767676", "#d9d9d9"
ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7"

RC: dict[Any, Any] = {  # matplotlib's stub lists three hundred literal keys
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same figure on every machine
    "font.size": FONT,
    "axes.labelsize": FONT,
    "axes.titlesize": FONT,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.edgecolor": BLACK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": FONT,
    "ytick.labelsize": FONT,
    "legend.fontsize": SMALL_FONT,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "figure.titlesize": FONT + 2,
    "figure.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.6,
    "text.parse_math": False,  # a dollar sign in a label of the user's is a dollar sign
    "text.hinting": "none",  # at 200 dots an inch hints change nothing but the time they take
    "svg.fonttype": "path",
    "svg.hashsalt": "bayes_sora",  # the same figure, the same bytes
}


@dataclass(frozen=True)
class Look:
    """Colour, line style and marker that always go together."""

    colour: str
    line: str | tuple[int, tuple[float, ...]]
    marker: str


ENDPOINT_LOOKS: dict[Endpoint, Look] = {
    "toxicity": Look(VERMILLION, "-", "s"),
    "response": Look(BLUE, (0, (5.0, 1.5)), "o"),
    "survival": Look(BLACK, "-", "D"),
}
WINDOW_LOOKS: dict[WindowKind, Look] = {
    "limits": Look(BLUE, "-", "o"),
    "youden": Look(ORANGE, (0, (5.0, 1.5)), "s"),
    "utility": Look(BLACK, (0, (1.0, 1.2)), "D"),
}
GROUP_LOOKS: tuple[Look, ...] = (
    Look(BLUE, (0, (5.0, 1.5)), "o"),
    Look(BLACK, "-", "s"),
    Look(ORANGE, (0, (6.0, 1.5, 1.0, 1.5)), "^"),
    Look(PURPLE, (0, (1.0, 1.2)), "D"),
    Look(SKY, (0, (3.0, 1.0)), "v"),
)


def figure_context() -> AbstractContextManager[None]:
    """Return the rc context in which every figure is drawn, and in which it should be saved."""
    return mpl.rc_context(RC)


def styled[**Given](draw: Callable[Given, Figure]) -> Callable[Given, Figure]:
    """Draw in the rc context, whatever the caller's settings are, and keep the look when saved outside it."""

    @wraps(draw)
    def in_context(*args: Given.args, **kwargs: Given.kwargs) -> Figure:
        with figure_context():
            figure = draw(*args, **kwargs)
            for axes in figure.axes:
                _pin(axes)
            return figure

    return in_context


def new_figure(*, height: float, width: float = WIDTH, laid_out: bool = True) -> Figure:
    """Return an empty figure of the given inches, laid out so that nothing overlaps.

    Without `laid_out` the caller places the panels by hand: where all have the same labels around them, that spares
    the search for a layout.
    """
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained" if laid_out else None)


def group_look(index: int) -> Look:
    """Return the look of the exposure group with that index."""
    return GROUP_LOOKS[index % len(GROUP_LOOKS)]


def _pin(axes: Axes) -> None:
    """Ticks are made when drawn, which may be outside the context: tell the axes their font and that text is text."""
    for axis in (axes.xaxis, axes.yaxis):
        for label in (*axis.get_ticklabels(), axis.label):
            label.set_parse_math(False)
