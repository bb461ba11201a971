"""Simulated cohorts against the formulas they were drawn from."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest, norm, weibull_min

from bayes_sora.cohort.table import BELOW_LLOQ
from bayes_sora.errors import UsageError
from bayes_sora.simulation import ALL_SCENARIOS, SCENARIOS, simulate, true_curves
from bayes_sora.simulation.scenarios import TrueSurvival

LARGE = 40_000
CRITICAL = norm.isf(5e-5)  # two-sided error of one in ten thousand, per comparison


def _assert_frequency(seen, p):
    """Check that a frequency lies within its own sampling error of the mean of `p`."""
    error = np.sqrt(np.mean(p * (1.0 - p)) / seen.size)
    assert abs(seen.mean() - p.mean()) < CRITICAL * error


def _same(a, b):
    numbers = ("toxicity", "response", "os_months", "death", "trough_mg_l")
    return all(np.array_equal(getattr(a.cohort, name), getattr(b.cohort, name)) for name in numbers)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_arguments_give_the_same_cohort_and_another_seed_another(name):
    """A cohort is a function of its arguments; its seed is one of them."""
    assert _same(simulate(name, n=26, seed=7), simulate(name, n=26, seed=7))
    assert not _same(simulate(name, n=26, seed=7), simulate(name, n=26, seed=8))


def test_scenarios_do_not_share_their_random_numbers():
    """The name of the scenario enters the seed: two scenarios of one exposure distribution have other patients."""
    assert not np.array_equal(
        simulate("moderate", n=26, seed=1).true_exposure_mg_l, simulate("monotone", n=26, seed=1).true_exposure_mg_l
    )


@pytest.mark.parametrize("name", ["moderate", "moderate_shift", "null"])
def test_troughs_are_log_normal_with_the_stated_spread(name):
    """Log C has sd 0.55 around its median, log y deviates from it by sd 0.29 (Kolmogorov–Smirnov)."""
    simulation = simulate(name, n=LARGE, seed=1)
    log_exposure = np.log(simulation.true_exposure_mg_l)
    median = 2.4 if name == "moderate_shift" else 2.91
    assert kstest(log_exposure, norm(np.log(median), 0.55).cdf).pvalue > 1e-4
    assert kstest(np.log(simulation.cohort.trough_mg_l) - log_exposure, norm(0.0, 0.29).cdf).pvalue > 1e-4


@pytest.mark.parametrize("name", [name for name in SCENARIOS if not name.startswith(("confounded", "landmark"))])
def test_outcomes_follow_their_driver_in_every_fifth_of_exposure(name):
    """Toxicity, response and survival to 6 months (nobody is censored before) have the frequency of the formulas."""
    simulation = simulate(name, n=LARGE, seed=2)
    driver_is_y = SCENARIOS[name].driver == "y"
    driver = simulation.cohort.trough_mg_l if driver_is_y else simulation.true_exposure_mg_l
    curves = true_curves(name, scale="y" if driver_is_y else "C")
    seen = {
        "toxicity": (simulation.cohort.toxicity, curves.p_toxicity(driver)),
        "response": (simulation.cohort.response, curves.p_response(driver)),
        "survival": (simulation.cohort.os_months > 6.0, curves.survival(driver, months=6.0)),
    }
    fifth = np.searchsorted(np.quantile(driver, [0.2, 0.4, 0.6, 0.8]), driver)
    for outcome, p in seen.values():
        for k in range(5):
            _assert_frequency(outcome[fifth == k], p[fifth == k])


@pytest.mark.parametrize(
    ("name", "exposure_mg_l", "median_months"),
    [("moderate", 2.9, 14.0), ("literal", 2.70, 20.3), ("monotone", 2.91, 11.0), ("null", 2.91, 12.0)],
)
def test_half_have_died_by_the_stated_median(name, exposure_mg_l, median_months):
    """S at the stated median is one half at the centre of the hazard, on the driver's scale."""
    curves = true_curves(name, scale=SCENARIOS[name].driver)
    assert curves.survival(exposure_mg_l, months=median_months) == pytest.approx(0.5, abs=1e-12)


