"""What `compare` says when it is done: which model predicts best, the table, and the windows side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bayes_sora.cli.answer import limit_text
from bayes_sora.cli.terminal import aligned, note, print_json, say
from bayes_sora.comparison.words import averaged_sentence
from bayes_sora.errors import TrustError
from bayes_sora.fitting.answer import probability_text
from bayes_sora.fitting.measure import reworded
from bayes_sora.report.comparison import comparison_document

if TYPE_CHECKING:
    from pathlib import Path

    import bayes_sora as bs


def give_comparison(comparison: bs.Comparison, out: Path, *, as_json: bool) -> None:
    """Print the tables, or the one JSON object; end with exit code 4 where a fit must be refused."""
    if as_json:
        print_json(comparison_document(comparison))
    else:
        _say_answer(comparison, out)
    if not comparison.trusted:
        note("at least one fit is not trustworthy; the models are compared on request")
        raise click.exceptions.Exit(TrustError.exit_code)


def _say_answer(comparison: bs.Comparison, out: Path) -> None:
    say(comparison.sentence(), bold=True)
    say(averaged_sentence(comparison))
    say()
    header = ("model", "elpd (SE)", "difference (SE)", "p_loo", "refits", "stacking weight")
    say("\n".join(aligned([header, *(_row(model) for model in comparison.models)])))
    say()
    say("\n".join(_window_lines(comparison)))
    for one in comparison.notes:
        say(f"  {one}")
    say()
    say("stacking weights are not probabilities of the models")
    say(f"report: {out / 'report.html'}")


def _row(model: bs.ComparedModel) -> tuple[str, ...]:
    difference = f"{model.elpd_diff:.1f} ({model.se_diff:.1f})" if model.elpd_diff else "best"
    return (
        model.name,
        f"{model.elpd:.1f} ({model.se:.1f})",
        difference,
        f"{model.p_loo:.1f}",
        str(len(model.refitted)),
        f"{model.weight:.2f}",
    )


def _window_lines(comparison: bs.Comparison) -> list[str]:
    """Return every window by model, and averaged, as a table."""
    curves = comparison.models[0].fit.curves
    header = ("window", "model", "P(exists)", "identified", "lower (95 % interval)", "upper (95 % interval)")
    rows = []
    for kind in comparison.kinds:
        windows = {model.name: model.windows[kind] for model in comparison.models}
        windows |= {"averaged": comparison.averaged[kind]} if kind in comparison.averaged else {}
        rows += [(kind, name, *_cells(window)) for name, window in windows.items()]
    lines = [f"{curves.scale}, {curves.unit.name}", *aligned([header, *rows])]
    return [reworded(line, curves.unit) for line in lines]


def _cells(window: bs.Window) -> tuple[str, ...]:
    limits = (limit_text(window, limit) for limit in (window.lower, window.upper))
    return (probability_text(window.p_exists), "yes" if window.identified else "no", *limits)
