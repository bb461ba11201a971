"""Do the fast engine and NUTS draw the same posteriors? Two hundred cohorts of every scenario, every window quantity.

Every model has a process of its own. Run: ``uv run python benchmarks/agreement.py --write``; some seven minutes on two
cores.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

# One thread, as in a study; to be said before JAX is imported.
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false".strip()

import jax
import numpy as np
import pandas as pd
from arviz_stats.base.array import array_stats
from scipy import special

import bayes_sora as bs
from bayes_sora.fitting.result import optimisation_span
from bayes_sora.study.engine.fast import draw_fast
from bayes_sora.study.engine.nuts import CHAINS, DRAWS, TUNE, draw_nuts
from bayes_sora.study.engine.quantities import quantities_of
from bayes_sora.study.engine.windows import WindowFinder
from bayes_sora.study.methods import estimand_of
from bayes_sora.study.plan import Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.study.engine.draws import Draws
    from bayes_sora.types import BoolArray, FloatArray

MODELS = ("sorafenib_observed.v1", "sorafenib_joint.v1")
N_PATIENTS, N_EACH, FIRST_SEED = 26, 20, 70_000
PROBABILITIES = (0.025, 0.5, 0.975)
LARGEST_ERRORS = 4.0
LEAST_DEFINED = 100.0
"""Effective draws of either engine that must define a limit; of fewer nobody would quote a 95 % interval."""
ONE_SIGMA = float(special.ndtr(1.0))
ROUNDING = 1e-6
"""Differences in the log that are nobody's business: a value at an edge, reached by two ways."""
PAGE = Path(__file__).parents[1] / "docs" / "engine-agreement.md"


@dataclass(frozen=True)
class Comparison:
    """Every comparison of one model, the cohorts that an engine gave up, and the seconds each engine took."""

    model: str
    table: pd.DataFrame
    given_up: dict[str, int]
    seconds: dict[str, float]


def main() -> None:
    """Compare and print a table a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=N_EACH, help="cohorts of each scenario")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--write", action="store_true", help="write docs/engine-agreement.md")
    parser.add_argument("--rows", type=Path, help="also write every comparison to this Parquet file")
    asked = parser.parse_args()
    with ProcessPoolExecutor(len(asked.models), mp_context=get_context("spawn")) as pool:
        comparisons = list(pool.map(compare, asked.models, [asked.each] * len(asked.models)))
    sections = [section(one) for one in comparisons]
    print("\n".join(sections))
    if asked.rows:
        pd.concat([one.table.assign(model=one.model) for one in comparisons]).to_parquet(asked.rows)
    if asked.write:
        PAGE.write_text("\n".join([introduction(asked.each), *sections]), encoding="utf-8")


def compare(name: str, each: int) -> Comparison:
    """Draw every posterior of one model with both engines."""
    model = bs.load_model(name)
    scenarios = [scenario for scenario in bs.SCENARIOS for _ in range(each)]
    seeds = [FIRST_SEED + i for i in range(len(scenarios))]
    cohorts = [bs.simulate(one, n=N_PATIENTS, seed=seed).cohort for one, seed in zip(scenarios, seeds, strict=True)]
    started = time.perf_counter()
    fast = draw_fast(model, cohorts, seeds)
    seconds = {"fast": time.perf_counter() - started}
    started = time.perf_counter()
    sampled = [draw_nuts(model, cohort, seed) for cohort, seed in zip(cohorts, seeds, strict=True)]
    seconds["nuts"] = time.perf_counter() - started
    tables = [
        compare_draws(left, right, model, cohort).assign(scenario=scenario, seed=seed)
        for left, right, cohort, scenario, seed in zip(fast, sampled, cohorts, scenarios, seeds, strict=True)
        if left is not None and right is not None
    ]
    given_up = {"fast": sum(one is None for one in fast), "nuts": sum(one is None for one in sampled)}
    return Comparison(name, pd.concat(tables, ignore_index=True), given_up, seconds)


def compare_draws(fast: Draws, nuts: Draws, model: ModelFile, cohort: Cohort) -> pd.DataFrame:
    """Compare the windows of one cohort's posterior; one row a window, limit and probability.

    The columns `fast` and `nuts` are in log mg/L, `error` is the combined Monte Carlo error, and `distance` the
    difference in such errors. The rows of ``exists`` compare the probability that the window exists.
    """
    windows = estimand_of(Method(name="any", kind="bayes", model=model.name)).windows
    finder = WindowFinder(model, tuple(asked for asked in model.questions.all if asked.kind in windows))
    span = optimisation_span(model, cohort)
    rows: list[tuple[object, ...]] = []
    with jax.enable_x64(new_val=True):
        of_fast, of_nuts = (finder.find(draws.parameters, span) for draws in (fast, nuts))
    for kind in of_fast:
        exists = [np.asarray(found[kind].exists, dtype=float) for found in (of_fast, of_nuts)]
        shares = [float(one.mean()) for one in exists]
        sizes = (fast.ess, chain_ess(exists[1]))
        errors = [np.sqrt(max(p * (1.0 - p), 1.0 / n) / n) for p, n in zip(shares, sizes, strict=True)]
        rows.append((kind, "exists", np.nan, *shares, float(np.hypot(*errors))))
    left, right = (
        quantities_of(found, np.asarray(draws.parameters["exposure_log_median"]))
        for found, draws in ((of_fast, fast), (of_nuts, nuts))
    )
    for row, (kind, name) in enumerate(left.keys):
        rows += [(kind, name, *numbers) for numbers in compare_quantiles(left.logs[row], fast.ess, right.logs[row])]
    table = pd.DataFrame(rows, columns=["window", "limit", "probability", "fast", "nuts", "error"])
    difference = (table["fast"] - table["nuts"]).abs()
    table["distance"] = np.where(difference <= ROUNDING, 0.0, difference / table["error"])
    return table


def compare_quantiles(
    fast: FloatArray, fast_ess: float, nuts: FloatArray
) -> Iterator[tuple[float, float, float, float]]:
    """Yield probability, both quantiles and their combined error, in draws where the quantity is defined."""
    n_fast = fast_ess * float(np.mean(~np.isnan(fast)))
    fast, of_nuts = fast[~np.isnan(fast)], nuts[~np.isnan(nuts)]
    if min(n_fast, of_nuts.size) < LEAST_DEFINED:
        return
    for probability in PROBABILITIES:
        low, high = (float(np.quantile(values, probability)) for values in (fast, of_nuts))
        # Undefined draws lie above the quantile: their place in the chain is kept, so that chains can be compared.
        n_nuts = chain_ess(nuts <= high) * of_nuts.size / nuts.size
        errors = quantile_error(fast, probability, n_fast), quantile_error(of_nuts, probability, n_nuts)
        yield probability, low, high, float(np.hypot(*errors))


def chain_ess(values: FloatArray | BoolArray) -> float:
    """Return the effective number of draws of a chain's quantity; all of them where it never changes."""
    by_chain = np.asarray(values, dtype=float).reshape(CHAINS, -1)
    if np.ptp(by_chain) == 0.0:
        return float(by_chain.size)
    ess = array_stats.ess(by_chain, chain_axis=0, draw_axis=1, method="mean")  # type: ignore[no-untyped-call]
    return min(float(ess), float(by_chain.size))