def test_deaths_without_effect_are_weibull_of_shape_1_25():
    """In `null`, times of those who die before 6 months follow the conditional Weibull of median 12."""
    cohort = simulate("null", n=LARGE, seed=3).cohort
    early = cohort.os_months[cohort.os_months < 6.0]

    def died_by(t):
        return 1.0 - 0.5 ** ((t / 12.0) ** 1.25)

    assert kstest(early, lambda t: died_by(t) / died_by(6.0)).pvalue > 1e-4
    _assert_frequency(cohort.os_months < 6.0, np.full(LARGE, died_by(6.0)))


def test_end_of_follow_up_is_uniform_from_6_to_60_months():
    """Censored times weighted by 1/S(t), the chance to have lived to be censored, are uniform."""
    cohort = simulate("null", n=LARGE, seed=4).cohort
    censored = cohort.os_months[cohort.death == 0.0]
    assert censored.min() >= 6.0
    assert censored.max() <= 60.0
    for low, high in ((6.0, 12.0), (12.0, 18.0), (18.0, 30.0)):
        inside = (censored >= low) & (censored < high)
        weight = inside / 0.5 ** ((censored / 12.0) ** 1.25)
        error = np.sqrt(np.sum(weight**2)) / LARGE
        assert abs(weight.sum() / LARGE - (high - low) / 54.0) < CRITICAL * error


def test_null_outcomes_do_not_know_the_trough():
    """Correlations of the log trough with every outcome are within sampling error of zero."""
    cohort = simulate("null", n=LARGE, seed=5).cohort
    log_trough = np.log(cohort.trough_mg_l)
    for outcome in (cohort.toxicity, cohort.response, np.log(cohort.os_months)):
        assert abs(np.corrcoef(log_trough, outcome)[0, 1]) < CRITICAL / np.sqrt(LARGE)


@pytest.mark.parametrize("name", ["confounded", "confounded_response"])
def test_the_covariate_is_standard_normal_and_goes_with_low_exposure(name):
    """Z ~ N(0, 1) with corr(Z, log C) = −0.5; the standard error of a correlation r is (1 − r²)/√n."""
    simulation = simulate(name, n=LARGE, seed=6)
    assert kstest(simulation.covariate_z, norm.cdf).pvalue > 1e-4
    correlation = np.corrcoef(simulation.covariate_z, np.log(simulation.true_exposure_mg_l))[0, 1]
    assert abs(correlation + 0.5) < CRITICAL * 0.75 / np.sqrt(LARGE)


def test_confounded_outcomes_follow_the_covariate():
    """Death by 6 months and, in `confounded_response`, response have the frequency given Z, in every fifth of Z."""
    simulation = simulate("confounded_response", n=LARGE, seed=7)
    z = simulation.covariate_z
    p_response = 1.0 / (1.0 + np.exp(-(0.6 - z)))
    p_death = 1.0 - 0.5 ** (0.5**1.25 * np.exp(0.8 * z))
    for k in range(5):
        fifth = np.searchsorted(norm.ppf([0.2, 0.4, 0.6, 0.8]), z) == k
        _assert_frequency(simulation.cohort.response[fifth], p_response[fifth])
        _assert_frequency(simulation.cohort.os_months[fifth] <= 6.0, p_death[fifth])


def test_scenarios_without_a_covariate_have_none():
    """Only confounded scenarios carry Z."""
    assert simulate("moderate", n=5, seed=1).covariate_z is None


def test_reverse_halves_the_exposure_behind_the_trough_of_toxic_patients():
    """Log y − log C is −log 2 in the mean after toxicity and 0 without, its standard error 0.29/√n."""
    simulation = simulate("reverse", n=LARGE, seed=8)
    shift = np.log(simulation.cohort.trough_mg_l / simulation.true_exposure_mg_l)
    for toxic, expected in ((1.0, -np.log(2.0)), (0.0, 0.0)):
        group = shift[simulation.cohort.toxicity == toxic]
        assert abs(group.mean() - expected) < CRITICAL * 0.29 / np.sqrt(group.size)


