"""How numbers are printed: three significant digits, and comparisons that rounding does not contradict."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.digits import compared, compared_percent, short, significant


@given(st.floats(1e-6, 1e6))
def test_three_significant_digits(value):
    """What is printed lies within half a unit of the third digit, has no exponent and no fewer digits."""
    text = significant(value)
    assert "e" not in text
    assert abs(float(text) / value - 1.0) <= 0.005000001
    digits = text.replace(".", "").lstrip("0")
    assert len(digits) == max(3, math.floor(math.log10(float(text))) + 1)
    assert float(short(value)) == float(text)
    assert not short(value).endswith("0") or "." not in short(value)


@pytest.mark.parametrize(
    ("value", "padded", "plain"),
    [
        (0.0127, "0.0127", "0.0127"),
        (0.01, "0.0100", "0.01"),
        (0.000123, "0.000123", "0.000123"),
        (0.9996, "1.00", "1"),
        (99.96, "100", "100"),
        (3.45, "3.45", "3.45"),
        (1400.0, "1400", "1400"),
        (123456.0, "123456", "123456"),
        (1.23e-8, "1.23e-08", "1.23e-08"),
        (0.0, "0", "0"),
        (-2.91, "-2.91", "-2.91"),
        (float("inf"), "inf", "inf"),
    ],
)
def test_printed_numbers(value, padded, plain):
    """Small and large concentrations keep their digits."""
    assert (significant(value), short(value)) == (padded, plain)


def side(value, bound):
    """Return −1, 0 or 1 from exact decimals."""
    return (Decimal(value) > Decimal(bound)) - (Decimal(value) < Decimal(bound))


@given(
    bound=st.sampled_from([0.9, 0.95, 0.025, 0.1, 4.0, 0.5, 0.7, 1.01, 400.0, 123.4567, 1 / 3]),
    relative=st.floats(-0.2, 0.2),
    decimals=st.integers(0, 4),
)
def test_rounding_never_contradicts_a_comparison(bound, relative, decimals):
    """What is printed compares as the numbers do, and the value has as many decimals as asked for at least."""
    value = bound * (1.0 + relative)
    shown = compared(value, bound, decimals=decimals)
    assert side(shown.value, shown.bound) == (value > bound) - (value < bound)
    percent = compared_percent(value, bound)
    left, right = (text.removesuffix(" %") for text in percent)
    if abs(relative) > 1e-12:
        assert side(left, right) == (value > bound) - (value < bound)


@given(
    bound=st.sampled_from([0.9, 0.025, 4.0, 1.01, 400.0]),
    exponent=st.integers(1, 9),
    sign=st.sampled_from([-1.0, 1.0]),
)
def test_the_closest_values(bound, exponent, sign):
    """Values from 10⁻¹ down to 10⁻⁹ from the bound are never printed as the bound."""
    value = bound + sign * 10.0**-exponent
    shown = compared(value, bound, decimals=1)
    assert side(shown.value, shown.bound) == sign


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"value": 0.896, "bound": 0.90, "decimals": 2, "bound_decimals": 2}, ("0.896", "0.900")),
        ({"value": 0.61, "bound": 0.90, "decimals": 2, "bound_decimals": 2}, ("0.61", "0.90")),
        ({"value": 4.03, "bound": 4.0, "decimals": 1}, ("4.03", "4.00")),
        ({"value": 5.18, "bound": 4.0, "decimals": 1}, ("5.2", "4")),
        ({"value": 1.0103, "bound": 1.01, "decimals": 3}, ("1.0103", "1.0100")),
        ({"value": 399.6, "bound": 400.0, "decimals": 0}, ("399.6", "400.0")),
        ({"value": 400.0, "bound": 400.0, "decimals": 0}, ("400", "400")),
        ({"value": 0.7004, "bound": 0.7, "decimals": 2}, ("0.7004", "0.7000")),
        ({"value": float("inf"), "bound": 1.01, "decimals": 3}, ("inf", "1.01")),
        ({"value": float("nan"), "bound": 1.01, "decimals": 3}, ("nan", "1.01")),
    ],
)
def test_compared_by_hand(arguments, expected):
    """A value is rounded as asked where that tells the truth, and printed with more decimals where it does not."""
    assert compared(arguments.pop("value"), arguments.pop("bound"), **arguments) == expected
