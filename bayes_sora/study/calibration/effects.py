"""Exposure effects of the simulator, written from their equations with SciPy and not from the code that fits them."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline, CubicSpline
from scipy.linalg import eigh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import FloatArray

KNOTS = 9
RISING_KNOTS = 7


def true_effect(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
    """Return the exposure effect of every patient; parameters and x have shape (n_patients,)."""
    return EFFECTS[block.form](block, truth, x)


def _polynomial(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
    powers = (truth[name] * x**power for power, name in enumerate(block.coefficients, start=1))
    return sum(powers, start=np.zeros_like(x))


def _located(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
    """Return the slope times the log of how far an exposure, not centred, lies above the location."""
    slope, location = (truth[f"{block.endpoint}_{name}"] for name in ("slope", "location"))
    return np.asarray(slope * np.log(block.reference_mg_l * np.exp(x) / location))


def _emax(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
    """Emax in the concentrations that the textbooks write it in, not on the log scale of the package."""
    largest, ec50 = (truth[f"{block.endpoint}_{name}"] for name in ("emax", "ec50"))
    hill = truth.get(f"{block.endpoint}_hill", np.ones(1))

    def effect(concentration: FloatArray) -> FloatArray:
        return np.asarray(largest * concentration**hill / (concentration**hill + ec50**hill))

    at = effect(block.reference_mg_l * np.exp(x))
    return np.asarray(at - effect(np.array(block.reference_mg_l))) if block.endpoint == "survival" else at


def _spline(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
    """Add smooth deviations to a straight line: SciPy's natural splines through the knots."""
    low, high = _ends(block)
    deviation = CubicSpline(low + (high - low) * np.linspace(0.0, 1.0, KNOTS), _bends(), bc_type="natural")
    z = np.stack([truth[f"{block.endpoint}_spline[{k}]"] for k in range(1, KNOTS - 1)], axis=-1)

    def bend(x: FloatArray) -> FloatArray:
        inside = np.clip(x, low, high)
        basis = deviation(inside) + deviation(inside, 1) * (x - inside)[:, None]
        return np.asarray(truth[f"{block.endpoint}_smoothness"] * (basis * z).sum(axis=-1))

    if block.endpoint == "survival":
        return np.asarray(truth["survival_linear"] * x + bend(x) - bend(np.zeros_like(x)))
    return np.asarray(truth[f"{block.endpoint}_slope"] * x + bend(x))


@lru_cache(maxsize=1)
def _bends() -> FloatArray:
    """Return the deviations at the knots, shape (9, 7): eigenfunctions of ∫ f″², scaled to a mean square of one."""
    knots = np.linspace(0.0, 1.0, KNOTS)
    through = CubicSpline(knots, np.eye(KNOTS), bc_type="natural")
    nodes, weights = np.polynomial.legendre.leggauss(6)
    at = (knots[:-1, None] + (nodes + 1.0) / (2.0 * (KNOTS - 1))).ravel()
    share = np.tile(weights / (2.0 * (KNOTS - 1)), KNOTS - 1)[:, None]
    value, second = through(at), through(at, 2)
    size, vectors = eigh(second.T @ (share * second), value.T @ (share * value))
    bends = vectors[:, 2:] / np.sqrt(size[2:] * (1.0 / size[2:]).sum())
    return np.asarray(bends * np.sign(bends[-1]))


def _monotone_spline(block: OutcomeBlock, truth: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
    """Integrate a quadratic B-spline with positive coefficients, the same for all patients."""
    low, high = _ends(block)
    step = (high - low) / (RISING_KNOTS - 1)
    knots = low + step * np.arange(-2, RISING_KNOTS + 2)
    n = RISING_KNOTS + 1
    z = np.array([truth[f"{block.endpoint}_spline[{k}]"][0] for k in range(1, n + 1)])
    slope = BSpline(knots, np.exp(truth[f"{block.endpoint}_smoothness"][0] * z), 2)
    climb = slope.antiderivative()

    def height(x: FloatArray) -> FloatArray:
        inside = np.clip(x, low, high)
        return np.asarray((climb(inside) + slope(inside) * (x - inside)) / (climb(high) - climb(low)))

    return np.asarray(truth[f"{block.endpoint}_rise"] * (height(x) - height(np.zeros_like(x))))


def _ends(block: OutcomeBlock) -> tuple[float, float]:
    if block.span is None:
        msg = "a spline needs the optimisation range"
        raise ValueError(msg)
    low, high = np.log(np.array([block.span.low, block.span.high]) / block.reference_mg_l)
    return float(low), float(high)


EFFECTS: Mapping[str, Callable[[OutcomeBlock, Mapping[str, FloatArray], FloatArray], FloatArray]] = MappingProxyType(
    {
        "constant": _polynomial,
        "linear": _polynomial,
        "quadratic": _polynomial,
        "located": _located,
        "emax": _emax,
        "sigmoid_emax": _emax,
        "spline": _spline,
        "monotone_spline": _monotone_spline,
    }
)
"""How each form is drawn."""
