"""Figures of the priors: what is drawn is what the numbers say, for every released model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from matplotlib.text import Text

import bayes_sora as bs
from bayes_sora.figures import prior_curves, prior_data, prior_windows
from bayes_sora.figures.style import VERMILLION
from tests.figures.test_registry import assert_sentences, render
from tests.fits import joint_fit, one_endpoint_fit

DRAWN = (
    (prior_data.draw_prior_data, prior_data.prior_data_caption, prior_data.prior_data_alt),
    (prior_curves.draw_prior_curves, prior_curves.prior_curves_caption, prior_curves.prior_curves_alt),
    (prior_windows.draw_prior_windows, prior_windows.prior_windows_caption, prior_windows.prior_windows_alt),
)


@cache
def prior(name):
    """Return the prior predictive distribution of a model, with few draws."""
    return bs.prior_predictive(name, draws=120)


def words(figure):
    """Return all texts of a figure as one."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize("name", ["sorafenib_joint.v1", "sunitinib_example.v1", "toxicity_only.v1", "survival_only.v1"])
@pytest.mark.parametrize("drawn", DRAWN, ids=["data", "curves", "windows"])
def test_every_released_model_is_drawn(name, drawn):
    """Each figure draws, names the unit of the drug, and has words that hold."""
    draw, caption, alt = drawn
    assert f"({prior(name).curves.unit.name})" in words(draw(prior(name)))
    assert_sentences(caption(prior(name)))
    assert_sentences(alt(prior(name)))


def test_observed_value_stands_where_it_was_seen():
    """The line of each panel is at the observed statistic, in colour and broken where it is a conflict."""
    fitted = joint_fit().prior_predictive
    first, *others = fitted.statistics
    far = replace(fitted, statistics=(replace(first, observed=300.0), *others))
    figure = prior_data.draw_prior_data(far)
    lines = [axes.get_lines()[0] for axes in figure.axes if axes.get_lines()]
    assert [line.get_xdata()[0] for line in lines] == [
        one.observed for one in far.statistics if one.observed is not None
    ]
    assert lines[0].get_color() == VERMILLION
    assert lines[0].get_linestyle() == "--"
    assert "observed, in the outer 1 %" in words(figure)
    assert {line.get_linestyle() for line in lines[1:]} == {"-"}


def test_bars_hold_every_cohort():
    """The heights of a panel's bars add up to the cohorts in which the statistic is defined."""
    found = prior("sorafenib_joint.v1")
    figure = prior_data.draw_prior_data(found)
    for axes, one in zip(figure.axes, found.statistics, strict=False):
        heights = axes.patches[-1].get_data().values
        assert heights.sum() == one.defined.size


def test_curves_show_observed_tertiles_where_there_is_a_cohort():
    """A fit shows what was observed beside the prior bands, one panel an endpoint; a model file alone does not."""
    figure = prior_curves.draw_prior_curves(joint_fit().prior_predictive)
    assert len(figure.axes) == 3
    assert "observed by trough tertile, 95 % interval" in words(figure)
    assert "observed" not in words(prior_curves.draw_prior_curves(prior("sorafenib_joint.v1")))


@pytest.mark.parametrize("endpoint", ["toxicity", "response", "survival"])
def test_one_endpoint_is_drawn_and_written(endpoint):
    """With one endpoint there is one panel of curves, and the files can be written."""
    found = one_endpoint_fit(endpoint).prior_predictive
    figure = prior_curves.draw_prior_curves(found)
    assert len(figure.axes) == 1
    render(figure)
    render(prior_data.draw_prior_data(found))


def test_numbers_beside_the_windows_are_those_of_the_document():
    """P(exists) is printed as in prior.json, once a window."""
    found = prior("sorafenib_joint.v1")
    shown = words(prior_windows.draw_prior_windows(found))
    for window in found.as_dict()["windows"].values():
        assert f"{100 * window['p_exists']:.0f} %" in shown
