"""What the priors say, against quadrature, closed forms, brute force and the simulator of the calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, special, stats

import bayes_sora as bs
from bayes_sora.classical.delong import delong_auc
from bayes_sora.fitting.prior.levels import per_doubling
from bayes_sora.fitting.prior.pattern import new_patients
from bayes_sora.fitting.prior.plain import can_be_replicated
from bayes_sora.fitting.prior.statistics import draw_statistics
from bayes_sora.inference.tree import draw_priors
from bayes_sora.modelfile.spec import Prior
from bayes_sora.study.calibration.simulate import draw_cohort, draw_truth

DRAWS = 4000
JOINT = "sorafenib_joint.v1"


@pytest.fixture(scope="module")
def joint():
    """Return the prior predictive distribution of the default model."""
    return bs.prior_predictive(JOINT, draws=DRAWS)


def number(prior, name):
    """Return a number of a prior by name."""
    every = (*prior.statistics, *prior.at_reference, *prior.per_doubling)
    return next(one for one in every if one.name == name)


def drawn(model, *, n, troughs=1, draws=DRAWS, seed=3):
    """Return the statistics of cohorts drawn from the priors of a model."""
    rng = np.random.default_rng(seed)
    flat = {str(name): one.to_numpy().ravel() for name, one in draw_priors(model, rng=rng, size=draws).items()}
    return draw_statistics(flat, model, new_patients(n, troughs_per_patient=troughs), rng=rng)


def assert_mean(values, expected, *, sds=4.0):
    """Assert that a mean is the expected one within its Monte Carlo error."""
    assert values.mean() == pytest.approx(expected, abs=sds * values.std(ddof=1) / np.sqrt(values.size))


@pytest.mark.parametrize(("endpoint", "mean", "sd"), [("toxicity", 0.0, 1.5), ("response", 0.5, 1.5)])
def test_probability_at_the_reference_is_the_integral_over_the_prior(joint, endpoint, mean, sd):
    """E[p] at the reference exposure, where only the intercept counts, is an integral that SciPy does."""
    expected, _ = integrate.quad(lambda a: special.expit(a) * stats.norm.pdf(a, mean, sd), -15.0, 15.0)
    assert_mean(number(joint, endpoint).values, expected)


def test_median_survival_at_the_reference_is_the_prior_of_m(joint):
    """At the reference exposure median survival is the parameter m: its log-normal quantiles, within their error."""
    found = next(one for one in joint.at_reference if one.name == "median_survival")
    prior = stats.lognorm(s=0.5, scale=10.7)
    for name, share in (("q025", 0.025), ("q50", 0.5), ("q975", 0.975)):
        at = prior.ppf(share)
        error = np.sqrt(share * (1.0 - share) / DRAWS) / prior.pdf(at)
        assert found.summary[name] == pytest.approx(at, abs=4.0 * error)


def test_mean_rates_are_three_integrals(joint):
    """The mean share of toxic patients is E[expit(α + βx)] over slope, intercept and a patient's exposure."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    sd_between = 0.55 * np.exp(0.3 * nodes)
    x = np.log(3.0 / 2.91) + np.sqrt(0.5**2 + sd_between**2)[:, None] * nodes
    for name, (a, sd_a, b, sd_b) in {"toxicity": (0, 1.5, 0.5, 1), "response": (0.5, 1.5, 1, 2)}.items():
        logit = (a + b * x)[..., None] + np.sqrt(sd_a**2 + sd_b**2 * x**2)[..., None] * nodes
        expected = np.einsum("i,j,k,ijk->", weights, weights, weights, special.expit(logit))
        assert_mean(number(joint, f"{name}_rate").values, expected)


def test_survival_is_that_of_patients_drawn_by_hand(joint):
    """The mean share dead by 12 months is that of 200,000 patients, each with parameters of its own."""
    rng = np.random.default_rng(5)
    size = 200_000
    z = rng.standard_normal((6, size))
    x = np.log(3.0 / 2.91) + 0.5 * z[0] + 0.55 * np.exp(0.3 * z[1]) * z[2]
    median, shape = 10.7 * np.exp(0.5 * z[3]), 1.25 * np.exp(0.25 * z[4])
    log_hazard_ratio = 0.5 * z[5] * x + 0.5 * rng.standard_normal(size) * x**2
    dead = 1.0 - np.exp(-np.log(2.0) * (12.0 / median) ** shape * np.exp(log_hazard_ratio))
    assert_mean(number(joint, "dead_by_12_months").values, dead.mean(), sds=4.5)


def test_troughs_as_measured_have_log_normal_moments():
    """Of two patients the median trough is the geometric mean: variance of μ plus half that of a patient."""
    found = drawn(bs.load_model("sorafenib_observed.v1"), n=2)
    logs = np.log(found["median_trough"])
    square = 0.6**2 * np.exp(2.0 * 0.3**2)
    assert_mean(logs, np.log(3.0))
    assert_mean((logs - np.log(3.0)) ** 2, 0.5**2 + square / 2.0)
    # The 5th and 95th percentile of two values, interpolated, are 0.9 of their distance apart.
    assert_mean(np.log(found["trough_spread"]), 0.9 * 0.6 * np.exp(0.3**2 / 2.0) * 2.0 / np.sqrt(np.pi))


