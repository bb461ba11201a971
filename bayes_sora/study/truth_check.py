"""Whether a model file can analyse what a truth simulates: held against each other before anything runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from bayes_sora.modelfile.outcomes.rows import ONSET
from bayes_sora.simulation.scenarios import find_scenario
from bayes_sora.study.plan import TruthPrior
from bayes_sora.study.truths import draw_truth
from bayes_sora.types import MG

if TYPE_CHECKING:
    from bayes_sora.modelfile import ModelFile
    from bayes_sora.simulation import Scenario

LEAST_SHARE = 0.5
"""At least so many of the simulated patients must have an average trough within the model's range."""
TRUTHS_DRAWN = 200


def exposure_mismatch(model: ModelFile, truth: str | Scenario | TruthPrior) -> str | None:
    r"""Return why the exposures that a truth simulates are not those of a model file; None where they are.

    The share of patients whose average trough lies within the model's range [l, u] is

    .. math:: Φ\left(\frac{\log u - \log m}{σ_b}\right) - Φ\left(\frac{\log l - \log m}{σ_b}\right)

    with m the median and σ_b the spread between patients, averaged over the truths where they are drawn from a prior.

    Parameters
    ----------
    model : ModelFile
    truth : str, Scenario or TruthPrior
    """
    unit, span = model.drug.unit, model.drug.span
    truths = _truths(truth)
    median = float(np.median([one.exposure_median_mg_l for one in truths]))
    if unit == MG:
        return f"takes doses in mg as the exposure, and the truth simulates troughs (median {_number(median)} mg/L)"
    if span is None:
        return None
    share = float(np.mean([_share_within(one, span.low, span.high) for one in truths]))
    if share >= LEAST_SHARE:
        return None
    low, high, middle = (_number(value / unit.mg_l) for value in (span.low, span.high, median))
    return (
        f"covers {low} to {high} {unit.name}, and the truth simulates troughs with a median of {middle} {unit.name} "
        f"({_number(median)} mg/L): {share:.0%} of the patients lie within that range, at least {LEAST_SHARE:.0%} are "
        "needed"
    )


def course_needed(model: ModelFile) -> str | None:
    """Return what a model needs to know of patients beyond the cohorts of released scenarios, None where nothing."""
    if any(block.kind in {"ordinal", "event_types"} for block in model.outcomes.values()):
        return "grades or types of adverse events"
    if any(block.example_columns(1, np.random.default_rng(0)) for block in model.terms):
        return "sites, studies or covariates"
    if model.exposure.time == "dose":
        return "dose records"
    survival = model.outcomes.get("survival")
    return "the onset of toxicity" if survival is not None and ONSET in survival.parameter_names else None


def _truths(truth: str | Scenario | TruthPrior) -> list[Scenario]:
    if isinstance(truth, TruthPrior):
        return [draw_truth(truth, seed=seed) for seed in range(TRUTHS_DRAWN)]
    return [find_scenario(truth)]


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000.0 else f"{value:,.0f}"


def _share_within(truth: Scenario, low: float, high: float) -> float:
    ends = np.log([low, high]) - math.log(truth.exposure_median_mg_l)
    below, above = ndtr(ends / truth.exposure_sd_between)
    return float(above - below)
