"""Predictive checks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from bayes_sora.figures import predictive
from bayes_sora.figures.replicates import check_count, check_survival, share_at_most
from tests.conftest import make_fake_fit
from tests.fits import joint_fit, one_endpoint_fit


def test_replicated_survival_is_the_kaplan_meier_of_uncensored_times():
    """Times far beyond the points asked for stay in the denominator; lifelines is the truth."""
    times = np.random.default_rng(1).weibull(0.7, size=(3, 26)) * 40.0
    months = np.array([0.0, 1.0, 6.0, 20.0])
    assert (times > months[-1]).any()
    for row, found in zip(times, 1.0 - share_at_most(times, months), strict=True):
        truth = KaplanMeierFitter().fit(row, np.ones_like(row)).survival_function_at_times(months)
        assert found == pytest.approx(truth.to_numpy())


def test_the_survival_band_is_not_conditioned_on_the_follow_up():
    """Follow-up cut short leaves the replicated band at a given month where it was."""
    fit = joint_fit()
    short = replace(fit, cohort=replace(fit.cohort, os_months=np.minimum(fit.cohort.os_months, 3.0)))
    months = np.array([1.0, 2.0])
    assert check_survival(short, months)[0].upper == pytest.approx(check_survival(fit, months)[0].upper)


def test_counts_leave_out_who_is_not_evaluable():
    """Replicates are counted among the evaluable patients only."""
    cohort = joint_fit().cohort
    toxicity = cohort.toxicity.copy()
    toxicity[:20] = np.nan
    found = check_count(make_fake_fit(replace(cohort, toxicity=toxicity)), "toxicity")
    assert found.n == 6
    assert found.observed == toxicity[20:].sum()
    assert found.replicated.max() <= 6


@pytest.mark.parametrize("endpoint", ["toxicity", "response", "survival"])
def test_a_model_with_one_endpoint_shows_what_it_has(endpoint, tmp_path):
    """One endpoint and the troughs make two panels."""
    figure = predictive.SPEC.draw(one_endpoint_fit(endpoint))
    assert len(figure.axes) == 2
    figure.savefig(tmp_path / "figure.png", dpi=60)


def test_the_joint_model_shows_four_panels():
    """Toxicity, response, troughs and survival."""
    assert len(predictive.SPEC.draw(joint_fit()).axes) == 4
