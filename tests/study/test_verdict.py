"""The rule on the rows of a study: each threshold by hand, and the same verdict from rows as from estimates."""

from __future__ import annotations

from dataclasses import fields, replace

import pandas as pd
import pytest

from bayes_sora.study.rows import LimitEstimate, WindowEstimate
from bayes_sora.study.verdict import estimate_identified, rows_identified
from bayes_sora.window import STARTING_RULE, IdentifiedRule

GOOD = LimitEstimate(
    q025=1.5,
    q50=2.0,
    q975=3.0,
    share_defined=1.0,
    p_low_edge=0.0,
    p_high_edge=0.0,
    p_outside=0.02,
    data_share=0.8,
)
CHANGES = {
    "good": ({}, True),
    "at the edges": ({"p_low_edge": 0.04, "p_high_edge": 0.011}, False),
    "hardly at the edges": ({"p_low_edge": 0.04, "p_high_edge": 0.009}, True),
    "outside the troughs": ({"p_outside": 0.11}, False),
    "undefined too often": ({"share_defined": 0.94}, False),
    "edge of the defined draws": ({"share_defined": 0.96, "p_high_edge": 0.011}, False),
    "too wide": ({"q975": 6.1}, False),
    "prior": ({"data_share": 0.4}, False),
    "data share unknown": ({"data_share": float("nan")}, False),
    "without draws": ({"q025": float("nan"), "q975": float("nan")}, False),
}


def estimate(*, window="limits", lower=GOOD, upper=GOOD, **changes):
    """Return a window estimate that is good unless said."""
    limits = {"lower": lower, "upper": upper}
    good = {"p_exists": 0.95, "p_rising": 1.0, "prior_tail": 0.4}
    return WindowEstimate(window=window, scale="C", engine="fast", limits=limits, **(good | changes))


def as_rows(estimates, *, status="ok"):
    """Write estimates as rows of a study."""
    return pd.DataFrame(
        {name: getattr(one, name) for name in ("window", "p_exists", "p_rising", "prior_tail")}
        | {"status": status}
        | {
            f"{limit}_{field.name}": getattr(one.limits[limit], field.name)
            for limit in ("lower", "upper")
            for field in fields(LimitEstimate)
        }
        for one in estimates
    )


@pytest.mark.parametrize("limit", ["lower", "upper"])
@pytest.mark.parametrize(("change", "passes"), CHANGES.values(), ids=CHANGES)
def test_each_condition_on_a_limit(limit, change, passes):
    """Either limit fails the window when one number of it does; undefined draws count as failing."""
    judged = estimate_identified(estimate(**{limit: replace(GOOD, **change)}))
    assert judged.identified is passes


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({"p_exists": 0.91}, True),
        ({"p_exists": 0.89}, False),
        ({"prior_tail": 0.06}, True),
        ({"prior_tail": 0.04}, False),
        ({"prior_tail": 0.07, "window": "youden"}, False),
        ({"prior_tail": 0.09, "window": "youden"}, True),
        ({"prior_tail": float("nan")}, False),
        ({"p_rising": 0.5}, True),
        ({"p_rising": 0.94, "window": "youden"}, False),
        ({"window": "utility", "lower": replace(GOOD, data_share=0.3)}, True),
        ({"window": "utility", "lower": replace(GOOD, data_share=0.2)}, False),
        ({"window": "youden", "lower": replace(GOOD, data_share=0.0)}, True),
        ({"p_rising": 0.96, "window": "youden"}, True),
    ],
)
def test_each_condition_on_the_window(change, passes):
    """A window must exist often enough without a conflict of priors and data; only for youden must both curves rise."""
    assert estimate_identified(estimate(**change)).identified is passes


def test_rows_and_estimates_agree():
    """Every case above has the same verdict as a row of a table."""
    estimates = [estimate(lower=replace(GOOD, **change)) for change, _ in CHANGES.values()]
    estimates += [estimate(window="youden", p_rising=0.9), estimate(p_exists=0.2)]
    expected = [estimate_identified(one).identified for one in estimates]
    assert rows_identified(as_rows(estimates), STARTING_RULE).tolist() == expected
    assert set(expected) == {True, False}


def test_failed_rows_identify_nothing():
    """A failed analysis counts against a method, whatever stands in its other columns."""
    assert not rows_identified(as_rows([estimate()], status="failed"), STARTING_RULE).any()


def test_another_rule_may_be_tried_on_the_same_rows():
    """A stricter rule judges the same rows anew."""
    rows = as_rows([estimate()])
    assert rows_identified(rows, STARTING_RULE).all()
    assert not rows_identified(rows, IdentifiedRule(max_fold=1.5)).any()