def quantile_error(values: FloatArray, probability: float, ess: float) -> float:
    """Return the Monte Carlo error of an empirical quantile.

    It is half the distance between the empirical quantiles at the 15.87 and 84.13 % points of
    Beta(Sp + 1, S(1 − p) + 1), the distribution of the probability below it (Vehtari et al. 2021): no density has to be
    estimated, and at a pile of equal values, such as an edge of the range, it is zero as it should be.
    """
    shape = (ess * probability + 1.0, ess * (1.0 - probability) + 1.0)
    ends = special.betaincinv(*shape, np.array([1.0 - ONE_SIGMA, ONE_SIGMA]))
    low, high = np.quantile(values, ends)
    return float(0.5 * (high - low))


def introduction(each: int) -> str:
    """Say what was compared, and how."""
    n_cohorts = each * len(bs.SCENARIOS)
    return f"""# Do the engines agree?

The fast engine of studies and NUTS (nutpie, {CHAINS} × ({TUNE} + {DRAWS}) draws) drew the posteriors of the same
{n_cohorts} simulated cohorts of {N_PATIENTS} patients, {each} of each scenario. Compared are the median and both ends
of the 95 % interval of every limit, width and optimum of every window, in the draws where it is defined, and the
probability that the window exists; quantities that fewer than {LEAST_DEFINED:g} effective draws of either engine define
are left out.

A distance is the difference of the logs in combined Monte Carlo errors. The error of a quantile at probability p of
draws worth S is half the distance between the empirical quantiles at the 15.87 and 84.13 % points of
Beta(Sp + 1, S(1 − p) + 1) (Vehtari et al. 2021). Of independent, exact engines the root mean square of the distances
is about 1.

Run on {datetime.now(UTC).date().isoformat()} by `uv run python benchmarks/agreement.py --write`.
"""


def section(one: Comparison) -> str:
    """Write one model's result in Markdown."""
    within = 100.0 * float((one.table["distance"] <= LARGEST_ERRORS).mean())
    lines = [
        f"## {one.model}",
        "",
        f"{within:.2f} % of {len(one.table):,} comparisons lie within {LARGEST_ERRORS:g} combined errors.",
        f"Cohorts that the fast engine gave up: {one.given_up['fast']}; NUTS: {one.given_up['nuts']}.",
        f"Seconds, compilation included: fast {one.seconds['fast']:.0f}, NUTS {one.seconds['nuts']:.0f}.",
        "",
        "| window | limit | comparisons | within 4 errors | root mean square | largest |",
        "|---|---|---|---|---|---|",
    ]
    for (window, limit), distances in one.table.groupby(["window", "limit"], sort=False)["distance"]:
        share = 100.0 * float((distances <= LARGEST_ERRORS).mean())
        spread = float(np.sqrt((distances**2).mean()))
        lines.append(
            f"| {window} | {limit} | {len(distances):,} | {share:.1f} % | {spread:.2f} | {distances.max():.1f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
