"""What `fit` and `demo` say when they are done: the answer, the windows, whether to trust them, where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import aligned, print_json, say
from bayes_sora.fitting.answer import answer_sentence, probability_text
from bayes_sora.fitting.document import window_document
from bayes_sora.fitting.measure import reworded
from bayes_sora.window import PublishedAcceptance, PublishedScore, Quantity, format_exposure, interval_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import bayes_sora as bs

NOT_TRUSTWORTHY = 4

ACCEPTANCE_TITLES = ("published window", "P(acceptable)", "P(lower end too low)", "P(upper end too high)")


def give_answer(fit: bs.Fit, folder: Path | None, *, force: bool, as_json: bool) -> None:
    """Print a fit, where its folder was written if it was now, and end with exit code 4 when it must be refused."""
    if as_json:
        print_json(window_document(fit, force=force))
    else:
        _say_answer(fit, folder, force=force)
    if not fit.trusted:
        raise click.exceptions.Exit(NOT_TRUSTWORTHY)


def _say_answer(fit: bs.Fit, folder: Path | None, *, force: bool) -> None:
    say(answer_sentence(fit, force=force), bold=True)
    if fit.trusted or force:
        say()
        say(reworded("\n".join(_window_lines(fit)), fit.curves.unit))
    say()
    say(f"trust: {fit.trust.verdict}")
    for reason in fit.trust.reasons:
        say(f"  {reason}")
    if folder is not None:
        say(f"report: {folder / 'report.html'}")


def _window_lines(fit: bs.Fit) -> list[str]:
    """Return the windows and the published ones as tables."""
    first = next(iter(fit.windows.values())).posterior
    header = ("window", "P(exists)", "identified", "lower (95 % interval)", "upper (95 % interval)", "optimum")
    rows = [header, *(_row(kind, window) for kind, window in fit.windows.items())]
    lines = [f"{first.scale}, {first.unit.name}; medians of the draws in which a limit is defined", *aligned(rows)]
    lines += _reasons(fit)
    if fit.published:
        lines += ["", *_published_lines(fit.published)]
    if fit.published_acceptance:
        lines += ["", *aligned([ACCEPTANCE_TITLES, *map(_acceptance_row, fit.published_acceptance)])]
    return lines


def _row(kind: str, window: bs.Window) -> tuple[str, ...]:
    optimum = "" if window.optimum is None else limit_text(window, window.optimum)
    identified = "yes" if window.identified else "no"
    limits = (limit_text(window, limit) for limit in (window.lower, window.upper))
    return (kind, probability_text(window.p_exists), identified, *limits, optimum)


def _reasons(fit: bs.Fit) -> list[str]:
    """Return why windows are not identified, one line a reason."""
    reasons = [f"  {kind}: {reason}" for kind, window in fit.windows.items() for reason in window.why]
    return ["", "not identified, because", *reasons] if reasons else []


def limit_text(window: bs.Window, quantity: Quantity) -> str:
    """Return median and 95 % interval of a limit."""
    if quantity.q50 is None:
        return "undefined"
    median = format_exposure(quantity.q50, span=window.posterior.span, unit=window.posterior.unit)
    return f"{median} ({interval_text(window, quantity)})"


def _published_lines(scores: Sequence[PublishedScore]) -> list[str]:
    """Return the published windows as policies, and what leaving everybody loses."""
    header = ("published window", "P(optimum inside)", "expected regret", "expected benefit")
    untouched = f"{scores[0].expected_regret_untouched_months:.1f} months"
    note = f"Patients outside a window are moved to its nearer end. Leaving everybody has a regret of {untouched}."
    return [*aligned([header, *(_published_row(score) for score in scores)]), note]


def _published_row(score: PublishedScore) -> tuple[str, ...]:
    regret, benefit = score.expected_regret_months, score.expected_benefit_months
    months = ("outside the range", "") if regret is None else (f"{regret:.1f} months", f"{benefit:.1f} months")
    return (f"{score.name}, {_ends(score.lower, score.upper)}", f"{score.p_optimum_inside:.2f}", *months)


def _acceptance_row(one: PublishedAcceptance) -> tuple[str, ...]:
    shares = (one.p_acceptable, one.p_lower_too_low, one.p_upper_too_high)
    cells = ("–" if share is None else probability_text(share) for share in shares)
    return (f"{one.name}, {_ends(one.lower, one.upper)}", *cells)


def _ends(lower: float | None, upper: float | None) -> str:
    if upper is None:
        return f"≥ {lower:g}"
    return f"≤ {upper:g}" if lower is None else f"{lower:g}–{upper:g}"
