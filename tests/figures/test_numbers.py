"""Numbers that figures show are those of the fit, and intervals are the known ones."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_sora.figures import diagnostics, parameters, roc, sensitivity
from bayes_sora.figures.rates import clopper_pearson, rates_by_tertile
from bayes_sora.figures.words import quantity_text
from bayes_sora.inference.diagnose import Convergence
from tests.fits import joint_fit


@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [
        (0, 10, 0.0, 1.0 - 0.025**0.1),
        (10, 10, 0.025**0.1, 1.0),
        (1, 1, 0.025, 1.0),
        (5, 10, 0.1870860, 0.8129140),  # tables of Clopper and Pearson 1934
        (1, 20, 0.0012651, 0.2487328),
    ],
)
def test_exact_interval_of_a_rate(events, n, low, high):
    """Clopper–Pearson intervals agree with closed forms and published tables."""
    assert clopper_pearson(events, n) == pytest.approx((low, high), abs=1e-6)


def test_rates_by_tertile_count_everyone():
    """Nine patients fall into three tertiles of three, each with its median trough and its events."""
    rates = rates_by_tertile(np.arange(1.0, 10.0), np.array([0, 0, 0, 0, 1, 0, 1, 1, 1], dtype=float))
    assert [(one.events, one.n, one.median_trough) for one in rates] == [(0, 3, 2.0), (1, 3, 5.0), (3, 3, 8.0)]


def test_equal_troughs_share_a_tertile():
    """Patients with equal troughs are not torn apart, and none is lost."""
    rates = rates_by_tertile(np.ones(7), np.ones(7))
    assert [(one.events, one.n) for one in rates] == [(7, 7)]


def test_sensitivity_at_the_chosen_weight_is_the_utility_window():
    """At the weight of the model file the curves pass through the reported window, thinning notwithstanding."""
    fit = joint_fit()
    window = fit.windows["utility"]
    found = sensitivity.weight_sensitivity(fit).sel(toxicity_cost_months=3.0) / fit.curves.unit.mg_l
    for name in ("lower", "optimum", "upper"):
        quantity = window.quantities[name]
        expected = [quantity.q025, quantity.q50, quantity.q975]
        np.testing.assert_allclose(found[name].to_numpy(), expected, rtol=5e-3)


def test_sensitivity_caption_names_the_reported_window():
    """The caption prints median and interval of the three quantities as the window does."""
    fit = joint_fit()
    words, window = sensitivity.caption(fit), fit.windows["utility"]
    assert all(quantity_text(window, window.quantities[name]) in words for name in ("lower", "optimum", "upper"))


def test_roc_shows_the_classical_analysis():
    """Legend and caption print AUC, cut-off, sensitivity and specificity of the classical analysis."""
    fit = joint_fit()
    legend = {text.get_text() for text in roc.draw_roc(fit).legends[0].get_texts()}
    for endpoint, one in fit.classical.roc.items():
        interval = "–" if None in one.auc_ci95 else ", ".join(f"{end:.2f}" for end in one.auc_ci95)
        assert f"{endpoint}, AUC {one.auc:.2f} [{interval}]" in legend
        assert f"cut-off {one.cutoff_mg_l:.2f} ({one.cutoff_ci95[0]:.2f} to {one.cutoff_ci95[1]:.2f})" in roc.caption(
            fit
        )
        assert f"sensitivity {one.sensitivity:.2f}, specificity {one.specificity:.2f}" in roc.caption(fit)


def test_roc_curve_passes_through_the_youden_point():
    """The marked point lies on the curve: some threshold has that sensitivity and specificity."""
    for one in joint_fit().classical.roc.values():
        distance = np.hypot(one.false_positive_rate - 1 + one.specificity, one.sensitivity_curve - one.sensitivity)
        assert distance.min() == pytest.approx(0.0, abs=1e-12)


def test_roc_writes_the_youden_limits_beside_the_cutoffs():
    """Upper limit from toxicity and lower limit from response stand in the right panel, with the unit and the scale."""
    fit = joint_fit()
    youden = fit.windows["youden"]
    right = [text.get_text() for text in roc.draw_roc(fit).axes[1].texts]
    for limit in (youden.upper, youden.lower):
        assert any(f"{quantity_text(youden, limit)} mg/L, average trough" in words for words in right)


def test_diagnostics_groups_hold_everything_once():
    """Every judged quantity belongs to one kind, and the parameters are those of the model file."""
    fit = joint_fit()
    groups = diagnostics.group_by_kind(fit)
    assert sorted(one.name for found in groups.values() for one in found) == sorted(one.name for one in fit.convergence)
    assert [one.name for one in groups["parameters"]] == list(fit.model_file.priors)
    assert {one.name.split(" at ")[0] for one in groups["curves"]} == {
        "logit_toxicity",
        "logit_response",
        "log_hazard_ratio",
    }
    assert all(one.name.endswith((" edge", " exists")) for one in groups["0/1 series"])


def test_diagnostics_extremes_are_those_of_the_verdict():
    """The largest R-hat and the smallest sample sizes drawn are those that the verdict rests on."""
    fit = joint_fit()
    found, judged = list(fit.convergence), fit.trust.diagnostics
    assert max(one.value for one in diagnostics.rhats(found)) == judged.rhat_max
    assert min(one.value for one in diagnostics.sample_sizes(found, "bulk")) == judged.ess_bulk_min
    assert min(one.value for one in diagnostics.sample_sizes(found, "tail")) == judged.ess_tail_min


def test_sample_size_counts_per_share_defined():
    """A limit defined in half the draws needs half the sample size: 300 of them count as 600."""
    half = Convergence(name="limits: lower limit", share_defined=0.5, rhat=1.0, ess_bulk=300.0, ess_tail=None)
    assert [one.value for one in diagnostics.sample_sizes([half], "bulk")] == [600.0]
    assert diagnostics.sample_sizes([half], "tail") == []


def test_parameters_print_median_and_interval():
    """Above each panel stand the median and 95 % interval of that parameter's draws."""
    fit = joint_fit()
    low, middle, high = np.quantile(fit.parameters["toxicity_slope"], [0.025, 0.5, 0.975])
    assert parameters.posterior_text(fit, "toxicity_slope") == f"{middle:.2f} ({low:.2f} to {high:.2f})"
    titles = [axes.get_title(loc="left") for axes in parameters.draw_parameters(fit).axes]
    assert parameters.heading(fit, "toxicity_slope") in titles
