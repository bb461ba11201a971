"""Summaries of limits against numbers worked out by hand."""

import numpy as np
import pytest

from bayes_sora.questions import Limits, Utility, Youden
from bayes_sora.types import MG_L, ExposureUnit, Span
from bayes_sora.window import format_exposure, summarise_quantity, window_draws
from bayes_sora.window.evidence import central_width, heights, share_of_data
from tests.window.hand_made import OBSERVED, REFERENCE, SPAN, hand_made_curves, in_mg_l

NG_ML = ExposureUnit("ng/mL", 1e-3)


def drawn_lines(rng, spread, n=500):
    """Draw intercepts and slopes of toxicity and of response."""
    toxicity = (rng.normal(-0.2, 0.5 * spread, n), rng.normal(1.2, 0.4 * spread, n))
    return toxicity, (rng.normal(1.2, 0.5 * spread, n), rng.normal(1.5, 0.5 * spread, n))


def draws(settings, *, seed=1, n=500, spread=1.0, unit=MG_L, span=SPAN):
    """Draw a window posterior; a spread of 3 serves as its prior."""
    rng = np.random.default_rng(seed)
    toxicity, response = drawn_lines(rng, spread, n)
    curves = hand_made_curves(
        toxicity=toxicity,
        response=response,
        survival=(rng.lognormal(2.5, 0.2 * spread, n), 1.25, rng.normal(0, 0.3, n), rng.normal(0.4, 0.2 * spread, n)),
        log_median=rng.normal(1.0, 0.1 * spread, n),
        unit=unit,
        span=span,
    )
    return window_draws(curves, settings)


@pytest.mark.parametrize("name", ["lower", "upper"])
def test_limits_are_summarised_where_a_window_exists(name):
    """Moments, quantiles and shares are those of NumPy over the draws in which the window exists."""
    window = draws(Limits())
    values = in_mg_l(window.draws[name])[in_mg_l(window.draws["exists"])]
    quantity = summarise_quantity(window, name)
    assert quantity.given == "window exists"
    assert 0.5 < quantity.share_defined < 1.0
    assert quantity.share_defined == values.size / 500
    assert (quantity.mean, quantity.sd) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert [quantity.q025, quantity.q25, quantity.q50, quantity.q75, quantity.q975] == pytest.approx(
        np.quantile(values, [0.025, 0.25, 0.5, 0.75, 0.975])
    )
    assert quantity.p_at_low_edge == np.mean(values == SPAN.low)
    assert quantity.p_at_high_edge == np.mean(values == SPAN.high)
    assert quantity.p_outside_data == np.mean((values < OBSERVED.low) | (values > OBSERVED.high))


def test_width_is_upper_less_lower():
    """The width is the difference of the limits over the draws in which the window exists, without edges of its own."""
    window = draws(Youden())
    exists = in_mg_l(window.draws["exists"])
    quantity = summarise_quantity(window, "width")
    width = (in_mg_l(window.draws["upper"]) - in_mg_l(window.draws["lower"]))[exists]
    assert quantity.given == "window exists"
    assert quantity.q50 == pytest.approx(np.median(width))
    assert (quantity.p_at_low_edge, quantity.p_at_high_edge, quantity.p_outside_data) == (None, None, None)


def test_youden_limits_are_given_that_they_are_defined():
    """A youden limit is summarised wherever it is defined, also in draws without a window."""
    window = draws(Youden(), spread=2.0)
    lower = in_mg_l(window.draws["lower"])
    quantity = summarise_quantity(window, "lower")
    assert quantity.given == "limit defined"
    assert quantity.share_defined == np.mean(np.isfinite(lower))
    assert quantity.share_defined > in_mg_l(window.draws["exists"]).mean()
    assert quantity.mean == pytest.approx(np.nanmean(lower))


def test_utility_is_given_all_draws():
    """Utility limits exist in every draw."""
    quantity = summarise_quantity(draws(Utility()), "optimum")
    assert (quantity.given, quantity.share_defined) == ("all draws", 1.0)


def width_95(values):
    """Return the width of the central 95 %."""
    low, high = np.quantile(values, [0.025, 0.975])
    return high - low


