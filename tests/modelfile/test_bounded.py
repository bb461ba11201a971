"""A probability between a floor and a ceiling, and a line with a location: their limits and their independence."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

import bayes_sora as bs
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.modelfile.outcomes import KINDS
from bayes_sora.modelfile.spec import OutcomeBlock
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.study.calibration.simulate import OUTCOMES

X = np.linspace(-2.0, 2.0, 41)


def block(kind, form="located", endpoint="toxicity"):
    """Return a block whose priors do not matter."""
    return OutcomeBlock(endpoint=endpoint, form=form, priors={}, kind=kind, reference_mg_l=2.91)


def at(**changes):
    """Return parameters of a toxicity with a location."""
    plain = {"intercept": 0.3, "floor": -1.5, "ceiling": 1.2, "slope": 2.0, "location": 2.0} | changes
    return {f"toxicity_{name}": np.asarray(value) for name, value in plain.items()}


def test_the_probability_lies_between_floor_and_ceiling():
    """The curve is p₀ + (p₁ − p₀) expit(α + β log(C / L)), by SciPy."""
    found = KINDS["bounded"].logit_event(NUMPY, X, at(), block("bounded"))
    share = expit(0.3 + 2.0 * np.log(2.91 * np.exp(X) / 2.0))
    truth = expit(-1.5) + (expit(1.2) - expit(-1.5)) * share
    np.testing.assert_allclose(expit(found), truth, rtol=1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_without_bounds_it_is_the_binary_kind(sign):
    """With the floor at 0 and the ceiling at 1 the log-likelihood is the binary kind's, to 1e-12."""
    data = {"sign": np.asarray(sign), "evaluable": np.asarray(1.0)}
    parameters = at(floor=-800.0, ceiling=800.0)
    bounded = KINDS["bounded"].log_likelihood(NUMPY, X, parameters, block("bounded"), data)
    binary = KINDS["binary"].log_likelihood(NUMPY, X, parameters, block("binary"), data)
    np.testing.assert_allclose(bounded, binary, atol=1e-12)


def test_far_out_nothing_overflows():
    """At logits of ±1,000 the probability is the ceiling or the floor itself, and its log is finite."""
    far = np.array([-500.0, 500.0])
    found = KINDS["bounded"].logit_event(NUMPY, far, at(), block("bounded"))
    np.testing.assert_allclose(found, [-1.5, 1.2], atol=1e-12)


def test_who_is_not_evaluable_contributes_nothing():
    """The log-likelihood of a blank is 0."""
    data = {"sign": np.asarray(-1.0), "evaluable": np.asarray(0.0)}
    assert not KINDS["bounded"].log_likelihood(NUMPY, X, at(), block("bounded"), data).any()


def test_a_location_is_where_the_line_has_its_intercept():
    """F is 0 at the location, β times the log of the ratio elsewhere, and 0 everywhere at β = 0."""
    of = block("binary")
    assert exposure_effect(np.log(np.array([2.0 / 2.91])), at(), of) == pytest.approx(0.0)
    assert exposure_effect(np.log(np.array([4.0 / 2.91])), at(), of) == pytest.approx(2.0 * np.log(2.0))
    assert not exposure_effect(X, at(slope=0.0), of).any()


@pytest.mark.parametrize("draw", ["package", "calibration"])
def test_replicates_have_the_curve(draw):
    """Shares of replicates are the curve within four standard errors, by the package and by the simulator of SBC."""
    rng, n = np.random.default_rng(5), 200_000
    x = np.full(n, 0.4)
    wide = {name: np.full(n, value) for name, value in at().items()}
    if draw == "package":
        seen = KINDS["bounded"].draw(rng, x, wide, block("bounded"))
    else:
        seen = OUTCOMES["bounded"](block("bounded"), wide, x, rng)["toxicity"]
    p = float(expit(KINDS["bounded"].logit_event(NUMPY, np.array([0.4]), at(), block("bounded")))[0])
    assert seen.mean() == pytest.approx(p, abs=4.0 * np.sqrt(p * (1.0 - p) / n))


def test_a_flat_curve_is_what_it_was_and_a_steep_one_may_lie_anywhere():
    """A priori a flat response of the default is that of its first version; a steep one has its middle anywhere.

    By draws of the prior with slopes near 0 and above 6: the 95 % range of the probability at the reference, and of the
    exposure where a steep curve passes one half, which the first version kept near the reference.
    """
    flat, steep = {}, {}
    for version in (1, 2):
        model = bs.load_model(f"sorafenib_joint.v{version}")
        rng = np.random.default_rng(6)
        draws = {
            name: draw_prior(rng, prior.family, prior.arguments, size=400_000)
            for name, prior in model.priors.items()
            if name.startswith("response_")
        }
        slope, intercept = draws["response_slope"], draws["response_intercept"]
        shift = slope * np.log(draws["response_location"] / 2.91) if version == 2 else 0.0
        at_reference = intercept - shift
        flat[version] = np.quantile(expit(at_reference[np.abs(slope) < 0.1]), [0.025, 0.5, 0.975])
        steep[version] = np.quantile(-(at_reference / slope)[slope > 6.0], [0.025, 0.975])
    np.testing.assert_allclose(logit(flat[2]), logit(flat[1]), atol=0.12)
    assert steep[2][0] < np.log(1.0 / 2.91) < steep[1][0]
    assert steep[2][1] > np.log(6.0 / 2.91) > steep[1][1]
