"""The `literal` scenario reproduces the published abstract, as science.md §7 states it."""

import numpy as np
import pytest
from scipy.stats import rankdata

from bayes_sora.simulation import simulate

N_COHORTS = 1000
N_PUBLISHED = 4000  # cohorts behind the printed quantiles
PROBABILITIES = (0.05, 0.50, 0.95)


@pytest.fixture(scope="module")
def cohorts():
    """1,000 cohorts of 26."""
    return [simulate("literal", n=26, seed=seed).cohort for seed in range(N_COHORTS)]


def _assert_quantiles(values, printed, *, half_unit):
    """Check that the share of cohorts below each printed value is its probability, to 4 Monte Carlo errors."""
    for probability, value in zip(PROBABILITIES, printed, strict=True):
        error = 4.0 * np.sqrt(probability * (1.0 - probability) * (1.0 / len(values) + 1.0 / N_PUBLISHED))
        assert np.mean(values < value - half_unit) <= probability + error
        assert np.mean(values <= value + half_unit) >= probability - error


def _both_classes(outcome):
    return 0 < outcome.sum() < outcome.size


def _mann_whitney_auc(trough, outcome):
    n_events = outcome.sum()
    n_others = outcome.size - n_events
    return (rankdata(trough)[outcome == 1.0].sum() - n_events * (n_events + 1) / 2) / (n_events * n_others)


def _youden_cutoff(trough, outcome):
    """Midpoint below the observed trough from which a positive test starts, and that trough."""
    observed = np.sort(trough)
    midpoints = (observed[1:] + observed[:-1]) / 2
    events, others = trough[outcome == 1.0], trough[outcome == 0.0]
    best = int(np.argmax([np.mean(events > m) - np.mean(others > m) for m in midpoints]))
    return midpoints[best], observed[best + 1]


def _median_survival(time, death):
    """Kaplan–Meier median, infinite where not reached; times are distinct."""
    order = np.argsort(time)
    survival = np.cumprod(1.0 - death[order] / np.arange(time.size, 0, -1))
    reached = np.flatnonzero(survival <= 0.5 + 1e-12)
    return time[order][reached[0]] if reached.size else np.inf


@pytest.mark.parametrize(("endpoint", "printed"), [("toxicity", (0.57, 0.75, 0.89)), ("response", (0.88, 0.99, 1.0))])
def test_areas_under_the_curve_are_those_of_the_abstract(cohorts, endpoint, printed):
    """5, 50 and 95 % of the Mann–Whitney AUC over cohorts in which it exists."""
    values = [
        _mann_whitney_auc(cohort.trough_mg_l, getattr(cohort, endpoint))
        for cohort in cohorts
        if _both_classes(getattr(cohort, endpoint))
    ]
    _assert_quantiles(np.array(values), printed, half_unit=0.005)


@pytest.mark.parametrize(("endpoint", "printed"), [("toxicity", (1.8, 2.95, 4.9)), ("response", (1.2, 1.55, 2.2))])
def test_cutoffs_are_those_of_the_abstract(cohorts, endpoint, printed):
    """The printed cut-offs lie between those at the midpoint and those at the observed trough."""
    found = np.array(
        [
            _youden_cutoff(cohort.trough_mg_l, getattr(cohort, endpoint))
            for cohort in cohorts
            if _both_classes(getattr(cohort, endpoint))
        ]
    )
    for probability, value in zip(PROBABILITIES, printed, strict=True):
        error = 4.0 * np.sqrt(probability * (1.0 - probability) * (1.0 / len(found) + 1.0 / N_PUBLISHED))
        at_midpoint, at_observed = found.T
        assert np.mean(at_midpoint <= value + 0.05) >= probability - error
        assert np.mean(at_observed < value - 0.05) <= probability + error


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [(0.0, 1.40, (0.6, 4.2, 15.8)), (1.40, 3.45, (9.0, 17.8, 33.0)), (3.45, np.inf, (3.5, 8.7, 19.5))],
)
def test_median_survival_by_group_is_that_of_the_abstract(cohorts, low, high, printed):
    """Kaplan–Meier medians below, inside and above 1.40–3.45 mg/L, over cohorts with patients there."""
    medians = []
    for cohort in cohorts:
        group = (cohort.trough_mg_l >= low) & (cohort.trough_mg_l < high)
        if group.any():
            medians.append(_median_survival(cohort.os_months[group], cohort.death[group]))
    _assert_quantiles(np.array(medians), printed, half_unit=0.05)
