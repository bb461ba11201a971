"""The parameters of a model file as PyMC random variables."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
from pytensor.tensor.variable import TensorVariable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.spec import ModelFile, Prior

Parameters = dict[str, TensorVariable]


def _normal(name: str, mean: float, sd: float) -> TensorVariable:
    return pm.Normal(name, mu=mean, sigma=sd)


def _student_t(name: str, df: float, location: float, scale: float) -> TensorVariable:
    return pm.StudentT(name, nu=df, mu=location, sigma=scale)


def _half_normal(name: str, sd: float) -> TensorVariable:
    return pm.HalfNormal(name, sigma=sd)


def _log_normal(name: str, median: float, sd_log: float) -> TensorVariable:
    return pm.LogNormal(name, mu=float(np.log(median)), sigma=sd_log)


def _exponential(name: str, mean: float) -> TensorVariable:
    return pm.Exponential(name, scale=mean)


def _gamma(name: str, shape: float, rate: float) -> TensorVariable:
    return pm.Gamma(name, alpha=shape, beta=rate)


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


def declare_parameter(name: str, prior: Prior) -> TensorVariable:
    """Declare one scalar parameter in the model on the stack."""
    return PRIORS[prior.family](name, **prior.arguments)


def declare_parameters(model: ModelFile) -> Parameters:
    """Declare every parameter of a model file under its posterior name, in the model on the stack."""
    return {name: declare_parameter(name, prior) for name, prior in model.priors.items()}
