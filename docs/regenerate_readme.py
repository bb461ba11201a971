"""Fit the demo and write what the README shows of it: docs/demo/window.json, the figure, and the sentences.

Run ``uv run python docs/regenerate_readme.py`` after whatever moves the demo's numbers. A test holds the README to the
committed window.json; nothing in it is typed by hand.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
README, WINDOW, FIGURE = DOCS.parent / "README.md", DOCS / "demo" / "window.json", DOCS / "img" / "answer.png"
BEGIN, END = "<!-- the demo, by docs/regenerate_readme.py -->", "<!-- end of the demo -->"


def main() -> None:
    """Fit the demo anew, or with --text write the sentences again from the committed window.json."""
    if "--text" not in sys.argv[1:]:
        fit_demo()
    document = json.loads(WINDOW.read_text(encoding="utf-8"))
    README.write_text(with_demo(README.read_text(encoding="utf-8"), document), encoding="utf-8")


def fit_demo() -> None:
    """Write window.json and the figure of the answer of the demo."""
    import bayes_sora as bs  # noqa: PLC0415 - the text alone needs none of it

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "demo"
        fit = bs.fit(bs.read_cohort(bs.shipped_cohort("literal_26")), seed=1)
        bs.write_result(fit, result)
        WINDOW.parent.mkdir(exist_ok=True)
        shutil.copy(result / "window.json", WINDOW)
        shutil.copy(result / "figures" / "answer.png", FIGURE)


def with_demo(readme: str, document: dict[str, Any]) -> str:
    """Return the README with the sentences of a window.json between its marks."""
    return re.sub(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}", f"{BEGIN}\n{sentences(document)}\n{END}", readme, flags=re.DOTALL
    )


def sentences(document: dict[str, Any]) -> str:
    """Return what the README says of the demo."""
    limits = document["windows"]["limits"]
    (low, high), *others = limits["credible_sets"]["0.95"]
    assert not others
    assert not limits["identified"]
    together = limits["credible_sets_p_all"]["0.95"]
    inside = {one["name"]: one["p_optimum_inside"] for one in document["published"]}["Noda 2020"]
    cuts = [document["roc"][endpoint]["cutoff"] for endpoint in ("response", "toxicity")]
    return f"""**No window is identified.** Acceptable means toxicity at most and response at least 50 % likely. A window exists with probability {at_least(limits["p_exists"])}, but its lower
limit is {limits["lower"]["q50"]:.2f} mg/L with a 95 % interval from {exposure(limits["lower"]["q025"])} to {exposure(limits["lower"]["q975"])}, its upper limit {limits["upper"]["q50"]:.2f} with one from {exposure(limits["upper"]["q025"])} to {exposure(limits["upper"]["q975"])}: each may lie at the edge of all that was
looked at. What can be said: each average trough from {low:.2f} to {high:.2f} mg/L is acceptable with probability 0.95 or more, all of them together with probability {together:.2f}; the best
exposure lies inside the published window with probability {inside:.2f}. The ROC of the same patients cuts at {cuts[0]:.2f} and {cuts[1]:.2f} and says nothing of all this."""  # noqa: E501 - lines of the README


def exposure(value: float) -> str:
    """Print a limit; what counts at an end of the range says so."""
    return "≤ 0.5" if value <= 0.5 else "≥ 10" if value >= 10.0 else f"{value:.2f}"


def at_least(probability: float) -> str:
    """Print a probability that may be next to one."""
    return "above 0.99" if probability > 0.99 else f"{probability:.2f}"


if __name__ == "__main__":
    main()
