"""Survival by group and against exposure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.figures import survival, survival_exposure
from bayes_sora.fitting.group_survival import group_survival
from tests.conftest import make_fake_fit
from tests.fits import joint_fit, one_endpoint_fit

SPECS = (survival.SPEC, survival_exposure.SPEC)


def test_a_group_without_patients_has_no_curve_and_can_be_drawn():
    """Troughs that are all above the first cut-off leave the first group empty."""
    cohort = joint_fit().cohort
    fit = make_fake_fit(replace(cohort, troughs=replace(cohort.troughs, value_mg_l=cohort.troughs.value_mg_l + 1.4)))
    assert np.isnan(group_survival(fit, fit.classical.survival, np.array([0.0, 6.0]))[0]).all()
    survival.draw_survival(fit)
    assert "no patients" in survival.SPEC.caption(fit)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key)
def test_a_model_without_survival_has_no_survival_figure(spec):
    """Toxicity alone shows neither."""
    assert not spec.applicable(one_endpoint_fit("toxicity"))
    assert spec.applicable(joint_fit())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key)
def test_figures_lay_out_without_warnings(spec, tmp_path):
    """Saved outside the rc context; a layout that does not fit warns, which is an error here."""
    spec.draw(joint_fit()).savefig(tmp_path / "figure.png", dpi=60)


def test_the_caption_calls_the_groups_a_comparator_and_partly_circular():
    """A reader must not take the paper's groups for a finding."""
    words = survival.SPEC.caption(joint_fit())
    assert "comparator" in words
    assert "partly circular" in words


def test_a_median_beyond_the_follow_up_is_said_to_be_the_models():
    """Follow-up cut at 3 months leaves every median to the Weibull form."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    fit = make_fake_fit(replace(cohort, os_months=np.minimum(cohort.os_months, 3.0)))
    assert "beyond the longest follow-up of 3 months" in survival_exposure.SPEC.caption(fit)
    assert any("beyond the longest" in text.get_text() for text in survival_exposure.SPEC.draw(fit).axes[0].texts)
