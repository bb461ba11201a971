"""Scores of published windows against scipy's quadrature."""

import json

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from bayes_sora.errors import UsageError
from bayes_sora.modelfile.spec import PublishedWindow
from bayes_sora.questions import Utility
from bayes_sora.types import ExposureUnit
from bayes_sora.window import population_span, score_published
from tests.window.hand_made import hand_made_curves
from tests.window.test_utility import DRAWS, utility

NODA = PublishedWindow(name="Noda 2020", lower_mg_l=1.40, upper_mg_l=3.45)
TARGET = PublishedWindow(name="DPOG target", lower_mg_l=3.75, upper_mg_l=None)
TOXICITY, SURVIVAL = DRAWS["rising"]


def best():
    """U(c*) by SciPy's optimiser."""
    return -minimize_scalar(lambda x: -utility(np.exp(x), TOXICITY, SURVIVAL), bounds=np.log([0.5, 10.0])).fun


def kept_within(low, high, *, mu, sd):
    """V of a window by SciPy's quadrature: the two ends by the patients moved there, the rest where they are."""
    inside = quad(lambda x: norm.pdf(x, mu, sd) * utility(np.exp(x), TOXICITY, SURVIVAL), np.log(low), np.log(high))[0]
    below, above = norm.cdf(np.log(low), mu, sd), norm.sf(np.log(high), mu, sd)
    return inside + below * utility(low, TOXICITY, SURVIVAL) + above * utility(high, TOXICITY, SURVIVAL)


@pytest.mark.parametrize(("window", "low", "high"), [(NODA, 1.40, 3.45), (TARGET, 3.75, 10.0)])
def test_scores_of_a_policy_by_quadrature(window, low, high):
    """Regret, benefit and the regret of leaving everybody are those of moved patients; an open end is the edge."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=1.0, log_sd=0.5)
    (score,) = score_published(curves, [window], Utility())
    value, untouched = (kept_within(*ends, mu=1.0, sd=0.5) for ends in ((low, high), (0.5, 10.0)))
    assert score.expected_regret_months == pytest.approx(best() - value, abs=1e-3)
    assert score.expected_benefit_months == pytest.approx(value - untouched, abs=1e-3)
    assert score.expected_regret_untouched_months == pytest.approx(best() - untouched, abs=1e-3)


def test_scores_are_means_over_the_draws():
    """Each draw has its own curves, optimum and population; the expectation is over all of them."""
    toxicity, survival = ([0.0, -0.7], [0.9, 1.4]), ([14.0, 9.0], [1.25, 0.9], [0.0, 0.4], [0.45, 0.8])
    medians, sds = [1.0, 0.4], [0.5, 0.7]
    (together,) = score_published(
        hand_made_curves(toxicity=toxicity, survival=survival, log_median=medians, log_sd=sds), [NODA], Utility()
    )
    alone = [
        score_published(
            hand_made_curves(
                toxicity=[values[draw] for values in toxicity],
                survival=[values[draw] for values in survival],
                log_median=medians[draw],
                log_sd=sds[draw],
            ),
            [NODA],
            Utility(),
        )[0]
        for draw in (0, 1)
    ]
    for name in ("expected_regret_months", "expected_benefit_months", "expected_regret_untouched_months"):
        assert getattr(together, name) == pytest.approx(np.mean([getattr(one, name) for one in alone]), rel=1e-12)


def test_a_narrow_window_around_the_optimum_has_no_regret():
    """Everybody moved to the optimum loses nothing, and gains what leaving everybody would have lost."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=1.5, log_sd=0.5)
    (score,) = score_published(curves, [PublishedWindow(name="best", lower_mg_l=2.595, upper_mg_l=2.597)], Utility())
    assert score.expected_regret_months == pytest.approx(0.0, abs=1e-3)
    assert score.expected_benefit_months == pytest.approx(score.expected_regret_untouched_months, abs=1e-3)


