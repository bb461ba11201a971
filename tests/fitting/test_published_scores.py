"""Published windows of a fit, scored as policies, against patients who are drawn and moved one by one."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_sora.curves import build_curves
from bayes_sora.types import Span
from bayes_sora.window.optimum import draw_rows, near_optimal, utility_curve

N_PATIENTS = 2000


@pytest.mark.parametrize("model", ["sorafenib_joint.v1", "sorafenib_observed.v1"])
def test_scores_by_brute_force(fake_fit, model):
    """Drawn from each draw's own log-normal, moved or left, patients have the mean utilities that are reported."""
    fit = fake_fit(model=model)
    settings = fit.windows["utility"].settings
    wide = build_curves(
        fit.parameters, fit.model_file, span=Span(0.01, 500.0), observed_span=fit.curves.observed_span, size=800
    )
    rows, log_grid = draw_rows(utility_curve(wide, settings)), np.log(wide.exposure_mg_l)
    spread = "exposure_sd_between" if model == "sorafenib_joint.v1" else "exposure_sd"
    mu, sd = (fit.parameters[name].to_numpy().ravel() for name in ("exposure_log_median", spread))
    log_c = mu[:, None] + sd[:, None] * np.random.default_rng(7).normal(size=(mu.size, N_PATIENTS))
    best = near_optimal(draw_rows(utility_curve(fit.curves, settings)), fit.curves.exposure_mg_l, tolerance=0.5)

    def mean_utility(low, high):
        moved = np.clip(log_c, np.log(low), np.log(high))
        each = np.stack([np.interp(where, log_grid, row) for where, row in zip(moved, rows, strict=True)])
        return each.mean(), 4 * each.std(axis=1).mean() / np.sqrt(each.size) + 5e-3

    untouched, error = mean_utility(0.01, 500.0)
    noda, target = fit.published
    for score, value in ((noda, mean_utility(1.40, 3.45)[0]), (target, mean_utility(3.75, 10.0)[0])):
        assert score.expected_regret_months == pytest.approx(best.maximum.mean() - value, abs=error)
        assert score.expected_benefit_months == pytest.approx(value - untouched, abs=2 * error)
        assert score.expected_regret_untouched_months == pytest.approx(best.maximum.mean() - untouched, abs=error)
