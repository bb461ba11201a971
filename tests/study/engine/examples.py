"""Models and cohorts that the engine's tests share: small, so that little is compiled."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np

import bayes_sora as bs
from bayes_sora.modelfile.library import parse_model
from bayes_sora.study.plan import Cell, Replicate

UNIT = {"unit": "1", "source": "made up", "meaning": "made up"}


def content_of(name):
    """Return a released model file as a dict that may be changed."""
    return json.loads(bs.load_model(name).text)


@lru_cache(maxsize=1)
def toxicity_as_measured():
    """Return the smallest useful model: troughs as measured, toxicity linear; four parameters, no quadrature."""
    content = content_of("sorafenib_observed.v1") | {"name": "small.v1"}
    for block in ("response", "survival"):
        del content[block]
    content["windows"] = {"limits": {"max_toxicity": 0.5}}
    return parse_model(content)


def every_family(form):
    """Return a latent model that has a prior of every family and, with three values of `form`, every form of effect."""
    content = content_of("sorafenib_joint.v1") | {"name": "families.v1"}
    content["exposure"]["sd_between"] = {"family": "gamma", "shape": 4.0, "rate": 8.0, **UNIT}
    content["exposure"]["sd_within"] = {"family": "exponential", "mean": 0.4, **UNIT}
    content["survival"]["shape"] = {"family": "half_normal", "sd": 1.5, **UNIT}
    heavy = {"family": "student_t", "df": 3.0, "location": 0.4, "scale": 0.8, **UNIT}
    robust = {"mean": 0.5, "sd": 0.7, "weight": 0.6, "vague_mean": -0.3, "vague_sd": 2.0}
    content["response"]["intercept"] = {"family": "robust_normal", **robust, **UNIT}
    content["toxicity"] |= {"form": form, "slope": heavy, "curvature": heavy}
    for name in {"constant": ("slope", "curvature"), "linear": ("curvature",), "quadratic": ()}[form]:
        del content["toxicity"][name]
    return parse_model(content)


def cohort(scenario="moderate", *, n=12, seed=1, troughs=1):
    """Return a simulated cohort."""
    return bs.simulate(scenario, n=n, seed=seed, troughs=troughs).cohort


def with_blanks(cohort):
    """Return a cohort in which two outcomes are not evaluable."""
    toxicity, response = cohort.toxicity.copy(), cohort.response.copy()
    toxicity[1] = response[2] = np.nan
    return replace(cohort, toxicity=toxicity, response=response)


def replicate(*, n, seed, scenario="moderate"):
    """Return a replicate of a cell of `n` patients."""
    return Replicate(cell=Cell(scenario=scenario, n=n), index=0, seed=seed, truth=bs.SCENARIOS[scenario])
