"""A number that a caller passes is whole and within its bounds, or the call is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.arguments import whole_number
from bayes_sora.errors import UsageError
from bayes_sora.study.calibration import calibrate
from bayes_sora.study.pools import ProcessPool


@pytest.mark.parametrize("value", [1, 64, np.int64(5), np.uint8(7)])
def test_whole_numbers_of_any_type_are_taken(value):
    """Python's and NumPy's integers come back as int."""
    found = whole_number("chains", value, least=1, most=64)
    assert type(found) is int
    assert found == value


WRONG = [0, 65, 2**63, 10**5000, -(10**5000), True, None, 5.0, "5", "5" * 10**6, [5], np.float64(5), float("nan")]


@pytest.mark.parametrize("value", WRONG, ids=[f"{type(value).__name__} {place}" for place, value in enumerate(WRONG)])
def test_what_is_no_whole_number_within_bounds_is_refused_by_name(value):
    """The message names the argument and its bounds, and stays short whatever was passed."""
    with pytest.raises(UsageError, match=r"^chains: expected a whole number from 1 to 64, got ") as refused:
        whole_number("chains", value, least=1, most=64)
    assert len(str(refused.value)) < 200


CALLS = {
    "simulate n": (lambda: bs.simulate("null", n=10**12, seed=1), "n: expected .* got 1000000000000"),
    "simulate troughs": (
        lambda: bs.simulate("null", n=10, seed=1, troughs=10**9),
        "troughs: .* got 1000000000",
    ),
    "simulate seed": (lambda: bs.simulate("null", n=10, seed=2**200), "seed: expected .* bits"),
    "simulate text": (lambda: bs.simulate("null", n=10, seed=1.5), "seed: expected .* got 1.5"),
    "prior n": (lambda: bs.prior_predictive("sorafenib_joint.v1", n=10**9), "n: expected a whole number"),
    "prior in all": (
        lambda: bs.prior_predictive("sorafenib_joint.v1", n=100_000, troughs_per_patient=1000, draws=20_000),
        "2,000,000,000,000 troughs would be drawn",
    ),
    "calibrate n": (lambda: calibrate("sorafenib_observed.v1", n=10**9), "n: expected .* got 1000000000"),
    "calibrate replications": (
        lambda: calibrate("sorafenib_observed.v1", replications=10**12),
        "replications: ",
    ),
    "workers": (lambda: ProcessPool(10**6), "workers: expected .* got 1000000"),
}


@pytest.mark.parametrize("call", CALLS)
def test_calls_that_would_never_end_are_refused_at_once(call):
    """Numbers of patients, troughs, draws, replications and workers have a largest value."""
    do, words = CALLS[call]
    with pytest.raises(UsageError, match=words):
        do()
