"""The answer figure says what the answer says."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_sora.figures import answer
from bayes_sora.fitting.answer import answer_sentence, leading_window
from tests.fits import identified_fit, joint_fit, one_endpoint_fit, prior_fit, refused_fit

FITS = [joint_fit, prior_fit, identified_fit, refused_fit]
FIT_IDS = ["joint", "prior", "identified", "refused"]


def title(fit):
    """Return the line in bold above the figure."""
    return answer.draw_answer(fit).get_suptitle()


def row_labels(fit):
    """Return the names of the rows under the curve."""
    return [label.get_text() for label in answer.draw_answer(fit).axes[1].get_yticklabels()]


def test_title_shows_the_window_of_the_sentence():
    """An identified window is printed with the digits of its sentence."""
    fit = identified_fit()
    window = leading_window(fit)
    assert window.identified
    assert window.sentence().startswith(title(fit))
    numbers = title(fit).removeprefix("Average trough window ")
    assert numbers in answer_sentence(fit)


@pytest.mark.parametrize("fit", [joint_fit, prior_fit], ids=["joint", "prior"])
def test_no_window_is_said_in_the_title(fit):
    """Where no window is identified the title says so and shows no number."""
    assert not leading_window(fit()).identified
    assert title(fit()) == "No window identified"


def test_refused_fit_is_said_in_the_title():
    """A refused fit, drawn on request, says first that it is not to be trusted."""
    assert title(refused_fit()).startswith("NOT TO BE TRUSTED")


@pytest.mark.parametrize("fit", FITS, ids=FIT_IDS)
def test_bars_are_the_credible_sets(fit):
    """The bars under the curve are the credible sets of the limits window, one row a level."""
    window = fit().windows["limits"]
    below = answer.draw_answer(fit()).axes[1]
    bars = [
        (round(bar.get_y() + bar.get_height() / 2), (bar.get_x(), bar.get_x() + bar.get_width()))
        for bar in below.patches
        if bar.get_height() == pytest.approx(0.55)
    ]
    for row, intervals in enumerate(window.credible_sets.values()):
        drawn = [interval for place, interval in bars if place == row]
        assert len(drawn) == len(intervals)
        assert all(one == pytest.approx(other) for one, other in zip(drawn, intervals, strict=True))


def test_curve_crosses_its_levels_where_the_sets_end():
    """The filled curve reaches 0.5 and 0.8 at the ends of the credible sets."""
    fit = joint_fit()
    curve = answer.draw_answer(fit).axes[0].lines[0]
    for level in (0.5, 0.8):
        low, high = fit.windows["limits"].credible_sets[level][0]
        at_ends = np.interp(np.log([low, high]), np.log(curve.get_xdata()), curve.get_ydata())
        assert at_ends == pytest.approx(level, abs=1e-9)


def test_rows_name_published_windows_and_patients():
    """Published windows are named with their ends and the troughs with their number."""
    labels = row_labels(joint_fit())
    assert "Noda 2020: 1.40–3.45" in labels
    assert "DPOG target: ≥ 3.75" in labels
    assert labels[-1] == "measured troughs, n = 26"


def test_survival_alone_shows_near_optimal_exposures():
    """Without toxicity and response the curve is the probability of being nearly optimal."""
    fit = one_endpoint_fit("survival")
    above = answer.draw_answer(fit).axes[0]
    assert above.get_ylabel() == "P(nearly optimal | data)"
    draws = fit.windows["utility"].posterior.draws
    exposure = above.lines[0].get_xdata()[100]
    inside = ((draws["lower"] <= exposure) & (exposure <= draws["upper"])).mean()
    assert above.lines[0].get_ydata()[100] == pytest.approx(float(inside))


def test_caption_says_the_numbers():
    """The caption names the credible sets, the best exposure, the intervals and what the curve is not."""
    words = answer.caption(joint_fit())
    assert "probability at least 0.95" in words
    assert "The curve is pointwise" in words
    assert "all of it at once with probability" in words
    assert "not causal" in words
    assert "95 % equal-tailed" in words
    assert "exposure of best utility is" in words