def test_share_of_the_data_in_limits():
    """For limits it is 1 − (posterior/prior width)² of the smaller margin, worked out at the median limit."""
    posterior, prior = draws(Limits()), draws(Limits(), spread=3.0, seed=2)
    quantity = summarise_quantity(posterior, "upper", prior=prior)
    x = np.log(quantity.q50 / REFERENCE)

    def margins(spread, seed):
        rng = np.random.default_rng(seed)
        toxicity, response = drawn_lines(rng, spread)
        return np.minimum(-(toxicity[0] + toxicity[1] * x), response[0] + response[1] * x)

    ratio = width_95(margins(1.0, 1)) / width_95(margins(3.0, 2))
    assert quantity.data_share == pytest.approx(1.0 - ratio**2, abs=1e-3)


@pytest.mark.parametrize("settings", [Limits(), Youden(), Utility()], ids=lambda s: s.kind)
def test_the_range_of_the_search_does_not_move_the_share(settings):
    """The same draws have the same share, within 0.02, on ranges that hold the limits, however wide."""
    for name in ("lower", "upper"):
        shares = [
            summarise_quantity(draws(settings, span=span), name, prior=draws(settings, spread=3.0, seed=2, span=span))
            for span in (Span(0.5, 10.0), Span(0.1, 50.0))
        ]
        one, other = (quantity.data_share for quantity in shares)
        assert 0.3 < one < 1.0
        if settings.kind == "youden":
            assert one == pytest.approx(other, abs=0.02)
    fixed = [heights_share(settings, span) for span in (Span(1.0, 6.0), Span(0.5, 10.0), Span(0.1, 50.0))]
    np.testing.assert_allclose(fixed, fixed[0], atol=0.01)


def heights_share(settings, span):
    """Return the share in the curve that decides the lower limit at 2 mg/L."""
    curve = "deciding_lower"
    widths = []
    for window in (draws(settings, spread=3.0, seed=2, span=span), draws(settings, span=span)):
        rows = window.draws[curve].to_numpy()[0].astype(float)
        at = np.log(2.0) if settings.kind != "youden" else np.log(2.0) + 0.0 * rows[:, 0]
        widths.append(central_width(heights(rows, np.log(window.draws["exposure"].to_numpy()), at)))
    return share_of_data(*widths)


def test_a_share_is_never_negative():
    """Where the data left the curve more uncertain than the prior had it, they say nothing: 0."""
    posterior, prior = draws(Limits(), spread=2.0), draws(Limits(), spread=1.0, seed=2)
    assert summarise_quantity(posterior, "upper", prior=prior).data_share == 0.0


def test_a_width_has_no_share():
    """A width lies at no exposure, so that no curve decides it."""
    assert summarise_quantity(draws(Utility()), "width", prior=draws(Utility(), spread=3.0, seed=2)).data_share is None


def test_unit_of_the_model_file():
    """In ng/mL every exposure is 1,000 times as large; probabilities and shares stay."""
    plain, scaled = (
        summarise_quantity(draws(Limits(), unit=unit), "upper", prior=draws(Limits(), spread=3.0, seed=2, unit=unit))
        for unit in (MG_L, NG_ML)
    )
    assert (scaled.q975, scaled.sd, scaled.prior.mean) == pytest.approx(
        (1000 * plain.q975, 1000 * plain.sd, 1000 * plain.prior.mean)
    )
    assert (scaled.p_outside_data, scaled.data_share) == pytest.approx((plain.p_outside_data, plain.data_share))


def test_undefined_is_none_never_nan():
    """Where no draw has a window, everything but the share defined is None."""
    window = window_draws(hand_made_curves(toxicity=([4.0] * 5, 0.0), response=(0.0, 1.0)), Limits())
    document = summarise_quantity(window, "lower", prior=window).as_dict()
    assert document.pop("share_defined") == 0.0
    assert document.pop("given") == "window exists"
    assert set(document.pop("prior").values()) == {None}
    assert set(document.values()) == {None}


def test_constant_limit_has_no_share():
    """A limit that is the same in every prior draw carries no information to compare with."""
    constant = window_draws(hand_made_curves(toxicity=(np.zeros(5), 1.0), response=(5.0, 0.0)), Limits())
    assert summarise_quantity(constant, "upper", prior=constant).data_share is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.3049, MG_L, "1.3"),
        (0.5, MG_L, "≤ 0.5"),
        (10.0, MG_L, "≥ 10"),
        (500.0, NG_ML, "≤ 500"),
        (10000.0, NG_ML, "≥ 10000"),
        (2914.4, NG_ML, "2914"),
    ],
)
def test_edges_print_as_bounds(value, unit, text):
    """A value at an end of the range prints as a bound, any other with three digits."""
    assert format_exposure(value, span=Span(0.5, 10.0), unit=unit) == text
