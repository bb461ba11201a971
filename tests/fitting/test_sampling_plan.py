"""What a fit asks of the sampler is held against bounds and memory before anything is compiled."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.errors import UsageError
from bayes_sora.fitting import sampling_plan
from bayes_sora.fitting.sampling_plan import check_memory, fits_memory, needed_bytes, plan_sampling
from bayes_sora.inference.diagnose import patients_pareto_k

MODEL = bs.load_model("sorafenib_joint.v1")
COHORT = bs.simulate("literal", n=26, seed=1).cohort
OUT_OF_BOUNDS = [
    ({"draws": 2**63}, "draws: .* got 9223372036854775808"),
    ({"draws": 10**12}, "draws: .* got 1000000000000"),
    ({"draws": 500.0}, "draws: .* got 500.0"),
    ({"draws": "500"}, "draws: .* got the text '500'"),
    ({"draws": 99}, "draws = 99 is too few"),
    ({"draws": -(2**70)}, "draws: .* got -1180591620717411303424"),
    ({"tune": 10**7}, "tune: .* got 10000000"),
    ({"tune": True}, "tune: .* got True"),
    ({"chains": 10**6}, "chains: .* got 1000000"),
    ({"chains": 65}, "chains: .* got 65"),
    ({"chains": 1}, "chains = 1 is too few"),
    ({"cores": 0}, "cores: .* got 0"),
    ({"cores": -1}, "cores: .* got -1"),
    ({"cores": 2**40}, "cores: .* got 1099511627776"),
    ({"cores": 1.0}, "cores: .* got 1.0"),
    ({"seed": 2**32}, "seed: .* got 4294967296"),
    ({"seed": None}, "seed: .* got None"),
]


@pytest.fixture
def nothing_compiles(monkeypatch):
    """Let a model that is built fail the test."""

    def compiled(*_):
        pytest.fail("the model was built")

    monkeypatch.setattr("bayes_sora.inference.build_model", compiled)


@pytest.mark.parametrize(("options", "words"), OUT_OF_BOUNDS)
@pytest.mark.usefixtures("nothing_compiles")
def test_a_number_out_of_bounds_is_refused_before_compiling(options, words):
    """Draws, tuning steps and chains have the bounds of a model file; at least one core, a seed of 32 bits."""
    with pytest.raises(UsageError, match=words):
        bs.fit(COHORT, **options)


def test_the_bounds_are_those_of_a_model_file():
    """What a model file may ask for may be asked for by an argument, and no more."""
    plan = plan_sampling(MODEL, seed=np.int64(2**32 - 1), draws=1_000_000, tune=1_000_000, chains=64, cores=4096)
    assert (plan.draws, plan.tune, plan.chains, plan.cores) == (1_000_000, 1_000_000, 64, 64)
    default = plan_sampling(MODEL, seed=1)
    assert (default.draws, default.tune, default.chains) == (1000, 1000, 4)


@pytest.mark.usefixtures("nothing_compiles")
def test_draws_beyond_the_memory_are_refused_before_compiling(monkeypatch):
    """The estimate, in GiB, stands beside what there is; half of the draws fit."""
    needed = needed_bytes(plan_sampling(MODEL, seed=1, draws=2000), n_patients=26)
    monkeypatch.setattr(sampling_plan, "memory_bytes", lambda: needed - 1)
    with pytest.raises(UsageError, match=r"4 chains of 2,000 draws of 26 patients need about 0\.3 GiB"):
        bs.fit(COHORT, draws=2000)
    check_memory(plan_sampling(MODEL, seed=1, draws=1000), n_patients=26)


def test_the_estimate_covers_what_a_fit_holds(fake_fit):
    """The draws, likelihoods and predictions of a fit alone take less than the estimate and more than a fiftieth."""
    tree = fake_fit(draws=500).posterior
    held = sum(values.nbytes for group in tree.subtree for values in group.data_vars.values())
    estimate = needed_bytes(plan_sampling(MODEL, seed=1, draws=500), n_patients=26)
    assert estimate / 50 < held < estimate


def test_a_second_attempt_is_not_begun_where_it_cannot_be_held(monkeypatch):
    """Twice the draws beside the first attempt need three times its memory."""
    plan = plan_sampling(MODEL, seed=1, draws=2000)
    monkeypatch.setattr(sampling_plan, "memory_bytes", lambda: needed_bytes(plan, n_patients=26))
    assert not fits_memory(plan, n_patients=26)
    assert fits_memory(plan_sampling(MODEL, seed=1, draws=1000), n_patients=26)
    monkeypatch.setattr(sampling_plan, "memory_bytes", lambda: None)
    assert fits_memory(plan, n_patients=10**9)


def test_chains_that_stand_still_have_no_pareto_k():
    """A tail of one value, as with an exposure of 1e-12 among ordinary ones, is no reason to fail after sampling."""
    still = np.repeat([[[-3.0], [-1.0]]], 500, axis=1).reshape(2, 500, 1)
    assert patients_pareto_k(still) is None
    moving = np.random.default_rng(1).normal(size=(2, 500, 1))
    assert patients_pareto_k(moving) is not None
