"""Gauss–Hermite quadrature against the normal distribution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bayes_sora.types import FloatArray, IntArray


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


def log_sum_exp(log_terms: FloatArray) -> FloatArray:
    """Return the log of the sum of exponentials over the last axis, all of which must be finite or −∞, not all −∞."""
    largest = log_terms.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(log_terms - largest).sum(axis=-1)) + largest[..., 0], dtype=float)


def draw_between_nodes(log_density: FloatArray, nodes: FloatArray, uniforms: FloatArray) -> FloatArray:
    r"""Draw from densities known at evenly spaced nodes, interpolated by cubics.

    A cell between two nodes is picked by its integral under the cubic through the four nodes around it,
    :math:`h(-d_{-1} + 13 d_0 + 13 d_1 - d_2)/24`; within it the cubic is inverted on eighths.

    Parameters
    ----------
    log_density : FloatArray, shape (…, n_nodes)
        Up to a constant; negligible at both ends.
    nodes : FloatArray, shape (n_nodes,)
    uniforms : FloatArray, shape (…)
        One draw each.

    Returns
    -------
    FloatArray, shape (…)
    """
    density = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    padded = np.pad(density, [(0, 0)] * (density.ndim - 1) + [(1, 1)])
    inner = 13.0 * (padded[..., 1:-2] + padded[..., 2:-1])
    mass = np.maximum(inner - padded[..., :-3] - padded[..., 3:], 0.0)
    cell, rest = _pick(mass, uniforms)
    around = [np.take_along_axis(padded, cell[..., None] + k, axis=-1)[..., 0] for k in range(4)]
    fraction = _invert_cubic(around, rest)
    return np.asarray(nodes[cell] + (nodes[1] - nodes[0]) * fraction, dtype=float)


def _pick(mass: FloatArray, uniforms: FloatArray) -> tuple[IntArray, FloatArray]:
    """Pick cells by mass; return their index and how far the uniform reaches into the picked one, in [0, 1]."""
    cumulative = np.cumsum(mass, axis=-1)
    target = uniforms * cumulative[..., -1]
    cell = np.minimum((cumulative < target[..., None]).sum(axis=-1), mass.shape[-1] - 1)
    own, upto = (np.take_along_axis(a, cell[..., None], axis=-1)[..., 0] for a in (mass, cumulative))
    return cell, np.clip(1.0 - (upto - target) / np.maximum(own, np.finfo(float).tiny), 0.0, 1.0)


def _invert_cubic(around: list[FloatArray], rest: FloatArray) -> FloatArray:
    """Return the fraction of the cell at which the cubic through d₋₁, d₀, d₁, d₂ has gathered `rest` of its mass."""
    t = np.linspace(0.0, 1.0, 9)
    lagrange = (
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    )
    value = np.maximum(sum(d[..., None] * basis for d, basis in zip(around, lagrange, strict=True)), 0.0)
    eighth, within = _pick(value[..., 1:] + value[..., :-1], rest)
    return (eighth + within) / 8.0
