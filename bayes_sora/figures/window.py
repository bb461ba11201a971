"""One window, drawn by ``window.plot()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.figures.axes import draw_interval, exposure_axis, exposure_limits, row_axis
from bayes_sora.figures.shares import share_inside
from bayes_sora.figures.style import SMALL_FONT, WINDOW_LOOKS, new_figure, styled
from bayes_sora.fitting.answer import probability_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bayes_sora.window import Window


@styled
def plot_window(window: Window) -> Figure:
    """Draw P(exposure inside the window) over exposure, above the intervals of its limits.

    Parameters
    ----------
    window : Window
        Of any kind.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot; ``figure.savefig(...)`` writes it, a notebook shows it.
    """
    found, look = window.posterior, WINDOW_LOOKS[window.kind]
    shown = {name: one for name, one in window.quantities.items() if name != "width" and one.q50 is not None}
    figure = new_figure(height=2.6 + 0.3 * len(shown))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.0, 0.2 + 0.3 * len(shown)))
    exposure_axis(
        below, exposure_limits(found.span, found.observed_span, unit=found.unit), unit=found.unit, scale=found.scale
    )
    grid = found.span.log_grid(201)
    inside = share_inside(found, grid)
    above.fill_between(grid / found.unit.mg_l, inside, color=look.colour, alpha=0.22, linewidth=0)
    above.plot(grid / found.unit.mg_l, inside, color=look.colour)
    above.set_ylim(0.0, 1.02)
    above.set_ylabel("P(inside the window | data)")
    above.tick_params(axis="x", labelbottom=False)
    verdict = "identified" if window.identified else "not identified"
    above.set_title(
        f"{window.kind} window, {verdict}; exists with probability {probability_text(window.p_exists)}",
        fontsize=SMALL_FONT,
    )
    row_axis(below, list(shown))
    for place, quantity in enumerate(shown.values()):
        draw_interval(
            below,
            place,
            outer=(quantity.q025, quantity.q975),
            inner=(quantity.q25, quantity.q75),
            middle=quantity.q50,
            look=look,
            filled=window.identified,
        )
    return figure
