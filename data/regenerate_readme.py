"""Write the README's answer anew: its numbers, docs/img/answer.json, from which they come, and docs/img/answer.png.

Run from the root of the repository: ``python data/regenerate_readme.py`` fits the demo cohort with the default model
and seed and writes all three; with ``--from-json`` nothing is fitted, and only the README is written from the committed
numbers. A test holds the README to them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
README, NUMBERS, PICTURE = ROOT / "README.md", ROOT / "docs/img/answer.json", ROOT / "docs/img/answer.png"
COHORT = "literal_26"
BEGIN, END = "<!-- answer: data/regenerate_readme.py -->\n", "<!-- end of answer -->\n"
LIMIT_KEYS = ("q025", "q50", "q975", "p_at_low_edge", "p_at_high_edge")


def main() -> None:
    """Fit unless told otherwise, then write the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from-json", action="store_true", help="Fit nothing; take the committed numbers.")
    if not parser.parse_args().from_json:
        _write_result()
    README.write_text(with_answer(README.read_text(encoding="utf-8"), read_numbers()), encoding="utf-8")


def read_numbers() -> dict[str, Any]:
    """Return the committed numbers."""
    numbers: dict[str, Any] = json.loads(NUMBERS.read_text(encoding="utf-8"))
    return numbers


def with_answer(page: str, numbers: dict[str, Any]) -> str:
    """Return the README with the paragraph between its two marks written from the numbers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{answer_text(numbers)}\n{END}{after}"


def answer_text(numbers: dict[str, Any]) -> str:
    """Return the README's paragraph on the demo."""
    lower, upper, span = numbers["lower"], numbers["upper"], numbers["range"]
    verdict = (
        f"**The window is {_plain(lower['q50'])}–{_plain(upper['q50'])} mg/L.**"
        if numbers["identified"]
        else "**No window is identified.**"
    )
    sets = " and ".join(f"{_plain(low)} to {_plain(high)}" for low, high in numbers["credible_set_95"])
    said = (
        f"average troughs of {sets} mg/L are acceptable with probability 0.95 or more"
        if sets
        else "no average trough is acceptable with probability 0.95 or more"
    )
    roc = numbers["roc"]
    limits = f"its lower limit is {_limit(lower, span)}, its upper limit {_limit(upper, span)}"
    best = f"inside the published window with probability {_probability(numbers['p_optimum_in_published'])}"
    cuts = f"{_plain(roc['response'])} and {_plain(roc['toxicity'])}"
    sentences = (
        f"{verdict} Acceptable means toxicity at most and response at least 50 % likely, by `{numbers['model']}`.",
        f"A window exists with probability {_probability(numbers['p_exists'])}; {limits}.",
        f"What can be said: {said}, each exposure taken by itself; the best exposure lies {best}.",
        f"The ROC of the same patients cuts at {cuts} and says nothing of all this.",
    )
    return "\n".join(sentences)


def _limit(limit: dict[str, float], span: list[float]) -> str:
    low = f"≤ {span[0]:g}" if limit["q025"] <= span[0] else _plain(limit["q025"])
    high = f"≥ {span[1]:g}" if limit["q975"] >= span[1] else _plain(limit["q975"])
    return f"{_plain(limit['q50'])} mg/L with a 95 % interval from {low} to {high}"


def _plain(value: float) -> str:
    return f"{value:.2f}"


def _probability(value: float) -> str:
    return "above 0.99" if value > 0.99 else f"{value:.2f}"


def _write_result() -> None:
    """Fit the demo cohort and write the numbers and the picture."""
    import bayes_sora as bs  # noqa: PLC0415 - seconds that --from-json does without
    from bayes_sora.figures.registry import FIGURES  # noqa: PLC0415
    from bayes_sora.fitting.document import plain, to_json, window_document  # noqa: PLC0415

    fit = bs.fit(bs.shipped_cohort(COHORT))
    document: Any = plain(window_document(fit))
    limits, span = document["windows"]["limits"], fit.curves.span
    NUMBERS.write_text(
        to_json(
            {
                "cohort": COHORT,
                "model": document["model"],
                "model_sha256": fit.model_file.sha256,
                "seed": fit.provenance.seed,
                "trust": document["trust"],
                "identified": limits["identified"],
                "range": [span.low, span.high],
                "p_exists": limits["p_exists"],
                **{name: {key: limits[name][key] for key in LIMIT_KEYS} for name in ("lower", "upper")},
                "credible_set_95": limits["credible_sets"]["0.95"],
                "p_optimum_in_published": document["published"][0]["p_optimum_inside"],
                "roc": {name: roc["cutoff"] for name, roc in document["roc"].items()},
            }
        ),
        encoding="utf-8",
        newline="\n",
    )
    FIGURES["answer"].draw(fit).savefig(PICTURE, dpi=150)


if __name__ == "__main__":
    main()
