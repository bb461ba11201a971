"""The figure of a sample size shows what the answer says, for every kind of answer."""

from __future__ import annotations

import io

import numpy as np
import pytest

from bayes_sora.figures.sample_size import alt, caption, draw_sample_size
from tests.study.size_mocks import BENEFIT, ask, p_narrow, search_known

ANSWERS = {
    "reached": lambda: search_known(ask(), p_narrow),
    "not reached": lambda: search_known(ask(n_max=150), p_narrow),
    "already reached": lambda: search_known(ask(n_min=600), p_narrow),
    "benefit": lambda: search_known(ask(criterion=BENEFIT), p_narrow),
}


@pytest.mark.parametrize("answer", [pytest.param(make(), id=name) for name, make in ANSWERS.items()])
def test_every_answer_can_be_drawn(answer):
    """Points at the sizes simulated, the target as a line, and no curve beyond the points."""
    figure = draw_sample_size(answer)
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    (axes,) = figure.axes
    points = next(one for one in axes.collections if "cohorts at" in str(one.get_label())).get_offsets()
    assert np.asarray(points) == pytest.approx(np.array([(one.n, one.estimate) for one in answer.curve]))
    goal = answer.question.criterion.target
    assert any(np.all(np.asarray(line.get_ydata()) == goal) for line in axes.lines)
    curves = [line for line in axes.lines if str(line.get_label()).startswith("rising")]
    assert len(curves) == (len(answer.curve) > 1)
    for curve in curves:
        assert (curve.get_xdata()[0], curve.get_xdata()[-1]) == (answer.curve[0].n, answer.curve[-1].n)


def test_words_of_the_figure_carry_the_numbers():
    """The caption begins with the answer; the description names every point and the target."""
    answer = ANSWERS["benefit"]()
    assert caption(answer).startswith(answer.sentence())
    assert all(f"at {point.n} patients" in alt(answer) for point in answer.curve)
    assert alt(answer).endswith("the target is 0.5 months.")
