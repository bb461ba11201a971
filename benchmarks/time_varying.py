"""What an analysis that takes no notice of time finds where there is nothing, and what the block built for it finds.

Cohorts of three simulated truths are analysed twice by the fast engine, as a file without a course of treatment and
with one. `reverse`: doses are halved after toxicity, before the trough is drawn. `immortal`: doses fall with time, and
the trough is the last one. `landmark`: patients enter at month 2 of treatment, alive. Run, from the root of the
repository: ``python benchmarks/time_varying.py --write``; one process, a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import bayes_sora as bs
from bayes_sora.modelfile.library import parse_model
from bayes_sora.study.engine.fast import draw_fast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.cohort import Cohort
    from bayes_sora.modelfile import ModelFile
    from bayes_sora.types import FloatArray

PAGE = Path(__file__).parents[1] / "docs" / "time.md"
BEGIN, END = "<!-- time table -->\n", "<!-- time end -->\n"
REFERENCE, LOW, HIGH = 2.91, 0.5, 10.0
HEADER = ("scenario", "analysis", "what is estimated", "truth", "mean estimate", "95 % interval without the truth")


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One way of analysing the cohorts of a scenario, and the true values it is held against."""

    scenario: str
    name: str
    model: ModelFile
    cohort: Callable[[int, int], Cohort]
    truths: Mapping[str, float]


def main() -> None:
    """Analyse and print the table; ``--write`` puts it into docs/time.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=250, help="cohorts of each scenario")
    parser.add_argument("--n", type=int, default=80, help="patients a cohort")
    parser.add_argument("--seed", type=int, default=1, help="of the first cohort; the others follow")
    parser.add_argument("--write", action="store_true", help="put the table into docs/time.md")
    asked = parser.parse_args()
    rows, started = [], time.perf_counter()
    for analysis in _analyses():
        rows += _rows(analysis, asked.cohorts, asked.n, asked.seed)
        print(json.dumps(rows[-1]), f"{time.perf_counter() - started:.0f} s", flush=True)
    text = _text(rows, asked, time.perf_counter() - started)
    print(text)
    if asked.write:
        _write(text)


def _analyses() -> tuple[Analysis, ...]:
    joint, doses = _linear("sorafenib_joint.v1"), _linear("sorafenib_doses.v1")
    entry, plain = bs.load_model("sorafenib_entry.v1"), bs.load_model("sorafenib_joint.v1")
    early = {"survival_linear": 0.0, "toxicity_slope": 0.9, "upper_limit": 2.91}
    late = {"survival_median": 14.0, "survival_shape": 1.25}
    return (
        Analysis(scenario="reverse", name="naive", model=joint, cohort=_without("reverse"), truths=early),
        Analysis(scenario="reverse", name="doses", model=doses, cohort=_with("reverse"), truths=early),
        Analysis(scenario="immortal", name="naive", model=joint, cohort=_without("immortal"), truths=early),
        Analysis(scenario="immortal", name="doses", model=doses, cohort=_with("immortal"), truths=early),
        Analysis(scenario="landmark", name="naive", model=plain, cohort=_entry_ignored, truths=late),
        Analysis(scenario="landmark", name="entry", model=entry, cohort=_with("landmark"), truths=late),
    )


def _linear(name: str) -> ModelFile:
    """Return a model file with a linear effect of exposure on survival."""
    content = json.loads(bs.load_model(name).text) | {"name": "linear"}
    content["survival"]["form"] = "linear"
    del content["survival"]["curvature"]
    return parse_model(content)


def _without(scenario: str) -> Callable[[int, int], Cohort]:
    return lambda n, seed: bs.simulate(scenario, n=n, seed=seed).cohort


def _with(scenario: str) -> Callable[[int, int], Cohort]:
    return lambda n, seed: bs.simulate(scenario, n=n, seed=seed, history=True).cohort


def _entry_ignored(n: int, seed: int) -> Cohort:
    """Return a cohort whose time counts from treatment, its late entry left out."""
    return replace(_with("landmark")(n, seed), entry_months=None)


def _rows(analysis: Analysis, cohorts: int, n: int, first: int) -> list[dict[str, object]]:
    """Return one row a quantity: how often its 95 % interval leaves out the truth, with the Monte Carlo error."""
    seeds = range(first, first + cohorts)
    drawn = draw_fast(analysis.model, [analysis.cohort(n, seed) for seed in seeds], seeds)
    trusted = [draws.parameters for draws in drawn if draws is not None]
    rows = []
    for name, truth in analysis.truths.items():
        values = [_upper_limit(one) if name == "upper_limit" else one[name] for one in trusted]
        ends = np.array([np.nanquantile(value, (0.025, 0.5, 0.975)) for value in values])
        missed = (ends[:, 0] > truth) | (ends[:, 2] < truth)
        rows.append(
            {
                "scenario": analysis.scenario,
                "analysis": analysis.name,
                "quantity": name,
                "truth": truth,
                "estimate": float(np.mean(ends[:, 1])),
                "missed": float(missed.mean()),
                "mcse": float(np.sqrt(missed.mean() * (1.0 - missed.mean()) / missed.size)),
                "wrong_side": float(np.mean(ends[:, 2] < 0.0)) if name == "toxicity_slope" else None,
                "analysed": len(trusted),
            }
        )
    return rows


def _upper_limit(parameters: Mapping[str, FloatArray]) -> FloatArray:
    """Return the largest exposure of the range at which half of the patients at most have toxicity."""
    intercept, slope = parameters["toxicity_intercept"], parameters["toxicity_slope"]
    crossing = np.clip(REFERENCE * np.exp(np.clip(-intercept / slope, -5.0, 5.0)), LOW, HIGH)
    at_high = intercept + slope * np.log(HIGH / REFERENCE)
    # A falling curve is acceptable up to the end of the range, or nowhere.
    return np.where(slope > 0.0, crossing, np.where(at_high <= 0.0, HIGH, np.nan))


def _text(rows: list[dict[str, object]], asked: argparse.Namespace, seconds: float) -> str:
    command = f"python benchmarks/time_varying.py --cohorts {asked.cohorts} --n {asked.n} --seed {asked.seed} --write"
    made = f"{datetime.now(tz=UTC):%Y-%m-%d}, {seconds / 60:.0f} minutes in one process ({platform.machine()})"
    lines = [
        f"{asked.cohorts} cohorts of {asked.n} patients a scenario, seeds from {asked.seed}; {made}; `{command}`.",
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
    ]
    for row in rows:
        missed = f"{row['missed']:.3f} ± {row['mcse']:.3f}"
        if row["wrong_side"]:
            missed += f" ({row['wrong_side']:.0%} wholly below 0)"
        cells = (row["scenario"], row["analysis"], f"`{row['quantity']}`", f"{row['truth']:g}")
        lines.append(f"| {' | '.join((*map(str, cells), f'{row["estimate"]:.2f}', missed))} |")
    left_out = [f"{row['scenario']}/{row['analysis']} {asked.cohorts - int(str(row['analysed']))}" for row in rows]
    counts = ", ".join(dict.fromkeys(left_out))
    return "\n".join([*lines, "", f"Cohorts for which the fast engine did not trust its weights: {counts}."]) + "\n"


def _write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + text + END + rest.split(END)[1], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