def test_repeated_troughs_average_out_the_noise_within_a_patient():
    """With four troughs a patient the variance within counts a quarter."""
    logs = np.log(drawn(bs.load_model(JOINT), n=2, troughs=4)["median_trough"])
    between, within = 0.55**2 * np.exp(2.0 * 0.3**2), 0.30**2 * np.exp(2.0 * 0.35**2)
    assert_mean((logs - np.log(3.0)) ** 2, 0.5**2 + (between + within / 4.0) / 2.0)


@pytest.mark.parametrize("name", [model.name for model in bs.list_models() if can_be_replicated(model)])
def test_cohorts_are_those_of_the_independent_simulator(name):
    """Median trough, rates and AUC are distributed as in cohorts of the calibration's simulator, written apart."""
    model, rng = bs.load_model(name), np.random.default_rng(11)
    here = drawn(model, n=12, draws=2000)
    there: dict[str, list[float]] = {key: [] for key in here}
    for _ in range(250):
        cohort = draw_cohort(model, draw_truth(model, rng), n=12, rng=rng)
        troughs = cohort.troughs.value_mg_l
        there["median_trough"].append(float(np.median(troughs)))
        for endpoint in {"toxicity", "response"} & set(model.endpoints):
            outcome = getattr(cohort, endpoint)
            there[f"{endpoint}_rate"].append(float(outcome.mean()))
            if 0 < outcome.sum() < 12:
                auc = delong_auc(troughs[outcome == 1.0], troughs[outcome == 0.0]).estimate
                there[f"{endpoint}_auc"].append(auc)
    for key, values in there.items():
        if values:
            known = here[key][~np.isnan(here[key])]
            assert stats.ks_2samp(known, values).pvalue > 1e-4, key


def test_a_linear_effect_per_doubling_is_two_to_the_slope(joint):
    """The odds ratio per doubling of a linear effect is 2 to the power of β: its log base 2 has the prior of β."""
    for name, mean, sd in (("toxicity_odds_ratio", 0.5, 1.0), ("response_odds_ratio", 1.0, 2.0)):
        assert stats.kstest(np.log2(number(joint, name).values), stats.norm(mean, sd).cdf).pvalue > 1e-3
    # The quadratic term is the same on both sides of the reference, and drops out.
    hazard = np.log2(number(joint, "death_hazard_ratio").values)
    assert stats.kstest(hazard, stats.norm(0.0, 0.5).cdf).pvalue > 1e-3


def test_an_emax_effect_per_doubling_is_that_between_two_exposures():
    """Of an Emax effect it is E·C/(C + EC50) at √2 times the reference less that at the reference divided by √2."""
    model = bs.load_model("sorafenib_emax.v1")
    parameters = draw_priors(model, rng=np.random.default_rng(2), size=50)
    found = next(one for one in per_doubling(parameters, model) if one.name == "response_odds_ratio")
    emax, ec50 = (parameters[f"response_{name}"].to_numpy().ravel() for name in ("emax", "ec50"))
    high, low = 2.91 * np.sqrt(2.0), 2.91 / np.sqrt(2.0)
    expected = np.exp(emax * (high / (high + ec50) - low / (low + ec50)))
    np.testing.assert_allclose(found.values, expected, rtol=1e-9)


def test_windows_exist_where_brute_force_finds_an_acceptable_exposure():
    """A limits window exists in a draw when some exposure of a fine grid is acceptable by the textbook formulas."""
    prior = bs.prior_predictive(JOINT, draws=400, seed=8)
    parameters = draw_priors(prior.model, rng=np.random.default_rng(np.random.SeedSequence(8).spawn(2)[0]), size=400)
    p = {str(name): one.to_numpy().ravel()[:, None] for name, one in parameters.items()}
    x = np.log(np.geomspace(0.5, 10.0, 20_001) / 2.91)
    acceptable = (p["toxicity_intercept"] + p["toxicity_slope"] * x <= 0.0) & (
        p["response_intercept"] + p["response_slope"] * x >= 0.0
    )
    found = prior.windows["limits"].draws["exists"].to_numpy().ravel()
    # A window narrower than a step of the grid of the curves may be seen by one of the two alone.
    wide = (acceptable.sum(axis=1) == 0) | (acceptable.sum(axis=1) > 2 * 20_000 / 256)
    assert wide.mean() > 0.98
    np.testing.assert_array_equal(found[wide], acceptable.any(axis=1)[wide])
    assert prior.as_dict()["windows"]["limits"]["p_exists"] == pytest.approx(found.mean())


def test_shares_count_cohorts(joint):
    """One-sided and implausible cohorts are counted as stated, by hand."""
    rate = number(joint, "toxicity_rate").values
    trough, survival = number(joint, "median_trough").values, joint.statistics[-1].values
    assert joint.shares["no_toxicity"] == (rate == 0).mean()
    assert joint.shares["all_toxicity"] == (rate == 1).mean()
    outside = (trough < 0.5) | (trough > 10.0)
    assert joint.shares["implausible"] == (outside | (survival < 1.0) | (survival > 60.0)).mean()
    assert joint.shares["implausible"] > 0.0


def test_an_overflowing_prior_is_told_without_a_warning():
    """A prior so wide that survival times overflow gives statistics, not infinities."""
    model = bs.load_model("survival_only.v1")
    block = model.outcomes["survival"]
    wide = Prior(family="normal", arguments={"mean": 0.0, "sd": 400.0})
    outcomes = {"survival": replace(block, priors=dict(block.priors) | {"curvature": wide})}
    found = drawn(replace(model, outcomes=outcomes), n=5, draws=200)
    assert all(np.isfinite(values).all() for values in found.values())
