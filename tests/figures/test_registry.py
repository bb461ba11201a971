"""The contract of every figure: it draws whatever the fit, says its units, and takes text as text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.text import Text

import bayes_sora as bs
from bayes_sora.figures import FIGURES, diagnostics, figure_context, parameters, roc, sensitivity
from tests.conftest import make_fake_fit
from tests.fits import joint_fit, refused_fit

SPECS = {spec.key: spec for spec in (sensitivity.SPEC, roc.SPEC, diagnostics.SPEC, parameters.SPEC)} | dict(FIGURES)
del SPECS["covariates"]  # of models with covariates only: tests/fitting/test_covariate_effects.py draws it
SUBSETS = (
    ("toxicity",),
    ("response",),
    ("survival",),
    ("toxicity", "response"),
    ("toxicity", "survival"),
    ("response", "survival"),
)
FEW = 60
HOSTILE = "$x^2$ <script>alert(1)</script>"
EXPOSURE_LABEL = re.compile(r"trough|exposure \(", re.IGNORECASE)


@cache
def subset_fit(endpoints):
    """Return a fit of a model file with these endpoints alone."""
    joint = bs.load_model("sorafenib_joint.v1")
    outcomes = {name: joint.outcomes[name] for name in endpoints}
    return make_fake_fit(model=replace(joint, outcomes=outcomes), draws=FEW)


@cache
def observed_fit():
    """Return a fit that takes troughs as measured."""
    return make_fake_fit(model="sorafenib_observed.v1", draws=FEW)


@cache
def nanogram_fit():
    """Return a fit of a model file in ng/mL."""
    return make_fake_fit(model="sunitinib_example.v1", draws=FEW)


@cache
def hostile_fit():
    """Return a fit whose model file and patients carry text that a careless figure would interpret."""
    fit = make_fake_fit(draws=FEW)
    model = fit.model_file
    block = model.outcomes["toxicity"]
    priors = {name: replace(prior, meaning=HOSTILE, unit=HOSTILE) for name, prior in block.priors.items()}
    outcomes = dict(model.outcomes) | {"toxicity": replace(block, label=HOSTILE, priors=priors)}
    published = (replace(model.published[0], name=HOSTILE),)
    ids = (HOSTILE, *fit.cohort.patient_id[1:])
    return replace(
        fit,
        model_file=replace(model, outcomes=outcomes, published=published),
        cohort=replace(fit.cohort, patient_id=ids),
    )


def texts(figure):
    """Return every text of a figure that is shown."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def axis_labels(figure):
    """Return the labels of all axes."""
    return [label for axes in figure.axes for label in (axes.get_xlabel(), axes.get_ylabel()) if label]


def render(figure):
    """Write a figure as a small picture, as the report does."""
    with figure_context():
        figure.savefig(io.BytesIO(), format="svg")


def assert_sentences(words):
    """Assert that words are whole sentences without the traces of missing numbers."""
    assert len(words) > 30
    assert words[0].isupper()
    assert words.endswith(".")
    assert not re.search(r"\b(nan|None|inf)\b|\{|\}", words)


def test_keys_name_their_figures():
    """The registry is keyed by the file stems of its figures, in lower case without blanks."""
    assert all(key == spec.key for key, spec in FIGURES.items())
    assert all(re.fullmatch(r"[a-z_]+", key) for key in SPECS)


def test_registry_cannot_be_changed():
    """The registry is immutable."""
    with pytest.raises(TypeError):
        FIGURES["answer"] = None


@pytest.mark.parametrize("key", SPECS)
def test_joint_fit_draws_everything(key):
    """A fit with all endpoints has every figure, and each can be written."""
    spec = SPECS[key]
    assert spec.applicable(joint_fit())
    render(spec.draw(joint_fit()))


@pytest.mark.parametrize("endpoints", SUBSETS, ids="+".join)
def test_every_subset_of_endpoints_draws(endpoints):
    """With fewer endpoints a figure is either not possible or drawn, with words that hold."""
    fit = subset_fit(endpoints)
    possible = [spec for spec in SPECS.values() if spec.possible(fit)]
    assert {"diagnostics", "parameters"} <= {spec.key for spec in possible}
    for spec in possible:
        spec.draw(fit)
        assert_sentences(spec.caption(fit))
        assert_sentences(spec.alt(fit))


@pytest.mark.parametrize("fit", [joint_fit, observed_fit, nanogram_fit], ids=["latent", "observed", "ng/mL"])
@pytest.mark.parametrize("key", SPECS)
def test_exposure_axes_carry_the_unit(key, fit):
    """Every axis of exposure names the unit of the model file, and the captions are sentences."""
    spec = SPECS[key]
    unit = fit().curves.unit.name
    named = [label for label in axis_labels(spec.draw(fit())) if EXPOSURE_LABEL.search(label)]
    named = [label for label in named if not label.startswith(("Probability", "Patients", "Share", "P("))]
    assert [label for label in named if f"({unit})" not in label and spec.key != "parameters"] == []
    assert_sentences(spec.caption(fit()))
    assert_sentences(spec.alt(fit()))


@pytest.mark.parametrize("key", SPECS)
def test_refused_fit_shows_no_window(key):
    """A fit that must be refused shows windows only when forced; every other figure it shows."""
    spec, fit = SPECS[key], refused_fit()
    assert not fit.trusted
    assert spec.applicable(fit) is not spec.shows_window
    assert spec.applicable(fit, force=True)
    spec.draw(fit)
    assert_sentences(spec.caption(fit))


@pytest.mark.parametrize("key", SPECS)
def test_text_of_users_is_text(key):
    """Dollar signs and markup in names of the user's are drawn as they stand, never interpreted."""
    figure = SPECS[key].draw(hostile_fit())
    render(figure)
    assert [text.get_text() for text in texts(figure) if "$" in text.get_text() and text.get_parse_math()] == []


def test_hostile_label_is_shown():
    """A label of the user's appears whole where a figure shows it: the test above looks at something."""
    shown = [text.get_text() for text in texts(SPECS["toxicity"].draw(hostile_fit()))]
    assert any(HOSTILE in one for one in shown)


@pytest.mark.parametrize("key", ["diagnostics", "parameters"])
def test_draws_that_are_not_finite_are_shown(key):
    """A refused fit with a draw that is not a number still shows its parameters and diagnostics."""
    fit = make_fake_fit(draws=FEW)
    tree = fit.posterior.copy(deep=True)
    tree["posterior"]["toxicity_slope"][0, 0] = np.nan
    broken = replace(fit, posterior=tree)
    SPECS[key].draw(broken)
    assert_sentences(SPECS[key].caption(broken))


def test_sensitivity_needs_toxicity():
    """Without toxicity in the model there is no weight to vary, without survival no utility."""
    assert not sensitivity.SPEC.possible(subset_fit(("response", "survival")))
    assert not sensitivity.SPEC.possible(subset_fit(("toxicity", "response")))
    assert sensitivity.SPEC.possible(subset_fit(("toxicity", "survival")))
