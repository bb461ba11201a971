"""The parameters of a model file as PyMC random variables."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
from pytensor.tensor.variable import TensorVariable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.modelfile.spec import ModelFile

Parameters = dict[str, TensorVariable]


def _normal(name: str, mean: float, sd: float, dims: str | None = None) -> TensorVariable:
    return pm.Normal(name, dims=dims, mu=mean, sigma=sd)


def _student_t(name: str, df: float, location: float, scale: float, dims: str | None = None) -> TensorVariable:
    return pm.StudentT(name, dims=dims, nu=df, mu=location, sigma=scale)


def _half_normal(name: str, sd: float, dims: str | None = None) -> TensorVariable:
    return pm.HalfNormal(name, dims=dims, sigma=sd)


def _log_normal(name: str, median: float, sd_log: float, dims: str | None = None) -> TensorVariable:
    return pm.LogNormal(name, dims=dims, mu=float(np.log(median)), sigma=sd_log)


def _exponential(name: str, mean: float, dims: str | None = None) -> TensorVariable:
    return pm.Exponential(name, dims=dims, scale=mean)


def _gamma(name: str, shape: float, rate: float, dims: str | None = None) -> TensorVariable:
    return pm.Gamma(name, dims=dims, alpha=shape, beta=rate)


PRIORS: Mapping[str, Callable[..., TensorVariable]] = MappingProxyType(
    {
        "normal": _normal,
        "student_t": _student_t,
        "half_normal": _half_normal,
        "log_normal": _log_normal,
        "exponential": _exponential,
        "gamma": _gamma,
    }
)


def declare_parameter(name: str, prior: Prior, *, dims: str | None = None) -> TensorVariable:
    """Declare one parameter in the model on the stack: a number, or one a label of `dims`."""
    return PRIORS[prior.family](name, dims=dims, **prior.arguments)


def declare_parameters(model: ModelFile) -> Parameters:
    """Declare every parameter of a model file in the model on the stack; by name, vectors whole and by entry."""
    declared = {name: declare_parameter(name, prior) for name, prior in model.scalar_priors.items()}
    for vector in model.vectors:
        values = declare_parameter(vector.name, vector.prior, dims=vector.dim)
        declared[vector.name] = values
        declared |= {entry: values[place] for place, entry in enumerate(vector.entries)}
    return declared
