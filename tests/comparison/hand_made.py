"""Fits made by hand for comparisons: known log-likelihoods, and a refit that samples nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import xarray as xr

from bayes_sora.comparison.loo import Predicted
from tests.conftest import make_fake_fit


def with_log_likelihood(fit, values):
    """Return `fit` with another log-likelihood of the patients, over (chain, draw, patient)."""
    groups = {name: node.to_dataset() for name, node in fit.posterior.children.items()}
    patient = groups["log_likelihood"]["patient"]
    groups["log_likelihood"] = groups["log_likelihood"].assign(patient=patient.copy(data=values))
    return replace(fit, posterior=xr.DataTree.from_dict(groups))


def tame(fit, *, seed=0):
    """Return `fit` with log-likelihoods that vary so little over draws that importance sampling has no trouble."""
    shape = fit.posterior["log_likelihood"]["patient"].shape
    rng = np.random.default_rng(seed)
    by_patient = -5.0 + 0.3 * rng.normal(size=shape[-1])
    return with_log_likelihood(fit, by_patient + 0.1 * rng.normal(size=shape))


@cache
def tame_fit(model="sorafenib_joint.v1", *, seed=0):
    """Return a fit made by hand that needs no refit."""
    return tame(make_fake_fit(model=model), seed=seed)


def no_refit(fit, patient, *, progress):  # noqa: ARG001 - the signature of a refit
    """Stand in for a refit where none must happen."""
    raise AssertionError


def constant_refit(fit, patient, *, progress):  # noqa: ARG001 - the signature of a refit
    """Stand in for a refit: every patient left out has the same density."""
    return Predicted(log_density=-6.0)
