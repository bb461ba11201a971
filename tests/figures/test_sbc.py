"""The figure of a calibration, from ranks made by hand."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.figures.sbc import caption, draw_calibration
from bayes_sora.figures.style import BLUE, VERMILLION
from bayes_sora.study.calibration.result import Calibration, Design, judge_ranks
from bayes_sora.study.calibration.trial import Ranked

N = 200


@pytest.fixture
def calibration() -> Calibration:
    """Five quantities: the fourth is far from uniform, the fifth undefined in half of the replications."""
    ranks = np.random.default_rng(1).uniform(size=(N, 5))
    ranks[:, 3] = ranks[:, 3] ** 2
    ranks[::2, 4] = np.nan
    names = ("toxicity_intercept", "toxicity_slope", "log_likelihood", "optimum", "limits_lower")
    rows = [
        Ranked(index=index, engine="fast", ranks=dict(zip(names, row.tolist(), strict=True)))
        for index, row in enumerate(ranks)
    ]
    return judge_ranks(rows, model=bs.load_model("sorafenib_joint.v1"), design=Design(replications=N))


def test_each_quantity_has_a_panel_with_its_line(calibration):
    """One visible panel a quantity; the line is the ECDF less the diagonal, in percentage points."""
    figure = draw_calibration(calibration)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left").splitlines()[0] for axes in panels] == [
        one.name for one in calibration.quantities
    ]
    line = panels[0].lines[-1]
    ranks = calibration.quantities[0].ranks
    at = int(np.argmin(np.abs(line.get_xdata() - 0.25)))
    assert line.get_ydata()[at] == pytest.approx(100.0 * ((ranks <= 0.25).mean() - 0.25))
    assert (line.get_ydata()[0], line.get_ydata()[-1]) == (0.0, 0.0)


def test_a_miscalibrated_quantity_is_marked_in_more_than_colour(calibration):
    """The line that leaves its band has another colour, is broken, and its title is bold."""
    figure = draw_calibration(calibration)
    lines = [axes.lines[-1] for axes in figure.axes if axes.get_visible()]
    assert [line.get_color() for line in lines] == [BLUE, BLUE, BLUE, VERMILLION, BLUE]
    assert lines[3].get_linestyle() == "--"
    assert [axes._left_title.get_fontweight() for axes in figure.axes[:5]] == ["normal"] * 3 + ["bold", "normal"]


def test_titles_count_the_replications_that_define_the_quantity(calibration):
    """A quantity that half of the replications define says so, and has a wider band."""
    figure = draw_calibration(calibration)
    assert "100 · p" in figure.axes[4].get_title(loc="left")
    heights = [
        max(np.ptp(path.vertices[:, 1]) for path in axes.collections[1].get_paths())
        for axes in (figure.axes[0], figure.axes[4])
    ]
    assert heights[1] == pytest.approx(heights[0] * np.sqrt(2.0), rel=0.1)


def test_caption_names_what_is_wrong(calibration):
    """The caption tells the run and the quantities that are not calibrated."""
    words = caption(calibration)
    assert "200 simulated cohorts of 26 patients, seed 1: not calibrated: optimum" in words
