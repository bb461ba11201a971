"""Calibration of a model file: right engines pass, seeded faults are caught."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.study.calibration import draw_cohort, draw_truth, evaluate_quantities
from bayes_sora.study.calibration.engines import draw_posteriors
from bayes_sora.study.calibration.result import Calibration, Design, judge_ranks
from bayes_sora.study.calibration.run import calibrate, model_trial
from bayes_sora.study.calibration.trial import run_trials
from tests.study.calibration.by_block import block_log_likelihoods, draw_by_block
from tests.study.calibration.mutations import MUTATIONS, twice_the_measurement_error, unchanged

if TYPE_CHECKING:
    from tests.study.calibration.mutations import Engine, Mutate

OBSERVED, JOINT = "sorafenib_observed.v1", "sorafenib_joint.v1"
CAUGHT_BY = {
    "wrong sign": "log_likelihood_response",
    "scale for median": "survival_median",
    "dropped censoring": "survival_median",
    "endpoint ignored": "log_likelihood_response",
    "prior used twice": "toxicity_intercept",
}


def mutated(mutate: Mutate, engine: Engine, *, model: str, n: int, replications: int, light: bool) -> Calibration:
    """Run a trial with a fault; a light one ranks parameters and log-likelihoods only."""
    loaded = bs.load_model(model)
    trial = mutate(model_trial(loaded, n=n, engine="fast"), loaded, engine)
    if light:
        trial = replace(
            trial,
            quantities=lambda of, cohort: {
                **of,
                **{f"log_likelihood_{name}": sums for name, sums in block_log_likelihoods(of, loaded, cohort).items()},
            },
        )
    ranked = run_trials(trial, seed=1, indices=range(replications))
    return judge_ranks(ranked, model=loaded, design=Design(n=n, replications=replications))


def test_exact_engine_passes():
    """Another engine, exact and without JAX and PyMC, is calibrated in everything that is ranked."""
    found = mutated(unchanged, draw_by_block, model=OBSERVED, n=12, replications=40, light=False)
    assert found.calibrated
    assert found.fitted_by == {"by block": 40}
    assert {"log_likelihood", "limits_lower", "youden_upper", "optimum", "survival_12_months"} < {
        quantity.name for quantity in found.quantities
    }


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_is_caught(name):
    """Every seeded fault is caught in a few hundred cohorts, by the quantity that it bends."""
    replications = 400 if name == "prior used twice" else 150
    found = mutated(MUTATIONS[name], draw_by_block, model=OBSERVED, n=12, replications=replications, light=True)
    assert CAUGHT_BY[name] in found.miscalibrated


def test_log_likelihoods_are_those_of_the_definitions():
    """What is ranked as log-likelihood is the sum over patients of the densities written by hand."""
    model, rng = bs.load_model(OBSERVED), np.random.default_rng(1)
    truths = [draw_truth(model, rng) for _ in range(20)]
    parameters = {name: np.array([truth[name] for truth in truths]) for name in truths[0]}
    cohort = draw_cohort(model, truths[0], n=9, rng=rng)
    found = evaluate_quantities(parameters, model=model, cohort=cohort)
    by_hand = block_log_likelihoods(parameters, model, cohort)
    for name, values in by_hand.items():
        np.testing.assert_allclose(found[f"log_likelihood_{name}"], values, rtol=1e-10)
    np.testing.assert_allclose(found["log_likelihood"], sum(by_hand.values()), rtol=1e-10)


def test_survival_is_that_at_the_median_trough():
    """S(12 months) is the Weibull survival at the median of the measured troughs."""
    model, rng = bs.load_model(JOINT), np.random.default_rng(2)
    truth = draw_truth(model, rng)
    cohort = draw_cohort(model, truth, n=9, rng=rng)
    found = evaluate_quantities({name: np.array([value]) for name, value in truth.items()}, model=model, cohort=cohort)
    x = np.log(np.median(cohort.trough_mg_l) / 2.91)
    effect = truth["survival_linear"] * x + truth["survival_curvature"] * x**2
    hazard = np.log(2.0) * (12.0 / truth["survival_median"]) ** truth["survival_shape"] * np.exp(effect)
    assert found["survival_12_months"] == pytest.approx(np.exp(-hazard))


@pytest.mark.parametrize(
    ("model", "absent"),
    [
        ("toxicity_only.v1", {"optimum", "survival_12_months", "youden_lower"}),
        ("survival_only.v1", {"limits_lower", "youden_upper", "log_likelihood_toxicity"}),
    ],
)
def test_models_without_an_endpoint_are_ranked_in_what_they_have(model, absent):
    """A model file is judged on the windows and likelihoods that its endpoints allow."""
    loaded, rng = bs.load_model(model), np.random.default_rng(3)
    truth = draw_truth(loaded, rng)
    cohort = draw_cohort(loaded, truth, n=9, rng=rng)
    found = evaluate_quantities({name: np.array([value]) for name, value in truth.items()}, model=loaded, cohort=cohort)
    defined = {name for name, values in found.items() if not np.isnan(values).all()}
    assert not absent & defined
    assert set(loaded.priors) | {"log_likelihood"} <= defined


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 2}, "n must be at least 3, got 2"),
        ({"replications": 19}, "replications must be at least 20, got 19"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"engine": "stan"}, "unknown engine 'stan'; known: fast, nuts"),
    ],
)
def test_bad_designs_are_refused(arguments, words):
    """A design that cannot be run is refused before anything starts."""
    with pytest.raises(bs.UsageError, match=words):
        calibrate(OBSERVED, **arguments)


@pytest.mark.slow
@pytest.mark.parametrize("model", [OBSERVED, JOINT])
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_of_the_real_model_is_caught(name, model):
    """The fast engine with a seeded fault is caught in 500 cohorts of 26; docs/calibration.md has the last run."""

    def engine(model_file, cohorts, seeds):
        return draw_posteriors(model_file, cohorts, seeds, engine="fast")

    found = mutated(MUTATIONS[name], engine, model=model, n=26, replications=500, light=False)
    assert found.miscalibrated


@pytest.mark.slow
def test_wrong_measurement_error_of_the_joint_model_is_caught():
    """Troughs measured with twice the error that the truth says are caught by the exposure's own quantities."""

    def engine(model_file, cohorts, seeds):
        return draw_posteriors(model_file, cohorts, seeds, engine="fast")

    found = mutated(twice_the_measurement_error, engine, model=JOINT, n=26, replications=500, light=False)
    assert found.miscalibrated


@pytest.mark.slow
def test_workers_change_no_number():
    """One worker and two give the same ranks."""
    one, two = (calibrate(OBSERVED, replications=60, workers=workers).ranks_table() for workers in (1, 2))
    assert one.equals(two)
