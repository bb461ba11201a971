"""Values as they are compared: rounding against decimal text, and against rounding errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.numerics.ties import comparable, comparable_logs

LEVELS = np.arange(1, 100) / 10.0


@given(st.floats(1e-12, 1e12))
def test_rounding_is_that_of_decimal_text(value):
    """Ten significant digits are those that Python writes, up to a tie in the last of them."""
    assert float(comparable(value)) == pytest.approx(float(f"{value:.9e}"), rel=1.1e-9, abs=0.0)
    assert float(comparable(comparable(value))) == float(comparable(value))


@given(st.integers(1, 999_999), st.integers(0, 8), st.integers(-4, 4))
def test_rounding_errors_vanish(digits, places, ulps):
    """A decimal of six digits is itself again after an error of up to four units in its last bit."""
    value = digits / 10.0**places
    moved = value
    for _ in range(abs(ulps)):
        moved = np.nextafter(moved, np.inf if ulps > 0 else 0.0)
    assert float(comparable(moved)) == value


def test_geometric_means_of_equal_troughs():
    """Each level from 0.1 to 9.9 is the mean of 2 to 6 such troughs when compared, in bits often not."""
    differing = 0
    for repeats in range(2, 7):
        means = np.exp(np.log(np.tile(LEVELS, (repeats, 1))).sum(axis=0) / repeats)
        differing += int((means != LEVELS).sum())
        np.testing.assert_array_equal(comparable(means), comparable(LEVELS))
        logs = np.log(np.tile(LEVELS, (repeats, 1))).sum(axis=0) / repeats
        np.testing.assert_array_equal(comparable_logs(logs), comparable_logs(np.log(LEVELS)))
    assert differing >= 10


def test_different_values_stay_different():
    """What differs by one in 10⁸ keeps its order, on the logarithmic scale as well."""
    values = 2.91 * (1.0 + 1e-8 * np.arange(50.0))
    assert (np.diff(comparable(values)) > 0.0).all()
    assert (np.diff(comparable_logs(np.log(values))) > 0.0).all()


def test_what_is_no_number_stays():
    """NaN, infinities, zero and sizes at the end of the scale are not touched, without a warning."""
    given = np.array([np.nan, np.inf, -np.inf, 0.0, 5e-324, 1.7e308])
    np.testing.assert_array_equal(comparable(given), given)


def test_sign_is_kept():
    """Rounding is symmetrical."""
    np.testing.assert_array_equal(comparable(-LEVELS), -comparable(LEVELS))
