"""Faults that a calibration must catch, each seeded into the trial of a model file.

A mutation is a function (trial, model, engine) → trial: it lets the simulator draw from other parameters than the truth
that is ranked, shows the engine other data, or hands it another model file.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile import model_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bayes_sora.cohort import Cohort
    from bayes_sora.modelfile import ModelFile
    from bayes_sora.study.calibration import Trial
    from bayes_sora.study.calibration.trial import Posterior

    Truth = dict[str, float]
    Engine = Callable[[ModelFile, Sequence[Cohort], Sequence[int]], Sequence[Posterior | None]]
    Mutate = Callable[[Trial, ModelFile, Engine], Trial]


def unchanged(trial: Trial, model: ModelFile, engine: Engine) -> Trial:
    """Seed no fault: the engine sees the data that were drawn, and the model they came from."""
    return replace(trial, draw_posteriors=lambda cohorts, seeds: engine(model, cohorts, seeds))


def _drawn_from(change: Callable[[Truth], Truth]) -> Mutate:
    def mutate(trial: Trial, model: ModelFile, engine: Engine) -> Trial:
        right = unchanged(trial, model, engine)
        return replace(right, draw_data=lambda truth, rng: trial.draw_data(truth | change(truth), rng))

    return mutate


def _seen_as(change: Callable[[Cohort], Cohort]) -> Mutate:
    def mutate(trial: Trial, model: ModelFile, engine: Engine) -> Trial:
        def draw_posteriors(cohorts: Sequence[Cohort], seeds: Sequence[int]) -> Sequence[Posterior | None]:
            return engine(model, [change(cohort) for cohort in cohorts], seeds)

        return replace(trial, draw_posteriors=draw_posteriors)

    return mutate


def _prior_used_twice(trial: Trial, model: ModelFile, engine: Engine) -> Trial:
    """Fit with squared priors: normal and log-normal ones become narrower by the root of 2."""
    content = json.loads(model.text)
    for block in ("exposure", *model.endpoints):
        for prior in content[block].values():
            for spread in ("sd", "sd_log"):
                if isinstance(prior, dict) and spread in prior:
                    prior[spread] /= np.sqrt(2.0)
    return unchanged(trial, model_from_json(json.dumps(content)), engine)


def _scale(truth: Truth) -> Truth:
    return {"survival_median": truth["survival_median"] * np.log(2.0) ** (1.0 / truth["survival_shape"])}


def _no_response(cohort: Cohort) -> Cohort:
    return replace(cohort, response=np.full_like(cohort.response, np.nan))


MUTATIONS: dict[str, Mutate] = {
    "wrong sign": _drawn_from(lambda truth: {"response_slope": -truth["response_slope"]}),
    "scale for median": _drawn_from(_scale),
    "dropped censoring": _seen_as(lambda cohort: replace(cohort, death=np.ones_like(cohort.death))),
    "endpoint ignored": _seen_as(_no_response),
    "prior used twice": _prior_used_twice,
}
"""Those that every model file with all three endpoints can have."""

twice_the_measurement_error = _drawn_from(lambda truth: {"exposure_sd_within": 2.0 * truth["exposure_sd_within"]})
"""For a latent exposure."""
