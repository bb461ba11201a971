"""Published windows, and the user's own, judged by the utility of the posterior."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.curves import Curves
from bayes_sora.errors import UsageError
from bayes_sora.modelfile.spec import PublishedWindow
from bayes_sora.questions import Utility
from bayes_sora.types import Span
from bayes_sora.window.optimum import near_optimal
from bayes_sora.window.policy import find_policies

if TYPE_CHECKING:
    from collections.abc import Sequence


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
        E[U(c*) − V(w)]: what is lost, in months of utility, where patients outside the window are moved to its nearer
        end, against everybody at the optimum. None when the window lies outside the range.
    expected_benefit_months : float or None
        E[V(w) − V(nothing)]: what the same policy gains against leaving everybody; negative is harm.
    expected_regret_untouched_months : float
        E[U(c*) − V(nothing)]: the regret of leaving everybody, the same for every window.
    """

    name: str
    lower: float | None
    upper: float | None
    p_optimum_inside: float
    expected_regret_months: float | None
    expected_benefit_months: float | None
    expected_regret_untouched_months: float

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the score as in window.json."""
        return asdict(self)


def score_published(
    curves: Curves, windows: Sequence[PublishedWindow], settings: Utility, *, population: Curves | None = None
) -> tuple[PublishedScore, ...]:
    r"""Score windows by P(c* inside), and as policies by expected regret and benefit in months.

    .. math:: E[U(c^*) - V(w)], \qquad E[V(w) - V(\text{nothing})], \qquad E[U(c^*) - V(\text{nothing})]

    V(w) is the mean utility of the draw's own population once every patient outside w is moved to its nearer end
    (:mod:`bayes_sora.window.policy`). A window counts as far as it lies within the range; an open end is the range's
    edge.

    Parameters
    ----------
    curves : Curves
        Posterior curves.
    windows : sequence of PublishedWindow
        In mg/L; the user's own are welcome.
    settings : Utility
    population : Curves, optional
        The same draws on a range that holds the population (:func:`~bayes_sora.window.policy.population_span`), for
        V(nothing). Without it the utility is taken to stay, beyond the range, as it is at the range's end.

    Raises
    ------
    UsageError
        When the model has no survival, or a window's lower end is not below its upper one.
    """
    policies = find_policies(curves, settings)
    untouched = (policies if population is None else find_policies(population, settings)).untouched()
    best = near_optimal(policies.utility, policies.exposure_mg_l, tolerance=settings.tolerance_months)
    scores = []
    for window in windows:
        lower, upper = _closed(window, curves.span)
        within = _within(lower, upper, curves.span)
        value = None if within is None else policies.value(within)
        inside = (lower <= best.optimum) & (best.optimum <= upper)
        scores.append(
            PublishedScore(
                name=window.name,
                lower=None if window.lower_mg_l is None else window.lower_mg_l / curves.unit.mg_l,
                upper=None if window.upper_mg_l is None else window.upper_mg_l / curves.unit.mg_l,
                p_optimum_inside=float(inside.mean()),
                expected_regret_months=None if value is None else float(np.mean(best.maximum - value)),
                expected_benefit_months=None if value is None else float(np.mean(value - untouched)),
                expected_regret_untouched_months=float(np.mean(best.maximum - untouched)),
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
