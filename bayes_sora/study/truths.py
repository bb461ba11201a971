"""The truth of each replicate: a released scenario, or one drawn from a prior over truths."""

from __future__ import annotations

import zlib
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.numerics.priors import draw_prior
from bayes_sora.simulation.scenarios import Scenario, find_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.study.plan import TruthPrior

TRUTHS = "truths"
"""Name of the scenario of a cell, and of its truths, where they are drawn."""
STREAM = zlib.crc32(b"truths")  # apart from the stream that draws the cohort from the same seed

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


def draw_truth(truths: TruthPrior, *, seed: int) -> Scenario:
    """Draw one truth: the base scenario with every field that has a prior drawn anew.

    Parameters
    ----------
    truths : TruthPrior
    seed : int
        Seed of the replicate; fields are drawn in the order of their names, so a plan may list them in any.

    Raises
    ------
    KeyError
        When a field cannot be drawn; a linted plan has none.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAM,)))
    scenario = replace(find_scenario(truths.base), name=TRUTHS, meaning=f"As {truths.base}, with drawn fields.")
    for name in sorted(truths.priors):
        prior = truths.priors[name]
        scenario = _with(scenario, name, float(draw_prior(rng, prior.family, prior.arguments, size=1)[0]))
    return scenario


def _with(scenario: Scenario, name: str, value: float) -> Scenario:
    if name not in DRAWABLE:
        raise KeyError(name)
    part, _, field = name.rpartition(".")
    own: dict[str, Any] = {field: value}
    changes = {part: replace(getattr(scenario, part), **own)} if part else own
    return replace(scenario, **changes)
