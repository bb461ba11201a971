"""``bayes-sora borrow``: a prior from what earlier studies published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import aligned, json_option, print_json, say

if TYPE_CHECKING:
    from bayes_sora.fitting import MapPrior
    from bayes_sora.fitting.slope_scale import Scale

WORTH_SAYING = 0.05
"""A share of a slope that stays in is named from here on."""


@click.command(name="borrow", short_help="Turn earlier results into a prior of a model file.")
@click.argument("evidence", metavar="TABLE", type=Path)
@click.option("--parameter", default="toxicity.slope", show_default=True, help="Block and name in the model file.")
@click.option(
    "--sd-between", type=float, default=0.5, show_default=True, help="Scale of the half-normal SD between studies."
)
@click.option(
    "--scale",
    type=click.Choice(("measured", "average")),
    default="measured",
    show_default=True,
    help="What slopes are per unit of: measured troughs, as published, or the average trough of a latent exposure.",
)
@click.option(
    "--exposure-sd", type=float, default=0.55, show_default=True, help="SD of log exposure, on the scale asked for."
)
@click.option(
    "--sd-within",
    type=float,
    default=0.30,
    show_default=True,
    help="SD of one measured log trough around a patient's average, for --scale average.",
)
@click.option(
    "--troughs-per-patient",
    "n_troughs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Troughs whose mean the studies took, for --scale average.",
)
@click.option(
    "--weight", type=float, default=0.8, show_default=True, help="Of the earlier evidence, against a vague normal."
)
@click.option("--vague-sd", type=float, default=2.0, show_default=True, help="SD of the vague normal around 0.")
@json_option
def command(
    *,
    evidence: Path,
    parameter: str,
    sd_between: float,
    scale: Scale,
    exposure_sd: float,
    sd_within: float,
    n_troughs: int,
    weight: float,
    vague_sd: float,
    as_json: bool,
) -> None:
    """Combine the studies of TABLE by random-effects meta-analysis, and print the prior for a new study.

    TABLE has one row a study: study, estimate and standard_error; or study, events_above, n_above, events_below and
    n_below, counts about a cut-off of exposure. Published slopes are per unit of the measured trough, which is noisy
    and flattens them; a model of average troughs needs --scale average. Writes nothing.
    """
    import bayes_sora as bs  # noqa: PLC0415 - `--help` must not wait for NumPy

    found = bs.map_prior(
        evidence,
        sd_between_scale=sd_between,
        exposure_sd=exposure_sd,
        scale=scale,
        sd_within=sd_within,
        n_troughs=n_troughs,
    )
    block = found.toml(parameter, weight=weight, vague_sd=vague_sd)
    if as_json:
        print_json({"parameter": parameter, **found.as_dict(), "toml": block})
        return
    say("\n".join(aligned(_rows(found))))
    say("\n" + "\n".join(_scale_lines(found, parameter)))
    if found.effective_patients is not None:
        say(f"\nFor a new study the evidence is worth some {found.effective_patients:.0f} patients of such studies.")
    say(f"\n{block}")


def _scale_lines(found: MapPrior, parameter: str) -> list[str]:
    """Say what slopes are per unit of, what else a model of average troughs needs, and what is left of a steep one."""
    scale, block = found.slope_scale, parameter.split(".", maxsplit=1)[0]
    if scale.scale == "measured":
        return [scale.words(), "A model with latent exposure takes slopes of the average trough: --scale average."]
    steepest = max(found.results, key=lambda one: abs(one.estimate))
    left = scale.left_in(steepest.estimate)
    if block == "survival" or left < WORTH_SAYING:
        return [scale.words()]
    return [scale.words(), f"The logit of {steepest.study} stays a further {100.0 * left:.0f} % too flat: it is steep."]


def _rows(found: MapPrior) -> list[tuple[str, ...]]:
    """Return one row a study, then the mean over studies, a new study, and the SD between them."""
    told = found.as_dict()
    studies = [(one.study, f"{one.estimate:.2f}", f"{one.standard_error:.2f}", "") for one in found.results]
    summaries = [
        (words, f"{told[name]['mean']:.2f}", f"{told[name]['sd']:.2f}", _interval(told[name]))
        for words, name in (("mean of studies", "common"), ("a new study", "new_study"))
    ]
    spread = ("SD between studies", f"{told['sd_between']['q50']:.2f}", "", _interval(told["sd_between"]))
    return [("study", "estimate", "SE or SD", "95 %"), *studies, *summaries, spread]


def _interval(quantiles: dict[str, float]) -> str:
    return f"{quantiles['q025']:.2f} to {quantiles['q975']:.2f}"
