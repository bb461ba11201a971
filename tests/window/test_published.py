"""Scores of published windows against scipy's quadrature."""

import json

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from bayes_sora.errors import UsageError
from bayes_sora.modelfile.spec import PublishedWindow
from bayes_sora.types import ExposureUnit
from bayes_sora.window import Utility, score_published
from tests.window.hand_made import hand_made_curves
from tests.window.test_utility import DRAWS, utility

NODA = PublishedWindow(name="Noda 2020", lower_mg_l=1.40, upper_mg_l=3.45)
TARGET = PublishedWindow(name="DPOG target", lower_mg_l=3.75, upper_mg_l=None)
TOXICITY, SURVIVAL = DRAWS["rising"]


def expected_regret(low, high, *, mu, sd):
    """U(c*) less the mean of U over [low, high] under the log-normal, for a single draw."""
    best = -minimize_scalar(lambda x: -utility(np.exp(x), TOXICITY, SURVIVAL), bounds=np.log([0.5, 10.0])).fun
    mass = quad(lambda x: norm.pdf(x, mu, sd), np.log(low), np.log(high))[0]
    total = quad(lambda x: norm.pdf(x, mu, sd) * utility(np.exp(x), TOXICITY, SURVIVAL), np.log(low), np.log(high))[0]
    return best - total / mass


@pytest.mark.parametrize(("window", "low", "high"), [(NODA, 1.40, 3.45), (TARGET, 3.75, 10.0)])
def test_regret_by_quadrature(window, low, high):
    """Expected regret is the loss in months by adaptive quadrature; an open end is the edge of the range."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=1.0, log_sd=0.5)
    (score,) = score_published(curves, [window], Utility())
    assert score.expected_regret_months == pytest.approx(expected_regret(low, high, mu=1.0, sd=0.5), abs=1e-3)


def test_optimum_inside():
    """P(c* inside) is the share of draws whose optimum lies in the window, edges of the range among them."""
    curves = hand_made_curves(toxicity=(-5.0, 0.0), survival=(11.0, 1.25, [0.0, 0.0, 0.0, -0.8], [0.6, 0.6, 0.6, 0.0]))
    noda, target = score_published(curves, [NODA, TARGET], Utility())
    assert (noda.p_optimum_inside, target.p_optimum_inside) == (0.75, 0.25)


def test_whole_range_has_the_regret_of_the_population():
    """A window open at both ends is the whole range."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=1.0, log_sd=0.5)
    (score,) = score_published(curves, [PublishedWindow(name="all", lower_mg_l=None, upper_mg_l=None)], Utility())
    assert score.p_optimum_inside == 1.0
    assert score.expected_regret_months == pytest.approx(expected_regret(0.5, 10.0, mu=1.0, sd=0.5), abs=1e-3)


def test_window_far_in_a_tail_is_still_weighted():
    """Where the log-normal has no mass in the window the weights stay finite, nearest its bulk."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, log_median=np.log(0.6), log_sd=0.02)
    (score,) = score_published(curves, [TARGET], Utility())
    at_lower_end = utility(2.5957, TOXICITY, SURVIVAL) - utility(3.75, TOXICITY, SURVIVAL)
    assert score.expected_regret_months == pytest.approx(at_lower_end, abs=0.02)


def test_document_in_the_unit_of_the_model_file():
    """The document has window.json's keys, null for an open end, and exposures in the file's unit."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL, unit=ExposureUnit("ng/mL", 1e-3))
    document = json.loads(json.dumps(score_published(curves, [TARGET], Utility())[0].as_dict(), allow_nan=False))
    assert document["lower"] == pytest.approx(3750.0)
    assert document["upper"] is None
    assert set(document) == {"name", "lower", "upper", "p_optimum_inside", "expected_regret_months"}


def test_window_outside_the_range_has_no_regret():
    """A window beyond the range holds no optimum and has no regret to average."""
    curves = hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL)
    (score,) = score_published(curves, [PublishedWindow(name="far", lower_mg_l=20.0, upper_mg_l=30.0)], Utility())
    assert (score.p_optimum_inside, score.expected_regret_months) == (0.0, None)


def test_crossed_ends_are_refused():
    """A window whose ends are crossed is refused by name."""
    with pytest.raises(UsageError, match="'mine' must have 0 ≤ lower < upper"):
        score_published(
            hand_made_curves(toxicity=TOXICITY, survival=SURVIVAL),
            [PublishedWindow(name="mine", lower_mg_l=3.0, upper_mg_l=1.0)],
            Utility(),
        )
