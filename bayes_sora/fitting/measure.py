"""Words for what the exposure is: sentences are written about troughs, and about doses they say so."""

from __future__ import annotations

import re

from bayes_sora.types import MG, ExposureUnit

_DOSES = (
    (re.compile(r"\bobserved troughs\b"), "doses that were given"),
    (re.compile(r"\b(average|measured|observed) trough(s?)\b"), r"dose\2"),
    (re.compile(r"\b(Average|Measured|Observed) trough(s?)\b"), r"Dose\2"),
    (re.compile(r"\btrough(s?)\b"), r"dose\1"),
    (re.compile(r"\bTrough(s?)\b"), r"Dose\1"),
)


def reworded(text: str, unit: ExposureUnit) -> str:
    """Return `text` in words for exposures of `unit`: what is said of troughs is said of doses where it is mg.

    >>> reworded("The window of the average trough", MG)
    'The window of the dose'
    """
    if unit != MG:
        return text
    for pattern, words in _DOSES:
        text = pattern.sub(words, text)
    return text
