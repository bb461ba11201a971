"""How long a fit takes, and how much memory: each part apart, with empty and with filled caches, for growing cohorts.

Every measurement is a process of its own, so that imports, compilation and peak memory belong to it alone. A cold
run finds empty pytensor and numba caches; the warm runs after it find them filled. In the same run PyMC's own sampler
fits the smallest cohort, as a peer. Run: ``uv run python benchmarks/fit.py --write``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

SCENARIO, SEED = "moderate", 1
SIZES = (26, 200, 2000)
LARGEST_REPEATED = 1000
PARTS = ("import", "compile", "sample", "complete", "curves and windows", "report")
PEER = "pymc"
BRINGS = {"nutpie": ("pymc", "nutpie"), "pymc": ("pymc",)}
PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- table -->\n", "<!-- end -->\n"


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="patients a cohort")
    parser.add_argument("--repeats", type=int, default=3, help="warm runs, of which the median counts")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    parser.add_argument("--part", nargs=2, metavar=("N", "ENGINE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(measure(int(asked.part[0]), engine=asked.part[1])))
        return
    result = run(asked.sizes, repeats=asked.repeats)
    text = table(result)
    if asked.write:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")
    print(json.dumps(result, indent=2) if asked.json else text)


def measure(n: int, *, engine: str) -> dict[str, float]:
    """Fit one cohort in this process: seconds of each part, and peak memory in MiB after importing and in the end."""
    started = time.perf_counter()
    import bayes_sora as bs  # noqa: PLC0415 - its time is measured

    for package in ("bayes_sora.inference.build", *BRINGS[engine]):
        import_module(package)
    seconds = {"import": time.perf_counter() - started}
    imported = peak_mib()
    cohort = bs.simulate(SCENARIO, n=n, seed=SEED).cohort
    started = time.perf_counter()
    fit = bs.fit(cohort, seed=SEED, engine=engine)
    _ = fit.trust, fit.windows, fit.published, fit.classical
    in_all = time.perf_counter() - started
    seconds |= fit.provenance.seconds | {"sample": sum(attempt.seconds for attempt in fit.provenance.attempts)}
    # What bs.fit does besides: it judges its draws by their curves and windows.
    seconds["curves and windows"] = in_all - sum(seconds[part] for part in ("compile", "sample", "complete"))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        bs.write_result(fit, Path(folder) / "result")
    seconds["report"] = time.perf_counter() - started
    ess = fit.trust.diagnostics.ess_bulk_min or float("nan")
    return seconds | {"imported MiB": imported, "peak MiB": peak_mib(), "smallest ESS": ess}


def peak_mib() -> float:
    """Largest resident memory of this process so far."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def run(sizes: list[int], *, repeats: int) -> dict[str, object]:
    """Measure every size cold and warm, and the peer once warm."""
    rows = []
    for n in sizes:
        with tempfile.TemporaryDirectory() as caches:
            rows.append({"patients": n, "engine": "nutpie", "caches": "cold", **in_process(n, "nutpie", caches)})
            warm = [in_process(n, "nutpie", caches) for _ in range(repeats if n <= LARGEST_REPEATED else 1)]
            rows.append({"patients": n, "engine": "nutpie", "caches": "warm", **medians(warm)})
            if n == min(sizes):
                in_process(n, PEER, caches)
                peer = [in_process(n, PEER, caches) for _ in range(repeats)]
                rows.append({"patients": n, "engine": PEER, "caches": "warm", **medians(peer)})
    return {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), "rows": rows}


def in_process(n: int, engine: str, caches: str) -> dict[str, float]:
    """Measure in a fresh process that keeps its compiled code in the folder `caches`."""
    places = {"PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor", "NUMBA_CACHE_DIR": f"{caches}/numba"}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--part", str(n), engine],
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - started
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Median of each figure over the runs."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine() -> str:
    """Name the processor and its cores."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def table(result: dict[str, object]) -> str:
    """Write the result in Markdown: seconds a part, peak memory, and the ratio to the peer."""
    head = [
        "patients",
        "engine",
        "caches",
        *(f"{part} (s)" for part in PARTS),
        "in all (s)",
        "peak (MiB)",
        "smallest ESS",
    ]
    lines = [f"{result['date']}, {result['machine']}.", "", _row(head), _row(["---"] * len(head))]
    rows = result["rows"]
    for row in rows:
        figures = [f"{row[part]:.1f}" for part in PARTS]
        ends = [f"{row['wall']:.1f}", f"{row['peak MiB']:.0f}", f"{row['smallest ESS']:.0f}"]
        lines.append(_row([f"{row['patients']:,}", row["engine"], row["caches"], *figures, *ends]))
    return "\n".join([*lines, "", ratio(rows), ""])


def ratio(rows: list[dict]) -> str:
    """Set the peer beside ours on the same cohort, warm; PyMC compiles while it samples, so both count together."""
    peer = next(row for row in rows if row["engine"] == PEER)
    ours = next(row for row in rows if row["caches"] == "warm" and row["patients"] == peer["patients"])
    longer = (peer["compile"] + peer["sample"]) / (ours["compile"] + ours["sample"])
    each = longer * ours["smallest ESS"] / peer["smallest ESS"]
    whole = peer["wall"] / ours["wall"]
    return (
        f"PyMC's own sampler takes {longer:.1f} times as long as nutpie to compile and sample {peer['patients']} "
        f"patients, {each:.1f} times as long for one effective draw, and {whole:.1f} times as long in all."
    )


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
