"""Shares of draws: inside a window, over bins and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_sora.figures.shares import log_histogram, share_inside
from tests.fits import joint_fit, prior_fit


@pytest.mark.parametrize("kind", ["limits", "youden", "utility"])
@pytest.mark.parametrize("fit", [joint_fit, prior_fit], ids=["joint", "prior"])
def test_share_inside_counts_draws(fit, kind):
    """The share by sorting is the share by asking every draw."""
    window = fit().windows[kind].posterior
    exposure = np.array([0.5, 1.0, 2.5, 4.0, 10.0])
    lower, upper, exists = (window.draws[name].to_numpy().ravel() for name in ("lower", "upper", "exists"))
    inside = exists & (lower <= exposure[:, None]) & (exposure[:, None] <= upper)
    assert share_inside(window, exposure) == pytest.approx(inside.mean(axis=1))


def test_histogram_keeps_edges_apart_and_adds_up():
    """Values at the ends of the range are counted there, the others in their bins."""
    values = np.array([0.5, 0.5, 0.6, 1.5, 3.0, 10.0])
    found = log_histogram(values, np.array([0.5, 1.0, 2.0, 10.0]))
    assert found.at_low == pytest.approx(2 / 6)
    assert found.at_high == pytest.approx(1 / 6)
    assert found.inside == pytest.approx(np.array([1, 1, 1]) / 6)


def test_histogram_of_nothing_is_zero():
    """A limit that no draw defines has no mass anywhere."""
    found = log_histogram(np.empty(0), np.array([0.5, 1.0, 10.0]))
    assert (found.at_low, found.at_high, found.inside.sum()) == (0.0, 0.0, 0.0)
