"""Comparing fits: refits, refusals, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.cohort.subset import take_patients
from bayes_sora.comparison import leave_one_out
from bayes_sora.comparison.loo import _without


@pytest.mark.mcmc
def test_fitting_again_agrees_with_importance_sampling(sampled_fit):
    """For a patient whom importance sampling can be trusted with, the fit without them says the same."""
    found = leave_one_out(sampled_fit, refit=False)
    patient = int(found.pareto_k.argmin())
    exact = _without(sampled_fit, patient)
    assert exact == pytest.approx(found.elpd[patient], abs=0.05)
    assert found.effective_parameters > 0.0


def test_one_fit_is_not_compared(fake_fit):
    """At least two are needed."""
    with pytest.raises(bs.UsageError, match="at least 2"):
        bs.compare([fake_fit()])


def test_fits_of_other_patients_are_not_compared(fake_fit):
    """What is compared must be of the same data."""
    one = fake_fit()
    other = replace(one, cohort=take_patients(one.cohort, np.arange(one.cohort.n_patients - 1)))
    with pytest.raises(bs.UsageError, match="same data"):
        bs.compare([one, other])


def test_the_command_wants_two_models():
    """One model file has nothing to be compared with: exit code 2, and how to do it."""
    cohort = str(bs.shipped_cohort("literal_26"))
    command = [sys.executable, "-m", "bayes_sora", "compare", cohort, "--model", "sorafenib_joint.v1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "at least twice" in done.stderr


@pytest.mark.slow
def test_the_command_compares_two_models():
    """JSON with both models, weights that add up to one, and averaged windows."""
    cohort = str(bs.shipped_cohort("literal_26"))
    options = ["--draws", "300", "--tune", "300", "--no-refit", "--json"]
    models = ["--model", "sorafenib_joint.v1", "--model", "sorafenib_literature.v1"]
    done = subprocess.run(
        [sys.executable, "-m", "bayes_sora", "compare", cohort, *models, *options],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert np.isclose(sum(one["weight"] for one in found["models"]), 1.0)
    assert found["models"][0]["elpd_diff"] == 0.0
    assert set(found["averaged"]) == {"limits", "youden", "utility"}
