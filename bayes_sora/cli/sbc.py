"""``bayes-sora sbc``: simulation-based calibration of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import Progress, aligned, json_option, note, print_json, say
from bayes_sora.errors import TrustError

if TYPE_CHECKING:
    from bayes_sora.study.calibration import Calibration, QuantityCalibration
    from bayes_sora.study.plan import EngineName


@click.command(name="sbc", short_help="Check by simulation that an engine samples a model file rightly.")
@click.argument("model", metavar="MODEL")
@click.option("--n", type=int, default=26, show_default=True, help="Patients a cohort.")
@click.option("--replications", type=int, default=500, show_default=True, help="Simulated cohorts.")
@click.option("--engine", type=click.Choice(["fast", "nuts"]), default="fast", show_default=True, help="Engine.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; one a processor by default.")
@click.option("--seed", type=int, default=1, show_default=True, help="The numbers depend on it, not on the workers.")
@click.option("--out", type=Path, metavar="DIR", help="Write verdict, ranks and figure into this new folder.")
@json_option
def command(
    *,
    model: str,
    n: int,
    replications: int,
    engine: EngineName,
    workers: int | None,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Calibrate MODEL, a model file or the name of a released one, by simulation.

    Parameters are drawn from its priors, a cohort from the model itself, and the rank of the truth among the posterior
    draws must be uniform, for every parameter, log-likelihood and limit. Exit code 4 when one is not.
    """
    # `--help` needs neither NumPy nor matplotlib.
    from bayes_sora.report.calibration import check_calibration_destination, write_calibration  # noqa: PLC0415
    from bayes_sora.study.calibration import calibrate  # noqa: PLC0415

    if out is not None:
        check_calibration_destination(out)
    progress = Progress()
    found = calibrate(
        model,
        n=n,
        replications=replications,
        engine=engine,
        workers=workers,
        seed=seed,
        progress=lambda done, in_all: progress("replications", done, in_all),
    )
    progress.finish()
    if out is not None:
        note(f"written: {write_calibration(found, out)}")
    _answer(found, as_json=as_json)


def _answer(found: Calibration, *, as_json: bool) -> None:
    """Print the table, or the one JSON object, and end with exit code 4 where a quantity is not calibrated."""
    if as_json:
        print_json(found.as_dict())
    else:
        say("\n".join(_lines(found)))
    if not found.calibrated:
        note(f"not calibrated: {', '.join(found.miscalibrated)}. Model, simulator or engine is at fault")
        raise click.exceptions.Exit(TrustError.exit_code)


def _lines(found: Calibration) -> list[str]:
    design = found.design
    fitted = ", ".join(f"{count:,} by {engine}" for engine, count in found.fitted_by.items()) or "none"
    head = f"{found.model}: {design.replications:,} cohorts of {design.n} patients, seed {design.seed}"
    titles = ("quantity", "cohorts", "p", "p (Holm)", "shift", "spread", "in 95 %", "verdict")
    table = [titles, *map(_row, found.quantities)]
    return [f"{head}; posteriors {fitted}, {found.failed:,} without one.", *aligned(table)]


def _row(quantity: QuantityCalibration) -> tuple[str, ...]:
    return (
        quantity.name,
        f"{quantity.ranks.size:,}",
        f"{quantity.p_value:.2g}",
        f"{quantity.p_adjusted:.2g}",
        f"{quantity.shift:+.3f}",
        f"{quantity.spread:.3f}",
        f"{quantity.coverage:.1%}",
        "calibrated" if quantity.calibrated else "NOT CALIBRATED",
    )
