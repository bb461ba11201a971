"""What the data taught: prior against posterior of every parameter of the model file."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.digits import short
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, BLUE, SMALL_FONT, new_figure, styled
from bayes_sora.figures.words import INTERVALS
from bayes_sora.fitting.answer import standardised_text
from bayes_sora.numerics.priors import prior_log_density

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.types import FloatArray

COLUMNS = 3
LINE_LENGTH = 34
MOST_LINES = 3
N_BINS = 26
PRIOR_POINTS = 240
TAIL = 0.005


@styled
def draw_parameters(fit: Fit) -> Figure:
    """Draw one small panel a parameter: histogram of the posterior, density of the prior, median and 95 % interval."""
    priors = fit.model_file.scalar_priors
    n_rows = -(-len(priors) // COLUMNS)
    figure = new_figure(height=0.5 + 1.75 * n_rows)
    panels = figure.subplots(n_rows, COLUMNS, squeeze=False).ravel()
    for axes, (name, prior) in zip(panels, priors.items(), strict=False):
        if _draws(fit, name).size:
            _draw_parameter(axes, _draws(fit, name), _prior_draws(fit, name), prior)
        axes.set_title(heading(fit, name), fontsize=SMALL_FONT)
        axes.set_xlabel(_unit_text(prior.unit), fontsize=SMALL_FONT)
    for axes in panels[len(priors) :]:
        axes.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def heading(fit: Fit, name: str) -> str:
    """Return what a parameter means, in lines, above its posterior median and 95 % interval."""
    return f"{_wrapped(fit.model_file.scalar_priors[name].meaning or name)}\n{posterior_text(fit, name)}"


def posterior_text(fit: Fit, name: str) -> str:
    """Return posterior median and 95 % interval, such as "0.91 (0.12 to 1.75)"."""
    draws = _draws(fit, name)
    if not draws.size:
        return "no finite draw"
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    return f"{_number(middle)} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    return f"{value:.{2 if abs(value) < 10.0 else 1}f}".replace("-", "−")


def _unit_text(unit: str) -> str:
    return "no unit" if unit in ("", "1") else _wrapped(unit, most=2)


def _wrapped(text: str, *, most: int = MOST_LINES) -> str:
    return "\n".join(textwrap.wrap(text, LINE_LENGTH, max_lines=most, placeholder=" …"))


def _draws(fit: Fit, name: str) -> FloatArray:
    """Finite draws: of a fit that must be refused others may exist."""
    draws = np.asarray(fit.parameters[name].to_numpy().ravel(), dtype=float)
    return draws[np.isfinite(draws)]


def _prior_draws(fit: Fit, name: str) -> FloatArray:
    return np.asarray(fit.posterior["prior"][name].to_numpy().ravel(), dtype=float)


def _draw_parameter(axes: Axes, draws: FloatArray, prior_draws: FloatArray, prior: Prior) -> None:
    bounds = np.quantile(draws, [0.001, 0.999])
    density, bins = np.histogram(draws, bins=N_BINS, range=(bounds[0], bounds[1]), density=True)
    axes.stairs(density, bins, fill=True, color=BLUE, alpha=0.4, label="posterior")
    ends = np.quantile(prior_draws, [TAIL, 1.0 - TAIL])
    low, high = min(ends[0], bounds[0]), max(ends[1], bounds[1])
    x = np.linspace(low, high, PRIOR_POINTS)
    prior_density = np.exp(prior_log_density(x, prior.family, prior.arguments))
    axes.plot(x, prior_density, color=BLACK, linewidth=1.0, linestyle=(0, (4.0, 2.0)), label="prior")
    _draw_summary(axes, draws, top=max(density.max(), prior_density.max()))
    axes.set_xlim(low, high)
    axes.locator_params(axis="x", nbins=5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _draw_summary(axes: Axes, draws: FloatArray, *, top: float) -> None:
    """Draw median and 95 % interval below the density, on which they would be hard to see."""
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    y = -0.08 * top
    axes.plot([low, high], [y, y], color=BLUE, linewidth=1.8, solid_capstyle="butt", label="posterior 95 % interval")
    axes.plot([middle], [y], "o", color=BLUE, markersize=4)
    axes.set_ylim(-0.16 * top, 1.05 * top)


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    priors = fit.model_file.scalar_priors
    numbers = "; ".join(f"{name} {posterior_text(fit, name)}" for name in priors)
    return (
        f"Prior density (broken line) and posterior draws (histogram) of the {len(priors)} parameters of "
        f"{fit.model_file.name}, each panel on its own scale; the dot and bar below are posterior median and 95 % "
        f"interval, printed above each panel: {numbers}. Reference exposure "
        f"{short(fit.model_file.drug.reference_mg_l / fit.curves.unit.mg_l)} {fit.curves.unit.name}. "
        f"{standardised_text(fit)}{INTERVALS}"
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    n_panels = len(fit.model_file.scalar_priors)
    return f"Small panels, one for each of {n_panels} parameters, with its prior density and posterior histogram."


SPEC = FigureSpec(
    key="parameters",
    title="Prior against posterior of the parameters",
    draw=draw_parameters,
    possible=lambda fit: bool(fit.model_file.scalar_priors),
    caption=caption,
    alt=alt,
)
