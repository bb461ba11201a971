"""Heavy runs, by hand: ``uv run pytest -m slow tests/fitting``; docs/statistics.md has the figures of the last one."""

from __future__ import annotations

import pytest

import bayes_sora as bs

REFERENCE_MODELS = ("sorafenib_joint.v1", "sorafenib_observed.v1")
# science.md §7, scale C.
MODERATE = {"limits": (1.400, 2.910), "youden": (2.327, 2.910)}


@pytest.mark.slow
@pytest.mark.mcmc
@pytest.mark.parametrize("model", REFERENCE_MODELS)
@pytest.mark.parametrize("scenario", bs.SCENARIOS)
def test_shipped_cohorts_sample_without_trouble(scenario, model):
    """Default settings: no divergence, R-hat ≤ 1.01, ESS ≥ 1,000 (× the share defined) on all that is judged."""
    fit = bs.fit(bs.read_cohort(bs.shipped_cohort(f"{scenario}_26")), model=model)
    found = fit.trust.diagnostics
    assert fit.trust.verdict != "refuse"
    assert len(fit.provenance.attempts) == 1
    assert found.divergences == 0
    assert found.rhat_max <= 1.01
    assert min(found.ess_bulk_min, found.ess_tail_min) >= 1_000


@pytest.mark.slow
@pytest.mark.mcmc
def test_moderate_cohorts_of_600_find_the_truth():
    """Over 20 cohorts limits and youden are identified, and each 95 % interval covers the truth in at least 17."""
    covered = {(kind, limit): 0 for kind in MODERATE for limit in ("lower", "upper")}
    identified = dict.fromkeys(MODERATE, 0)
    for seed in range(1, 21):
        windows = bs.fit(bs.simulate("moderate", n=600, seed=seed).cohort, seed=seed).windows
        for kind, (lower, upper) in MODERATE.items():
            window = windows[kind]
            identified[kind] += window.identified
            covered[kind, "lower"] += window.lower.q025 <= lower <= window.lower.q975
            covered[kind, "upper"] += window.upper.q025 <= upper <= window.upper.q975
    assert identified == dict.fromkeys(MODERATE, 20)
    assert min(covered.values()) >= 17, covered