def test_landmark_holds_only_patients_alive_at_month_2_and_counts_from_there():
    """Exposure is selected by S(2|c), survival 3 months on is S(5|c)/S(2|c), and follow-up ends 4 to 58 months on."""
    simulation = simulate("landmark", n=LARGE, seed=9)
    cohort, c = simulation.cohort, simulation.true_exposure_mg_l
    hazard = np.exp(0.45 * np.log(c / 2.9) ** 2)

    def alive(month):
        return 0.5 ** ((month / 14.0) ** 1.25 * hazard)

    _assert_frequency(cohort.os_months > 3.0, alive(5.0) / alive(2.0))
    _assert_frequency(cohort.response, alive(3.0) / alive(2.0) / (1.0 + np.exp(-3.0 * np.log(c / 1.4))))
    # Patients who die before month 3 of treatment, one month after the trough, are non-responders by definition.
    assert not cohort.response[cohort.os_months < 1.0 - 1e-3].any()
    assert np.mean(1.0 / alive(2.0)) == pytest.approx(1.0 / _share_alive_at_2(), rel=0.005)
    censored = cohort.os_months[cohort.death == 0.0]
    assert censored.min() >= 4.0
    assert censored.max() <= 58.0


def _share_alive_at_2():
    z = np.linspace(-8, 8, 401)
    weight = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
    return weight @ 0.5 ** ((2.0 / 14.0) ** 1.25 * np.exp(0.45 * (np.log(2.91 / 2.9) + 0.55 * z) ** 2))


