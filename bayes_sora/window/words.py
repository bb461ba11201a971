"""A window in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.digits import short
from bayes_sora.window.summary import MIN_DRAWS

if TYPE_CHECKING:
    from bayes_sora.types import ExposureUnit, Span
    from bayes_sora.window.result import Window
    from bayes_sora.window.summary import Quantity


def format_exposure(value: float, *, span: Span, unit: ExposureUnit) -> str:
    """Print an exposure given in `unit` with three digits; at an end of the range as "≤ 0.5" or "≥ 10".

    Parameters
    ----------
    value : float
        In `unit`.
    span : Span
        The optimisation range, mg/L.
    unit : ExposureUnit
    """
    if value <= span.low / unit.mg_l * (1.0 + 1e-9):
        return f"≤ {short(span.low / unit.mg_l)}"
    if value >= span.high / unit.mg_l * (1.0 - 1e-9):
        return f"≥ {short(span.high / unit.mg_l)}"
    return short(value)


def window_sentence(window: Window) -> str:
    """Return the answer in one sentence: the window with its intervals, or why none is identified."""
    low, high = window.p_exists_interval
    exists = f"exists with probability {window.p_exists:.2f} (Monte Carlo interval {low:.2f}–{high:.2f})"
    if not window.identified:
        return f"No window identified: {'; '.join(window.why)}. A window {exists}."
    lower, upper = (_quantile(window, limit, "q50") for limit in (window.lower, window.upper))
    intervals = " and ".join(interval_text(window, limit) for limit in (window.lower, window.upper))
    return (
        f"{window.posterior.scale.capitalize()} window {lower}–{upper} {window.posterior.unit.name} "
        f"(95 % intervals {intervals}), {exists}."
    )


def interval_text(window: Window, quantity: Quantity) -> str:
    """Return the 95 % interval of a limit as text, or "too few draws" where fewer than 400 define it."""
    if quantity.share_defined * window.posterior.draws["exists"].size < MIN_DRAWS:
        return "too few draws"
    low, high = _quantile(window, quantity, "q025"), _quantile(window, quantity, "q975")
    # A dash before "≥ 10" reads as a minus.
    return f"{low} to {high}" if {low[0], high[0]} & set("≤≥") else f"{low}–{high}"


def _quantile(window: Window, quantity: Quantity, name: str) -> str:
    value: float | None = getattr(quantity, name)
    if value is None:
        return "undefined"
    return format_exposure(value, span=window.posterior.span, unit=window.posterior.unit)
