"""Power-scaling of limits: against the exact answer of a normal model, against ArviZ, and in a fit."""

from __future__ import annotations

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats

import bayes_sora as bs
from bayes_sora.fitting.power_scaling import (
    ALPHAS,
    PowerScaling,
    power_scaling,
    power_weights,
    prior_blocks,
    sensitivity,
)
from bayes_sora.modelfile import bind_model
from bayes_sora.questions import Limits
from bayes_sora.window import WindowDraws
from tests.fits import identified_fit, joint_fit

PRIOR_SD, DATA_MEAN, DATA_SD = 1.0, 1.5, 0.6
N_DRAWS = 40_000


def posterior(*, prior=1.0, likelihood=1.0):
    """Return the exact posterior of a normal mean when prior and likelihood are raised to powers."""
    precision = prior / PRIOR_SD**2 + likelihood / DATA_SD**2
    return stats.norm(likelihood * DATA_MEAN / DATA_SD**2 / precision, precision**-0.5)


def bound(model, cohort):
    """Return a released model bound to a shipped cohort, read with the covariates it needs."""
    loaded = bs.load_model(model)
    return bind_model(loaded, bs.read_cohort(bs.shipped_cohort(cohort), covariates=loaded.covariates))[0]


def log_densities(draws):
    """Return the log prior and the log likelihood of draws by name."""
    return {
        "prior": stats.norm.logpdf(draws, 0.0, PRIOR_SD),
        "likelihood": stats.norm.logpdf(DATA_MEAN, draws, DATA_SD),
    }


def distance(one, other, x):
    """Return the cumulative Jensen–Shannon distance of two distributions over x, the larger of both directions."""
    found = []
    for p, q in ((one.cdf(x), other.cdf(x)), (one.sf(x), other.sf(x))):
        middle = 0.5 * (p + q)
        information = p * np.log2(p / middle) + q * np.log2(q / middle)
        found.append(np.sqrt(integrate.trapezoid(information, x) / integrate.trapezoid(p + q, x)))
    return max(found)


@pytest.fixture(scope="module")
def draws():
    """Draw from the posterior."""
    return posterior().rvs(N_DRAWS, random_state=np.random.default_rng(1))


@pytest.mark.parametrize("group", ["prior", "likelihood"])
def test_a_normal_model_gives_its_exact_sensitivity(draws, group):
    """Weighted draws give the distance between the exact posteriors, averaged over both powers, within 5 %."""
    x = np.linspace(draws.min(), draws.max(), 20_001)
    moved = [distance(posterior(), posterior(**{group: alpha}), x) / abs(np.log2(alpha)) for alpha in ALPHAS]
    found = sensitivity(draws, power_weights(log_densities(draws)[group]))
    assert found == pytest.approx(np.mean(moved), rel=0.05)


@pytest.mark.parametrize("group", ["prior", "likelihood"])
def test_parameters_have_the_sensitivity_that_arviz_gives(group):
    """Of a parameter of a fit it is ArviZ's own number, all priors and all patients counted."""
    fit = joint_fit()
    prior = sum(values.to_numpy().ravel() for values in fit.posterior["log_prior"].to_dataset().values())
    patients = fit.posterior["log_likelihood"]["patient"].transpose("chain", "draw", ...)
    log_density = prior if group == "prior" else patients.sum("patient_id").to_numpy().ravel()
    slope = fit.parameters["toxicity_slope"].to_numpy().ravel()
    expected = arviz_stats.psense(
        fit.posterior, var_names="toxicity_slope", group=group, alphas=ALPHAS, group_var_names=NAMES[group](fit)
    )
    assert sensitivity(slope, power_weights(log_density)) == pytest.approx(expected["toxicity_slope"].item(), rel=0.02)


NAMES = {"prior": lambda fit: list(fit.posterior["log_prior"].data_vars), "likelihood": lambda _: ["patient"]}


@pytest.mark.parametrize(
    ("prior", "likelihood", "moved_by"),
    [
        (0.01, 0.20, "data"),
        (0.20, 0.20, "prior and data"),
        (0.20, 0.01, "prior"),
        (0.01, 0.01, "neither"),
    ],
)
def test_both_numbers_together_say_what_moves_a_limit(prior, likelihood, moved_by):
    """The threshold is 0.05 for both."""
    assert PowerScaling(prior=prior, likelihood=likelihood).moved_by == moved_by


def test_every_limit_of_a_fit_has_its_two_numbers():
    """Each window's limits, and the optimum of the utility; a sharper likelihood leaves less to the prior."""
    found = joint_fit().power_scaling
    assert {kind: set(limits) for kind, limits in found.items()} == {
        "limits": {"lower", "upper"},
        "youden": {"lower", "upper"},
        "utility": {"lower", "upper", "optimum"},
    }
    numbers = [number for limits in found.values() for one in limits.values() for number in (one.prior, one.likelihood)]
    assert all(np.isfinite(numbers))
    assert min(numbers) >= 0.0


