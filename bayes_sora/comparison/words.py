"""A comparison in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.fitting.answer import LEADING_ORDER, limits_text, probability_text, question
from bayes_sora.fitting.measure import reworded
from bayes_sora.window import STARTING_RULE

if TYPE_CHECKING:
    from bayes_sora.comparison.result import Comparison
    from bayes_sora.window import Window


def comparison_sentence(comparison: Comparison) -> str:
    """Return which model predicts best, and from which others the data tell it."""
    best, *others = comparison.models
    worse = [model.name for model in others if model.clearly_worse]
    alike = [model.name for model in others if not model.clearly_worse]
    text = f"Of {len(comparison.models)} models, {best.name} predicts a patient it has not seen best"
    if not worse:
        return f"{text}, but these {len(comparison.patient_id)} patients do not tell it from {_listed(alike)}."
    text += f", clearly better than {_listed(worse)}"
    return f"{text}; it is not told from {_listed(alike)}." if alike else f"{text}."


def averaged_sentence(comparison: Comparison) -> str:
    """Return what the leading window is when averaged over the models, or why it is not averaged."""
    if comparison.not_averaged is not None:
        return f"Windows are not averaged over the models: {comparison.not_averaged}."
    window = leading_average(comparison)
    curves = comparison.models[0].fit.curves
    asked = question(window.settings, curves)
    exists = f"a window exists with probability {probability_text(window.p_exists)}"
    if window.identified:
        scale = window.posterior.scale
        limits = limits_text(window).removeprefix(f"{scale} ")
        sentence = f"Averaged over the models, the window of the {scale} with {asked} is {limits}; {exists}."
    else:
        told = window.p_exists < STARTING_RULE.min_p_exists or window.kind == "utility"
        also = "" if told else f"; {exists}"
        sentence = (
            f"Averaged over the models, no window is identified for {asked} ({window.kind}): {window.why[0]}{also}."
        )
    return reworded(sentence, curves.unit)


def leading_average(comparison: Comparison) -> Window:
    """Return the averaged window that leads: the first of limits, utility, youden."""
    return next(comparison.averaged[kind] for kind in LEADING_ORDER if kind in comparison.averaged)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
