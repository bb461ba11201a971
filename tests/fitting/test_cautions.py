"""Effects against the direction of their endpoint, and published limits that look like another unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from bayes_sora.fitting.cautions import effects_against_direction, far_published_limits
from bayes_sora.modelfile.spec import PublishedWindow
from bayes_sora.types import MASS_UNITS
from bayes_sora.window.direction import p_falling
from tests.window.hand_made import hand_made_curves


@pytest.mark.parametrize("mean", [-1.0, -0.3, 0.0, 0.8])
def test_p_falling_is_that_of_a_negative_slope(mean):
    """With a linear effect it is P(slope < 0), here of a normal distribution: Φ(−mean)."""
    slope = norm.ppf((np.arange(2000) + 0.5) / 2000) + mean
    curves = hand_made_curves(toxicity=(0.0, slope), response=(0.3, -slope))
    assert p_falling(curves, "toxicity") == pytest.approx(norm.cdf(-mean), abs=1e-3)
    assert p_falling(curves, "response") == pytest.approx(norm.cdf(mean), abs=1e-3)


def test_a_hump_counts_by_its_ends():
    """A probability that rises and then falls below where it began falls from end to end of the observed troughs."""
    curves = hand_made_curves(toxicity=(0.0, -0.5, -1.0))
    assert p_falling(curves, "toxicity") == 1.0


def test_falling_effects_are_noted_with_a_question():
    """A response that falls in every draw is noted with its probability; one that falls in 90 % of them is not."""
    curves = hand_made_curves(toxicity=(0.0, 1.0), response=(0.0, -1.0))
    (note,) = effects_against_direction(curves)
    assert note == ("response falls as exposure rises (P > 0.99): were doses raised in patients who did not respond?")
    slopes = np.where(np.arange(100) < 97, -1.0, 1.0)
    (note,) = effects_against_direction(hand_made_curves(toxicity=(0.0, slopes)))
    assert note.startswith("toxicity falls as exposure rises (P = 0.97): were doses cut")
    slopes = np.where(np.arange(100) < 90, -1.0, 1.0)
    assert list(effects_against_direction(hand_made_curves(response=(0.0, slopes)))) == []
    assert list(effects_against_direction(hand_made_curves(survival=(12.0, 1.2, 0.0, 0.0)))) == []


def test_published_limits_far_from_the_range_are_noted():
    """In a range of 500 to 10,000 ng/mL an end at 1.4 ng/mL, which was meant in mg/L, is noted; 3,450 is not."""
    curves = replace(hand_made_curves(toxicity=(0.0, 1.0)), unit=MASS_UNITS["ng/mL"])
    window = PublishedWindow(name="Noda 2020", lower_mg_l=0.0014, upper_mg_l=3.45)
    (note,) = far_published_limits([window], curves)
    assert note == (
        "the lower end of the published window Noda 2020, 1.4 ng/mL, lies far outside the range of 500 to 10000 ng/mL: "
        "check its unit"
    )


def test_published_limits_near_the_range_are_not():
    """Open ends, ends inside the range and up to 3-fold outside it say nothing."""
    curves = hand_made_curves(toxicity=(0.0, 1.0))
    near = [
        PublishedWindow(name="a", lower_mg_l=0.2, upper_mg_l=29.0),
        PublishedWindow(name="b", lower_mg_l=None, upper_mg_l=3.0),
    ]
    assert list(far_published_limits(near, curves)) == []
    far = [PublishedWindow(name="c", lower_mg_l=1400.0, upper_mg_l=3450.0)]
    assert len(list(far_published_limits(far, curves))) == 2


def test_both_are_reasons_of_the_fit(fake_fit):
    """A fit lists them among the reasons of its trust, as warnings."""
    fit = fake_fit(draws=400)
    wrong = PublishedWindow(name="in ng/mL", lower_mg_l=1400.0, upper_mg_l=None)
    changed = replace(fit, model_file=replace(fit.model_file, published=(wrong,)))
    assert any("published window in ng/mL" in reason for reason in changed.trust.reasons)
    assert changed.trust.verdict == "warn"
    assert not any("published window" in reason for reason in fit.trust.reasons)
