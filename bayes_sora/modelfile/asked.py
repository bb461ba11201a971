"""Other questions for a model file: thresholds and published windows, while everything that is computed stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bayes_sora.errors import InputError, UsageError
from bayes_sora.modelfile.build import build_model
from bayes_sora.modelfile.check import check_content
from bayes_sora.modelfile.content import parse_toml, read_text

if TYPE_CHECKING:
    import os

    from bayes_sora.modelfile.spec import ModelFile

NAMES: Mapping[str, str] = MappingProxyType({"os": "survival"})
"""Other names of an endpoint on the command line."""
MOST: Mapping[str, str] = MappingProxyType({"toxicity": "max_toxicity"})
LEAST: Mapping[str, str] = MappingProxyType({"response": "min_response", "survival": "min_survival"})
ASKED_TABLES = ("limits", "utility", "published")
SYNTAX = "Write [limits] and [utility] as in the [windows] of a model file, and [[published]] for windows to score"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked in place of a model file's own questions; what is not said stays as the model file has it.

    Attributes
    ----------
    limits, utility : mapping of str to number
        Keys of the tables ``[windows.limits]`` and ``[windows.utility]``.
    published : tuple of mapping
        Windows to score beside the model file's own, as tables ``[[published]]``; one of the same name replaces it.
    """

    limits: Mapping[str, float] = field(default_factory=dict)
    utility: Mapping[str, float] = field(default_factory=dict)
    published: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything else is asked."""
        return bool(self.limits or self.utility or self.published)

    def __or__(self, other: Asked) -> Asked:
        """Return both together, the other first where they differ."""
        return Asked(
            limits={**self.limits, **other.limits},
            utility={**self.utility, **other.utility},
            published=(*self.published, *other.published),
        )

    def of(self, model: ModelFile) -> ModelFile:
        """Return the model file with these questions, bound as it was.

        Raises
        ------
        InputError
            When one of them makes no sense for it: an endpoint that it lacks, a probability above 1 (M-codes).
        """
        if not self:
            return model
        content: dict[str, Any] = json.loads(model.text)
        windows = content.get("windows", {})
        for name, table in (("limits", self.limits), ("utility", self.utility)):
            if table:
                windows = {**windows, name: {**windows.get(name, {}), **table}}
        kept = {table["name"]: table for table in content.get("published", [])}
        kept |= {table.get("name", f"{number}"): dict(table) for number, table in enumerate(self.published, start=1)}
        content |= {"windows": windows, "published": list(kept.values())}
        problems = check_content(content, file=model.name)
        if problems:
            raise InputError(problems)
        other = build_model(content)
        outcomes = {
            endpoint: replace(block, event_grade=of.event_grade, label=of.label)
            for (endpoint, block), of in zip(model.outcomes.items(), other.outcomes.values(), strict=True)
        }
        return replace(
            model,
            questions=other.questions,
            published=other.published,
            outcomes=outcomes,
            text=other.text,
            sha256=other.sha256,
        )


def at_most(name: str, probability: float) -> Asked:
    """Return the question with another largest acceptable probability of an endpoint.

    Parameters
    ----------
    name : str
        ``"toxicity"``.
    probability : float
        Between 0 and 1; the bounds are checked when it is asked :meth:`Asked.of` a model file.

    Raises
    ------
    UsageError
        When the endpoint is unknown or has no largest probability.
    """
    return _condition(name, MOST, probability, "no largest acceptable probability: write --min for it")


def at_least(name: str, probability: float, *, months: float | None = None) -> Asked:
    """Return the question with another smallest acceptable probability of an endpoint.

    Parameters
    ----------
    name : str
        ``"response"``, or ``"survival"``, also called ``"os"``.
    probability : float
        Between 0 and 1, as in :func:`at_most`.
    months : float, optional
        Of survival alone: the month at which so many are to be alive; by default the model file's.

    Raises
    ------
    UsageError
        When the endpoint is unknown or has no smallest probability, or a month is given for response.
    """
    asked = _condition(name, LEAST, probability, "no smallest acceptable probability: write --max for it")
    if months is None:
        return asked
    if NAMES.get(name, name) != "survival":
        msg = f"{name} has no month: write {name}={probability:g}"
        raise UsageError(msg)
    return Asked(limits={**asked.limits, "survival_months": months})


def read_asked(path: str | os.PathLike[str]) -> Asked:
    """Read a question file.

    Raises
    ------
    InputError
        When it cannot be read, or holds anything but the tables it may.
    UsageError
        When a table is none.
    """
    content = parse_toml(read_text(Path(path)), file=Path(path).name)
    unknown = sorted(set(content) - set(ASKED_TABLES))
    shaped = all(isinstance(content.get(name, {}), dict) for name in ("limits", "utility"))
    published = content.get("published", [])
    if unknown or not shaped or not (isinstance(published, list) and all(isinstance(one, dict) for one in published)):
        what = f"unknown {', '.join(map(repr, unknown))}" if unknown else "not the tables it may have"
        msg = f"the question file {Path(path).name!r}: {what}. {SYNTAX}"
        raise UsageError(msg)
    return Asked(limits=content.get("limits", {}), utility=content.get("utility", {}), published=tuple(published))


def _condition(name: str, keys: Mapping[str, str], probability: float, otherwise: str) -> Asked:
    endpoint = NAMES.get(name, name)
    if endpoint in keys:
        return Asked(limits={keys[endpoint]: probability})
    if endpoint in {*MOST, *LEAST}:
        msg = f"{name} has {otherwise}"
        raise UsageError(msg)
    msg = f"unknown endpoint {name!r}. Known: toxicity (--max), response and survival, or os (--min)"
    raise UsageError(msg)
