"""How many window posteriors a second the engines of a study give: the fast one beside NUTS, in one run.

Every measurement has processes of its own, one thread each, that compile first, wait for each other, and then analyse
simulated cohorts to the finished row of every window. NUTS is nutpie, compiled once, the data of each cohort swapped
in, with the settings of :mod:`bayes_sora.study.engine.nuts`. Run: ``uv run python benchmarks/study.py --write``;
``--quick`` takes about two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

MODELS = ("sorafenib_observed.v1", "sorafenib_joint.v1")
SIZES = (26, 100, 500)
COHORTS = {"fast": {26: 300, 100: 150, 500: 40}, "nuts": {26: 30, 100: 12, 500: 4}}
QUICK = {"fast": 100, "nuts": 8}
SCENARIOS = ("literal", "moderate", "monotone", "null", "landmark")
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
PEERS = {"pystan": "Stan"}
PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- study table -->\n", "<!-- study end -->\n"
HEADER = (
    "model",
    "n",
    "engine",
    "workers",
    "posteriors_per_s",
    "fallback_share",
    "min_limit_ess",
    "peak_mib",
    "compile_s",
)


def main() -> None:
    """Measure and print a table, and with ``--json`` one last line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="26 patients and few cohorts: about two minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    parser.add_argument("--workers", type=int, default=2, help="processes of a measurement")
    parser.add_argument(
        "--measure", nargs=5, metavar=("MODEL", "N", "ENGINE", "FIRST", "COUNT"), help=argparse.SUPPRESS
    )
    asked = parser.parse_args()
    if asked.measure:
        model, n, engine, first, count = asked.measure
        work(model, int(n), engine, first=int(first), count=int(count))
        return
    rows = run(quick=asked.quick, workers=asked.workers)
    text = table(rows)
    print(text)
    for package, peer in PEERS.items():
        if find_spec(package) is None:
            print(f"{peer} was not compared: {package} is not installed.")
    if asked.write:
        write(text)
    if asked.json:
        print(json.dumps({"rows": rows}))


def run(*, quick: bool, workers: int) -> list[dict[str, object]]:
    """Measure every model, size and engine; and, unless quick, the fast engine with one worker for the scaling."""
    sizes = SIZES[:1] if quick else SIZES
    rows = []
    for model in MODELS:
        for n in sizes:
            for engine in ("fast", "nuts"):
                count = QUICK[engine] if quick else COHORTS[engine][n]
                rows.append(measure(model, n, engine, workers=workers, count=count))
        if not quick and workers > 1:
            rows.append(measure(model, sizes[0], "fast", workers=1, count=COHORTS["fast"][sizes[0]]))
    return rows


def measure(model: str, n: int, engine: str, *, workers: int, count: int) -> dict[str, object]:
    """Let `workers` processes analyse `count` cohorts each, all at the same time once all have compiled."""
    command = [sys.executable, __file__, "--measure", model, str(n), engine]
    processes = [
        subprocess.Popen(
            [*command, str(1_000 * worker), str(count)],
            env=os.environ | ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for worker in range(workers)
    ]
    compiled = [float(process.stdout.readline()) for process in processes]
    started = time.perf_counter()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [json.loads(process.stdout.readline()) for process in processes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.communicate()
    in_all = workers * count
    return {
        "model": model,
        "n": n,
        "engine": engine,
        "workers": workers,
        "posteriors_per_s": round(in_all / seconds, 2),
        "fallback_share": sum(part["fallbacks"] for part in found) / in_all,
        "failed_share": sum(part["failed"] for part in found) / in_all,
        "min_limit_ess": round(min(part["min_ess"] for part in found), 1),
        "peak_mib": round(sum(part["peak_mib"] for part in found), 1),
        "compile_s": round(max(compiled), 1),
    }


def work(model: str, n: int, engine: str, *, first: int, count: int) -> None:
    """Be one worker: compile, say so, wait, analyse, and print what was found."""
    started = time.perf_counter()
    from bayes_sora.study.block import make_replicates, simulate_cohort  # noqa: PLC0415 - its time is measured
    from bayes_sora.study.methods import analyse  # noqa: PLC0415
    from bayes_sora.study.plan import Cell, Method  # noqa: PLC0415
    from bayes_sora.study.rows import Failure  # noqa: PLC0415

    method = Method(name=engine, kind="bayes", model=model, engine=engine)
    replicates = []
    for index, scenario in enumerate(SCENARIOS):
        share = count // len(SCENARIOS) + (index < count % len(SCENARIOS))
        replicates += make_replicates(Cell(scenario=scenario, n=n), first, share, seed=7)
    cohorts = [simulate_cohort(replicate) for replicate in replicates]
    analyse(method, replicates[:1], cohorts[:1])
    print(time.perf_counter() - started, flush=True)
    sys.stdin.readline()
    answers = analyse(method, replicates, cohorts)
    given = [answer for answer in answers if not isinstance(answer, Failure)]
    effective = [
        limit.ess / limit.share_defined
        for answer in given
        for window in answer
        for limit in window.limits.values()
        if limit.share_defined > 0
    ]
    print(
        json.dumps(
            {
                "fallbacks": sum(answer[0].fallback for answer in given),
                "failed": len(answers) - len(given),
                "min_ess": min(effective),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        ),
        flush=True,
    )


def table(rows: list[dict[str, object]]) -> str:
    """Return the rows as a table, and how many times the fast engine is faster."""
    lines = [
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, Python {platform.python_version()}.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + " --- |" * len(HEADER),
    ]
    lines += ["| " + " | ".join(str(row[name]) for name in HEADER) + " |" for row in rows]
    lines.append("")
    by_key = {(row["model"], row["n"], row["engine"]): row for row in rows if row["workers"] != 1}
    for (model, n, engine), row in by_key.items():
        if engine == "fast" and (model, n, "nuts") in by_key:
            ratio = row["posteriors_per_s"] / by_key[model, n, "nuts"]["posteriors_per_s"]
            lines.append(f"* {model}, {n} patients: the fast engine is {ratio:.1f} × as fast as NUTS.")
    return "\n".join(lines) + "\n"


def write(text: str) -> None:
    """Put the table between its marks on the page of benchmarks."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
