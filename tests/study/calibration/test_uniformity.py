"""The simultaneous band and its p-value against enumeration and simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from bayes_sora.study.calibration.uniformity import ecdf, holm, uniform_band, uniformity_p_value


def by_enumeration(values: np.ndarray, cells: int) -> float:
    """Return the p-value from all ways in which as many values fall into the cells."""
    n, points = values.size, np.arange(1, cells) / cells
    chosen = np.array(list(product(range(cells), repeat=n)))
    ways = np.stack([(chosen < cell).sum(axis=1) for cell in range(1, cells)], axis=1)
    seen = np.array([[np.count_nonzero(values <= point) for point in points]])

    def statistic(counts: np.ndarray) -> np.ndarray:
        return np.minimum(2.0 * binom.cdf(counts, n, points), 2.0 * binom.sf(counts - 1, n, points)).min(axis=1)

    return float(np.mean(statistic(ways) <= statistic(seen) * (1.0 + 1e-12)))


@pytest.mark.parametrize(
    "values", [[0.1, 0.2, 0.3, 0.6, 0.05], [0.4, 0.5, 0.9, 0.2], [0.99, 0.98, 0.97, 0.96, 0.95, 0.94]]
)
def test_p_value_is_that_of_all_ways(values):
    """For few values and 4 cells the p-value is the share of all equally likely ways that are as extreme."""
    assert uniformity_p_value(np.array(values), cells=4) == pytest.approx(by_enumeration(np.array(values), 4), abs=1e-9)


@pytest.mark.parametrize("n", [20, 150, 700])
def test_band_holds_as_many_ecdfs_as_it_says(n):
    """Of 4,000 samples of uniform values the share inside the 90 % band is 0.90 within four standard errors, or more.

    Counts are whole numbers, so that a band may hold slightly more than its level.
    """
    rng = np.random.default_rng(n)
    band = uniform_band(n, level=0.9)
    curves = np.stack([ecdf(rng.uniform(size=n)) for _ in range(4_000)])
    inside = ((curves >= band.lower - 1e-12) & (curves <= band.upper + 1e-12)).all(axis=1).mean()
    assert 0.9 - 4.0 * 0.0047 < inside < 0.9 + 4.0 * 0.0047 + 0.01


def test_p_value_and_band_agree():
    """A p-value is at most 1 % exactly where the ECDF leaves the 99 % band."""
    rng = np.random.default_rng(5)
    band = uniform_band(120, level=0.99)
    found = []
    for power in np.linspace(0.6, 1.6, 60):
        values = rng.uniform(size=120) ** power
        curve = ecdf(values)
        outside = bool(((curve < band.lower - 1e-12) | (curve > band.upper + 1e-12)).any())
        found.append(outside)
        assert (uniformity_p_value(values) <= 0.01) == outside
    assert 0 < sum(found) < len(found)


@pytest.mark.parametrize("n", [1, 5, 3_000])
def test_any_number_of_values_has_a_band(n):
    """Bounds are shares, rise with the point, and hold the diagonal, from one value to thousands."""
    band = uniform_band(n, level=0.99)
    assert np.all((band.lower >= 0.0) & (band.upper <= 1.0))
    assert np.all(np.diff(band.lower) >= 0.0)
    assert np.all((band.lower <= band.points + 1.0 / n) & (band.upper >= band.points - 1.0 / n))


def test_values_in_one_place_are_not_uniform():
    """A thousand equal values have no measurable p-value, and none at all say nothing."""
    assert uniformity_p_value(np.full(1_000, 0.31)) < 1e-10
    assert uniformity_p_value(np.empty(0)) == 1.0


def test_holm_steps_down():
    """The example of the textbook: the smallest p-value times 4, the next times 3, never falling, at most 1."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
