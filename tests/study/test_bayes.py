"""The Bayesian methods: which engine answers, what is handed over, and what counts as failed; engines are mocked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.errors import InputError, Problem
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.study.bayes import analyse_bayes
from bayes_sora.study.engine.draws import Draws
from bayes_sora.study.plan import Method
from bayes_sora.study.rows import Failure
from tests.study.engine import examples

FAST = Method(name="small", kind="bayes", model="toxicity_only.v1")
NUTS = Method(name="small", kind="bayes", model="toxicity_only.v1", engine="nuts")
DRAW_FAST, DRAW_NUTS = "bayes_sora.study.engine.fast.draw_fast", "bayes_sora.study.engine.nuts.draw_nuts"
SEEDS = (11, 12, 13)


def made_up(seed, *, k_hat=np.nan):
    """Draw from the prior, as if it were a posterior."""
    rng = np.random.default_rng(seed)
    priors = bs.load_model(FAST.model).priors
    parameters = {name: draw_prior(rng, one.family, one.arguments, size=500) for name, one in priors.items()}
    return Draws(parameters=parameters, ess=450.0, k_hat=k_hat)


def replicates():
    """Return three replicates with their seeds."""
    return [examples.replicate(n=10, seed=seed) for seed in SEEDS]


@pytest.fixture
def cohorts():
    """Simulate a cohort for each replicate."""
    return [examples.cohort(n=10, seed=seed) for seed in SEEDS]


@pytest.fixture
def engines(monkeypatch):
    """Replace both engines: the fast one fails the second cohort; each call of NUTS is recorded by its seed."""
    called = []

    def draw_fast(model, cohorts, seeds):  # noqa: ARG001 - the engine's arguments
        return [None if seed == SEEDS[1] else made_up(seed, k_hat=0.2) for seed in seeds]

    def draw_nuts(model, cohort, seed):  # noqa: ARG001
        called.append(seed)
        return made_up(seed)

    monkeypatch.setattr(DRAW_FAST, draw_fast)
    monkeypatch.setattr(DRAW_NUTS, draw_nuts)
    return called


def test_nuts_answers_where_the_fast_engine_cannot(engines, cohorts):
    """Only the cohort that the fast engine gave up goes to NUTS, with its own seed, and its rows say so."""
    analyses = analyse_bayes(FAST, replicates(), cohorts)
    assert engines == [SEEDS[1]]
    assert [{(one.engine, one.fallback) for one in windows} for windows in analyses] == [
        {("fast", False)},
        {("nuts", True)},
        {("fast", False)},
    ]
    assert [windows[0].k_hat for windows in analyses] == [0.2, pytest.approx(np.nan, nan_ok=True), 0.2]


def test_a_cohort_is_analysed_with_the_windows_of_its_model(engines, cohorts):  # noqa: ARG001 - replaced engines
    """Toxicity alone has limits and youden, on the scale of the average trough, and every analysis took some time."""
    for windows in analyse_bayes(FAST, replicates(), cohorts):
        assert [one.window for one in windows] == ["limits", "youden"]
        assert {one.scale for one in windows} == {"C"}
        assert all(one.seconds > 0.0 for one in windows)


def test_nuts_as_the_method_is_no_fallback(engines, cohorts):
    """A method that asks for NUTS gets it for every cohort, and nothing was handed over."""
    analyses = analyse_bayes(NUTS, replicates(), cohorts)
    assert engines == list(SEEDS)
    assert {(one.engine, one.fallback) for windows in analyses for one in windows} == {("nuts", False)}


def test_troughs_outside_the_limits_of_quantification_go_to_nuts(engines, cohorts):
    """The fast engine takes measured troughs only: a block with others goes to NUTS as a whole, and says so."""
    below = bs.simulate("moderate", n=10, seed=1, lloq_mg_l=2.0).cohort
    assert below.troughs.n_censored > 0
    analyses = analyse_bayes(FAST, replicates(), [cohorts[0], below, cohorts[2]])
    assert engines == list(SEEDS)
    assert {one.fallback for windows in analyses for one in windows} == {True}


@pytest.mark.parametrize(
    ("method", "reason"), [(FAST, "neither engine could be trusted"), (NUTS, "NUTS not trusted")], ids=["fast", "nuts"]
)
def test_no_engine_trusted_is_a_failure(engines, cohorts, monkeypatch, method, reason):  # noqa: ARG001
    """Where NUTS cannot be trusted either, the analysis has failed, in words; the others stand."""
    monkeypatch.setattr(DRAW_NUTS, lambda *_: None)
    analyses = analyse_bayes(method, replicates(), cohorts)
    assert analyses[1] == Failure(reason=reason)
    assert isinstance(analyses[0], Failure) == (method is NUTS)


def test_data_that_no_model_takes_are_a_failure(engines, cohorts, monkeypatch):  # noqa: ARG001
    """What the model refuses about one cohort fails that cohort, in the words of the refusal."""

    def refuse(*_):
        raise InputError([Problem(code="C999", why="there is no toxicity column", remedy="Add one")])

    monkeypatch.setattr(DRAW_NUTS, refuse)
    failed = analyse_bayes(FAST, replicates(), cohorts)[1]
    assert isinstance(failed, Failure)
    assert "no toxicity column" in failed.reason


def test_a_cohort_that_lacks_a_column_is_a_failure(engines, cohorts):  # noqa: ARG001
    """The fast engine never sees it; the others stand."""
    without = [cohorts[0], replace(cohorts[1], toxicity=None), *cohorts[2:]]
    found = analyse_bayes(FAST, replicates(), without)
    assert isinstance(found[1], Failure)
    assert "needs toxicity" in found[1].reason
    assert not isinstance(found[0], Failure)


def test_a_method_without_a_model_is_a_mistake():
    """A classical method never comes here."""
    with pytest.raises(ValueError, match="names no model file"):
        analyse_bayes(Method(name="roc", kind="roc"), [], [])
