"""One replication and its ranks, on a toy whose posterior is known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

import bayes_sora as bs
from bayes_sora.study.calibration.result import Calibration, Design, judge_ranks
from bayes_sora.study.calibration.trial import KEPT, normalised_rank, run_trials, thinned
from tests.study.calibration.normal_mean import N, exact, normal_trial

REPLICATIONS = 400


def calibration_of(trial, *, replications: int = REPLICATIONS, seed: int = 1) -> Calibration:
    """Run a trial and judge it."""
    ranked = run_trials(trial, seed=seed, indices=range(replications))
    return judge_ranks(ranked, model=bs.load_model("toxicity_only.v1"), design=Design(replications=replications))


def test_exact_posterior_is_calibrated():
    """Draws from the true posterior pass in every quantity, also those undefined in places and those with ties."""
    found = calibration_of(normal_trial())
    assert found.calibrated
    sizes = {quantity.name: quantity.ranks.size for quantity in found.quantities}
    assert sizes["mean"] == sizes["at_an_edge"] == REPLICATIONS
    assert 0.4 * REPLICATIONS < sizes["where_positive"] < 0.6 * REPLICATIONS


FAULTS = {
    "too narrow": (lambda data: (exact(data)[0], 0.6 * exact(data)[1]), "mean"),
    "too wide": (lambda data: (exact(data)[0], 1.7 * exact(data)[1]), "mean"),
    "shifted": (lambda data: (exact(data)[0] + 0.15, exact(data)[1]), "mean"),
    "wrong sign": (lambda data: (-exact(data)[0], exact(data)[1]), "log_likelihood"),
    "prior used twice": (lambda data: (data.sum() / (N + 2), (N + 2) ** -0.5), "mean"),
    "one value ignored": (lambda data: (data[1:].sum() / N, N**-0.5), "log_likelihood"),
    "data ignored": (lambda _data: (0.0, 1.0), "log_likelihood"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    """An engine with a seeded fault is caught, by the quantity that should catch it."""
    posterior, name = FAULTS[fault]
    replications = 1_500 if fault in {"prior used twice", "one value ignored"} else REPLICATIONS
    assert name in calibration_of(normal_trial(posterior), replications=replications).miscalibrated


def test_prior_for_posterior_passes_on_parameters_alone():
    """Ranks of parameters do not see an engine that ignores the data: this is why log-likelihoods are ranked."""
    found = calibration_of(normal_trial(FAULTS["data ignored"][0]))
    assert "mean" not in found.miscalibrated


def test_shift_and_spread_tell_the_direction():
    """A posterior above the truth has a negative shift, one that is too narrow a spread above 1."""
    above = calibration_of(normal_trial(FAULTS["shifted"][0])).quantities[0]
    narrow = calibration_of(normal_trial(FAULTS["too narrow"][0])).quantities[0]
    assert above.shift < -0.05
    assert narrow.spread > 1.1


def test_coverage_counts_truths_inside_the_interval():
    """95 % of the truths lie inside the central 95 % of right draws, fewer of draws that are too narrow."""
    right = calibration_of(normal_trial()).quantities[0]
    narrow = calibration_of(normal_trial(FAULTS["too narrow"][0])).quantities[0]
    error = np.sqrt(0.95 * 0.05 / right.ranks.size)
    assert right.coverage == pytest.approx(0.95, abs=4.0 * error)
    assert narrow.coverage < right.coverage - 4.0 * error


def test_replications_depend_on_seed_and_index_alone():
    """Any split into blocks, in any order, gives the same ranks; another seed gives others."""
    trial = normal_trial()
    whole = run_trials(trial, seed=7, indices=range(6))
    parts = [*run_trials(trial, seed=7, indices=[4, 5]), *run_trials(trial, seed=7, indices=[0, 1, 2, 3])]
    assert repr(parts) == repr([whole[i] for i in (4, 5, 0, 1, 2, 3)])  # NaN equals itself only as text
    assert run_trials(trial, seed=8, indices=[0])[0].ranks["mean"] != whole[0].ranks["mean"]


def test_replication_without_posterior_is_counted():
    """Where no engine could be trusted the replication has no ranks and is counted as failed."""
    trial = normal_trial()
    partly = replace(
        trial,
        draw_posteriors=lambda data, seeds: [None, *trial.draw_posteriors(data[1:], seeds[1:])],
    )
    found = calibration_of(partly, replications=30)
    assert found.failed == 1
    assert found.fitted_by == {"toy": 29}
    assert all(quantity.ranks.size <= 29 for quantity in found.quantities)


def test_duplicated_draws_are_thinned_away():
    """Resampling leaves copies of a draw side by side: kept draws are nearly all distinct, and the verdict is right."""
    trial = normal_trial(draws=600)

    def with_copies(data, seeds):
        rng = np.random.default_rng(3)
        return [
            replace(one, parameters={"mean": one.parameters["mean"][np.sort(rng.integers(0, 600, 1_000))]})
            for one in trial.draw_posteriors(data, seeds)
        ]

    found = calibration_of(replace(trial, draw_posteriors=with_copies))
    assert found.calibrated
    assert found.distinct_draws > KEPT - 1


def test_ties_are_broken_by_lot():
    """A truth that equals every draw has a uniform rank."""
    rng = np.random.default_rng(1)
    ranks = [normalised_rank(np.full(KEPT + 1, 10.0), rng) for _ in range(2_000)]
    assert kstest(ranks, "uniform").pvalue > 0.01


def test_rank_counts_the_draws_below_that_are_defined():
    """With 3 of 5 draws defined and 1 of them below, the rank lies in the second of four quarters."""
    values = np.array([2.0, np.nan, 1.0, 3.0, np.nan, 4.0])
    ranks = [normalised_rank(values, np.random.default_rng(seed)) for seed in range(100)]
    assert 0.25 <= min(ranks) < 0.3
    assert 0.45 < max(ranks) <= 0.5


def test_undefined_truth_has_no_rank():
    """A replication counts for a quantity only when its truth defines it."""
    assert np.isnan(normalised_rank(np.array([np.nan, 1.0, 2.0]), np.random.default_rng(1)))


@pytest.mark.parametrize("n_draws", [KEPT, 1_000, 2_000])
def test_thinned_draws_are_spread_over_all(n_draws):
    """The kept draws are distinct, in order, and evenly spaced over the posterior."""
    kept = thinned(n_draws, np.random.default_rng(1))
    assert kept.size == KEPT
    assert kept.max() < n_draws
    assert set(np.diff(kept)) <= {n_draws // KEPT, n_draws // KEPT + 1}


def test_too_few_draws_are_refused():
    """A posterior with fewer draws than are ranked among is a fault of the caller."""
    with pytest.raises(ValueError, match="at least 99 posterior draws are needed, got 98"):
        thinned(98, np.random.default_rng(1))
