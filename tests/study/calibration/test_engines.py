"""The hand-over between engines, with engines that return at once."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.study.calibration import draw_cohort, draw_posteriors, draw_truth
from bayes_sora.study.engine import fast, nuts
from bayes_sora.study.engine.draws import Draws


@pytest.fixture
def quick_engines(monkeypatch):
    """Let the fast engine trust cohorts with an even seed, NUTS those with a seed below 10."""
    draws = Draws(parameters={"toxicity_slope": np.zeros(100)}, ess=100.0)
    monkeypatch.setattr(
        fast, "draw_fast", lambda _model, _cohorts, seeds: [None if seed % 2 else draws for seed in seeds]
    )
    monkeypatch.setattr(nuts, "draw_nuts", lambda _model, _cohort, seed: draws if seed < 10 else None)


@pytest.mark.parametrize(("engine", "drawn_by"), [("fast", ["fast", "nuts", None]), ("nuts", ["nuts", "nuts", None])])
@pytest.mark.usefixtures("quick_engines")
def test_fast_engine_hands_over_to_nuts(engine, drawn_by):
    """Cohorts that the fast engine does not trust go to NUTS; what NUTS does not trust either has no posterior."""
    model, rng = bs.load_model("toxicity_only.v1"), np.random.default_rng(1)
    cohorts = [draw_cohort(model, draw_truth(model, rng), n=5, rng=rng) for _ in range(3)]
    found = draw_posteriors(model, cohorts, [2, 3, 11], engine=engine)
    assert [one.engine if one else None for one in found] == drawn_by
