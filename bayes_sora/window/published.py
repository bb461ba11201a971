"""Published windows, and the user's own, judged by the utility of the posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.curves import Curves
from bayes_sora.errors import UsageError
from bayes_sora.modelfile.spec import PublishedWindow
from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.types import FloatArray, Span
from bayes_sora.window.optimum import draw_rows, near_optimal, utility_curve
from bayes_sora.window.settings import Utility

if TYPE_CHECKING:
    from collections.abc import Sequence

NODES_IN_WINDOW = 129


@dataclass(frozen=True, kw_only=True)
class PublishedScore:
    """How a published window fares under the posterior.

    Attributes
    ----------
    name : str
    lower, upper : float or None
        In the unit of the model file; None for an open end.
    p_optimum_inside : float
        P(the exposure of largest utility lies inside).
    expected_regret_months : float or None
        Expected loss of utility against the optimum, months; None when the window lies outside the range.
    """

    name: str
    lower: float | None
    upper: float | None
    p_optimum_inside: float
    expected_regret_months: float | None

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the score as in window.json."""
        return {
            "name": self.name,
            "lower": self.lower,
            "upper": self.upper,
            "p_optimum_inside": self.p_optimum_inside,
            "expected_regret_months": self.expected_regret_months,
        }


def score_published(
    curves: Curves, windows: Sequence[PublishedWindow], settings: Utility
) -> tuple[PublishedScore, ...]:
    r"""Score windows by P(c* inside) and expected regret.

    .. math:: E\left[ U(c^*) − \frac{\int_w U(c)\,dF(c)}{\int_w dF(c)} \right]

    with F the log-normal of the same draw, restricted to the part of the window within the range; an open end is the
    range's edge.

    Parameters
    ----------
    curves : Curves
        Posterior curves.
    windows : sequence of PublishedWindow
        In mg/L; the user's own are welcome.
    settings : Utility

    Raises
    ------
    UsageError
        When the model has no survival, or a window's lower end is not below its upper one.
    """
    utility, grid = draw_rows(utility_curve(curves, settings)), curves.exposure_mg_l
    best = near_optimal(utility, grid, tolerance=settings.tolerance_months)
    mu = curves.draws["exposure_log_median"].to_numpy().ravel()
    sd = curves.draws["exposure_log_sd"].to_numpy().ravel()
    scores = []
    for window in windows:
        lower, upper = _closed(window, curves.span)
        within = _within(lower, upper, curves.span)
        regret = None
        if within is not None:
            average = _weighted_mean_utility(utility, grid, within, mu=mu, sd=sd)
            regret = float(np.mean(best.maximum - average))
        inside = (lower <= best.optimum) & (best.optimum <= upper)
        scores.append(
            PublishedScore(
                name=window.name,
                lower=None if window.lower_mg_l is None else window.lower_mg_l / curves.unit.mg_l,
                upper=None if window.upper_mg_l is None else window.upper_mg_l / curves.unit.mg_l,
                p_optimum_inside=float(inside.mean()),
                expected_regret_months=regret,
            )
        )
    return tuple(scores)


def _closed(window: PublishedWindow, span: Span) -> tuple[float, float]:
    """Return the ends of the window, an open one at the edge of the range."""
    lower, upper = window.lower_mg_l, window.upper_mg_l
    if lower is not None and upper is not None and not 0.0 <= lower < upper:
        msg = f"window {window.name!r} must have 0 ≤ lower < upper, got {lower} and {upper} mg/L. Swap or mend its ends"
        raise UsageError(msg)
    return (span.low if lower is None else lower), (span.high if upper is None else upper)


def _within(lower: float, upper: float, span: Span) -> Span | None:
    """Part of the window within the range, None where there is none."""
    low, high = max(lower, span.low), min(upper, span.high)
    return Span(low, high) if low < high else None


def _weighted_mean_utility(
    utility: FloatArray, grid: FloatArray, within: Span, *, mu: FloatArray, sd: FloatArray
) -> FloatArray:
    """Mean of U over `within` weighted by the log-normal of each draw, by the trapezoidal rule in log exposure."""
    nodes = np.log(within.log_grid(NODES_IN_WINDOW))
    log_density = normal_log_density(nodes, mean=mu[:, None], sd=sd[:, None])
    # The weights add up to one, so that only their ratios matter: no draw is lost far out in a tail.
    weights = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights[:, [0, -1]] *= 0.5
    weights /= weights.sum(axis=1, keepdims=True)
    position = np.interp(nodes, np.log(grid), np.arange(grid.size))
    cell = np.minimum(position.astype(int), grid.size - 2)
    fraction = position - cell
    at_nodes = (1.0 - fraction) * utility[:, cell] + fraction * utility[:, cell + 1]
    return np.sum(weights * at_nodes, axis=1)
