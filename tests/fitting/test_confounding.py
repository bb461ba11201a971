"""The table over assumed strengths of an unmeasured factor."""

from __future__ import annotations

import json

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.errors import InputError, UsageError
from bayes_sora.fitting import confounding
from tests.conftest import make_fake_fit


@pytest.fixture
def asked(monkeypatch):
    """Make fits by hand in place of sampling, and list the model files that were asked for."""
    models = []

    def made(cohort, *, model, **plan):  # noqa: ARG001 - as bs.fit
        models.append(model)
        return make_fake_fit(cohort, model=model, chains=2, draws=60)

    monkeypatch.setattr(confounding, "fit", made)
    return models


def test_each_assumption_is_fitted_once(asked):
    """The grid is asked for in its order, after the model without a factor, and the numbers are those of its fit."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    heard = []
    table = bs.confounding_sensitivity(
        cohort, correlations=[-0.5, 0.3], effects=[0.8], progress=lambda *said: heard.append(said)
    )
    pairs = [(0.0, 0.0), (-0.5, 0.8), (0.3, 0.8)]
    assert [(one.correlation, one.effect) for one in table] == pairs
    assert asked[0].terms == ()
    written = [json.loads(model.text)["confounding"] for model in asked[1:]]
    assert written == [{"correlation": rho, "survival": zeta} for rho, zeta in pairs[1:]]
    assert [done for _, done, _ in heard] == [0, 1, 2]
    fit = make_fake_fit(cohort, model=asked[2], chains=2, draws=60)
    slope = np.quantile(fit.parameters["survival_linear"], [0.025, 0.5, 0.975])
    assert table[2].survival_slope == pytest.approx(tuple(slope))
    assert table[2].optimum[1] == pytest.approx(fit.windows["utility"].optimum.q50)
    assert table[2].as_dict()["verdict"] == fit.trust.verdict


def test_what_makes_no_sense_is_refused_before_anything_is_fitted(asked):
    """A correlation of 1, and a model without survival."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort
    with pytest.raises(InputError, match=r"M010.*confounding\.correlation"):
        bs.confounding_sensitivity(cohort, correlations=[0.5, 1.0], effects=[0.4])
    with pytest.raises(UsageError, match=r"has no \[survival\]"):
        bs.confounding_sensitivity(cohort, model="toxicity_only.v1")
    assert not asked
