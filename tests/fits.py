"""Fits made by hand whose answer is known in advance, each made once however many tests look at it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import xarray as xr

import bayes_sora as bs
from bayes_sora.inference import complete_tree
from tests.conftest import make_fake_fit

if TYPE_CHECKING:
    from bayes_sora.fitting import Fit


@cache
def joint_fit() -> Fit:
    """Return a trusted fit of which only the youden window is identified."""
    return make_fake_fit()


@cache
def identified_fit() -> Fit:
    """Return a trusted fit whose limits are identified: the joint fit with draws closer together."""
    return sharpened(joint_fit())


@cache
def prior_fit() -> Fit:
    """Return a trusted fit that learnt nothing: draws of the prior."""
    return make_fake_fit(from_prior=True)


@cache
def refused_fit() -> Fit:
    """Return a fit that must be refused for its divergences."""
    return make_fake_fit(divergences=50)


@cache
def one_endpoint_fit(endpoint: str) -> Fit:
    """Return a trusted fit of the model file with this endpoint alone."""
    return make_fake_fit(model=f"{endpoint}_only.v1")


def sharpened(fit: Fit, *, factor: float = 0.3) -> Fit:
    """Return `fit` with every draw moved towards the mean of its parameter: the same fit, but surer."""
    means = fit.parameters.mean()
    parameters = means + factor * (fit.parameters - means)
    sampled = xr.DataTree.from_dict(
        {"posterior": parameters, "sample_stats": fit.posterior["sample_stats"].to_dataset()}
    )
    tree = complete_tree(sampled, fit.model_file, fit.cohort, seed=fit.provenance.seed)
    return bs.Fit(cohort=fit.cohort, model_file=fit.model_file, posterior=tree, provenance=fit.provenance)
