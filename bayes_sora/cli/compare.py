"""``bayes-sora compare``: several model files on one cohort."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.inputs import CohortFiles, columns_option, drop_incomplete_option, read_inputs, troughs_option
from bayes_sora.cli.terminal import Progress, aligned, json_option, print_json, say, say_notes

if TYPE_CHECKING:
    import bayes_sora as bs
    from bayes_sora.comparison import Comparison
    from bayes_sora.window import Quantity


@click.command(name="compare", short_help="Compare model files on one cohort, and average their windows.")
@click.argument("cohort", type=Path)
@click.option(
    "--model", "models", multiple=True, required=True, metavar="NAME|PATH", help="A model file; give at least two."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Everything random follows from it.")
@click.option("--draws", type=int, help="Draws a chain.  [default: the model file's, 1000]")
@click.option("--tune", type=int, help="Tuning steps a chain.  [default: the model file's, 1000]")
@click.option("--no-refit", is_flag=True, help="Do not fit again without the patients that sway a fit most.")
@columns_option
@troughs_option
@drop_incomplete_option
@json_option
def command(
    *,
    cohort: Path,
    models: tuple[str, ...],
    seed: int,
    draws: int | None,
    tune: int | None,
    no_refit: bool,
    columns: Path | None,
    troughs: Path | None,
    drop_incomplete: bool,
    as_json: bool,
) -> None:
    """Fit every model file to COHORT and compare how well each predicts a patient that it has not seen.

    Prints the difference in expected log predictive density to the best (leave-one-patient-out), stacking weights, and
    the windows of each model and of all of them by their weights. Weights are not probabilities of models.
    """
    import bayes_sora as bs  # noqa: PLC0415 - `--help` needs no NumPy

    if len(models) < 2:
        msg = "give --model at least twice: one model file has nothing to be compared with"
        raise bs.UsageError(msg)
    files = CohortFiles(cohort=cohort, columns=columns, troughs=troughs, drop_incomplete=drop_incomplete)
    inputs = [read_inputs(files, model_name=name) for name in models]
    say_notes(inputs[0][0].notes)
    progress = Progress()
    fits = [bs.fit(read, model=model, seed=seed, draws=draws, tune=tune, progress=progress) for read, model in inputs]
    found = bs.compare(fits, refit=not no_refit, progress=progress)
    progress.finish()
    if as_json:
        print_json(found.as_dict())
        return
    say("\n".join(_model_lines(found)))
    say()
    say("\n".join(_window_lines(found)))


def _model_lines(found: Comparison) -> list[str]:
    header = ("model", "elpd difference", "standard error", "p_loo", "weight", "fitted again", "largest Pareto k")
    rows = [
        (
            one.fit.model_file.name,
            f"{one.difference:.1f}",
            f"{one.difference_error:.1f}",
            f"{one.loo.effective_parameters:.1f}",
            f"{one.weight:.2f}",
            str(int(one.loo.refitted.sum())),
            f"{float(one.loo.pareto_k.max()):.2f}",
        )
        for one in found.models
    ]
    return list(aligned([header, *rows]))


def _window_lines(found: Comparison) -> list[str]:
    rows: list[tuple[str, ...]] = [("window", "model", "P(exists)", "lower (95 % interval)", "upper (95 % interval)")]
    named = [(one.fit.model_file.name, one.fit.windows) for one in found.models]
    if found.averaged is not None:
        named.append(("averaged by weight", dict(found.averaged)))
    for kind in named[0][1]:
        rows += [_window_row(kind, name, windows[kind]) for name, windows in named if kind in windows]
    return list(aligned(rows))


def _window_row(kind: str, name: str, window: bs.Window) -> tuple[str, ...]:
    return kind, name, f"{window.p_exists:.2f}", _limit(window, window.lower), _limit(window, window.upper)


def _limit(window: bs.Window, quantity: Quantity) -> str:
    from bayes_sora.window import format_exposure, interval_text  # noqa: PLC0415

    if quantity.q50 is None:
        return "undefined"
    median = format_exposure(quantity.q50, span=window.posterior.span, unit=window.posterior.unit)
    return f"{median} ({interval_text(window, quantity)})"
