"""The axis of a performance measure: linear, a share in per cent, or a ratio on a log axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bayes_sora.figures.axes import plain_log_ticks
from bayes_sora.figures.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayes_sora.types import FloatArray

MARGIN = 0.06


@dataclass(frozen=True, kw_only=True)
class MeasureScale:
    """How the values of a measure are laid out.

    Attributes
    ----------
    kind : {"linear", "percent", "log"}
    label : str
        With unit.
    references : tuple of float
        Values that a reader compares with; always within the axis.
    within : tuple of float
        The axis never reaches beyond; what lies there is drawn at its end as an arrowhead.
    """

    kind: Literal["linear", "percent", "log"]
    label: str
    references: tuple[float, ...] = ()
    within: tuple[float, float] = (-np.inf, np.inf)

    def limits(self, values: FloatArray) -> tuple[float, float]:
        """Return the ends of an axis that holds the finite `values` and the references."""
        shown = np.clip(np.concatenate([values[np.isfinite(values)], self.references]), *self.within)
        low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
        if self.kind == "log":
            low, high = max(low, 1e-3), max(high, 1e-3)
            room = max(high / low, 1.2) ** MARGIN
            return low / room, high * room
        room = MARGIN * max(high - low, 1e-3 if self.kind == "percent" else 1e-2)
        return low - room, high + room

    def apply(self, axes: Axes, limits: tuple[float, float], *, vertical: bool, n_ticks: int) -> None:
        """Lay out an axis; `vertical` for the y axis."""
        axis = axes.yaxis if vertical else axes.xaxis
        if self.kind == "log":
            (axes.set_yscale if vertical else axes.set_xscale)("log")
        (axes.set_ylim if vertical else axes.set_xlim)(limits)
        if self.kind == "log":
            plain_log_ticks(axis, limits, n_ticks=n_ticks)
        else:
            axis.set_major_locator(MaxNLocator(n_ticks, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(_percent if self.kind == "percent" else _plain))
        for reference in self.references:
            line = axes.axhline if vertical else axes.axvline
            line(reference, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)), zorder=1)


def _percent(value: float, _place: float) -> str:
    return f"{100.0 * value:.6g}".replace("-", "−")


def _plain(value: float, _place: float) -> str:
    return f"{value:.6g}".replace("-", "−")
