"""The forest of windows, prior against posterior, the probability of being inside, and ``window.plot()``."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.figures import prior_posterior, window_probability, windows
from bayes_sora.figures.words import published_text, quantity_text
from bayes_sora.window import trough_in_window
from tests.fits import identified_fit, joint_fit, one_endpoint_fit, prior_fit


def written(axes):
    """Return the texts written on axes."""
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("fit", [joint_fit, identified_fit, prior_fit], ids=["joint", "identified", "prior"])
def test_forest_prints_the_numbers_of_the_windows(fit):
    """Every defined limit has its median and interval beside its row."""
    text = written(windows.draw_windows(fit()).axes[1])
    for window in fit().windows.values():
        for name in ("lower", "upper"):
            assert quantity_text(window, window.quantities[name]) in text


def test_edges_are_said_as_bounds():
    """With toxicity alone the lower limit is at the edge of the range and printed as a bound, not as a number."""
    window = one_endpoint_fit("toxicity").windows["limits"]
    assert quantity_text(window, window.lower).startswith("≤ 0.5 (")


def test_undefined_limit_has_no_row():
    """Without response youden has no lower limit, so the forest has no row for it."""
    labels = [
        label.get_text() for label in windows.draw_windows(one_endpoint_fit("toxicity")).axes[0].get_yticklabels()
    ]
    assert "youden: upper" in labels
    assert "youden: lower" not in labels


def test_roc_row_shows_cutoff_and_bootstrap():
    """The ROC cut-off of toxicity is printed with its bootstrap interval."""
    roc = joint_fit().classical.roc["toxicity"]
    low, high = roc.cutoff_ci95
    assert f"{roc.cutoff_mg_l:.3g} ({low:.3g} to {high:.3g})" in written(windows.draw_windows(joint_fit()).axes[1])


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [(1.4, 3.45, "1.40–3.45"), (3.75, None, "≥ 3.75"), (None, 2.0, "≤ 2.00"), (None, None, "open")],
)
def test_published_windows_in_words(lower, upper, expected):
    """An open end is written as a bound."""
    assert published_text(lower, upper) == expected


@pytest.mark.parametrize("limit", ["lower", "upper"])
def test_edge_shares_are_those_of_the_window(limit):
    """The shares written above a panel are those of window.json, of posterior and prior."""
    window = joint_fit().windows["limits"]
    quantity = window.quantities[limit]
    text = prior_posterior.edge_text(window, limit)
    expected = f"≤ 0.5: {100 * quantity.p_at_low_edge:.0f} %, ≥ 10: {100 * quantity.p_at_high_edge:.0f} %"
    assert text.startswith(expected)
    assert "(prior " in text


def test_undefined_limit_says_so():
    """A limit that no draw defines has words in place of a distribution."""
    window = one_endpoint_fit("toxicity").windows["youden"]
    assert prior_posterior.edge_text(window, "lower") == "undefined in every draw"


def test_stacked_areas_add_up_and_hold_the_patient():
    """The chart's probabilities add up to one and are those of predicting one patient."""
    fit = joint_fit()
    chart = window_probability.chart(fit)
    total = sum(chart[name] for name in ("p_below", "p_inside", "p_above", "p_no_window"))
    assert total.to_numpy() == pytest.approx(1.0)
    trough = float(chart["trough"][20])
    patient = trough_in_window(fit.windows["limits"].posterior, fit.curves, trough_mg_l=np.array([trough]))
    assert float(chart["p_inside"][20]) == pytest.approx(patient.p_inside)


@pytest.mark.parametrize("kind", ["limits", "youden", "utility"])
def test_window_draws_itself(kind):
    """``window.plot()`` works for every kind, with the unit on the axis and the verdict in the title."""
    window = joint_fit().windows[kind]
    figure = window.plot()
    assert figure.axes[1].get_xlabel() == "Average trough (mg/L)"
    verdict = "identified" if window.identified else "not identified"
    assert figure.axes[0].get_title(loc="left").startswith(f"{kind} window, {verdict};")


def test_window_without_prior_draws_itself():
    """A window found without prior draws has the same picture."""
    window = bs.make_window(joint_fit().curves, bs.Limits(max_toxicity=0.4))
    assert window.prior is None
    assert len(window.plot().axes[1].lines) > 0
