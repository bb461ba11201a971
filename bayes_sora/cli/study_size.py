"""``bayes-sora study size``: the sample-size question, answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import Progress, aligned, json_option, note, print_json, say
from bayes_sora.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from bayes_sora.questions import WindowKind
    from bayes_sora.study import SizeAnswer, SizeQuestion
    from bayes_sora.study.plan import EngineName, TruthPrior
    from bayes_sora.study.rows import LimitName
    from bayes_sora.study.sample_size import Criterion

FAST_MODEL = "sorafenib_observed.v1"
DEFAULT_FOLD, DEFAULT_PROBABILITY = 2.0, 0.8
DEFAULT_SCENARIO = "moderate"
EXAMPLES = """\b
Examples:
  bayes-sora study size --limit upper --max-fold 2 --probability 0.8
  bayes-sora study size --window youden --identified --truths truths.toml"""


@click.command(name="size", short_help="The smallest number of patients that settles a window.", epilog=EXAMPLES)
@click.option("--scenario", metavar="NAME", help=f"The truth, as of `simulate`. [default: {DEFAULT_SCENARIO}]")
@click.option(
    "--truths", type=Path, metavar="FILE", help="A prior over truths instead: TOML with the [truths] of a plan."
)
@click.option(
    "--window", type=click.Choice(["limits", "youden", "utility"]), default="limits", show_default=True, help="Which."
)
@click.option("--limit", type=click.Choice(["lower", "upper", "optimum"]), help="Ask for a narrow interval of it.")
@click.option(
    "--max-fold", type=float, help=f"How narrow: the 95 % interval spans less than this. [default: {DEFAULT_FOLD:g}]"
)
@click.option("--identified", is_flag=True, help="Ask for an identified window.")
@click.option("--benefit", type=float, metavar="MONTHS", help="Ask for this mean benefit of dosing to the window.")
@click.option("--probability", type=float, help=f"Of a narrow or identified result. [default: {DEFAULT_PROBABILITY}]")
@click.option("--model", default=FAST_MODEL, show_default=True, metavar="NAME|PATH", help="Model file that analyses.")
@click.option("--engine", type=click.Choice(["fast", "nuts"]), default="fast", show_default=True)
@click.option("--troughs", type=int, default=1, show_default=True, help="Troughs a patient.")
@click.option("--follow-up", type=float, metavar="MONTHS", help="End of follow-up for everybody.")
@click.option("--n-min", type=int, default=20, show_default=True, help="Smallest number of patients considered.")
@click.option("--n-max", type=int, default=2000, show_default=True, help="Largest one.")
@click.option("--replicates", type=int, default=3000, show_default=True, help="Most cohorts simulated in all.")
@click.option(
    "--tolerance", type=float, default=1.15, show_default=True, help="Content with an interval of n within this fold."
)
@click.option("--max-seconds", type=float, help="Begin no round after so long; the answer then depends on the machine.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes of this machine; one a processor by default.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--out", type=Path, metavar="DIR", help="New folder for size.json, curve.csv and the figure.")
@json_option
def command(
    *,
    scenario: str | None,
    truths: Path | None,
    window: WindowKind,
    limit: LimitName | None,
    max_fold: float | None,
    identified: bool,
    benefit: float | None,
    probability: float | None,
    model: str,
    engine: EngineName,
    troughs: int,
    follow_up: float | None,
    n_min: int,
    n_max: int,
    replicates: int,
    tolerance: float,
    max_seconds: float | None,
    workers: int | None,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the smallest number of patients that settles a window.

    Say what must be achieved by one of --limit, --identified and --benefit. Cohorts are simulated under a scenario, or
    over a prior of truths, and analysed; the search spends them where the target is crossed. It never extrapolates:
    "not reached" is an answer.
    """
    from bayes_sora.report.destination import check_destination  # noqa: PLC0415 - `--help` needs no NumPy
    from bayes_sora.report.sample_size import write_size_answer  # noqa: PLC0415
    from bayes_sora.study import Effort, Method, SizeQuestion  # noqa: PLC0415

    question = SizeQuestion(
        criterion=_criterion(window, limit, max_fold, benefit, probability, identified=identified),
        truth=_truth(scenario, truths),
        method=Method(name="size", kind="bayes", model=model, engine=engine),
        n_min=n_min,
        n_max=n_max,
        troughs=troughs,
        follow_up_months=follow_up,
        effort=Effort(replicates=replicates, tolerance=tolerance, seconds=max_seconds),
        seed=seed,
    )
    if out is not None:
        check_destination(out)
    answer = _search(question, workers=workers)
    if out is not None:
        write_size_answer(answer, out)
        note(f"written: {out}")
    if as_json:
        print_json(answer.as_dict())
    else:
        _say(answer)
    if answer.failures_matter:
        note("incomplete: too many analyses failed")
        raise click.exceptions.Exit(IncompleteError.exit_code)


def _criterion(
    window: WindowKind,
    limit: LimitName | None,
    max_fold: float | None,
    benefit: float | None,
    probability: float | None,
    *,
    identified: bool,
) -> Criterion:
    from bayes_sora.study import Benefit, Identified, NarrowLimit  # noqa: PLC0415

    if (limit is not None) + identified + (benefit is not None) != 1:
        msg = "say what must be achieved by one of --limit LIMIT (with --max-fold), --identified and --benefit MONTHS"
        raise UsageError(msg)
    if max_fold is not None and limit is None:
        msg = "--max-fold goes with --limit"
        raise UsageError(msg)
    if benefit is not None:
        if probability is not None:
            msg = "--benefit is about a mean and takes no --probability"
            raise UsageError(msg)
        return Benefit(window=window, months=benefit)
    wanted = DEFAULT_PROBABILITY if probability is None else probability
    if limit is None:
        return Identified(window=window, probability=wanted)
    fold = DEFAULT_FOLD if max_fold is None else max_fold
    return NarrowLimit(window=window, limit=limit, max_fold=fold, probability=wanted)


def _truth(scenario: str | None, truths: Path | None) -> str | TruthPrior:
    if truths is None:
        return scenario or DEFAULT_SCENARIO
    if scenario is not None:
        msg = "--scenario and --truths are two truths: give one. The base of --truths is in its file"
        raise UsageError(msg)
    from bayes_sora.study import load_truths  # noqa: PLC0415

    return load_truths(truths)


def _search(question: SizeQuestion, *, workers: int | None) -> SizeAnswer:
    from bayes_sora.processes import processors  # noqa: PLC0415
    from bayes_sora.study import find_sample_size  # noqa: PLC0415
    from bayes_sora.study.pools import process_pool  # noqa: PLC0415

    progress = Progress()
    with process_pool(workers or processors()) as pool:
        executor = pool.open()
        finished = False
        try:
            answer = find_sample_size(question, executor=executor, progress=progress)
            finished = True
        finally:
            progress.finish()
            pool.close(executor, now=not finished)
    return answer


def _say(answer: SizeAnswer) -> None:
    digits = 3 if answer.question.criterion.scale == "probability" else 2
    rows = [("patients", "estimate", "MCSE", "cohorts")]
    rows += [
        (str(one.n), f"{one.estimate:.{digits}f}", f"{one.mcse:.{digits}f}", str(one.replicates))
        for one in answer.curve
    ]
    say(answer.sentence(), bold=True)
    say()
    say("\n".join(aligned(rows)))
    for one in answer.notes:
        note(f"note {one}")
    note(f"{answer.replicates:,} cohorts in {answer.seconds:.0f} s")
