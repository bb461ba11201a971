"""A study draws cohorts without a course of treatment, and says so before it runs."""

from __future__ import annotations

import pytest

from bayes_sora.errors import InputError
from bayes_sora.study.plan_file import parse_plan

PLAN = """
schema = 1
name = "course"
title = "A plan"
scenarios = ["reverse"]
sizes = [26]
replicates = 10
seed = 1

[[methods]]
name = "bayes"
kind = "bayes"
model = "{model}"
"""


def test_a_study_refuses_a_model_that_needs_doses():
    """A model file of doses is a fault of the plan; one of late entries is none, every patient then enters at 0."""
    with pytest.raises(InputError, match="dose records"):
        parse_plan(PLAN.format(model="sorafenib_doses.v1"))
    assert parse_plan(PLAN.format(model="sorafenib_entry.v1")).name == "course"
