"""Published windows without a utility, against probabilities in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from bayes_sora.errors import UsageError
from bayes_sora.modelfile.spec import PublishedWindow
from bayes_sora.questions import Limits
from bayes_sora.types import MASS_UNITS
from bayes_sora.window.acceptance import published_acceptance
from tests.window.hand_made import REFERENCE, hand_made_curves

NORMAL = norm.ppf((np.arange(4000) + 0.5) / 4000)
NODA = PublishedWindow(name="Noda 2020", lower_mg_l=1.40, upper_mg_l=3.45)


def windows(*, toxicity=None, response=None, published=(NODA,), settings=None, **changes):
    """Score published windows under curves made by hand."""
    curves = replace(hand_made_curves(toxicity=toxicity, response=response), **changes)
    return published_acceptance(curves, published, settings or Limits())


def test_ends_in_closed_form():
    """Logits a + 2x with a normal: P(p < 1/2 at c) = Φ(−mean − 2 log(c / reference)), and its complement for harm."""
    (found,) = windows(toxicity=(NORMAL - 0.4, 2.0), response=(NORMAL + 1.1, 2.0))
    assert found.p_lower_too_low == pytest.approx(norm.cdf(-1.1 - 2.0 * np.log(1.40 / REFERENCE)), abs=2e-3)
    assert found.p_upper_too_high == pytest.approx(norm.cdf(-0.4 + 2.0 * np.log(3.45 / REFERENCE)), abs=2e-3)


def test_acceptable_by_quadrature():
    """P(acceptable), averaged over log exposure from 1.40 to 3.45, by adaptive quadrature; ends open at the range."""

    def p(x):
        return norm.cdf(0.4 - 2.0 * (x - np.log(REFERENCE)))

    for window, low, high in (
        (NODA, 1.40, 3.45),
        (PublishedWindow(name="open", lower_mg_l=3.75, upper_mg_l=None), 3.75, 10.0),
        (PublishedWindow(name="wide", lower_mg_l=0.1, upper_mg_l=2.0), 0.5, 2.0),
    ):
        (found,) = windows(toxicity=(NORMAL - 0.4, 2.0), published=[window])
        expected = quad(p, np.log(low), np.log(high))[0] / np.log(high / low)
        assert found.p_acceptable == pytest.approx(expected, abs=2e-3)


def test_what_cannot_be_known_is_none():
    """Open ends, ends outside the range, endpoints that the model lacks and windows outside the range give nothing."""
    (only_toxicity,) = windows(toxicity=(0.0, 1.0))
    assert only_toxicity.p_lower_too_low is None
    assert only_toxicity.p_upper_too_high == 1.0
    beyond = PublishedWindow(name="beyond", lower_mg_l=20.0, upper_mg_l=None)
    (found,) = windows(toxicity=(0.0, 1.0), response=(0.0, 1.0), published=[beyond])
    assert (found.p_acceptable, found.p_lower_too_low, found.p_upper_too_high) == (None, None, None)


def test_document_is_in_the_unit_of_the_model_file():
    """Ends are printed in ng/mL, and the keys of a utility are there without a value."""
    (found,) = windows(toxicity=(0.0, 1.0), response=(0.0, 1.0), unit=MASS_UNITS["ng/mL"])
    document = found.as_dict()
    assert (document["lower"], document["upper"]) == pytest.approx((1400.0, 3450.0))
    assert document["p_optimum_inside"] is document["expected_regret_months"] is None


def test_survival_alone_has_no_conditions():
    """Without toxicity, response and a condition on survival there is nothing to hold a window against."""
    curves = hand_made_curves(survival=(12.0, 1.2, 0.0, 0.0))
    with pytest.raises(UsageError, match="needs toxicity or response"):
        published_acceptance(curves, [NODA], Limits())
