"""Calibration at a glance: how far the ranks of every quantity are from uniform, with simultaneous bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_sora.figures.style import BLACK, BLUE, GREY, PALE, SMALL_FONT, VERMILLION, new_figure, styled
from bayes_sora.study.calibration import uniform_band
from bayes_sora.study.calibration.result import LEVEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.study.calibration import Calibration, QuantityCalibration
    from bayes_sora.types import FloatArray

COLUMNS = 4
ROW_HEIGHT = 1.15
LEGEND_HEIGHT = 0.75
WIDER = "#eeeeee"


@styled
def draw_calibration(calibration: Calibration) -> Figure:
    """Draw the ECDF of the ranks less that of uniform ones, a panel a quantity.

    Parameters
    ----------
    calibration : Calibration
        The dark band holds the whole line of one calibrated quantity with a probability of 99 %, the light one those
        of all quantities together; a line is drawn in another colour, broken and under a bold title, where Holm's
        procedure calls the quantity miscalibrated.
    """
    quantities = calibration.quantities
    rows = max(1, -(-len(quantities) // COLUMNS))
    figure = new_figure(height=ROW_HEIGHT * rows + LEGEND_HEIGHT)
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, quantity in zip(panels, quantities, strict=False):
        _draw(axes, quantity, n_quantities=len(quantities))
    for axes in panels[len(quantities) :]:
        axes.set_visible(False)
    for axes in panels[max(len(quantities) - COLUMNS, 0) : len(quantities)]:
        axes.tick_params(labelbottom=True)
    figure.supxlabel("Normalised rank of the truth among the posterior draws", fontsize=SMALL_FONT)
    figure.supylabel("ECDF − uniform (percentage points)", fontsize=SMALL_FONT)
    figure.legend(handles=_handles(), loc="outside upper center", ncols=len(_handles()))
    return figure


def caption(calibration: Calibration) -> str:
    """Return what the figure shows, in words."""
    design = calibration.design
    verdict = (
        "every quantity is calibrated"
        if calibration.calibrated
        else f"not calibrated: {', '.join(calibration.miscalibrated)}"
    )
    return (
        f"{calibration.model}, engine {design.engine}, {design.replications:,} simulated cohorts of {design.n} "
        f"patients, seed {design.seed}: {verdict} (99 %, Holm over {len(calibration.quantities)} quantities)."
    )


def _draw(axes: Axes, quantity: QuantityCalibration, *, n_quantities: int) -> None:
    size, band = quantity.ranks.size, quantity.band
    ends = np.concatenate([[0.0], band.points, [1.0]])
    for one, colour in ((uniform_band(size, level=1.0 - (1.0 - LEVEL) / n_quantities), WIDER), (band, PALE)):
        axes.fill_between(ends, _difference(one.lower, ends), _difference(one.upper, ends), color=colour, linewidth=0)
    axes.axhline(0.0, color=GREY, linewidth=0.6)
    good = quantity.calibrated
    axes.plot(
        ends,
        _difference(quantity.ecdf, ends),
        color=BLUE if good else VERMILLION,
        linewidth=1.2,
        linestyle="-" if good else (0, (4.0, 1.2)),
    )
    axes.set_title(
        f"{quantity.name}\n{size:,} · p = {_p_text(quantity.p_value)}",
        fontsize=6.5,
        weight="normal" if good else "bold",
        color=BLACK,
    )
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    axes.tick_params(labelsize=SMALL_FONT)


def _difference(ecdf: FloatArray, ends: FloatArray) -> FloatArray:
    """ECDF less that of uniform values in percentage points, 0 at both ends."""
    return 100.0 * (np.concatenate([[0.0], ecdf, [1.0]]) - ends)


def _p_text(p_value: float) -> str:
    return f"{p_value:.2f}" if p_value >= 0.01 else f"{p_value:.0e}"


def _handles() -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=BLUE, linewidth=1.2, label="calibrated"),
        Line2D([], [], color=VERMILLION, linewidth=1.2, linestyle=(0, (4.0, 1.2)), label="not calibrated"),
        Patch(color=PALE, label="99 %, this quantity"),
        Patch(color=WIDER, label="99 %, all quantities"),
    ]
