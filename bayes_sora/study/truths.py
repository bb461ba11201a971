"""The truth of each replicate: a released scenario, or one drawn from a prior over truths."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.numerics.priors import draw_prior
from bayes_sora.simulation.scenarios import Scenario, find_scenario
from bayes_sora.study.plan import TRUTHS
from bayes_sora.study.plan_vocabulary import DRAWABLE

if TYPE_CHECKING:
    from bayes_sora.study.plan import TruthPrior

STREAM = zlib.crc32(b"truths")  # apart from the stream that draws the cohort from the same seed


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
