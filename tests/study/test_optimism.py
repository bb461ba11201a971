"""Optimism of a ROC cut-off against what theory says of it."""

from __future__ import annotations

import pytest

from bayes_sora.study.optimism import roc_optimism
from bayes_sora.study.plan import Cell


@pytest.fixture(scope="module")
def small():
    """Return the optimism at 26 patients without any effect."""
    return roc_optimism(Cell(scenario="null", n=26), replicates=200, seed=3).set_index("endpoint")


@pytest.mark.parametrize("endpoint", ["toxicity", "response"])
def test_without_an_effect_all_of_it_is_optimism(small, endpoint):
    """Where troughs tell nothing the true index of any cut-off is 0, and the apparent one is far from it."""
    row = small.loc[endpoint]
    assert abs(row["true"]) < 0.01
    assert row["best"] < 0.01
    assert row["optimism"] > 0.2
    assert row["optimism"] == pytest.approx(row["apparent"] - row["true"])


def test_it_falls_with_the_size_of_the_cohort(small):
    """The maximum of a random walk shrinks as 1/√n: from 26 to 2,600 patients tenfold."""
    large = roc_optimism(Cell(scenario="null", n=2600), replicates=40, seed=3).set_index("endpoint")
    ratio = small["optimism"] / large["optimism"]
    assert ratio.between(6.0, 16.0).all()


def test_a_true_effect_is_found_and_still_overstated():
    """Under `literal` the cut-off is worth something, less than it seems, and no more than the best one."""
    row = roc_optimism(Cell(scenario="literal", n=26), replicates=200, seed=3).set_index("endpoint").loc["response"]
    assert 0.0 < row["true"] < row["best"] < row["apparent"]
