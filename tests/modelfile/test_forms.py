"""Every form of an effect: one contract, one formula in three array libraries, and what splines are in their limits."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytensor.tensor as pt
import pytest

import bayes_sora as bs
from bayes_sora.inference.blocks import PYTENSOR
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile import lint_model, parse_model
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.modelfile.form import block_effect, block_polynomial
from bayes_sora.modelfile.forms import FORMS
from bayes_sora.modelfile.spec import OutcomeBlock
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.study.calibration.effects import EFFECTS, true_effect
from bayes_sora.study.engine.jax_ops import JAX
from bayes_sora.types import ENDPOINTS, Span
from tests.inference import oracle

X = np.linspace(-3.0, 3.0, 61)
SPAN = Span(0.5, 10.0)
CASES = [(endpoint, form) for form, declared in FORMS.items() for endpoint in declared.endpoints]
OF_SURVIVAL = [form for form, declared in FORMS.items() if "survival" in declared.endpoints]


def block_of(endpoint, form):
    """Return a block of any form; its priors do not matter here."""
    kind = "weibull" if endpoint == "survival" else "binary"
    return OutcomeBlock(endpoint=endpoint, form=form, priors={}, kind=kind, reference_mg_l=2.91, span=SPAN)


def drawn(block, *, seed=1):
    """Draw plausible coefficients, those that are positive from a log-normal."""
    rng = np.random.default_rng(seed)
    positive = {f"{block.endpoint}_{name}" for name in block.effect_form.positive | block.effect_form.concentrations}
    return {
        name: np.asarray(np.exp(0.3 * rng.normal()) if name in positive else rng.normal())
        for name in block.coefficients
    }


@pytest.mark.parametrize(("endpoint", "form"), CASES)
def test_a_form_is_one_formula_for_every_array_library(endpoint, form):
    """NumPy, PyTensor and JAX agree to 1e-10, and JAX in single precision to 1e-5."""
    block = block_of(endpoint, form)
    at = drawn(block)
    here = block_effect(NUMPY, X, at, block)
    tensors = {name: pt.as_tensor(np.asarray(value)) for name, value in at.items()}
    graph = pt.as_tensor(block_effect(PYTENSOR, pt.as_tensor(X), tensors, block))
    np.testing.assert_allclose(graph.eval(mode="FAST_COMPILE"), here, atol=1e-10)
    for dtype, tolerance in ((jnp.float64, 1e-10), (jnp.float32, 1e-5)):
        with jax.enable_x64(new_val=dtype == jnp.float64):
            arrays = {name: jnp.asarray(value, dtype) for name, value in at.items()}
            there = block_effect(JAX, jnp.asarray(X, dtype), arrays, block)
            assert there.dtype == dtype
            np.testing.assert_allclose(np.asarray(there), here, atol=tolerance * (1.0 + np.abs(here).max()))


@pytest.mark.parametrize(("endpoint", "form"), CASES)
def test_a_form_is_that_of_the_simulator_and_of_the_oracle(endpoint, form):
    """Each is written twice more, with SciPy, for calibration and for the tests of the likelihood: all agree."""
    block = block_of(endpoint, form)
    at = drawn(block, seed=2)
    here = exposure_effect(X, at, block)
    of_patients = {name: np.full(X.size, value) for name, value in at.items()}
    np.testing.assert_allclose(true_effect(block, of_patients, X), here, atol=1e-10)
    np.testing.assert_allclose(oracle.effect(X + np.log(2.91), at, endpoint), here, atol=1e-10)
    assert set(EFFECTS) == set(FORMS)


@pytest.mark.parametrize("form", OF_SURVIVAL)
def test_the_effect_on_survival_is_zero_at_the_reference(form):
    """The effect is a log hazard ratio against the reference exposure, whatever the form."""
    block = block_of("survival", form)
    assert exposure_effect(np.zeros(1), drawn(block), block) == pytest.approx([0.0], abs=1e-13)


@pytest.mark.parametrize(("endpoint", "form"), CASES)
def test_a_form_describes_its_coefficients(endpoint, form):
    """What is positive, an exposure or additive is a coefficient; what is called a polynomial of x is that one."""
    declared = FORMS[form]
    others = set().union(*(declared.coefficients(one) for one in declared.endpoints))
    assert declared.positive | declared.concentrations | declared.additive <= others | {"slope", "linear", "curvature"}
    assert bool(declared.vector) == bool(declared.labels)
    if declared.as_polynomial is not None:
        block = block_of(endpoint, form)
        at = drawn(block)
        constant, coefficients = block_polynomial(NUMPY, at, block)
        np.testing.assert_allclose(
            np.polynomial.Polynomial([constant, *coefficients])(X), exposure_effect(X, at, block), atol=1e-12
        )
        assert len(coefficients) <= 2


@pytest.mark.parametrize("name", ["slope", "linear"])
def test_what_is_added_to_a_slope_multiplies_x(name):
    """An additive coefficient of first order shifts the effect by x times what is added, in every form that has it."""
    endpoint = "survival" if name == "linear" else "toxicity"
    for form, declared in FORMS.items():
        if name not in declared.additive or name not in declared.coefficients(endpoint):
            continue
        block = block_of(endpoint, form)
        at = drawn(block)
        shifted = at | {f"{endpoint}_{name}": at[f"{endpoint}_{name}"] + 0.7}
        moved = exposure_effect(X, shifted, block) - exposure_effect(X, at, block)
        np.testing.assert_allclose(moved, 0.7 * X, atol=1e-12)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_splines_without_smoothness_are_straight_lines(endpoint):
    """At σ = 0 a spline is β x, and a monotone one its rise per length of the range."""
    line = exposure_effect(X, drawn(block_of(endpoint, "linear")) | {}, block_of(endpoint, "linear"))
    slope = line[-1] / X[-1]
    spline, monotone = block_of(endpoint, "spline"), block_of(endpoint, "monotone_spline")
    first = spline.coefficients[0]
    flat = drawn(spline) | {first: slope, f"{endpoint}_smoothness": np.zeros(())}
    np.testing.assert_allclose(exposure_effect(X, flat, spline), line, atol=1e-12)
    flat = drawn(monotone) | {f"{endpoint}_rise": slope * np.log(20.0), f"{endpoint}_smoothness": np.zeros(())}
    np.testing.assert_allclose(exposure_effect(X, flat, monotone), line, atol=1e-12)


def test_without_smoothness_the_likelihood_is_that_of_the_linear_model():
    """Every patient's log-likelihood of the spline model at σ = 0 is that of the same model with linear effects."""
    spline = bs.load_model("sorafenib_spline.v1")
    content = json.loads(bs.load_model("sorafenib_joint.v1").text) | {"name": "linear.v1"}
    content["survival"]["form"] = "linear"
    del content["survival"]["curvature"]
    linear = parse_model(content)
    rng = np.random.default_rng(6)
    drawn_points = [oracle.draw_parameters(rng, form="latent") for _ in range(4)]
    plain = {name: np.array([abs(point[name]) for point in drawn_points]) for name in linear.priors}
    size = np.log(20.0)
    wide = {name: plain.get(name, rng.normal(size=4)) for name in spline.priors}
    for endpoint in ENDPOINTS:
        wide[f"{endpoint}_smoothness"] = np.zeros(4)
        wide[f"{endpoint}_rise"] = size * plain.get(f"{endpoint}_slope", np.zeros(4))
    cohort = bs.simulate("moderate", n=8, seed=2).cohort
    found, truth = (
        evaluate_patients(of, model, cohort, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for of, model in ((wide, spline), (plain, linear))
    )
    np.testing.assert_allclose(found, truth, rtol=1e-12)


def test_a_negative_rise_falls():
    """Of either sign when its prior is: the curve is turned upside down."""
    block = block_of("survival", "monotone_spline")
    at = drawn(block)
    turned = at | {"survival_rise": -at["survival_rise"]}
    np.testing.assert_allclose(exposure_effect(X, turned, block), -exposure_effect(X, at, block), rtol=1e-14)


def test_a_spline_needs_the_range_of_the_drug(tmp_path):
    """The linter says so, and where to write it."""
    text = bs.load_model("sorafenib_spline.v1").text
    content = json.loads(text) | {"name": "mine"}
    del content["drug"]["range"], content["released"]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(bs.InputError) as caught:
        parse_model(content)
    assert [problem.code for problem in caught.value.problems] == ["M008"] * 3
    assert "form 'monotone_spline' of [toxicity] has its knots in this range" in str(caught.value)
    assert not lint_model("sorafenib_spline.v1")


def test_standardised_coefficients_are_parameters_of_the_model():
    """They are called by their number, are N(0, 1), and are no scalar that a report would list."""
    model = bs.load_model("sorafenib_spline.v1")
    names = [vector.name for vector in model.vectors]
    assert names == ["toxicity_spline", "response_spline", "survival_spline"]
    assert [len(vector.labels) for vector in model.vectors] == [8, 8, 7]
    assert str(model.priors["response_spline[8]"]) == "normal(mean = 0, sd = 1)"
    assert "response_spline[8]" not in model.scalar_priors
