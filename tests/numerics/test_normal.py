"""The normal density against SciPy."""

import numpy as np
import pytest
from scipy.stats import norm

from bayes_sora.numerics.normal import normal_log_density


def test_log_density():
    """The log density is SciPy's, over values, means and SDs that broadcast."""
    value, sd = np.linspace(-3, 30, 7), np.array([[0.1], [4.0]])
    assert normal_log_density(value, mean=1.5, sd=sd) == pytest.approx(norm.logpdf(value, 1.5, sd))
