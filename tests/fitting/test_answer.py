"""The answer of a fit in one sentence."""

from __future__ import annotations

import re

import pytest

from bayes_sora.fitting.answer import answer_sentence, leading_window, probability_text
from tests.fits import identified_fit, joint_fit, one_endpoint_fit, prior_fit, refused_fit


def test_identified_window_is_given_with_its_intervals():
    """An identified window is printed with median, unit and the 95 % intervals that window.json has."""
    fit = identified_fit()
    window = leading_window(fit)
    sentence = answer_sentence(fit)
    assert window.identified
    for limit in (window.lower, window.upper):
        for value in (limit.q50, limit.q025, limit.q975):
            assert f"{value:.3g}" in sentence
    assert sentence.startswith("The window of the average trough with toxicity ≤ 50 % and response ≥ 50 % (limits) is")
    assert sentence.count("mg/L") == 3


def test_no_window_is_said_first():
    """Draws of the prior identify nothing: the sentence begins with it and prints no limit."""
    sentence = answer_sentence(prior_fit())
    assert sentence.startswith("No window is identified from these 26 patients")
    assert "mg/L" not in sentence


def test_another_identified_window_is_named():
    """Where only the comparator is identified, "no window" does not hide it, and it is called a comparator."""
    fit = joint_fit()
    assert not fit.windows["limits"].identified
    assert fit.windows["youden"].identified
    assert "the youden window, a comparator, is identified" in answer_sentence(fit)


def test_refused_fit_prints_no_window():
    """A fit that must be refused says so and why, and gives no limit."""
    sentence = answer_sentence(refused_fit())
    assert sentence.startswith("This fit cannot be trusted and no window is printed: 50 of 1000 draws diverged")
    assert "mg/L" not in sentence


def test_forced_sentence_starts_with_the_warning():
    """A window printed on request comes after the warning, never before it."""
    sentence = answer_sentence(refused_fit(), force=True)
    assert sentence.startswith("NOT TO BE TRUSTED")
    assert re.search(r"average trough [\d.]+–[\d.]+ mg/L, 95 % intervals", sentence)


@pytest.mark.parametrize(("endpoint", "leading"), [("toxicity", "limits"), ("survival", "utility")])
def test_model_decides_which_window_leads(endpoint, leading):
    """Which window the sentence is about follows from the model's endpoints, whatever the result."""
    fit = one_endpoint_fit(endpoint)
    assert leading_window(fit).kind == leading
    assert f"({leading})" in answer_sentence(fit)


def test_probability_is_never_rounded_to_certainty():
    """A probability that is not 0 or 1 is not printed as one."""
    assert [probability_text(p) for p in (0.0004, 0.5, 0.9996)] == ["< 0.01", "0.50", "> 0.99"]


def test_a_fit_and_a_window_say_what_they_are():
    """One line for who prints a fit, the answer for who prints a window or asks for the sentence."""
    fit = joint_fit()
    assert repr(fit) == f"<Fit of 26 patients by {fit.model_file.name}: 1,000 draws, trust {fit.trust.verdict}>"
    assert fit.sentence() == answer_sentence(fit)
    window = fit.windows["limits"]
    assert str(window) == window.sentence()
