"""Stacking weights against closed forms, a grid, the conditions of a maximum, and ArviZ."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_sora.numerics.stacking import stacking_weights

GRID = np.linspace(0.0, 1.0, 10_001)


def score(log_density, weights):
    """Sum over patients of the log density of the mixture."""
    return np.log(np.exp(log_density).T @ weights).sum()


def random_densities(seed, *, models, patients=40):
    """Log densities of models that differ from patient to patient."""
    rng = np.random.default_rng(seed)
    return -5.0 + rng.normal(scale=1.0, size=(models, patients)) + rng.normal(scale=0.2, size=(models, 1))


@pytest.mark.parametrize(
    ("better_first", "better_second", "ratio"), [(6, 4, 0.1), (5, 5, 0.3), (7, 3, 0.4), (9, 1, 0.5), (1, 9, 0.5)]
)
def test_two_models_have_a_closed_form(better_first, better_second, ratio):
    """Where one model is r times as dense as the other, either way, w = (a − r b) / ((1 − r) n), cut at 0 and 1."""
    favour = np.log([[1.0] * better_first + [ratio] * better_second, [ratio] * better_first + [1.0] * better_second])
    n = better_first + better_second
    expected = np.clip((better_first - ratio * better_second) / ((1.0 - ratio) * n), 0.0, 1.0)
    assert stacking_weights(favour) == pytest.approx([expected, 1.0 - expected], abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_two_models_are_where_a_grid_is_largest(seed):
    """No weight on a grid of 10,001 gives a larger score."""
    log_density = random_densities(seed, models=2)
    best = max(score(log_density, np.array([w, 1.0 - w])) for w in GRID)
    assert score(log_density, stacking_weights(log_density)) >= best - 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_weights_fulfil_the_conditions_of_a_maximum(seed):
    """The mean density ratio of a model to the mixture is 1 where the weight is positive, at most 1 where it is 0."""
    log_density = random_densities(seed, models=5)
    weights = stacking_weights(log_density)
    density = np.exp(log_density)
    ratios = (density / (weights @ density)).mean(axis=1)
    assert weights.sum() == pytest.approx(1.0)
    assert ratios[weights > 0.0] == pytest.approx(1.0, abs=1e-4)
    assert (ratios <= 1.0 + 1e-4).all()


def test_weights_agree_with_arviz():
    """ArviZ maximises the same score, with a coarser tolerance."""
    import arviz_stats  # noqa: PLC0415
    import xarray as xr  # noqa: PLC0415
    from arviz_stats.utils import ELPDDataLOO  # noqa: PLC0415

    log_density = random_densities(11, models=3, patients=120)
    models = {
        f"model {k}": ELPDDataLOO(
            elpd=float(row.sum()), se=1.0, p=1.0, n_samples=1000, n_data_points=row.size, scale="log", warning=False,
            good_k=0.7, elpd_i=xr.DataArray(row, dims="patient"), pareto_k=xr.DataArray(0.0 * row, dims="patient"),
        )
        for k, row in enumerate(log_density)
    }  # fmt: skip
    table = arviz_stats.compare(models, round_to="none")
    theirs = [table.loc[name, "weight"] for name in models]
    assert stacking_weights(log_density) == pytest.approx(theirs, abs=5e-3)


def test_only_ratios_between_models_count():
    """A patient whom all models predict a thousand times worse moves nothing, though the densities underflow."""
    log_density = random_densities(3, models=3)
    shifted = log_density - np.linspace(0.0, 3000.0, log_density.shape[1])
    assert stacking_weights(shifted) == pytest.approx(stacking_weights(log_density), abs=1e-6)


def test_models_that_predict_alike_share_the_weight():
    """There is no reason to prefer one."""
    assert stacking_weights(np.tile(random_densities(1, models=1), (4, 1))) == pytest.approx([0.25] * 4)


def test_a_model_that_is_worse_everywhere_gets_no_weight():
    """Exactly 0, so that its windows are left out of the average."""
    log_density = random_densities(2, models=1)
    assert stacking_weights(np.vstack([log_density - 0.5, log_density])).tolist() == [0.0, 1.0]
