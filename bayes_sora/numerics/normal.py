"""The normal density."""

from __future__ import annotations

import numpy as np

from bayes_sora.types import FloatArray, Real

LOG_SQRT_2_PI = 0.5 * float(np.log(2.0 * np.pi))


def normal_log_density(value: Real, *, mean: Real, sd: Real) -> FloatArray:
    """Return log N(value; mean, sd²). Arguments broadcast."""
    return -LOG_SQRT_2_PI - np.log(sd) - 0.5 * ((value - mean) / sd) ** 2
