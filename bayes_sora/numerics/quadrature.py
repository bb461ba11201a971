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
