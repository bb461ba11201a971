"""Gauss–Hermite quadrature against the normal distribution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bayes_sora.types import FloatArray


@lru_cache(maxsize=32)
def normal_nodes(size: int) -> tuple[FloatArray, FloatArray]:
    r"""Return nodes and weights with :math:`E[f(Z)] ≈ Σ w_q f(z_q)` for standard normal Z.

    Exact for polynomials up to degree ``2·size − 1``; the weights add up to one.
    Both arrays have shape (size,) and are read-only.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    weights /= weights.sum()
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights


@lru_cache(maxsize=32)
def uniform_nodes(size: int, *, half_width: float = 4.0) -> tuple[FloatArray, FloatArray]:
    r"""Return evenly spaced nodes on ±`half_width` with weights :math:`∝ φ(z)`, for :math:`E[f(Z)]`.

    Z is standard normal. The trapezoidal rule converges geometrically for smooth f against the normal density, and for
    steep logistic curves it needs fewer nodes than Gauss–Hermite: the error falls as :math:`\exp(-2π a / h)` with h the
    spacing and a the distance of the nearest pole of f from the real line. Even spacing also gives the conditional
    distribution of Z, from which it can be drawn again. Both arrays have shape (size,) and are read-only; the weights
    add up to one.
    """
    nodes = np.linspace(-half_width, half_width, size)
    weights = np.exp(-0.5 * nodes**2)
    weights /= weights.sum()
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