def test_a_limit_with_few_or_equal_draws_is_left_out(monkeypatch):
    """Of a pile at the edge, or of fewer than 400 draws, nothing is said."""
    fit = identified_fit()
    window = fit.windows["limits"]
    lower = window.posterior.draws["lower"]
    window.posterior.draws["lower"] = xr.full_like(lower, 0.5)
    monkeypatch.setitem(fit.__dict__, "power_scaling", None)
    del fit.__dict__["power_scaling"]
    try:
        assert "lower" not in fit.power_scaling["limits"]
    finally:
        window.posterior.draws["lower"] = lower


STANDARDISED = {
    "sorafenib_sites.v1": "sites_100",
    "sorafenib_spline.v1": "literal_26",
    "sorafenib_covariates.v1": "covariates_100",
    "sorafenib_event_types.v1": "event_types_100",
}


@pytest.mark.parametrize(("name", "cohort"), STANDARDISED.items())
def test_standardised_effects_are_not_scaled(name, cohort):
    """Of a hierarchical model only what its author chose a prior for is scaled: no entry that is normal(0, 1)."""
    model = bound(name, cohort)
    scaled = {parameter for names in prior_blocks(model).values() for parameter in names}
    standardised = {vector.name for vector in model.vectors if dict(vector.prior.arguments) == {"mean": 0.0, "sd": 1.0}}
    assert standardised
    assert not scaled & standardised
    assert set(model.scalar_priors) <= scaled


def test_coefficients_with_a_prior_of_their_own_are_scaled():
    """The prior of covariate coefficients is an assumption of the author, and counts with its endpoint."""
    blocks = prior_blocks(bound("sorafenib_covariates.v1", "covariates_100"))
    assert "toxicity_covariates" in blocks["toxicity"]
    assert {"exposure", "toxicity", "response", "survival"} <= set(blocks)


def conjugate_tree(draws, model, *, n_sites, seed):
    """Return a tree in which toxicity_intercept has the exact posterior of a normal mean, and sites are noise."""
    rng = np.random.default_rng(seed)
    chained = ("chain", "draw")
    flat = {name: (chained, 0.05 * rng.standard_normal((4, draws.size // 4))) for name in model.scalar_priors}
    densities = log_densities(draws)
    flat["toxicity_intercept"] = (chained, densities["prior"].reshape(4, -1))
    effects = rng.standard_normal((4, draws.size // 4, n_sites)) + draws.reshape(4, -1, 1)
    flat["site_z_toxicity_intercept"] = ((*chained, "site"), stats.norm.logpdf(effects))
    likelihood = densities["likelihood"].reshape(4, -1, 1)
    return xr.DataTree.from_dict(
        {
            "log_prior": xr.Dataset(flat),
            "log_likelihood": xr.Dataset({"patient": ((*chained, "patient_id"), likelihood)}),
        }
    )


class OneLimit:
    """A window whose upper limit is a function of the draws."""

    def __init__(self, log_limit):
        shape = log_limit.reshape(4, -1)
        self.posterior = WindowDraws(
            settings=Limits(),
            draws=xr.Dataset({"upper": (("chain", "draw"), np.exp(shape))}),
            span=joint_fit().curves.span,
            observed_span=joint_fit().curves.observed_span,
            unit=joint_fit().curves.unit,
            scale="average trough",
        )


@pytest.mark.parametrize("n_sites", [0, 5, 30])
def test_a_hierarchy_has_the_sensitivity_of_its_top_level(draws, n_sites):
    """However many sites a model has, a limit that follows one conjugate mean has that mean's exact sensitivity."""
    model = bound("sorafenib_sites.v1", "sites_100")
    tree = conjugate_tree(draws, model, n_sites=n_sites, seed=3)
    found = power_scaling({"limits": OneLimit(draws)}, tree, model)["limits"]["upper"]
    x = np.linspace(draws.min(), draws.max(), 20_001)
    moved = [distance(posterior(), posterior(prior=alpha), x) / abs(np.log2(alpha)) for alpha in ALPHAS]
    assert found.prior == pytest.approx(np.mean(moved), rel=0.05)
    assert found.prior_by_block["toxicity"] == pytest.approx(found.prior, rel=0.05)


def test_each_block_is_scaled_alone(draws):
    """A limit that follows toxicity alone moves with the prior of toxicity and with no other."""
    model = bs.load_model("sorafenib_joint.v1")
    found = power_scaling({"limits": OneLimit(draws)}, conjugate_tree(draws, model, n_sites=0, seed=3), model)
    blocks = found["limits"]["upper"].prior_by_block
    assert list(blocks) == ["exposure", "toxicity", "response", "survival"]
    assert blocks["toxicity"] > 0.05
    assert max(blocks[other] for other in ("exposure", "response", "survival")) < 0.01
