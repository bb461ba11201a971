"""A table of study rows whose performance is known: bias, spread, coverage, verdicts and months are all chosen.

For tests of whatever reads the table (summaries, figures, reports, sample size): no cohort is simulated and nothing
is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from bayes_sora.questions import WindowKind
from bayes_sora.simulation import decision_value, true_windows
from bayes_sora.study.rows import LIMITS, LimitEstimate
from bayes_sora.study.table import FAILED, OK, limit_columns, table_of

NAN = float("nan")
Z = {
    "q025": -1.959964,
    "q10": -1.281552,
    "q25": -0.67449,
    "q50": 0.0,
    "q75": 0.67449,
    "q90": 1.281552,
    "q975": 1.959964,
}
BAYES: tuple[WindowKind, ...] = ("limits", "youden", "utility")


@dataclass(frozen=True, kw_only=True)
class FakeMethod:
    """A method with known performance.

    log estimate − log truth ~ Normal(bias, sd/√(n/26)), and the reported SD is `reported` times the true one: a
    nominal interval of half-width z covers with probability Φ(z·reported − b) − Φ(−z·reported − b), b = bias/sd.
    """

    name: str
    scale: str = "y"
    windows: tuple[WindowKind, ...] = ("youden",)
    bias: float = 0.0
    sd: float = 0.3
    reported: float = 1.0
    point: bool = False
    p_declared: float = 1.0
    benefit_months: float = 0.5
    p_harm: float = 0.0
    harm_months: float = -1.0
    p_failed: float = 0.0
    p_fallback: float = 0.0
    k_hat: float = NAN
    has_rule: bool = True


METHODS = (
    FakeMethod(name="joint", scale="C", windows=BAYES, p_declared=0.3, p_fallback=0.1, k_hat=0.4),
    FakeMethod(name="observed", windows=BAYES, bias=0.1, reported=0.8, p_declared=0.4, p_failed=0.02, k_hat=0.5),
    FakeMethod(name="roc", bias=0.15, sd=0.45, point=True, p_declared=0.97, p_harm=0.3, has_rule=False),
    FakeMethod(name="roc_bootstrap", bias=0.15, sd=0.45, reported=0.7, p_declared=0.9, p_harm=0.3, has_rule=False),
    FakeMethod(name="bayesian_bootstrap", bias=0.1, sd=0.4, reported=0.9, p_declared=0.9, p_harm=0.2, has_rule=False),
)


@dataclass(frozen=True, kw_only=True)
class FakePlan:
    """What to fake."""

    scenarios: tuple[str, ...] = ("moderate", "null")
    sizes: tuple[int, ...] = (26,)
    methods: tuple[FakeMethod, ...] = METHODS
    replicates: int = 100
    seed: int = 1
    follow_up_months: tuple[float | None, ...] = field(default=(None,))


def fake_rows(plan: FakePlan) -> pd.DataFrame:
    """Return the rows of a study that never ran."""
    rng = np.random.default_rng(plan.seed)
    return table_of(
        [
            _row(rng, scenario, n, follow_up, replicate, method, window, failed=failed)
            for scenario in plan.scenarios
            for n in plan.sizes
            for follow_up in plan.follow_up_months
            for replicate in range(plan.replicates)
            for method in plan.methods
            for failed in [rng.random() < method.p_failed]
            for window in method.windows
        ]
    )


def coverage(method: FakeMethod, *, level: float) -> float:
    """Return the true coverage of a method's intervals at a truth inside the range."""
    z = float(stats.norm.ppf(0.5 + 0.5 * level)) * method.reported
    shift = method.bias / method.sd
    return float(stats.norm.cdf(z - shift) - stats.norm.cdf(-z - shift))


def _row(rng, scenario, n, follow_up, replicate, method, window, *, failed):  # noqa: PLR0917 - the loop above, unrolled
    found = {"limits": {}, "failed": True} if failed else _estimates(rng, scenario, n, method, window)
    declared = not failed and bool(rng.random() < method.p_declared)
    harmed = bool(rng.random() < method.p_harm)
    value = decision_value(scenario, None)
    gained = (method.harm_months if harmed else method.benefit_months) if declared else 0.0
    row = {
        "scenario": scenario,
        "n": n,
        "troughs": 1,
        "follow_up_months": NAN if follow_up is None else follow_up,
        "replicate": replicate,
        "seed": replicate,
        "method": method.name,
        "window": window,
        "scale": method.scale,
        "engine": "fast" if method.has_rule else method.name,
        "fallback": not failed and bool(rng.random() < method.p_fallback),
        "status": FAILED if failed else OK,
        "failure": "did not converge" if failed else "",
        "p_exists": NAN if failed else (0.95 if declared else 0.4),
        "p_rising": NAN,
        "prior_tail": NAN,
        "identified": declared and method.has_rule,
        "k_hat": NAN if failed else method.k_hat,
        "window_used": declared,
        "declared": declared,
        "window_value_months": value.untouched_months + gained,
        "untouched_months": value.untouched_months,
        "best_months": value.best_months,
        "seconds": 0.01,
    }
    for name in LIMITS:
        row |= limit_columns(name, found["limits"].get(name, LimitEstimate()))
    return row | _truth(scenario, method.scale, window)


def _truth(scenario, scale, window):
    windows = true_windows(scenario, scale=scale)
    true = getattr(windows, window)
    lower, upper = (NAN if end is None else end for end in (true.lower, true.upper))
    optimum = windows.optimum if window == "utility" and windows.optimum is not None else NAN
    width = upper - lower if true.exists else NAN
    return {
        "true_exists": true.exists,
        "true_lower": lower,
        "true_upper": upper,
        "true_width": width,
        "true_optimum": optimum,
    }


def _estimates(rng, scenario, n, method, window):
    truth = _truth(scenario, method.scale, window)
    sd = method.sd * np.sqrt(26 / n)
    limits = {}
    for name in LIMITS:
        if name == "optimum" and window != "utility":
            continue
        # Where the truth has no such limit an estimate is found all the same, somewhere in the middle.
        middle = truth[f"true_{name}"] if np.isfinite(truth[f"true_{name}"]) else 2.91
        log_estimate = np.log(middle) + rng.normal(method.bias, sd)
        limits[name] = _limit(log_estimate, sd * method.reported, point=method.point)
    return {"limits": limits}


def _limit(log_estimate, sd, *, point):
    if point:
        return LimitEstimate(q50=float(np.exp(log_estimate)), share_defined=1.0)
    quantiles = {name: float(np.exp(log_estimate + z * sd)) for name, z in Z.items()}
    return LimitEstimate(
        **quantiles,
        mean_log=float(log_estimate),
        sd_log=float(sd),
        share_defined=0.9,
        p_low_edge=0.0,
        p_high_edge=0.0,
        p_outside=0.01,
        data_share=0.6,
        ess=1500.0,
    )
