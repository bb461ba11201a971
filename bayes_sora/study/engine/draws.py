"""Draws of a posterior as an engine hands them over, and what a study keeps of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import jax
import numpy as np

from bayes_sora.fitting.result import default_settings, observed_span, optimisation_span
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.study.engine.windows import FoundWindow, WindowFinder
from bayes_sora.study.rows import LIMITS, LimitEstimate, LimitName, WindowEstimate
from bayes_sora.study.verdict import estimate_identified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import BoolArray, FloatArray, Span
    from bayes_sora.window import WindowKind

QUANTILES = MappingProxyType(
    {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
)
PRIOR_DRAWS, PRIOR_SEED = 20_000, 1


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of equal weight.

    Attributes
    ----------
    parameters : mapping of name to FloatArray, shape (n_draws,)
    ess : float
        Effective number of independent draws.
    k_hat : float
        Pareto k of the importance weights, NaN for a sampler without.
    """

    parameters: Mapping[str, FloatArray]
    ess: float
    k_hat: float = float("nan")


def estimate_windows(
    draws: Draws,
    model: ModelFile,
    cohort: Cohort,
    *,
    windows: tuple[WindowKind, ...],
    engine: str,
    fallback: bool = False,
    seconds: float = float("nan"),
) -> tuple[WindowEstimate, ...]:
    """Return the windows of a posterior as a study keeps them.

    Parameters
    ----------
    draws : Draws
    model : ModelFile
    cohort : Cohort
        Gives the observed troughs and, for a model without a range, the range.
    windows : tuple of kinds
        Those that the model's endpoints allow.
    engine, fallback, seconds
        As in :class:`bayes_sora.study.rows.WindowEstimate`.
    """
    span, observed = optimisation_span(model, cohort), observed_span(cohort)
    finder = WindowFinder(model, tuple(asked for asked in default_settings(model) if asked.kind in windows))
    before = _prior_variances(model.sha256, span, _Finder(finder))
    log_median = np.asarray(draws.parameters["exposure_log_median"])
    with jax.enable_x64(new_val=True):
        found = finder.find(draws.parameters, span)
    estimates = []
    for kind, window in found.items():
        limits = {
            name: _limit_estimate(
                quantity, span=span, observed=observed, ess=draws.ess, prior_variance=before.get((kind, name))
            )
            for name, quantity in _quantities(kind, window, log_median).items()
        }
        both = window.exists if kind != "youden" else ~np.isnan(window.lower) & ~np.isnan(window.upper)
        estimate = WindowEstimate(
            window=kind,
            scale="C" if model.exposure.form == "latent" else "y",
            engine=engine,
            fallback=fallback,
            p_exists=float(window.exists.mean()),
            p_rising=float(both.mean()),
            limits=limits,
            k_hat=draws.k_hat,
            seconds=seconds,
        )
        estimates.append(estimate_identified(estimate))
    return tuple(estimates)


@dataclass(frozen=True)
class _Quantity:
    """Values of one limit in the draws that define it, mg/L; `at` what its log is measured from."""

    values: FloatArray
    at: FloatArray
    n_draws: int
    is_limit: bool

    @property
    def log_variance(self) -> float:
        positive = self.values > 0.0
        logs = np.log(self.values[positive]) - self.at[positive]
        return float(logs.var(ddof=1)) if logs.size > 1 else float("nan")


def _quantities(kind: WindowKind, window: FoundWindow, log_median: FloatArray) -> dict[LimitName, _Quantity]:
    found: dict[LimitName, _Quantity] = {}
    values: dict[LimitName, FloatArray | None] = {
        "lower": window.lower,
        "upper": window.upper,
        "width": window.upper - window.lower,
        "optimum": window.optimum,
    }
    for name in LIMITS:
        array = values[name]
        if array is None:
            continue
        own = kind == "youden" and name in ("lower", "upper")
        defined: BoolArray = ~np.isnan(array) if own else window.exists
        # Youden's limits follow the median trough, about which the troughs alone already tell much.
        at = log_median[defined] if own else np.zeros(int(defined.sum()))
        found[name] = _Quantity(array[defined], at, array.size, name != "width")
    return found


def _limit_estimate(
    quantity: _Quantity, *, span: Span, observed: Span, ess: float, prior_variance: float | None
) -> LimitEstimate:
    values = quantity.values
    share = values.size / quantity.n_draws
    if values.size < 2:
        return LimitEstimate(share_defined=share, ess=ess * share)
    quantiles = dict(zip(QUANTILES, np.quantile(values, list(QUANTILES.values())).tolist(), strict=True))
    logs = np.log(np.maximum(values, np.finfo(float).tiny))
    share_of = {"p_low_edge": np.nan, "p_high_edge": np.nan, "p_outside": np.nan}
    if quantity.is_limit:
        share_of = {
            "p_low_edge": float((values <= span.low).mean()),
            "p_high_edge": float((values >= span.high).mean()),
            "p_outside": float(((values < observed.low) | (values > observed.high)).mean()),
        }
    return LimitEstimate(
        **quantiles,
        mean_log=float(logs.mean()),
        sd_log=float(logs.std(ddof=1)),
        share_defined=share,
        **share_of,
        data_share=1.0 - quantity.log_variance / prior_variance if prior_variance else float("nan"),
        ess=ess * share,
    )


class _Finder:
    """A finder as part of a key that another part already tells apart."""

    def __init__(self, finder: WindowFinder) -> None:
        self.finder = finder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Finder) and other.finder.settings == self.finder.settings

    def __hash__(self) -> int:
        return hash(self.finder.settings)


@lru_cache(maxsize=256)
def _prior_variances(sha256: str, span: Span, finder: _Finder) -> dict[tuple[WindowKind, LimitName], float]:  # noqa: ARG001
    """Return the prior variance of every log limit, from draws of the prior that are always the same."""
    model = finder.finder.model
    rng = np.random.default_rng(PRIOR_SEED)
    parameters = {
        name: draw_prior(rng, prior.family, prior.arguments, size=PRIOR_DRAWS) for name, prior in model.priors.items()
    }
    with jax.enable_x64(new_val=True):
        found = finder.finder.find(parameters, span)
    return {
        (kind, name): quantity.log_variance
        for kind, window in found.items()
        for name, quantity in _quantities(kind, window, parameters["exposure_log_median"]).items()
    }