def test_optimum_inside():
    """P(c* inside) is the share of draws whose optimum lies in the window, edges of the range among them."""
    curves = hand_made_curves(toxicity=(-5.0, 0.0), survival=(11.0, 1.25, [0.0, 0.0, 0.0, -0.8], [0.6, 0.6, 0.6, 0.0]))
    noda, target = score_published(curves, [NODA, TARGET], Utility())
    assert (noda.p_optimum_inside, target.p_optimum_inside) == (0.75, 0.25)


def test_whole_range_is_leaving_everybody():
    """A window open at both ends moves nobody: no benefit, and the regret of doing nothing."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=1.0, log_sd=0.5)
    (score,) = score_published(curves, [PublishedWindow(name="all", lower_mg_l=None, upper_mg_l=None)], Utility())
    assert score.p_optimum_inside == 1.0
    assert score.expected_benefit_months == 0.0
    assert score.expected_regret_months == score.expected_regret_untouched_months
    assert score.expected_regret_months == pytest.approx(best() - kept_within(0.5, 10.0, mu=1.0, sd=0.5), abs=1e-3)


def test_leaving_everybody_counts_patients_beyond_the_range():
    """With curves that reach as far as the population V(nothing) is its mean, by quadrature over all of it."""
    made = {"toxicity": TOXICITY, "survival": SURVIVAL, "log_median": 1.8, "log_sd": 0.6}
    curves = hand_made_curves(**made)
    span = population_span(curves)
    assert span.low == pytest.approx(min(0.5, np.exp(1.8 - 4 * 0.6)))
    assert span.high == pytest.approx(np.exp(1.8 + 4 * 0.6))
    (score,) = score_published(curves, [NODA], Utility(), population=hand_made_curves(**made, span=span))
    untouched = quad(lambda x: norm.pdf(x, 1.8, 0.6) * utility(np.exp(x), TOXICITY, SURVIVAL), -2.0, 5.6, limit=200)[0]
    assert score.expected_regret_untouched_months == pytest.approx(best() - untouched, abs=2e-3)
    assert score.expected_benefit_months == pytest.approx(
        score.expected_regret_untouched_months - score.expected_regret_months, rel=1e-12
    )


def test_window_far_from_the_patients_is_its_nearer_end():
    """Where nobody lies in the window all are moved to its nearer end."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=np.log(0.6), log_sd=0.02)
    (score,) = score_published(curves, [TARGET], Utility())
    at_lower_end = utility(2.5957, TOXICITY, SURVIVAL) - utility(3.75, TOXICITY, SURVIVAL)
    assert score.expected_regret_months == pytest.approx(at_lower_end, abs=1e-3)
    assert score.expected_benefit_months > 0.0


def test_document_in_the_unit_of_the_model_file():
    """The document has window.json's keys, null for an open end, and exposures in the file's unit."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, unit=ExposureUnit("ng/mL", 1e-3))
    document = json.loads(json.dumps(score_published(curves, [TARGET], Utility())[0].as_dict(), allow_nan=False))
    assert document["lower"] == pytest.approx(3750.0)
    assert document["upper"] is None
    months = {"expected_regret_months", "expected_benefit_months", "expected_regret_untouched_months"}
    assert set(document) == {"name", "lower", "upper", "p_optimum_inside", *months}


def test_window_outside_the_range_has_no_value():
    """A window beyond the range holds no optimum, and what it would do to patients is not known."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL)
    (score,) = score_published(curves, [PublishedWindow(name="far", lower_mg_l=20.0, upper_mg_l=30.0)], Utility())
    assert (score.p_optimum_inside, score.expected_regret_months, score.expected_benefit_months) == (0.0, None, None)
    assert score.expected_regret_untouched_months > 0.0


def test_crossed_ends_are_refused():
    """A window whose ends are crossed is refused by name."""
    with pytest.raises(UsageError, match="'mine' must have 0 ≤ lower < upper"):
        score_published(
            hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL),
            [PublishedWindow(name="mine", lower_mg_l=3.0, upper_mg_l=1.0)],
            Utility(),
        )
