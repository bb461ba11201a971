"""Shipped summaries: there, of complete studies, and what their names say."""

from __future__ import annotations

import pytest

from bayes_sora.errors import UsageError
from bayes_sora.study import load_plan, shipped_study
from bayes_sora.study.performance import MEASURES
from bayes_sora.study.summary import BY, MEASURED

SHIPPED = ("noda26", "sample_size")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_summary_is_of_its_plan(name):
    """It covers every scenario, size and method of the shipped plan, from a complete study, in today's columns."""
    summary, plan = shipped_study(name), load_plan(name)
    assert tuple(summary.columns) == (*BY, *MEASURED)
    assert tuple(summary["scenario"].drop_duplicates()) == plan.scenarios
    assert tuple(summary["n"].drop_duplicates()) == plan.sizes
    assert set(summary["method"]) == {method.name for method in plan.methods}
    assert set(summary["measure"]) == set(MEASURES)
    replicates = summary.attrs["replicates"]
    assert replicates["done"] == replicates["planned"] == summary["n_total"].iloc[0] * len(plan.cells)


def test_unknown_study_is_refused_with_those_there_are():
    """A misspelt name is told with the names that exist."""
    with pytest.raises(UsageError, match=r"no study 'noda' is shipped; there are: noda26, noda26_v2, sample_size"):
        shipped_study("noda")
