"""The settings of an answer, on every command that gives one: nothing is sampled for them."""

from __future__ import annotations

from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bayes_sora.modelfile.asked import Asked

_OPTIONS: tuple[Callable[[Callable[..., None]], Callable[..., None]], ...] = (
    click.option(
        "--max",
        "most",
        multiple=True,
        metavar="NAME=P",
        help="Largest acceptable probability, as in toxicity=0.3.  [default: the model file's]",
    ),
    click.option(
        "--min",
        "least",
        multiple=True,
        metavar="NAME=P",
        help="Smallest acceptable probability: response=0.4, or os=0.5@12 for half alive at month 12.",
    ),
    click.option(
        "--published",
        multiple=True,
        metavar="NAME=LOW:HIGH",
        help="A window to score, in the unit of the model file; an end may be left open, as in mine=1.5:.",
    ),
    click.option("--question", type=Path, metavar="FILE", help="TOML file with [limits], [utility] or [[published]]."),
)


def question_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which gets what they ask as ``asked``; options win over the file.

    Errors of the command: UsageError when an option is not written as it should be, InputError when the file cannot be
    read.
    """

    @wraps(command)
    def with_asked(
        *, most: Sequence[str], least: Sequence[str], published: Sequence[str], question: Path | None, **others: object
    ) -> None:
        command(asked=_asked(most, least, published, question), **others)

    return reduce(lambda wrapped, option: option(wrapped), reversed(_OPTIONS), with_asked)


def _asked(most: Sequence[str], least: Sequence[str], published: Sequence[str], question: Path | None) -> Asked:
    # The vocabulary of model files: `--help` must not wait for it.
    from bayes_sora.modelfile.asked import Asked, at_least, at_most, read_asked  # noqa: PLC0415

    asked = Asked() if question is None else read_asked(question)
    for text in most:
        name, value = _split(text, "--max", "toxicity=0.3")
        asked |= at_most(name, _number(value, text))
    for text in least:
        name, value = _split(text, "--min", "response=0.4 or os=0.5@12")
        probability, at, month = value.partition("@")
        asked |= at_least(name, _number(probability, text), months=_number(month, text) if at else None)
    return asked | Asked(published=tuple(map(_window, published)))


def _window(text: str) -> dict[str, Any]:
    name, value = _split(text, "--published", "mine=1.5:3.0")
    low, colon, high = value.partition(":")
    if not colon or not (low or high):
        msg = f"--published {text!r}: expected LOW:HIGH, one of which may be left open, as in mine=1.5:3.0"
        raise click.UsageError(msg)
    ends = {key: _number(end, text) for key, end in (("lower", low), ("upper", high)) if end}
    return {"name": name, **ends, "source": "asked on the command line"}


def _split(text: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value.strip()):
        msg = f"{option} {text!r}: expected NAME=VALUE, as in {example}"
        raise click.UsageError(msg)
    return name.strip(), value.strip()


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError:
        msg = f"{text!r}: {value!r} is no number. Write it with a decimal point, a probability between 0 and 1"
        raise click.UsageError(msg) from None
