"""A covariate without a usable spread is refused by name before anything is standardised by it."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.errors import InputError
from bayes_sora.modelfile import bind_model, parse_model

MODEL = """
schema = 1
name = "age.v1"
title = "t"
extends = "sorafenib_joint.v1"
[covariates.formulas]
toxicity = "{formula}"
[covariates.coefficient]
family = "normal"
mean = 0
sd = 0.5
unit = "u"
source = "s"
meaning = "m"
"""
AGE = np.random.default_rng(1).normal(60.0, 9.0, size=26)


def bound(formula="age", **covariates):
    """Bind a model with a formula to a cohort with covariates; any warning is an error."""
    cohort = replace(bs.simulate("literal", n=26, seed=1).cohort, covariates=covariates)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return bind_model(parse_model(MODEL.format(formula=formula)), cohort)[0]


UNUSABLE = {
    "end of the scale, both signs": np.where(AGE > 60.0, 1e308, -1e308),
    "one wild value": np.where(np.arange(26) == 3, 1e200, AGE),
    "infinite": np.where(np.arange(26) == 3, np.inf, AGE),
    "smallest numbers": np.where(AGE > 60.0, 2e-320, 1e-320),
    "squares that vanish": AGE * 1e-200,
    "differences of rounding": 1e9 + np.where(AGE > 60.0, 1e-6, 0.0),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_covariate_without_usable_spread_is_refused(name):
    """Values whose squares overflow, vanish, or differ by rounding alone give no SD to divide by."""
    with pytest.raises(InputError, match=r"F009 .*column age.*no usable spread"):
        bound(age=UNUSABLE[name])


def test_a_value_at_the_end_of_the_scale_is_named():
    """The patient and the value are in the message, the first of them when there are several."""
    with pytest.raises(InputError, match=r"patient P004, column age, value '1e\+200'"):
        bound(age=UNUSABLE["one wild value"])


@pytest.mark.parametrize("size", [1e-90, 1e-9, 1.0, 1e9, 1e90])
def test_the_unit_of_a_covariate_does_not_matter(size):
    """Ages in any unit give the same standardised column."""
    columns = bound(age=AGE * size).terms[0].design.population
    np.testing.assert_allclose(columns["covariate age"], (AGE - AGE.mean()) / AGE.std(), rtol=1e-9)


def test_many_columns_of_many_levels_are_refused_before_they_are_made():
    """Three covariates of twenty levels have 7,999 columns, ten of two levels 1,023; both are known at once."""
    levels = {f"c{i}": tuple(f"L{(7 * i + k * (i + 1)) % 20:02d}" for k in range(26)) for i in range(3)}
    with pytest.raises(InputError, match=r"F009 .*more than 200 columns"):
        bound("c0:c1:c2", **levels)
    halves = {f"h{i}": tuple("ab"[(k >> (i % 4)) & 1] for k in range(26)) for i in range(10)}
    with pytest.raises(InputError, match=r"F009 .*more than 200 columns"):
        bound(":".join(halves), **halves)


def test_missing_numbers_of_a_large_cohort_are_refused_by_what_they_would_hold(monkeypatch):
    """Every missing number has a column of all patients: what all of them hold together is counted first."""
    monkeypatch.setattr("bayes_sora.modelfile.terms.design.MOST_NUMBERS", 26 * 3)
    age = np.where(np.arange(26) < 2, np.nan, AGE)
    assert bound(age=age).terms
    with pytest.raises(InputError, match=r"F009 .*4 columns of 26 patients"):
        bound(age=np.where(np.arange(26) < 3, np.nan, AGE))
