"""Kaplan–Meier and log-rank of patients who came under observation late, against lifelines and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from pandas import DataFrame

import bayes_sora as bs
from bayes_sora.classical.logrank import log_rank_test
from bayes_sora.classical.survival import kaplan_meier
from bayes_sora.fitting.group_survival import group_survival
from bayes_sora.numerics.ties import comparable


def late(seed, n=60):
    """Draw follow-up without ties, most of it from a late entry on; nobody is alone at risk early."""
    rng = np.random.default_rng(seed)
    entry = np.where(np.arange(n) < n // 3, 0.0, rng.uniform(0.0, 6.0, n))
    months = entry + rng.exponential(12.0, n) + 0.01
    return months, (rng.uniform(size=n) < 0.7).astype(float), entry


@pytest.mark.parametrize("seed", range(3))
def test_kaplan_meier_with_late_entries_agrees_with_lifelines(seed):
    """Survival and the numbers at risk at every time of death are those of lifelines."""
    months, death, entry = late(seed)
    months, entry = comparable(months), comparable(entry)  # as times are compared
    curve = kaplan_meier(months, death, entry=entry)
    theirs = KaplanMeierFitter().fit(months, death, entry=entry)
    at = np.sort(months[death == 1])
    np.testing.assert_allclose(curve.survival_at(at), theirs.predict(at).to_numpy(), rtol=1e-9)
    by_hand = [int(((entry < time) & (months >= time)).sum()) for time in at]
    assert curve.at_risk_at(at).tolist() == by_hand


@pytest.mark.parametrize("seed", range(3))
def test_log_rank_with_late_entries_is_the_score_test_of_cox(seed):
    """Without ties the statistic is the score squared over the information of a Cox model at no effect, by hand."""
    months, death, entry = late(seed)
    group = np.arange(months.size) % 2
    score = information = 0.0
    for time in months[death == 1]:
        at_risk = (entry < time) & (months >= time)
        share = group[at_risk].mean()
        score += group[months == time].item() - share
        information += share * (1.0 - share)
    found = log_rank_test(months, death, group, entry=entry)
    assert found.chi_squared == pytest.approx(score**2 / information, rel=1e-9)
    # The estimate of the same model has the sign of the score.
    table = DataFrame({"months": months, "death": death, "entry": entry, "group": group})
    cox = CoxPHFitter().fit(table, "months", "death", entry_col="entry")
    assert np.sign(cox.params_["group"]) == np.sign(score)


def test_groups_that_are_never_at_risk_together_are_not_compared():
    """One group has left before the other enters: no comparison, and no error."""
    months, death = np.array([1.0, 2.0, 5.0, 6.0]), np.ones(4)
    entry, group = np.array([0.0, 0.0, 3.0, 3.0]), np.array([0, 0, 1, 1])
    assert log_rank_test(months, death, group, entry=entry) is None
    assert log_rank_test(months, death, group) is not None


def test_model_curves_beside_kaplan_meier_are_given_survival_to_the_first_entry(fake_fit):
    """S(t)/S(2) of every patient where all enter at month 2, and 1 before; without entries S(t)."""
    cohort = bs.simulate("landmark", n=20, seed=1, history=True).cohort
    months = np.array([0.0, 1.0, 2.0, 8.0])
    fit = fake_fit(cohort, model="sorafenib_entry.v1", draws=20, chains=2)
    found = group_survival(fit, fit.classical.survival, months)
    assert (found[~np.isnan(found).any(axis=(1, 2))][:, :, :3] == 1.0).all()
    draws = fit.posterior["posterior"].to_dataset()
    x = draws["patient_log_exposure"] - np.log(2.91)
    g = draws["survival_linear"] * x + draws["survival_curvature"] * x**2
    power = (8.0 / draws["survival_median"]) ** draws["survival_shape"]
    power = power - (2.0 / draws["survival_median"]) ** draws["survival_shape"]
    survival = np.exp(-np.log(2.0) * power * np.exp(g))
    places = fit.classical.survival.groups
    sizes = np.array([group.n for group in places])
    mean = (np.nan_to_num(found[:, :, 3]) * sizes[:, None]).sum(axis=0) / sizes.sum()
    np.testing.assert_allclose(np.sort(mean), np.sort(survival.mean("patient_id").to_numpy().ravel()))
