"""The closed vocabulary of a plan file, declared once: linter, builder and docs/plan-files.md all follow it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.modelfile.vocabulary import POSITIVE, PROBABILITY, Bounds, Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.vocabulary import Keys

SCHEMA = 1
NAME_WORDS = "letters, digits, _ and -"

SIZE = Bounds(low=3, high=20_000, words="a whole number from 3 to 20,000")
TROUGHS = Bounds(low=1, high=50, words="a whole number from 1 to 50")
REPLICATES = Bounds(low=1, high=1_000_000, words="a whole number from 1 to 1,000,000")
SEED = Bounds(low=0, high=2**53, words="a whole number from 0 to 2^53")
FOLLOW_UP = Bounds(low=0.1, high=1200.0, words="a number of months from 0.1 to 1,200")
FOLD = Bounds(low=1.0, high=1000.0, words="a number above 1 (to 1,000)", open_ends=True)

TOP: Keys = MappingProxyType(
    {
        "schema": Key(kind="integer", meaning="version of this vocabulary, 1", required=True),
        "name": Key(kind="text", meaning="the file's name without .toml", required=True, longest=80),
        "title": Key(kind="text", meaning="one line for lists and reports", required=True, longest=200),
        "aims": Key(kind="text", meaning="what the study is to find out"),
        "scenarios": Key(kind="texts", meaning="names of released scenarios; this, [truths], or both", longest=100),
        "sizes": Key(kind="integers", meaning="patients a cohort", required=True, bounds=SIZE, longest=100),
        "troughs": Key(kind="integers", meaning="troughs a patient; [1] when absent", bounds=TROUGHS, longest=20),
        "follow_up_months": Key(
            kind="numbers",
            meaning="end of follow-up for everybody, months; the scenario's own when absent",
            bounds=FOLLOW_UP,
            longest=20,
        ),
        "replicates": Key(kind="integer", meaning="replicates a cell", required=True, bounds=REPLICATES),
        "seed": Key(kind="integer", meaning="seed of the study", required=True, bounds=SEED),
    }
)
TABLES = ("methods", "targets", "truths")
WORDS = frozenset({"name", "title", "aims", "targets"})
"""Keys on which no number of a study depends."""

KINDS = ("bayes", "roc", "roc_fair", "roc_bootstrap", "bayesian_bootstrap")
ENGINES = ("fast", "nuts")
METHOD: Keys = MappingProxyType(
    {
        "name": Key(kind="text", meaning="its name in the results", required=True, longest=40),
        "kind": Key(kind="text", meaning="what it is", required=True, choices=KINDS),
        "model": Key(kind="text", meaning="model file of a bayes method: a released name, or a path", longest=400),
        "engine": Key(kind="text", meaning="engine of a bayes method; fast when absent", choices=ENGINES),
    }
)
ONLY_BAYES = ("model", "engine")

WINDOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"limits": ("lower", "upper"), "youden": ("lower", "upper"), "utility": ("lower", "upper", "optimum")}
)
"""The limits of each window that a target can be about."""
MEASURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"narrow_limit": ("limit", "max_fold", "probability"), "identified": ("probability",), "benefit": ("months",)}
)
"""What each measure of a target needs, and takes nothing else of."""
TARGET: Keys = MappingProxyType(
    {
        "measure": Key(kind="text", meaning="what must be reached", required=True, choices=tuple(MEASURES)),
        "window": Key(kind="text", meaning="the window it is about", required=True, choices=tuple(WINDOWS)),
        "limit": Key(kind="text", meaning="limit of narrow_limit", choices=WINDOWS["utility"]),
        "max_fold": Key(
            kind="number", meaning="narrow_limit: the 95 % interval spans less than this, as a ratio", bounds=FOLD
        ),
        "probability": Key(
            kind="number", meaning="narrow_limit, identified: probability to be reached", bounds=PROBABILITY
        ),
        "months": Key(kind="number", meaning="benefit: mean months to be reached", bounds=POSITIVE),
    }
)

_PROBABILITY = {"intercept": False, "slope": False, "center_mg_l": True, "covariate_slope": False}
_SURVIVAL = {
    "median_months": True,
    "center_mg_l": True,
    "linear": False,
    "curvature": False,
    "covariate_slope": False,
    "shape": True,
}
DRAWABLE: Mapping[str, bool] = MappingProxyType(
    {f"toxicity.{name}": positive for name, positive in _PROBABILITY.items()}
    | {f"response.{name}": positive for name, positive in _PROBABILITY.items()}
    | {f"survival.{name}": positive for name, positive in _SURVIVAL.items()}
    | {"exposure_median_mg_l": True, "exposure_sd_between": True, "exposure_sd_within": True}
)
"""Fields of a scenario that may have a prior, and whether they are positive."""
BASE = Key(kind="text", meaning="scenario that gives everything without a prior", required=True, longest=80)
