"""What is pointwise is called so wherever a band or a set is printed."""

from __future__ import annotations

import pytest

from bayes_sora.figures.registry import FIGURES
from bayes_sora.fitting.answer import probability_text
from bayes_sora.report.window_tables import window_cards
from tests.fits import identified_fit, joint_fit

BANDED = (
    *("answer", "toxicity", "response", "survival", "survival_exposure"),
    *("sensitivity", "prior_curves", "window_probability"),
)


@pytest.mark.parametrize("key", BANDED)
def test_captions_of_bands_say_pointwise(key):
    """A reader who sees a band over exposure is told that it does not hold everywhere at once."""
    assert "pointwise" in FIGURES[key].caption(joint_fit())


def test_report_prints_a_set_with_the_probability_of_all_of_it():
    """Each set of the limits window is called pointwise, stands with P(all of it), and has a simultaneous one below."""
    fit = identified_fit()
    window = fit.windows["limits"]
    facts = dict(next(card for card in window_cards(fit) if card.title.startswith("Limits")).facts)
    for level, share in window.credible_sets_p_all.items():
        pointwise = facts[f"Each exposure acceptable with probability ≥ {100 * level:g} % (pointwise)"]
        if share is not None:
            assert pointwise.endswith(f"P(all of it is acceptable) {probability_text(share)}")
        whole = facts[f"Widest range acceptable as a whole with probability ≥ {100 * level:g} % (simultaneous)"]
        assert (whole == "nowhere") == (not window.simultaneous_sets[level])
    assert any(share is not None for share in window.credible_sets_p_all.values())
