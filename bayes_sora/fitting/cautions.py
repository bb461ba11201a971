"""What a fit contradicts: effects against the direction of their endpoint, published limits far from the range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bayes_sora.digits import short
from bayes_sora.fitting.answer import probability_text
from bayes_sora.window.direction import p_falling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bayes_sora.curves import Curves
    from bayes_sora.modelfile.spec import PublishedWindow

AGAINST = 0.95
"""From this posterior probability on, a falling effect is noted."""
FAR_FOLD = 3.0
"""A published limit further outside the range than this, as a ratio, is noted: a unit is written wrongly more often."""
QUESTIONS: dict[Literal["toxicity", "response"], str] = {
    "toxicity": "were doses cut in patients who had toxicity, before the trough was drawn?",
    "response": "were doses raised in patients who did not respond?",
}


def effects_against_direction(curves: Curves) -> Iterator[str]:
    """Yield a sentence for each endpoint that becomes rarer as exposure rises, with what to ask of the data."""
    for endpoint, question in QUESTIONS.items():
        if not curves.has(endpoint):
            continue
        falls = p_falling(curves, endpoint)
        if falls >= AGAINST:
            yield f"{endpoint} falls as exposure rises (P {_with_sign(probability_text(falls))}): {question}"


def far_published_limits(windows: Sequence[PublishedWindow], curves: Curves) -> Iterator[str]:
    """Yield a sentence for each end of a published window that lies more than 3-fold outside the range."""
    span, unit = curves.span, curves.unit
    for window in windows:
        for side, end in (("lower", window.lower_mg_l), ("upper", window.upper_mg_l)):
            if end is None or span.low / FAR_FOLD <= end <= span.high * FAR_FOLD:
                continue
            yield (
                f"the {side} end of the published window {window.name}, {short(end / unit.mg_l)} {unit.name}, lies far "
                f"outside the range of {short(span.low / unit.mg_l)} to {short(span.high / unit.mg_l)} {unit.name}: "
                "check its unit"
            )


def _with_sign(probability: str) -> str:
    return probability if probability[0] in "<>" else f"= {probability}"
