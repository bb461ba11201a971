"""Leave-one-out, stacking and mixtures against closed forms and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import bayes_sora as bs
from bayes_sora.cohort.subset import take_patients
from bayes_sora.comparison import stacking_weights
from bayes_sora.comparison.loo import psis_loo
from bayes_sora.comparison.mixture import mixture_curves
from bayes_sora.curves import HAZARD_SD, Curves
from bayes_sora.types import Span

DRAWS = 20_000


def test_importance_sampling_is_leaving_out_of_a_normal_mean():
    """With a flat prior and known SD the left-out density is normal around the mean of the others, in closed form."""
    rng = np.random.default_rng(1)
    y = rng.normal(2.0, 1.0, size=15)
    mean = rng.normal(y.mean(), 1.0 / np.sqrt(y.size), size=DRAWS)
    elpd, pareto_k = psis_loo(stats.norm.logpdf(y[None, :], mean[:, None], 1.0))
    others = (y.sum() - y) / (y.size - 1)
    truth = stats.norm.logpdf(y, others, np.sqrt(1.0 + 1.0 / (y.size - 1)))
    np.testing.assert_allclose(elpd, truth, atol=0.02)
    assert pareto_k.max() < 0.5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stacking_weights_are_those_of_brute_force(seed):
    """Of two models the weights are the best of a fine grid."""
    elpd = np.random.default_rng(seed).normal(-2.0, 1.0, size=(40, 2))
    grid = np.linspace(0.0, 1.0, 2001)
    mixture = np.log(grid[:, None] * np.exp(elpd[:, 0]) + (1.0 - grid[:, None]) * np.exp(elpd[:, 1])).sum(axis=1)
    weights = stacking_weights(elpd)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] == pytest.approx(grid[mixture.argmax()], abs=1e-3)


def test_a_model_that_is_second_everywhere_gets_no_weight():
    """Nothing is gained by mixing it in."""
    elpd = np.random.default_rng(4).normal(size=(30, 1)) + np.array([0.0, -0.5])
    np.testing.assert_allclose(stacking_weights(elpd), [1.0, 0.0], atol=1e-6)


def curves(value, *, draws=400, sd=None):
    """Make curves all of whose draws have the same logit of toxicity."""
    grid = np.array([1.0, 2.0, 4.0])
    over = ("chain", "draw", "exposure")
    named = {"logit_toxicity": (over, np.full((2, draws // 2, 3), float(value)))}
    if sd is not None:
        named |= {HAZARD_SD: (over, np.full((2, draws // 2, 3), sd))}
    named |= {"log_hazard_ratio": (over, np.zeros((2, draws // 2, 3)))}
    return Curves(draws=xr.Dataset(named, coords={"exposure": grid}), observed_span=Span(1.0, 4.0))


def test_a_mixture_has_draws_in_proportion():
    """Three quarters of the draws come from the model with weight 3/4."""
    mixed = mixture_curves([curves(-1.0), curves(2.0)], np.array([0.75, 0.25]), draws=1000)
    values = mixed.draws["logit_toxicity"].isel(exposure=0).to_numpy().ravel()
    assert values.size == 1000
    assert (values == -1.0).sum() == 750


def test_all_the_weight_gives_the_model_back():
    """A model with weight 1 is the mixture, and of another nothing is taken."""
    mixed = mixture_curves([curves(-1.0), curves(2.0)], np.array([1.0, 0.0]), draws=400)
    assert np.unique(mixed.draws["logit_toxicity"]) == [-1.0]


def test_a_model_without_sites_varies_by_nothing_in_a_mixture():
    """The SD of the log hazard is 0 in the draws of a model that has none."""
    mixed = mixture_curves([curves(0.0, sd=0.7), curves(0.0)], np.array([0.5, 0.5]), draws=100)
    values, counts = np.unique(mixed.draws[HAZARD_SD].isel(exposure=0), return_counts=True)
    np.testing.assert_allclose(values, [0.0, 0.7])
    np.testing.assert_array_equal(counts, [50, 50])


def test_some_patients_of_a_cohort_keep_what_is_theirs():
    """Outcomes and troughs follow their patients, in the order asked for."""
    cohort = bs.simulate("sites", n=6, seed=1, troughs=3).cohort
    part = take_patients(cohort, np.array([4, 1]))
    assert part.patient_id == (cohort.patient_id[4], cohort.patient_id[1])
    assert part.site == (cohort.site[4], cohort.site[1])
    np.testing.assert_array_equal(part.troughs.patient, [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(part.troughs.value_mg_l, cohort.troughs.value_mg_l[[12, 13, 14, 3, 4, 5]])
    np.testing.assert_array_equal(part.os_months, cohort.os_months[[4, 1]])
    np.testing.assert_allclose(part.trough_mg_l, cohort.trough_mg_l[[4, 1]])
