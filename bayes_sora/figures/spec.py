"""What a figure is: how to draw it, when it can be drawn, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One figure of a fit.

    Attributes
    ----------
    key : str
        File stem, such as ``"answer"``.
    title : str
        For headings.
    draw : callable
        Fit → matplotlib Figure, in the style of the package whatever the caller's rc settings are.
    possible : callable
        Fit → bool: whether the model and the cohort have what the figure shows.
    caption : callable
        Fit → str: what is shown, in full sentences with numbers.
    alt : callable
        Fit → str: the same for those who cannot see it.
    shows_window : bool
        Whether it shows a window, which a fit that is not trusted must not.
    """

    key: str
    title: str
    draw: Callable[[Fit], Figure]
    possible: Callable[[Fit], bool]
    caption: Callable[[Fit], str]
    alt: Callable[[Fit], str]
    shows_window: bool = False

    def applicable(self, fit: Fit, *, force: bool = False) -> bool:
        """Say whether the figure is to be drawn; `force` shows windows of a fit that is not trusted too."""
        return self.possible(fit) and (force or fit.trusted or not self.shows_window)
