"""Equal exposures are equal wherever patients are ranked or grouped, however their mean was rounded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.classical.bayesian_bootstrap import draw_bayesian_bootstrap_cutoffs
from bayes_sora.classical.delong import delong_auc
from bayes_sora.classical.groups import group_places
from bayes_sora.classical.roc import roc_analysis
from bayes_sora.classical.youden import count_by_trough, draw_bootstrap_cutoffs, youden_cut
from bayes_sora.cohort import check_cohort
from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.table import Troughs
from bayes_sora.figures.rates import rates_by_tertile
from bayes_sora.numerics.ranks import auc_by_row, tertiles
from bayes_sora.study.classical_methods import CLASSICAL, analyse_classical
from bayes_sora.study.plan import Method
from tests.classical.test_analysis import make_cohort
from tests.study.engine import examples

patient = st.tuples(st.integers(1, 97), st.integers(1, 4), st.booleans())
"""Level in tenths of a mg/L, how often it was measured, and whether the event was seen."""
tied = st.lists(st.integers(1, 97), min_size=1, max_size=4).flatmap(
    lambda levels: st.lists(
        st.tuples(st.sampled_from(levels), st.integers(1, 4), st.booleans()), min_size=2, max_size=16
    )
)


def cohort_of(rows):
    """Return a cohort whose patients were measured several times, always with the same level."""
    repeats = [times for _, times, _ in rows]
    levels = np.array([level / 10.0 for level, _, _ in rows])
    index = np.repeat(np.arange(len(rows)), repeats)
    made = make_cohort(levels, toxicity=[float(event) for *_, event in rows])
    troughs = Troughs(
        patient=index, value_mg_l=levels[index], censoring=np.zeros(index.size, int), day=np.full(index.size, np.nan)
    )
    return replace(made, troughs=troughs)


def pair_auc(rows):
    """Return the AUC by counting pairs of whole numbers; None with one class."""
    case, control = ([level for level, _, event in rows if event is wanted] for wanted in (True, False))
    if not case or not control:
        return None
    halves = sum(2 * (a > b) + (a == b) for a in case for b in control)
    return Fraction(halves, 2 * len(case) * len(control))


@given(tied)
def test_roc_counts_pairs_of_levels(rows):
    """AUC is that of pairs of levels; J = sensitivity + specificity − 1, and is the best of all cuts between levels."""
    cohort = cohort_of(rows)
    roc = roc_analysis(cohort.trough_mg_l, cohort.toxicity, seed=0, resamples=0)
    levels, auc = sorted({level for level, *_ in rows}), pair_auc(rows)
    assert roc.defined == (auc is not None and len(levels) > 1)
    if not roc.defined:
        return
    assert roc.auc == pytest.approx(float(auc), abs=1e-12)
    assert roc.youden == pytest.approx(roc.sensitivity + roc.specificity - 1.0, abs=1e-12)
    n_1 = sum(event for *_, event in rows)
    n_0 = len(rows) - n_1
    by_cut = {
        cut: (
            Fraction(sum(event and level > cut for level, _, event in rows), n_1),
            Fraction(sum(not event and level <= cut for level, _, event in rows), n_0),
        )
        for cut in levels[:-1]
    }
    best = max(by_cut, key=lambda cut: (sum(by_cut[cut]), -cut))
    following = levels[levels.index(best) + 1]
    assert (roc.sensitivity, roc.specificity) == pytest.approx(tuple(map(float, by_cut[best])), abs=1e-12)
    assert roc.cutoff_mg_l == pytest.approx((best + following) / 20.0, rel=1e-12)


@given(tied)
def test_every_ranking_agrees_with_that_of_levels(rows):
    """Bootstraps, AUC by row, tertiles and groups are the same for averaged troughs as for the levels themselves."""
    cohort = cohort_of(rows)
    averaged, levels, event = cohort.trough_mg_l, np.array([level / 10.0 for level, *_ in rows]), cohort.toxicity == 1.0
    np.testing.assert_array_equal(tertiles(averaged), tertiles(levels))
    np.testing.assert_array_equal(
        group_places(averaged, cuts_mg_l=sorted(set(levels))), group_places(levels, cuts_mg_l=sorted(set(levels)))
    )
    counts = [[(rate.n, rate.events) for rate in rates_by_tertile(one, cohort.toxicity)] for one in (averaged, levels)]
    assert counts[0] == counts[1]
    np.testing.assert_array_equal(
        auc_by_row(np.log(averaged)[None, :], cohort.toxicity[None, :]),
        auc_by_row(np.log(levels)[None, :], cohort.toxicity[None, :]),
    )
    for draw in (draw_bootstrap_cutoffs, draw_bayesian_bootstrap_cutoffs):
        options = {"resamples": 40} if draw is draw_bootstrap_cutoffs else {"draws": 40}
        one, other = (draw(troughs, event, rng=np.random.default_rng(4), **options) for troughs in (averaged, levels))
        np.testing.assert_array_equal(one, other)


@given(tied)
def test_separation_is_that_of_levels(rows):
    """Complete separation is noted exactly where no level of one class reaches the other."""
    case, control = ([level for level, _, event in rows if event is wanted] for wanted in (True, False))
    separated = bool(case and control) and (max(case) < min(control) or max(control) < min(case))
    found = [one.code for one in check_cohort(cohort_of(rows))]
    assert (Code.SEPARATION in found) == separated


@pytest.mark.parametrize("kind", list(CLASSICAL))
def test_methods_of_a_study_agree_with_levels(kind):
    """Every classical method of a study gives the same window for averaged troughs as for the levels themselves."""
    rng = np.random.default_rng(12)
    rows = [
        (int(level), int(times), bool(event))
        for level, times, event in zip(
            rng.choice([21, 27, 34, 41], 60), rng.integers(1, 5, 60), rng.integers(0, 2, 60), strict=True
        )
    ]
    averaged = cohort_of(rows)
    response = rng.integers(0, 2, 60).astype(float)
    plain = make_cohort([level / 10.0 for level, *_ in rows], toxicity=averaged.toxicity, response=response)
    replicate = examples.replicate(n=60, seed=3)
    one, other = (
        analyse_classical(Method(name=kind, kind=kind), [replicate], [cohort])[0][0]
        for cohort in (replace(averaged, response=response), plain)
    )
    assert one.p_exists == other.p_exists
    for name in ("lower", "upper"):
        assert one.limits[name].q50 == pytest.approx(other.limits[name].q50, nan_ok=True, rel=1e-12)


def test_one_class_of_equal_troughs_has_no_roc():
    """Patients measured once, twice, three times at 2.1 mg/L all have the same trough: no ROC, an AUC of one half."""
    rows = [(21, times, event) for times in (1, 2, 3, 4) for event in (True, False)]
    cohort = cohort_of(rows)
    assert np.ptp(cohort.trough_mg_l) > 0.0
    assert (
        roc_analysis(cohort.trough_mg_l, cohort.toxicity, seed=0).reason
        == "all evaluable patients have the same trough"
    )
    event = cohort.toxicity == 1.0
    assert delong_auc(cohort.trough_mg_l[event], cohort.trough_mg_l[~event]).estimate == 0.5
    assert np.isnan(youden_cut(count_by_trough(cohort.trough_mg_l, event)).cutoff_mg_l)
    assert np.isnan(
        draw_bayesian_bootstrap_cutoffs(cohort.trough_mg_l, event, rng=np.random.default_rng(0), draws=3)
    ).all()
    assert len(rates_by_tertile(cohort.trough_mg_l, cohort.toxicity)) == 1


def test_the_order_of_measurements_does_not_matter():
    """Two patients with the same troughs in another order tie: an AUC of one half, whatever their values."""
    rng = np.random.default_rng(9)
    values = np.round(rng.uniform(0.5, 9.0, (200, 5)), 2)
    shuffled = rng.permuted(values, axis=1)
    case, control = (np.exp(np.log(one).sum(axis=1) / 5.0) for one in (values, shuffled))
    assert (case != control).any()
    for a, b in zip(case, control, strict=True):
        assert delong_auc(np.array([a]), np.array([b])).estimate == 0.5


@pytest.mark.parametrize("n", range(3, 60))
def test_tertiles_by_whole_numbers(n):
    """Of n distinct troughs the k-th lies in the tertile that whole numbers give: above (n − 1)/3 and 2(n − 1)/3."""
    place = np.arange(n)
    expected = (3 * place > n - 1).astype(int) + (3 * place > 2 * (n - 1)).astype(int)
    np.testing.assert_array_equal(tertiles(1.1 + 0.7 * place), expected)
