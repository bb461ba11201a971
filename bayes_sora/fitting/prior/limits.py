"""The limits of every window over the prior draws, as figure and table show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.questions import WindowKind
from bayes_sora.window import Quantity, WindowDraws, format_exposure, summarise_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.fitting.prior.result import PriorPredictive
    from bayes_sora.window.summary import QuantityName

NAMES: tuple[QuantityName, ...] = ("lower", "upper", "optimum")


class PriorLimit(NamedTuple):
    """One limit of one window over the prior draws."""

    window: WindowDraws
    name: QuantityName
    quantity: Quantity

    @property
    def kind(self) -> WindowKind:
        """``"limits"``, ``"youden"`` or ``"utility"``."""
        return self.window.kind

    @property
    def label(self) -> str:
        """The limit for people, such as "limits: lower"."""
        return f"{self.kind}: {'best' if self.name == 'optimum' else self.name}"

    @property
    def text(self) -> str:
        """Median and 95 % interval, at an edge of the range as "≤ 0.5" or "≥ 10"."""
        numbers = (self.quantity.q50, self.quantity.q025, self.quantity.q975)
        shown = [
            "–" if value is None else format_exposure(value, span=self.window.span, unit=self.window.unit)
            for value in numbers
        ]
        return "undefined" if numbers[0] is None else f"{shown[0]} ({shown[1]} to {shown[2]})"

    @property
    def at_edge(self) -> float | None:
        """Share of the draws that define the limit in which it counts at an edge of the range."""
        low, high = self.quantity.p_at_low_edge, self.quantity.p_at_high_edge
        return None if low is None or high is None else low + high


def prior_limits(prior: PriorPredictive) -> Iterator[PriorLimit]:
    """Yield every limit of every window, in the order of the figure."""
    for window in prior.windows.values():
        for name in NAMES:
            if name in window.draws:
                yield PriorLimit(window, name, summarise_quantity(window, name))
