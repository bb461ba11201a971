"""``bayes-sora simulate``: one cohort with a known truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import bayes_sora as bs
from bayes_sora.cli.terminal import aligned, json_option, note, print_json, say
from bayes_sora.digits import significant
from bayes_sora.errors import UsageError

if TYPE_CHECKING:
    from bayes_sora.simulation import TrueWindow, Truth


@click.command(name="simulate", short_help="Draw a cohort with a known truth.")
@click.argument("scenario")
@click.option("--n", type=int, default=26, show_default=True, help="Number of patients.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same cohort everywhere.")
@click.option("--out", type=Path, required=True, metavar="FILE.csv", help="Cohort file; FILE.truth.json beside it.")
@click.option("--troughs", type=int, default=1, show_default=True, help="Troughs a patient; above 1 FILE.troughs.csv.")
@click.option("--lloq", type=float, metavar="MG_L", help="Lower limit of quantification in mg/L.")
@click.option("--history", is_flag=True, help="Also the course of treatment: entry, days, FILE.doses.csv.")
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@json_option
def command(
    *,
    scenario: str,
    n: int,
    seed: int,
    out: Path,
    troughs: int,
    lloq: float | None,
    history: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draw one cohort of SCENARIO and write it beside its true windows.

    Scenarios: literal, moderate, moderate_shift, monotone, step, null, confounded, confounded_response, reverse,
    landmark, immortal.
    """
    from bayes_sora.simulation import simulation_paths, write_simulation  # noqa: PLC0415 - `--help` needs no NumPy

    taken = [path.name for path in simulation_paths(out, troughs=troughs, history=history) if path.exists()]
    if taken and not overwrite:
        msg = f"already there: {', '.join(taken)}. Give --overwrite to replace, or another --out"
        raise UsageError(msg)
    simulation = bs.simulate(scenario, n=n, seed=seed, troughs=troughs, lloq_mg_l=lloq, history=history)
    files = write_simulation(simulation, out)
    if as_json:
        print_json({"files": [str(path) for path in files], "truth": simulation.truth.as_dict()})
        return
    say("\n".join(_truth_lines(simulation.truth)))
    note(f"written: {', '.join(str(path) for path in files)}")


def _truth_lines(truth: Truth) -> list[str]:
    """Return the true windows of average and measured trough as a table."""
    average, measured = truth.windows("C"), truth.windows("y")
    rows = [
        ("true window, mg/L", "average trough", "measured trough"),
        ("limits", _window(average.limits), _window(measured.limits)),
        ("youden", _window(average.youden), _window(measured.youden)),
        ("utility", _window(average.utility), _window(measured.utility)),
        ("optimum", _exposure(average.optimum), _exposure(measured.optimum)),
    ]
    return [f"{truth.scenario.name}, {truth.n} patients, seed {truth.seed}", *aligned(rows)]


def _window(window: TrueWindow) -> str:
    return f"{_exposure(window.lower)} to {_exposure(window.upper)}" if window.exists else "none"


def _exposure(value: float | None) -> str:
    return "none" if value is None else significant(value, digits=4)