def test_patients_of_an_earlier_study_are_more_often_toxic():
    """The first half is labelled, and its logit of toxicity is 0.8 higher; the truth is that of the others."""
    scenario = ALL_SCENARIOS["earlier"]
    drawn = simulate(scenario, n=LARGE, seed=1)
    earlier = np.array(drawn.cohort.study) == "earlier"
    assert earlier.nonzero()[0].tolist() == list(range(LARGE // 2))
    logit_p = 0.9 * np.log(drawn.true_exposure_mg_l / 2.91)
    for some, shift in ((earlier, 0.8), (~earlier, 0.0)):
        _assert_frequency(drawn.cohort.toxicity[some], 1.0 / (1.0 + np.exp(-(logit_p[some] + shift))))
    assert true_curves(scenario).p_toxicity(2.91) == pytest.approx(0.5)


def test_toxicity_that_has_begun_changes_the_hazard():
    """Death after onset is a Weibull time, given survival to onset, of the hazard times exp(0.6): that of SciPy."""
    flat = replace(ALL_SCENARIOS["onset"], name="flat", survival=TrueSurvival(median_months=14.0))
    cohort = simulate(flat, n=LARGE, seed=1).cohort
    toxic = cohort.toxicity == 1.0
    assert np.isnan(cohort.toxicity_month[~toxic]).all()
    onset, end, death = cohort.toxicity_month[toxic], cohort.os_months[toxic], cohort.death[toxic] == 1.0
    assert onset.max() == pytest.approx(1.5, abs=2e-3)
    early = end < 6.0  # nobody is censored before
    to_six = np.diff(_hazard(np.stack([onset, np.full(onset.size, 6.0)])), axis=0)[0] * np.exp(0.6)
    dead = -np.expm1(-to_six)
    assert death[early].all()
    assert early.mean() == pytest.approx(dead.mean(), abs=4.0 * np.sqrt((dead * (1.0 - dead)).sum()) / dead.size)
    within = np.diff(_hazard(np.stack([onset, end])), axis=0)[0][early] * np.exp(0.6)
    assert kstest(np.expm1(-within) / np.expm1(-to_six[early]), "uniform").pvalue > 1e-3


def _hazard(months):
    """Cumulative hazard of a Weibull time of median 14 months and shape 1.25."""
    return -weibull_min.logsf(months, 1.25, scale=14.0 / np.log(2.0) ** 0.8)


def test_repeated_troughs_deviate_independently():
    """Three troughs on days 14, 28, 42; deviations from C have sd 0.29 and do not correlate."""
    simulation = simulate("moderate", n=LARGE, seed=10, troughs=3)
    troughs = simulation.cohort.troughs
    np.testing.assert_array_equal(troughs.day[:6], [14.0, 28.0, 42.0, 14.0, 28.0, 42.0])
    np.testing.assert_array_equal(troughs.patient[:6], [0, 0, 0, 1, 1, 1])
    deviation = np.log(troughs.value_mg_l.reshape(-1, 3) / simulation.true_exposure_mg_l[:, None])
    np.testing.assert_allclose(deviation.std(axis=0), 0.29, atol=CRITICAL * 0.29 / np.sqrt(2 * LARGE))
    off_diagonal = np.corrcoef(deviation.T)[np.triu_indices(3, 1)]
    assert np.abs(off_diagonal).max() < CRITICAL / np.sqrt(LARGE)


def test_literal_outcomes_obey_the_first_of_several_troughs():
    """Given the first trough, later ones say nothing more on toxicity: frequencies follow p(y₁) in fifths of y₃."""
    cohort = simulate("literal", n=LARGE, seed=11, troughs=3).cohort
    troughs = cohort.troughs.value_mg_l.reshape(-1, 3)
    p = true_curves("literal", scale="y").p_toxicity(troughs[:, 0])
    fifth = np.searchsorted(np.quantile(troughs[:, 2], [0.2, 0.4, 0.6, 0.8]), troughs[:, 2])
    for k in range(5):
        _assert_frequency(cohort.toxicity[fifth == k], p[fifth == k])


def test_troughs_below_the_limit_of_quantification_are_censored_there():
    """A censored trough carries the limit, the others are those of the same cohort measured without a limit."""
    free = simulate("moderate", n=200, seed=12, troughs=2).cohort.troughs
    limited = simulate("moderate", n=200, seed=12, troughs=2, lloq_mg_l=1.5).cohort.troughs
    below = free.value_mg_l < 1.5
    assert 0 < below.sum() < below.size
    np.testing.assert_array_equal(limited.censoring == BELOW_LLOQ, below)
    np.testing.assert_array_equal(limited.value_mg_l, np.where(below, 1.5, free.value_mg_l))


def test_recorded_values_are_printable_and_positive():
    """Troughs have 4 decimals, times 3, ids are unique, days are left out where there is one trough."""
    cohort = simulate("literal", n=1200, seed=13).cohort
    np.testing.assert_array_equal(np.round(cohort.trough_mg_l, 4), cohort.troughs.value_mg_l.round(4))
    np.testing.assert_array_equal(np.round(cohort.os_months, 3), cohort.os_months)
    assert cohort.os_months.min() > 0.0
    assert (cohort.patient_id[0], cohort.patient_id[-1], len(set(cohort.patient_id))) == ("P0001", "P1200", 1200)
    assert np.isnan(cohort.troughs.day).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0, "seed": 1}, "n: expected a whole number of at least 1, got 0"),
        ({"n": 5, "seed": -1}, "seed: expected a whole number of at least 0, got -1"),
        ({"n": 5, "seed": 1, "troughs": 0}, "troughs: expected a whole number of at least 1, got 0"),
        ({"n": 5, "seed": 1, "lloq_mg_l": 0.0}, "lloq_mg_l: expected a positive number, or None, got 0.0"),
        ({"n": 5, "seed": 1, "lloq_mg_l": float("nan")}, "lloq_mg_l: expected a positive number, or None, got nan"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    """Every argument is checked before anything is drawn."""
    with pytest.raises(UsageError, match=message):
        simulate("literal", **arguments)
