"""Patients known only to lie beyond a limit of quantification: nodes are put where their exposures are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

import bayes_sora as bs
from bayes_sora.cohort.table import ABOVE_ULOQ, BELOW_LLOQ, MEASURED
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile import load_model
from bayes_sora.numerics.limits import WIDER, centre_on_limits
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.priors import prior_log_density
from tests.inference import oracle

MODEL = load_model("sorafenib_joint.v1")
# Of patients 0 to 4: below 0.7; below it twice; above 9; beyond both at different times; measured.
PATIENT = np.array([0, 1, 1, 2, 3, 3, 4])
VALUE = np.array([0.7, 0.7, 0.6, 9.0, 0.9, 8.0, 2.0])
CENSORING = np.array([BELOW_LLOQ, BELOW_LLOQ, BELOW_LLOQ, ABOVE_ULOQ, BELOW_LLOQ, ABOVE_ULOQ, MEASURED])


def cohort():
    """Return five patients, of four of whom no trough was measured."""
    drawn = bs.simulate("moderate", n=5, seed=2).cohort
    troughs = replace(
        drawn.troughs, patient=PATIENT, value_mg_l=VALUE, censoring=CENSORING, day=np.full(VALUE.size, np.nan)
    )
    return replace(drawn, troughs=troughs)


def points(between):
    """Return plausible parameters with a narrow or a wide spread between patients."""
    drawn = oracle.draw_parameters(np.random.default_rng(3), form="latent")
    at = {name: drawn[name] for name in MODEL.priors} | {
        "exposure_sd_between": between,
        "exposure_log_median": np.log(3.0),
    }
    return at, {name: np.array([value]) for name, value in at.items()}


@pytest.mark.parametrize("between", [0.2, 0.35, 0.55, 0.9])
def test_patients_agree_with_a_wide_integral(between):
    """With the nodes of the sampler log p is that of an integral over ±12 SD, whatever the spread."""
    seen = cohort()
    at, arrays = points(between)
    found = evaluate_patients(arrays, MODEL, seen, rng=np.random.default_rng(0), n_nodes=21).log_likelihood["patient"]
    for i, patient in enumerate(oracle.patients_of(seen)):
        log_c = np.linspace(np.log(3.0) - 12.0 * between, np.log(3.0) + 12.0 * between, 6001)
        density = stats.norm.pdf(log_c, np.log(3.0), between) * oracle.trough_density(log_c, at, patient)
        density *= oracle.outcome_density(log_c, at, patient, MODEL.endpoints)
        assert found[0, i] == pytest.approx(np.log(integrate.trapezoid(density, log_c)), abs=2e-3)


def test_a_trough_beyond_a_limit_has_its_closed_form():
    """The trough of a patient known only as <0.7, or as >9, has the log probability of a normal distribution."""
    seen = cohort()
    at, arrays = points(0.2)
    found = evaluate_patients(arrays, MODEL, seen, rng=np.random.default_rng(0), n_nodes=21).log_likelihood["exposure"]
    total = np.hypot(0.2, at["exposure_sd_within"])
    assert found[0, 0] == pytest.approx(stats.norm.logcdf(np.log(0.7), np.log(3.0), total), abs=2e-4)
    assert found[0, 2] == pytest.approx(stats.norm.logsf(np.log(9.0), np.log(3.0), total), abs=2e-4)


def test_centre_and_spread_are_mean_and_sd_given_the_limit():
    """One limit, below or above: the mean and SD of log C given it, by quadrature."""
    limits = {"below": np.array([1.0, 0.0, 0.0]), "above": np.array([0.0, 1.0, 0.0])}
    limits |= {"below_log_limit": np.array([-0.4, 0.0, 0.0]), "above_log_limit": np.array([0.0, 2.5, 0.0])}
    centre, spread = centre_on_limits(NUMPY, np.full(3, 1.1), np.full(3, 0.5), limits, sd_within=np.array(0.3))
    log_c = np.linspace(-5.0, 7.0, 20_001)
    for i, term in enumerate((stats.norm.cdf(-0.4, log_c, 0.3), stats.norm.sf(2.5, log_c, 0.3))):
        density = stats.norm.pdf(log_c, 1.1, 0.5) * term
        mean = integrate.trapezoid(density * log_c, log_c) / integrate.trapezoid(density, log_c)
        second = integrate.trapezoid(density * (log_c - mean) ** 2, log_c) / integrate.trapezoid(density, log_c)
        assert centre[i] == pytest.approx(mean, abs=1e-8)
        assert spread[i] == pytest.approx(WIDER * np.sqrt(second), abs=1e-8)
    assert (centre[2], spread[2]) == (1.1, 0.5)


def test_limits_out_of_sight_leave_finite_nodes():
    """A limit a million SDs away gives nodes that are finite and have a spread."""
    limits = {"below": np.ones(2), "above": np.zeros(2), "above_log_limit": np.zeros(2)}
    limits["below_log_limit"] = np.array([-1e6, 1e6])
    centre, spread = centre_on_limits(NUMPY, np.zeros(2), np.full(2, 0.5), limits, sd_within=np.array(1e-3))
    assert np.isfinite(centre).all()
    assert (spread > 0.0).all()


def test_measured_patients_keep_their_numbers():
    """A patient with a measured trough has, to the last digit, the log-likelihood that it has without the others."""
    seen = cohort()
    _, arrays = points(0.5)
    among = evaluate_patients(arrays, MODEL, seen, rng=np.random.default_rng(0), n_nodes=21).log_likelihood["patient"]
    only = replace(seen, troughs=replace(seen.troughs, censoring=np.zeros(VALUE.size, dtype=int)))
    alone = evaluate_patients(arrays, MODEL, only, rng=np.random.default_rng(0), n_nodes=21).log_likelihood["patient"]
    assert among[0, 4] == alone[0, 4]


def test_exposures_are_drawn_below_the_limit():
    """Exposures drawn again have the mean and SD of log C given everything seen of a patient, by quadrature."""
    seen, n = cohort(), 8000
    at, _ = points(0.35)
    many = {name: np.full(n, value) for name, value in at.items()}
    drawn = evaluate_patients(many, MODEL, seen, rng=np.random.default_rng(0)).log_exposure
    for i, patient in enumerate(oracle.patients_of(seen)):
        log_c, density = oracle.exposure_density(at, patient, MODEL.endpoints)
        mean = integrate.trapezoid(density * log_c, log_c) / integrate.trapezoid(density, log_c)
        sd = np.sqrt(integrate.trapezoid(density * (log_c - mean) ** 2, log_c) / integrate.trapezoid(density, log_c))
        assert drawn[:, i].mean() == pytest.approx(mean, abs=4.5 * sd / np.sqrt(n))
        assert drawn[:, i].std() == pytest.approx(sd, rel=0.05)


@pytest.mark.mcmc
def test_pymc_has_the_density_of_our_own_formulas():
    """The log density that is sampled is prior plus patients on the same nodes, and its gradient is finite."""
    seen = cohort()
    at, arrays = points(0.35)
    patients = evaluate_patients(arrays, MODEL, seen, rng=np.random.default_rng(0), n_nodes=21)
    prior = sum(float(prior_log_density(np.array(at[name]), p.family, p.arguments)) for name, p in MODEL.priors.items())
    built = build_model(MODEL, seen)
    values = {}
    for variable in built.free_RVs:
        transformed = built.rvs_to_transforms[variable] is not None
        values[built.rvs_to_values[variable].name] = np.log(at[variable.name]) if transformed else at[variable.name]
    found = float(built.compile_logp(jacobian=False, mode="FAST_COMPILE")(values))
    assert found == pytest.approx(prior + patients.log_likelihood["patient"].sum(), abs=1e-6)
    assert np.isfinite(built.compile_dlogp(mode="FAST_COMPILE")(values)).all()
